"""Replaying what a student did: the state of a player is a function of its records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from l4numa_tui.course.player import LessonPlayer, Record
from l4numa_tui.errors import UserError

MAX_RECORDS = 20_000
_Word = Annotated[int, msgspec.Meta(ge=-(1 << 62), lt=1 << 62)]
_Operand = Annotated[int, msgspec.Meta(ge=0)]


class StudentRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """One record as it stands in a file; see `player.Record`.

    `at` is the step after it, `digest` the world's state. `n` counts from 1 and `chain` links each
    record to all before it; both are there in submissions only.
    """

    do: Literal["move", "act", "switch", "restart", "answer", "hint", "reveal"]
    at: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    action: Annotated[tuple[_Operand, ...], msgspec.Meta(max_length=8)] | None = None
    future: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    question: Annotated[str, msgspec.Meta(max_length=40)] = ""
    value: (
        Annotated[str, msgspec.Meta(max_length=40)]
        | _Word
        | Annotated[
            tuple[Annotated[str, msgspec.Meta(max_length=40)], ...], msgspec.Meta(max_length=40)
        ]
        | None
    ) = None
    digest: Annotated[str, msgspec.Meta(max_length=16)] = ""
    n: _Operand = 0
    chain: Annotated[str, msgspec.Meta(max_length=64)] = ""


def apply(player: LessonPlayer, record: StudentRecord) -> None:
    """Do again what a record says; UserError where it is not possible at this point."""
    if record.do == "move":
        _move(player, record.at)
    elif record.do == "act" and record.action is not None:
        player.act(record.action)
    elif record.do == "switch" and record.future is not None:
        player.switch(record.future)
    elif record.do == "restart":
        player.restart_challenge()
    elif record.do == "hint":
        player.hint()
    elif record.do in ("answer", "reveal"):
        pending = player.pending
        if pending is None or pending.id != record.question:
            asked = f"question {pending.id}" if pending else "no question"
            raise UserError(f"an answer to question {record.question!r}", asked)
        if record.do == "reveal":
            player.reveal()
        else:
            player.answer(record.value)
    else:
        raise UserError(f"a record `{record.do}` that lacks what it is about")


def _move(player: LessonPlayer, to: int) -> None:
    here = player.session.cursor
    if player.move_to(to) != to:
        raise UserError(f"a move from step {here} to {to}", f"step {player.session.cursor} at most")


def merged(records: Iterable[Record]) -> list[Record]:
    """Records with moves in one direction, one after the other, made one."""
    out: list[Record] = []
    before = here = 0  # the step before the last record, and after it
    for record in records:
        at = record["at"]
        moves = record["do"] == "move" and bool(out) and out[-1]["do"] == "move"
        if moves and (at > here) == (here > before):
            out[-1] = record
        else:
            out.append(record)
            before = here
        here = at
    return out


def restore(player: LessonPlayer, records: Iterable[StudentRecord]) -> int:
    """Replay saved records as far as they fit the lesson as it is now; how many did.

    A lesson that has changed since may not know a question or a step any more: what came before
    stays, the rest is left out.
    """
    done = 0
    for record in records:
        try:
            apply(player, record)
        except UserError:
            break
        done += 1
    return done
