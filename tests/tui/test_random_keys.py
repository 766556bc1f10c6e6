"""Whatever is pressed, in whatever order: the screen stays, and shows the step it says.

`wandering` does it with everything there is, over all kinds of sessions; here are a few of its
walks, and what they found once.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from l4numa_tui.tui.actions import ACTIONS
from l4numa_tui.tui.app import MainScreen
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.screens.travel_screens import StopsScreen
from tests.tui.helpers import Screen, lesson, scenario
from tests.tui.wandering import KINDS, wander

LEAVING = {"q", "ctrl+c", "ctrl+p", "question_mark", "f1", "w"}
KEYS = sorted({key for action in ACTIONS for key in action.keys} - LEAVING)
SIZES = ((120, 40), (80, 24), (170, 50))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some keys write files."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_walk_ends_where_it_says(kind: str, full: bool) -> None:
    for seed in range(30 if full else 1):
        await wander(seed, 150 if full else 20, kind)


@pytest.mark.parametrize("seed", range(2))
async def test_random_keys(seed: int) -> None:
    draw = random.Random(seed)
    async with lesson(*SIZES[seed % 3]) as screen:
        for _ in range(5):
            await screen.press(*(draw.choice(KEYS) for _ in range(25)))
            await screen.resize(*draw.choice(SIZES))
        await screen.press("escape", "escape", "escape", "home")
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


async def _palette(screen: Screen, *keys: str) -> None:
    await screen.press("ctrl+p")
    await screen.until(lambda: "Step forward" in screen.text())
    await screen.press(*keys)
    await screen.until(lambda: screen.app.screen.id != "--command-palette")


async def test_enter_twice_in_the_palette_runs_one_command_and_closes_one_window() -> None:
    async with scenario() as screen:
        await _palette(screen, *"All stops", "enter", "enter", "escape", "pagedown")
        await screen.until(lambda: isinstance(screen.app.screen, StopsScreen | MainScreen))
        await screen.press("escape", "n")
        assert isinstance(screen.app.screen, MainScreen)
        assert screen.cursor == 1


async def test_no_command_acts_below_a_window_that_shows_the_step() -> None:
    async with scenario() as screen:
        await screen.press("n", "V", "ctrl+p")
        assert "Step forward" not in screen.text()
        await screen.press("escape")
        assert isinstance(screen.app.screen, MainScreen)


async def test_the_footer_offers_what_the_focused_pane_takes() -> None:
    async with lesson(170, 50, at=1) as screen:
        assert "enter answer" in screen.lines()[-1]
        await screen.press("tab")
        assert "enter answer" not in screen.lines()[-1]
        await screen.press("shift+tab")
        assert "enter answer" in screen.lines()[-1]


async def test_a_digit_that_is_no_number_is_not_taken() -> None:
    async with scenario() as screen:
        await screen.press("g", "²", "٣", "2", "enter")
        assert screen.cursor == 2


async def test_the_forest_answers_for_the_present_step_also_out_of_sight() -> None:
    async with scenario(80, 24, nodes=3) as screen:
        await screen.press("2", "end", *"NNNN", "F", "m", "down", "down", "pagedown")
        forest = screen.app.query_one(DatabasePane)
        view = forest.view
        assert view is not None
        await screen.press("1", "home")
        view.forget(None)  # trees are drawn when they are asked for
        forest.watch_scroll_y()
        assert view.scene.last is not None
        await screen.press("comma")
        assert view.scene.last is None
        await screen.resize(40, 8)
        await screen.press("N", "y", "m", "m")
        await screen.resize(120, 40)
        assert view.scene.last == screen.stage.session.last
