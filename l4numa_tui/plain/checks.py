"""The challenge's checks as lines: how each stands and, for the open ones, what is missing."""

from __future__ import annotations

from l4numa_tui.course.goals import goal_text
from l4numa_tui.course.player import LessonPlayer

_SAID = {"pass": "done", "fail": "lost"}


def check_rows(player: LessonPlayer, *, goals: bool = False) -> list[str]:
    """A line for each check; with `goals` also what it asks beside what is so now."""
    rows: list[str] = []
    for check in player.checks():
        rows.append(f"  {_SAID.get(check.status, 'open')}: {check.text}")
        if goals:
            for goal in check.goals:
                said = "yes" if goal.held else "no"
                rows.append(f"   {said}: {goal_text(goal).replace('**', '')}")
    return rows
