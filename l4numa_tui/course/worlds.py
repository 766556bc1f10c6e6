"""The world of a lesson: its scenario with a student's numbers, ready to be stepped."""

from __future__ import annotations

from functools import lru_cache

from l4numa_tui.course.lesson import Lesson
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario, parse_scenario
from l4numa_tui.world.session import Session


def session_of(lesson: Lesson) -> Session:
    """A new session at the beginning of the lesson's run; UserError for a faulty scenario."""
    return build_session(_scenario(lesson.scenario, str(lesson.folder / "scenario.toml")))


@lru_cache(maxsize=4)
def _scenario(text: str, source: str) -> Scenario:
    # A player needs the same scenario twice, and a challenge begun anew once more.
    return parse_scenario(text, source)
