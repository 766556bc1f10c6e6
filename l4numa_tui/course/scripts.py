"""Whole sessions as data: the solutions and the wrong attempts that come with a lesson."""

from __future__ import annotations

from pathlib import Path

import msgspec

from l4numa_tui.course.blocks import DONT_KNOW, Answer
from l4numa_tui.course.folder import read_file
from l4numa_tui.course.lesson import Lesson, fill
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.queries import Value
from l4numa_tui.errors import UserError
from l4numa_tui.toml_lines import decode_toml

MAX_STEPS = 20_000


class Script(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One session, in solutions/*.toml or wrong/*.toml; `{{name}}` stands for a parameter.

    `answers` are given to the questions named, `others` to all others: `right`, `unknown`, or
    `none`, which ends the session there. `challenge` are lines: `step`, `go`, `back`, `restart`,
    or a command of the challenge. A wrong one says in `fails` which questions and checks must not
    be earned; everything else must be.
    """

    about: str
    answers: dict[str, str | int] = {}
    others: str = "right"
    challenge: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()


def read_script(path: Path, lesson: Lesson) -> Script:
    """A session file with the lesson's numbers filled in; UserError with its line."""
    texts = {name: param.text(lesson.values[name]) for name, param in lesson.spec.params.items()}
    return decode_toml(fill(read_file(path), texts, str(path)), Script, str(path))


def play(player: LessonPlayer, script: Script) -> None:
    """Take a lesson from its beginning as a script says; UserError where that is not possible."""
    for _ in range(MAX_STEPS):
        pending = player.pending
        if pending is not None:
            value: Answer | None = script.answers.get(pending.id)
            if value is None:
                if script.others == "none":
                    return
                right = player.judge.right[pending.id]
                value = _given(right) if script.others == "right" else DONT_KNOW
            player.answer(value)
        elif player.in_challenge or player.step() is None:
            break
    for line in script.challenge:
        _do(player, line)


def _do(player: LessonPlayer, line: str) -> None:
    if line == "go":
        player.macro_step()
    elif line == "step":
        if player.step() is None:
            reason = player.block_reason() or "nothing is left to do"
            raise UserError(f"`step` is not possible: {reason}")
    elif line == "back":
        player.back()
    elif line == "restart":
        player.restart_challenge()
    else:
        player.act(player.parse(line))


def _given(right: Value) -> Answer:
    if isinstance(right, frozenset):
        return tuple(sorted(right))
    return DONT_KNOW if right is None else right
