"""The commands that only a scenario has: there is no lesson that says what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Lines
from l4numa_tui.safe_text import safe_text
from l4numa_tui.world.operations import Action

if TYPE_CHECKING:
    from l4numa_tui.plain.explore import Explorer


def _about(talk: Explorer, _rest: str) -> Lines:
    return list(talk.about.explanation) or [talk.about.title]


def _choose(talk: Explorer, rest: str) -> Lines:
    enabled = talk.session.world.enabled()
    if not enabled:
        return ["Nothing is possible now."]
    talk.choose(_chosen(talk, rest, enabled))
    return ()


def _chosen(talk: Explorer, rest: str, enabled: list[Action]) -> Action:
    """The action that is meant by its number in `show next`, or by its thread's name."""
    if rest.isascii() and rest.isdecimal() and 1 <= int(rest[:6]) <= len(enabled):
        return enabled[int(rest[:6]) - 1]
    names = [talk.scene().thread_name(action[1]) for action in enabled]
    if rest in names:
        return enabled[names.index(rest)]
    shown = safe_text(rest, limit=30)
    raise UserError(
        f"{shown!r} cannot act now" if rest else "nobody is named",
        f"a number that `show next` lists, or one of {', '.join(names)}",
    )


_ROWS: tuple[Command[Explorer], ...] = (
    Command(("about",), "about", "what this scenario shows", _about),
    Command(
        ("choose",), "choose NUMBER, or choose THREAD", "let another one act than comes next",
        _choose, example="choose 2",
    ),
)  # fmt: skip

SCENARIO = Chapter("The scenario", _ROWS)
