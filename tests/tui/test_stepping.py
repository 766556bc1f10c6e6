"""Keys step the session, and the screen follows."""

from __future__ import annotations

import pytest

from tests.tui.helpers import lesson, scenario


async def test_keys_step_both_ways_and_the_header_says_where() -> None:
    async with scenario() as screen:
        await screen.press("n", "right", "space")
        assert screen.cursor == 3
        assert "step 3/3" in screen.lines()[0]
        await screen.press("p", "left", "b")
        assert screen.cursor == 0
        assert "booted" in screen.lines()[1]


async def test_a_stride_ends_where_nobody_waits_and_back_where_it_began() -> None:
    async with scenario() as screen:
        await screen.press("N")
        after = screen.cursor
        assert after > 1
        assert screen.stage.session.at_rest()
        await screen.press("N", "P")
        assert screen.cursor == after


async def test_home_end_and_go_to() -> None:
    async with scenario() as screen:
        await screen.press("g", "7", "x", "enter")
        assert screen.cursor == 7
        await screen.press("home")
        assert screen.cursor == 0
        await screen.press("end")
        assert screen.cursor == 7
        await screen.press("g", *"999", "enter")
        assert screen.stage.ended()
        assert "as far as it goes" in screen.lines()[1]


async def test_go_to_can_be_left_without_going() -> None:
    async with scenario() as screen:
        await screen.press("g", "5", "escape", "n")
        assert screen.cursor == 1


async def test_running_ends_where_stepping_ends_and_any_key_stops_it() -> None:
    async with scenario() as screen:
        await screen.press("r")
        for _ in range(100):
            await screen.pilot.pause(0.02)
            if screen.stage.ended() and not screen.app.playing:
                break
        whole = screen.cursor
        digest = screen.stage.session.digest()
        await screen.press("home", "g", *str(whole), "enter")
        assert screen.stage.session.digest() == digest
        await screen.press("home")
        screen.app.action_run()
        assert screen.app.playing
        await screen.press("n")
        assert not screen.app.playing


async def test_the_slider_seeks() -> None:
    async with scenario() as screen:
        await screen.press("g", "9", "enter")
        bar = screen.app.query_one("#timeline")
        row = screen.lines()[bar.region.y]
        await screen.pilot.click("#timeline", offset=(row.index("├") + 1, 0))
        assert screen.cursor == 0
        await screen.pilot.click("#timeline", offset=(row.index("┤") - 1, 0))
        assert screen.cursor == 9


@pytest.mark.parametrize("key", ["n", "N", "r"])
async def test_nothing_steps_past_an_open_question(key: str) -> None:
    async with lesson() as screen:
        await screen.press("n", key)
        assert screen.cursor == 1
        assert "answer first" in screen.lines()[1]
        assert "Answer first" in screen.text()


async def test_looking_back_is_possible_while_a_question_is_open() -> None:
    async with lesson() as screen:
        await screen.press("n", "p")
        assert screen.cursor == 0
        await screen.press("n")
        assert screen.cursor == 1
