"""The mapping database's own keys: m, l, o, < and >."""

from __future__ import annotations

import pytest

from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.screens.frame_screen import FramePane, FrameScreen
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.frame_view import mapped_frames
from l4numa_tui.views.segments import Target, plain
from tests.tui.helpers import Screen, scenario


def forest(screen: Screen) -> DatabasePane:
    return screen.app.query_one(DatabasePane)


def shows_its_view(screen: Screen) -> None:
    """What is painted is what a view made anew says."""
    pane = forest(screen)
    view = pane.view
    assert view
    fresh = ForestView(
        screen.stage.scene(), view.folds.copy(), tight=view.tight, room=pane.room,
        zoom=pane.zoom_now, limit=pane.limit,
    )  # fmt: skip
    top, left = int(pane.scroll_y), int(pane.scroll_x)
    rows = range(top, min(top + pane.body_height, fresh.row_count))
    wanted = [plain(fresh.line(row, pane.room, left)) for row in rows]
    painted = [plain(line[:-1]) for line in pane.painted()[pane.heads :]]
    assert painted[: len(wanted)] == wanted
    assert len(painted) == pane.body_height


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 18)])
async def test_m_goes_round_the_zooms_and_steps_follow_in_each(size: tuple[int, int]) -> None:
    async with scenario(*size) as screen:
        await screen.press("n", "n", "2")
        for zoom, sign in (("card", "╭"), ("lanes", " home "), ("chip", "▶")):
            await screen.press("m")
            assert forest(screen).zoom_now == zoom
            assert sign in screen.text()
            shows_its_view(screen)
            await screen.press("n", "n", "p", "down", "down", "down", "up")
            shows_its_view(screen)
        await screen.press("m")
        await screen.resize(size[0] - 10 if size[0] > 60 else 70, size[1])
        shows_its_view(screen)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_l_limits_says_so_and_an_empty_answer_ends_it(size: tuple[int, int]) -> None:
    async with scenario(*size) as screen:
        await screen.press("n", "n", "2", "l", *"node:1", "enter")
        assert "limit node:1: " in screen.text()
        shows_its_view(screen)
        await screen.press("N", "N", "p")
        shows_its_view(screen)
        await screen.press("l", *" nonsense", "enter")
        assert "'nonsense' is no word of a limit" in screen.text()
        assert forest(screen).limit is not None, "what was refused changes nothing"
        await screen.press("l", "escape")
        assert forest(screen).limit is not None
        await screen.press("l", *["backspace"] * 6, "enter")
        assert forest(screen).limit is None
        assert "limit node" not in screen.text()
        shows_its_view(screen)


async def test_o_shows_a_frame_and_leaves_it_selected() -> None:
    async with scenario() as screen:
        await screen.press("N", "2", "o")
        frames = mapped_frames(screen.stage.scene())

        def shown() -> int:
            assert isinstance(screen.app.screen, FrameScreen)
            return screen.app.screen.query_one(FramePane).frame

        assert shown() == frames[0]
        assert "kernel memory" in screen.text()
        await screen.press("n", "n")
        assert shown() == frames[2]
        await screen.press("p", "p", "p")
        assert shown() == frames[-1], "round the end"
        await screen.press("N")
        assert shown() == frames[0]
        await screen.press("N")
        assert shown() == 1 << 28
        await screen.press("P")
        assert shown() == frames[0]
        step = screen.cursor
        await screen.press("n", "escape")
        assert screen.app.selected == ("frame", frames[1])
        assert screen.cursor == step, "n steps only where no frame is open"
        await screen.press("o", "down", "down", "enter")
        selected: Target | None = screen.app.selected
        assert selected
        assert selected[0] == "entry"
        assert not isinstance(screen.app.screen, FrameScreen)


async def test_a_click_on_a_lanes_name_selects_the_node() -> None:
    async with scenario(80, 24, nodes=3) as screen:
        await screen.press("n", "2", "m", "m")
        row = next(y for y, line in enumerate(screen.lines()) if "N1 home" in line)
        await screen.pilot.click(offset=(screen.lines()[row].index("N1 home") + 2, row))
        await screen.pilot.pause()
        assert screen.app.selected == ("node", 1)


async def test_o_has_nothing_to_show_before_anything_is_mapped() -> None:
    async with scenario() as screen:
        rows = screen.stage.session.world.kernel.database.entries.rows
        assert rows, "pools are filled at boot"
        assert screen.app.possible("is_mapped")
        rows.clear()
        assert not screen.app.possible("is_mapped")


async def test_a_wide_tree_is_panned_as_far_as_it_goes() -> None:
    async with scenario(60, 18, nodes=8) as screen:
        await screen.press("N", "2", "m", "m", "o", "escape")
        pane = forest(screen)
        assert any("›" in plain(line) for line in pane.painted())
        for _ in range(40):
            await screen.press("greater_than_sign")
        left = int(pane.scroll_x)
        assert left > 0
        assert any("‹" in plain(line) for line in pane.painted())
        shows_its_view(screen)
        rows = [line for line in pane.painted()[pane.heads :] if line[0].text.startswith("‹")]
        assert rows, "the last of it is still in sight"
        for _ in range(40):
            await screen.press("less_than_sign")
        assert pane.scroll_x == 0
        shows_its_view(screen)
        assert screen.cursor == screen.stage.session.cursor
