"""What all windows over the panes share, and the footer's keys for the pane that has the focus."""

from __future__ import annotations

import pytest

from l4numa_tui.tui.panes.keys_line import keys_line
from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import plain, width_of
from tests.tui.helpers import scenario
from tests.views.pane_worlds import make_session

WINDOWS = (("slash",), ("w",), ("question_mark",), ("ctrl+p",), ("x",), ("T",), ("V",), ("s",),
           ("o",), ("d", "0", "enter"))  # fmt: skip


@pytest.mark.parametrize("width", [12, 30, 80])
def test_the_key_that_closes_is_never_cut_off(width: int) -> None:
    line = keys_line((("↑ ↓", "choose"), ("enter", "go there")), width, ascii_only=True)
    assert width_of(line) == width
    assert plain(line).endswith("esc close")
    assert plain(line).isascii()


@pytest.mark.parametrize("keys", WINDOWS, ids=" ".join)
def test_a_window_without_colours_says_how_it_closes_and_what_lies_below_stays(
    keys: tuple[str, ...],
) -> None:
    stage = Stage(make_session(2), "Two nodes", ascii_only=True)
    shown = snapshot(stage, 80, 24, colours=False, keys=("n", "2", *keys))
    closing = [line for line in shown.lines if "esc close" in line]
    assert len(closing) == 1
    assert shown.lines[0].startswith(" Two nodes")
    assert all(line.isascii() for line in shown.lines)


async def test_the_footer_has_the_keys_of_the_pane_with_the_focus() -> None:
    async with scenario() as screen:
        own = ("m view", "l limit", "o frame")
        for key, there in (("2", True), ("3", False), ("tab", False), ("2", True)):
            await screen.press(key)
            assert all((each in screen.lines()[-1]) == there for each in own), key
        assert "c changed by" not in screen.lines()[-1]
        await screen.press("n", "down", "enter")
        assert screen.app.selected is not None
        assert "c changed by" in screen.lines()[-1]
        await screen.press("z")
        assert "z all panes" in screen.lines()[-1]
        await screen.press("l")
        assert screen.lines()[-1].split() == ["enter", "do", "it", "esc", "close"]


async def test_a_screen_that_was_too_small_gives_the_keys_back() -> None:
    async with scenario() as screen:
        await screen.press("3")
        await screen.resize(40, 10)
        await screen.resize(120, 40)
        assert screen.app.focused is screen.app.pane(3)
