"""Whole conversations about shipped scenarios, as they are typed and as they are answered."""

from __future__ import annotations

import io
from pathlib import Path

from l4numa_tui.plain.explore import explore
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario

DATA = Path(__file__).parent.parent / "data" / "plain"
NAMES = ("unmap-races-fault", "unmap-or-flush")


def typed(name: str) -> str:
    """What is typed in the conversation about a scenario."""
    return (DATA / f"{name}.in").read_text(encoding="utf-8")


def transcript(name: str, lines: str, *, ascii_only: bool = False) -> str:
    """The conversation about a shipped scenario in which these lines are typed."""
    scenario = open_scenario(name)
    about = scenario.about._replace(title=scenario.title)
    out = io.StringIO()
    explore(build_session(scenario), about, io.StringIO(lines), out, ascii_only=ascii_only)
    return out.getvalue()
