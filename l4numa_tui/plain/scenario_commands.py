"""The commands that only a scenario has: there is no lesson that says what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from l4numa_tui.plain.command import Chapter, Command, Lines

if TYPE_CHECKING:
    from l4numa_tui.plain.explore import Explorer


def _about(talk: Explorer, _rest: str) -> Lines:
    return list(talk.about.explanation) or [talk.about.title]


_ROWS: tuple[Command[Explorer], ...] = (
    Command(("about",), "about", "what this scenario shows", _about),
)

SCENARIO = Chapter("The scenario", _ROWS)
