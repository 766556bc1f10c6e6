"""What a screen of some size shows."""

from __future__ import annotations

import os
import random

import pytest
from rich.cells import cell_len

from l4numa_tui.tui.panes.layout import MIN_HEIGHT, MIN_WIDTH, Layout, layout_of
from tests.tui.helpers import lesson, scenario

NAMES = ("Machine", "Mapping database", "Messages", "Page tables", "This step")


async def test_a_large_screen_shows_every_pane() -> None:
    async with scenario(120, 40) as screen:
        await screen.press("n")
        text = screen.text()
        assert [name for name in NAMES if name not in text] == []
        assert "Inspector" not in text


async def test_a_wide_screen_has_a_column_for_the_inspector() -> None:
    async with scenario(170, 45) as screen:
        await screen.press("n")
        assert "6 Inspector" in screen.text()


async def test_a_small_screen_shows_the_pane_whose_number_is_pressed() -> None:
    async with scenario(80, 24) as screen:
        await screen.press("n", "n", "1")
        assert "╭" in screen.text() or "┏" in screen.text()
        await screen.press("3")
        assert "cost" in screen.text()
        assert "╭" not in screen.text()
        # What the lesson wants and the machine's strip are always there.
        assert "●N0" in screen.lines()[3]


@pytest.mark.parametrize(("width", "height"), [(59, 24), (20, 5), (1, 1)])
async def test_too_small_a_screen_says_so(width: int, height: int) -> None:
    async with lesson(width, height) as screen:
        text = " ".join(screen.lines())
        assert text.strip()
        assert "60×18" in text or width < 20
        await screen.press("n", "tab", "z", "1")
        await screen.resize(120, 40)
        assert "Machine" in screen.text()


async def test_a_storm_of_sizes_leaves_the_screen_as_a_fresh_one() -> None:
    sizes = [(80, 24), (1, 1), (200, 60), (100, 30), (99, 30), (60, 18), (59, 18), (160, 45)]
    async with scenario() as screen:
        await screen.press("n", "n", "n")
        for width, height in sizes:
            await screen.pilot.resize_terminal(width, height)
        await screen.resize(120, 40)
        after = screen.text()
    async with scenario() as fresh:
        await fresh.press("n", "n", "n")
        assert fresh.text() == after


async def test_a_random_walk_over_sizes_with_keys_between() -> None:
    seed = int(os.environ.get("L4NUMA_SEED", "1"))
    draw = random.Random(seed)
    print(f"L4NUMA_SEED={seed}")
    keys = (
        "n",
        "p",
        "N",
        "tab",
        "z",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "i",
        "down",
        "enter",
        "f",
        "escape",
    )
    async with scenario(nodes=4) as screen:
        for _ in range(25):
            size = draw.randrange(201), draw.randrange(61)
            await screen.pilot.resize_terminal(*size)
            await screen.press(*(draw.choice(keys) for _ in range(draw.randrange(4))))
            if not all(size):
                continue  # nothing is painted
            rows = screen.lines()
            assert len(rows) == size[1]
            assert max(map(cell_len, rows), default=0) <= size[0]
            layout = layout_of(*size)
            if layout is not Layout.TINY:
                assert f"step {screen.cursor}" in rows[0], size
            elif size >= (20, 3) and size[1] >= 3:
                assert f"{MIN_WIDTH}×{MIN_HEIGHT}" in " ".join(rows), size
        await screen.press("escape", "escape", "escape")
        await screen.resize(120, 40)
        await screen.press("5", "escape")
        after, cursor, top = screen.text(), screen.cursor, screen.lines()[0]
        assert all(name in after for name in NAMES[:3])
        assert f"step {cursor}" in top


async def test_zoom_gives_one_pane_the_screen_and_gives_it_back() -> None:
    async with scenario() as screen:
        before = screen.text()
        await screen.press("3", "z")
        assert "1 Machine" not in screen.text()
        assert "3 Messages" in screen.text()
        await screen.press("escape", "2")
        assert screen.text() == before


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ((59, 40), Layout.TINY),
        ((60, 17), Layout.TINY),
        ((60, 18), Layout.NARROW),
        ((120, 24), Layout.NARROW),
        ((120, 40), Layout.FULL),
        ((160, 40), Layout.WIDE),
    ],
)
def test_sizes_and_their_layouts(size: tuple[int, int], layout: Layout) -> None:
    assert layout_of(*size) is layout
