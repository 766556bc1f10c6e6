"""Travelling in time by keys: stops, speeds, reverse watch, differences, futures."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.tui.behaviour.playing import SPEEDS
from l4numa_tui.tui.screens.travel_screens import BranchScreen, DiffScreen, StopsScreen
from l4numa_tui.world.operations import DO, Op
from tests.tui.helpers import Screen, lesson, scenario
from tests.views.pane_worlds import DATA


async def played_out(screen: Screen) -> None:
    """Wait for auto-play to end by itself."""
    for _ in range(200):
        if not screen.app.playing:
            return
        await screen.pilot.pause(0.02)
    raise AssertionError("auto-play never ends")


def entry_of(screen: Screen, node: int) -> int:
    application = screen.stage.session.world.system.roster.applications[0]
    return entry_id(application.spaces[node], DATA)


async def test_runs_and_strides_stop_at_breakpoints_and_watches_whatever_the_speed() -> None:
    async with scenario() as screen:
        await screen.press("n", "n", "t", "home", "N")
        assert screen.cursor == 2
        assert "breakpoint at step 2" in screen.lines()[1]
        assert "◉┤" in screen.lines()[-3]
        screen.app.selected = ("entry", entry_of(screen, 1))
        await screen.press("T", "r")
        await played_out(screen)
        assert "A.1 page 0x400 changed by step 5: mapped" in screen.lines()[1]
        assert screen.cursor == 5
        await screen.press("home", "minus", "r")
        assert screen.app.pace == f"{SPEEDS[-2]} steps a second"
        await played_out(screen)
        assert screen.cursor == 2  # the breakpoint again
        await screen.press("r")
        await played_out(screen)
        assert screen.cursor == 5
        await screen.app.run_action("app.run_back")
        await played_out(screen)
        assert screen.cursor == 2
        await screen.press("t", "g", *"99", "enter")
        assert screen.cursor > 5  # known steps are leapt over, a run stops at the next change
        assert "unmapped" in screen.lines()[1]


async def test_speed_changes_while_playing_and_any_other_key_stops() -> None:
    async with scenario() as screen:
        await screen.press(*["minus"] * 9, "r", "plus")
        assert screen.app.playing
        assert f"{SPEEDS[1]} steps a second" in screen.lines()[1]
        at = screen.cursor
        await screen.press("n")
        assert not screen.app.playing
        assert screen.cursor == at


async def test_who_changed_this_leads_there_and_back_again() -> None:
    async with scenario() as screen:
        await screen.press("c")
        assert "select something first" in screen.lines()[1]
        await screen.press("g", *"999", "enter")
        entry = entry_of(screen, 1)
        steps = [
            step
            for step in range(1, screen.stage.session.length + 1)
            if entry in screen.stage.session.net(step).get("mdb", {})
        ]
        screen.app.selected = ("entry", entry)
        await screen.press("c")
        assert screen.cursor == steps[-1]
        assert "changed A.1 page 0x400: unmapped" in screen.lines()[1]
        await screen.press("c")
        assert screen.cursor == steps[-2]
        await screen.press("C")
        assert screen.cursor == steps[-1]
        await screen.press("C")
        assert "no known later step" in screen.lines()[1]
        assert screen.cursor == steps[-1]


async def test_differences_and_stops_are_screens_that_select_and_switch() -> None:
    async with scenario() as screen:
        await screen.press("g", *"5", "enter", "d", *"999", "enter")
        assert "not known yet" in screen.lines()[1]
        await screen.press("d", "enter")
        assert isinstance(screen.app.screen, DiffScreen)
        assert "step 0 → step 5" in screen.text()
        await screen.press("enter")
        assert screen.app.selected is not None
        screen.app.selected = None
        await screen.press("T")
        assert isinstance(screen.app.screen, StopsScreen)
        await screen.press("u", "f", "f", "escape", "r")
        await played_out(screen)
        assert screen.stage.session.stops.kinds == {"unmap"}
        assert "a call of unmap" in screen.lines()[1]


async def test_a_future_left_behind_is_listed_and_gone_into() -> None:
    async with scenario() as screen:
        await screen.press("g", *"9", "enter")
        session = screen.stage.session
        old = session.digest()
        thread = session.world.system.programs[0]
        session.seek(3)
        session.step((DO, thread, Op.WRITE, DATA << 12))
        await screen.press("n", "V")
        assert isinstance(screen.app.screen, BranchScreen)
        assert "forks after step 3" in screen.text()
        await screen.press("enter")
        assert "forks after step 3" in screen.lines()[1]
        assert session.length == 9
        await screen.press("end")
        assert session.digest() == old
        assert [branch.at for branch in session.futures()] == [3]


async def test_a_lesson_stops_at_breakpoints_as_well_as_at_questions() -> None:
    async with lesson(at=5) as screen:
        await screen.press("1", "t", "n", "n", "n", "t", "g", "5", "enter", "r")
        await played_out(screen)
        assert screen.cursor == 8
        await screen.press("g", "5", "enter", "N")
        assert screen.cursor <= 8
        await screen.app.run_action("app.run_back")
        await played_out(screen)
        assert screen.cursor == 5


async def test_a_long_list_can_be_read_to_its_end() -> None:
    async with scenario(80, 24) as screen:
        await screen.press("g", *"999", "enter", "d", "0", "enter")
        assert "interrupts sent" not in screen.text()
        await screen.press(*["down"] * 60)
        assert "interrupts sent" in screen.text()
