"""The key `s`: the source of the last step over the panes."""

from __future__ import annotations

import pytest

from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.screens.source_screen import SourcePane, SourceScreen
from l4numa_tui.tui.stage import Stage
from tests.tui.helpers import Screen, lesson, scenario
from tests.views.pane_worlds import make_session


def opened(screen: Screen) -> SourcePane:
    assert isinstance(screen.app.screen, SourceScreen)
    return screen.app.screen.query_one(SourcePane)


def chosen(screen: Screen) -> str:
    pane = opened(screen)
    return pane.pieces[pane.at].title


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 18)])
async def test_s_shows_the_steps_code_and_s_closes_it(size: tuple[int, int]) -> None:
    async with scenario(*size) as screen:
        await screen.press("n", "s")
        assert chosen(screen) == "handle_pagefault"
        text = screen.text()
        assert "def handle_pagefault(" in text
        assert "l4numa_tui/kernel/pagefault.py:" in text
        assert "pagefault, fault IPC" in screen.lines()[1], "the step itself stays in sight"
        await screen.press("s")
        assert not isinstance(screen.app.screen, SourceScreen)
        await screen.press("s", "escape", "n")
        assert screen.cursor == 2


async def test_at_the_start_there_is_no_source() -> None:
    async with scenario() as screen:
        await screen.press("s")
        assert not isinstance(screen.app.screen, SourceScreen)


async def test_left_and_right_go_round_the_functions() -> None:
    async with scenario() as screen:
        await screen.press("n", "s")
        pieces = opened(screen).pieces
        seen = []
        for _ in pieces:
            seen.append(chosen(screen))
            assert f"def {seen[-1].rpartition('.')[2]}(" in screen.text()
            await screen.press("right")
        assert sorted(seen) == sorted(piece.title for piece in pieces)
        assert chosen(screen) == seen[0]
        await screen.press("left", "shift+tab", "tab")
        assert chosen(screen) == seen[-1]
        assert screen.cursor == 1, "arrows step only where no source is open"


async def test_a_click_on_a_name_shows_that_function() -> None:
    async with scenario() as screen:
        await screen.press("n", "s")
        row = next(y for y, line in enumerate(screen.lines()) if " walk " in line)
        await screen.pilot.click(offset=(screen.lines()[row].index(" walk ") + 2, row))
        await screen.pilot.pause()
        assert chosen(screen) == "walk"
        assert "def walk(" in screen.text()
        assert screen.app.selected is None


async def test_steps_taken_with_the_source_open_show_the_next_ones() -> None:
    async with scenario() as screen:
        await screen.press("n", "s", "n")
        assert screen.cursor == 2
        assert chosen(screen) == "NodePager.on_fault"
        assert "pager0 answers A.0" in screen.lines()[1]
        await screen.press("p")
        assert chosen(screen) == "handle_pagefault"
        await screen.press("p", "p")
        assert opened(screen).pieces == []
        assert "The machine has just booted" in screen.text()
        await screen.press("right", "down", "s")
        assert screen.cursor == 0


async def test_the_source_scrolls_and_begins_at_the_top_of_each_function() -> None:
    async with scenario(80, 24) as screen:
        await screen.press("n", "n", "s")
        pane = opened(screen)
        first = pane.pieces[pane.at].text.partition("(")[0]
        assert first in screen.text()
        await screen.press("end")
        last = pane.pieces[pane.at].text.splitlines()[-1].split()[0]
        assert last in screen.text()
        assert first not in screen.text()
        await screen.press("right", "left")
        assert first in screen.text()


async def test_an_open_question_still_stops_stepping() -> None:
    async with lesson(at=1) as screen:
        await screen.press("tab", "s")
        opened(screen)
        await screen.press("n")
        assert screen.cursor == 1
        assert "answer first" in screen.lines()[1]
        await screen.press("s", "5", "b", "enter", "n")
        assert screen.cursor == 2


async def test_a_question_that_comes_up_leaves_the_source_open() -> None:
    async with lesson(at=2) as screen:
        await screen.press("s", "n", "n", "n")
        assert screen.cursor == 3
        opened(screen)
        await screen.press("s")
        assert "How many messages cross nodes?" in screen.text()


async def test_another_size_with_the_source_open() -> None:
    async with scenario() as screen:
        await screen.press("n", "s")
        for size in ((80, 24), (40, 10), (160, 50), (120, 40)):
            await screen.resize(*size)
        left = min(line.index("def handle") for line in screen.lines() if "def handle" in line)
        assert left > 38, "the left column is in sight again"
        await screen.press("s")
        resized = screen.lines()
    async with scenario() as screen:
        await screen.press("n")
        assert resized == screen.lines()


def test_ascii_keeps_to_ascii() -> None:
    stage = Stage(make_session(2), "Two nodes", ascii_only=True)
    shown = snapshot(stage, 80, 24, keys=("n", "s"))
    assert "def handle_pagefault(" in "\n".join(shown.lines)
    assert all(line.isascii() for line in shown.lines)
