"""The commands that move: forwards, backwards, to a step."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.talk import Talk
from l4numa_tui.safe_text import safe_text

_DIGITS = 9


def _step(talk: Talk, rest: str) -> Lines:
    talk.forward(read_count(rest, "step"))
    return ()


def _go(talk: Talk, rest: str) -> Lines:
    no_more(rest, "go")
    talk.stride()
    return ()


def _run(talk: Talk, rest: str) -> Lines:
    no_more(rest, "run")
    talk.run_on()
    return ()


def _back(talk: Talk, rest: str) -> Lines:
    talk.move_back(read_count(rest, "back"))
    return ()


def _seek(talk: Talk, rest: str) -> Lines:
    if not _is_number(rest):
        raise UserError(f"`seek {safe_text(rest, limit=20)}` names no step", "`seek 3`")
    talk.move_to(int(rest))
    return ()


def read_count(rest: str, word: str) -> int:
    """How many steps a line asks for, one if it does not say."""
    if not rest:
        return 1
    if not _is_number(rest):
        shown = safe_text(rest, limit=20)
        raise UserError(f"`{word} {shown}` names no number of steps", f"`{word}`, or `{word} 3`")
    return int(rest)


def read_number(rest: str, command: str) -> int:
    """The number, from 1 on, that stands after a command."""
    if not _is_number(rest) or not int(rest):
        shown = safe_text(rest, limit=20)
        raise UserError(f"`{command} {shown}` names no number", f"`{command} 12`")
    return int(rest)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


STEP = Command(
    ("step", "s", "n", "next"), "step, or just Enter", "one step forward; `step 3`: so many", _step
)
GO = Command(
    ("go", "g"), "go", "step until nothing is under way: a whole pagefault in one stride", _go
)
RUN = Command(("run", "r"), "run", "step to the end, or to a question or a stop", _run)
BACK = Command(
    ("back", "b", "p"), "back, or back N", "one step back, or N", _back, example="back 3"
)
SEEK = Command(
    ("seek", "goto"), "seek N", "go to step N, in either direction", _seek, example="seek 12"
)

MOVING = Chapter("Moving", (STEP, GO, RUN, BACK, SEEK))
