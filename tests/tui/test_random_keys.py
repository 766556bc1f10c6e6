"""Whatever is pressed, in whatever order: the screen stays, and shows the step it says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from l4numa_tui.tui.actions import ACTIONS
from tests.tui.helpers import lesson, scenario

LEAVING = {"q", "ctrl+c", "ctrl+p", "question_mark", "f1", "w"}
KEYS = sorted({key for action in ACTIONS for key in action.keys} - LEAVING)
SIZES = ((120, 40), (80, 24), (170, 50))


@pytest.mark.parametrize("seed", range(3))
async def test_random_keys(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # among the keys are those that export
    draw = random.Random(seed)
    async with lesson(*SIZES[seed % 3]) as screen:
        for _ in range(5):
            await screen.press(*(draw.choice(KEYS) for _ in range(25)))
            await screen.resize(*draw.choice(SIZES))
        await screen.press("escape", "escape", "home")
        assert screen.cursor == 0
        assert "step 0" in screen.lines()[0]


@pytest.mark.parametrize("seed", range(2))
async def test_a_screen_reached_by_many_ways_is_that_of_the_step(seed: int) -> None:
    draw = random.Random(seed)
    moves = ("n", "n", "n", "p", "N", "P", "home", "end")
    async with scenario(nodes=3) as screen:
        for _ in range(4):
            await screen.press(*(draw.choice(moves) for _ in range(12)))
        length = screen.stage.session.length
        await screen.press("g", *str(length), "enter", "p", "p")
        here, panes = screen.cursor, {}
        for name in ("map", "lanes", "lesson", "tables", "header", "step", "timeline"):
            panes[name] = screen.painted(name)
    async with scenario(nodes=3) as fresh:
        await fresh.press("g", *str(length), "enter", "p", "p")
        assert fresh.cursor == here
        assert {name: fresh.painted(name) for name in panes} == panes
