"""Selecting, help, palette, themes: looking without stepping."""

from __future__ import annotations

import pytest

from l4numa_tui.tui.actions import ACTIONS, BY_ID
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.habits.keymap import printed
from l4numa_tui.tui.looks.palette import theme_name
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.pictures.reading import screen_lines, screen_svg
from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.screens.help import HelpScreen
from l4numa_tui.tui.stage import Stage
from tests.tui.helpers import Screen, scenario
from tests.views.pane_worlds import make_session


def lit(screen: Screen, name: str) -> int:
    """How many segments of a pane are lit up."""
    pane = screen.app.query_one(name, LinePane)
    return sum(
        1
        for row in pane.painted()
        for segment in row
        if {"selected", "related"} & set(segment.style.split())
    )


async def test_what_is_selected_in_one_pane_lights_up_in_others() -> None:
    async with scenario() as screen:
        await screen.press("N", "3")
        await screen.press("up", "enter")
        assert screen.app.selected is not None
        assert lit(screen, "#lanes") > 0
        await screen.press("escape")
        assert screen.app.selected is None
        assert lit(screen, "#lanes") == 0


async def test_a_node_selected_with_a_click_lights_up_and_is_inspected() -> None:
    async with scenario() as screen:
        row = next(y for y, line in enumerate(screen.lines()) if "▲N1" in line)
        pane = screen.app.query_one("#map")
        column = screen.lines()[row].index("▲N1") - pane.region.x
        await screen.pilot.click("#map", offset=(column, row - pane.region.y))
        await screen.pilot.pause()
        assert screen.app.selected == ("node", 1)
        assert lit(screen, "#map") > 0
        assert "Inspector" in screen.text()
        await screen.pilot.click("#map", offset=(column, row - pane.region.y))
        assert screen.app.selected is None


async def test_only_the_title_of_the_focused_pane_is_lit() -> None:
    async with scenario() as screen:
        for number in (1, 2, 5):
            await screen.press(str(number))
            lit_titles = [
                pane.number
                for pane in screen.app.panes()
                if "head-focus" in pane.painted()[0][0].style
            ]
            assert lit_titles == [number]


async def test_help_shows_the_focused_pane_and_every_key() -> None:
    async with scenario(100, 60) as screen:
        await screen.press("3", "question_mark")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "a lane for each party" in " ".join(screen.text().split())
        await screen.press("n")
        assert screen.cursor == 0
        await screen.press("escape", "n")
        assert screen.cursor == 1


async def test_the_palette_offers_what_is_possible_and_does_it() -> None:
    async with scenario() as screen:
        await screen.press("ctrl+p")
        assert "Step forward" in screen.text()
        assert "Step back over" not in screen.text(), "there is no step to take back"
        await screen.press(*"step over", "enter")
        assert screen.stage.session.at_rest()
        assert screen.cursor > 1


async def test_the_palette_leads_to_all_themes() -> None:
    async with scenario() as screen:
        await screen.press("ctrl+p", *"choose a theme", "enter")
        await screen.press(*"contrast-light", "enter")
        assert screen.app.theme == theme_name("contrast-light")


async def test_the_footer_names_only_actions_of_the_registry_and_works_by_click() -> None:
    async with scenario() as screen:
        row = screen.lines()[-1]
        await screen.pilot.click("#footer", offset=(row.index("step"), 0))
        await screen.pilot.pause()
        assert screen.cursor == 1
        assert row.split()[0] == printed(BY_ID["step"].keys[0])


async def test_the_mouse_underlines_what_a_click_would_choose() -> None:
    async with scenario() as screen:
        row = next(y for y, line in enumerate(screen.lines()) if "▲N1" in line)
        column = screen.lines()[row].index("▲N1")
        pane = screen.app.query_one("#map", LinePane)

        def hovered() -> set[str]:
            segments = [segment for line in pane.painted() for segment in line]
            return {segment.text for segment in segments if "hover" in segment.style.split()}

        await screen.pilot.hover(offset=(column, row))
        assert hovered() == {" ▲N1 "}
        await screen.pilot.hover("#lanes")
        assert hovered() == set()


@pytest.mark.parametrize(
    ("first", "keys", "then"),
    [("terminal", 2, "dark"), ("light", 3, "terminal")],
)
async def test_another_theme_repaints_everything_in_its_colours(
    first: str, keys: int, then: str
) -> None:
    pictures = []
    for theme, times in ((first, keys), (then, 0)):
        app = L4numaApp(Stage(make_session(2), "Two nodes"), theme=theme)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("n", *["ctrl+t"] * times)
            await pilot.pause()
            assert app.theme == theme_name(then)
            assert not times or then in screen_lines(app)[1]
            await pilot.press("N")  # the step bar no longer names the theme
            await pilot.pause()
            pictures.append(screen_svg(app, "Two nodes"))
    assert pictures[0] == pictures[1]


async def test_light_and_dark_are_each_others_counterparts() -> None:
    async with scenario(60, 18) as screen:
        for theme in ("light", "dark"):
            await screen.app.run_action("app.light")
            await screen.pilot.pause()
            assert screen.app.theme == theme_name(theme)


async def test_no_text_from_a_file_can_steer_the_terminal() -> None:
    hostile = "a\x1b]52;c;eA==\x07b[bold]c[/]\u202ed"
    app = L4numaApp(Stage(make_session(2), hostile))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = screen_lines(app)
        assert "[bold]c[/]" in lines[0]
        assert all(line.isprintable() for line in lines)
        svg = screen_svg(app, hostile)
        assert "\x1b" not in svg
        assert "\u202e" not in svg


def test_the_picture_is_the_same_each_time_and_links_nothing() -> None:
    first, second = (
        snapshot(Stage(make_session(2), "Two nodes"), 80, 24, keys=("n", "n")) for _ in range(2)
    )
    assert first == second
    assert any("pager0 answers A.0" in line for line in first.lines)
    links = [part.split('"')[0] for part in first.svg.split("http")[1:]]
    assert all("w3.org" in link or "textualize" in link for link in links)
    assert "url(" not in first.svg.replace("url(#", "")


def test_no_key_means_two_things_where_both_are_possible() -> None:
    seen: dict[str, set[str]] = {}
    for action in ACTIONS:
        for key in action.keys:
            seen.setdefault(key, set()).add(action.id)
    # Enter hands in an answer while the lesson asks, and selects everywhere else.
    assert {key for key, ids in seen.items() if len(ids) > 1} == {"enter"}
