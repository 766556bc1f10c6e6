"""Find, words, copy, jump, and the user's own keys on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from l4numa_tui.config import Config, Setting
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.behaviour import copying
from l4numa_tui.tui.habits.habits import Habits, habits_of
from l4numa_tui.tui.habits.keymap import KeyMap, key_map
from l4numa_tui.tui.screens.searching import SearchScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Segment
from tests.tui.helpers import Screen, lesson, scenario
from tests.views.pane_worlds import make_session


def keys(**given: str) -> KeyMap:
    settings = {name: Setting(value, 1) for name, value in given.items()}
    found, problems = key_map(Config("config.toml", settings))
    assert problems == ()
    return found


async def test_find_selects_a_thing_everywhere() -> None:
    async with scenario() as screen:
        await screen.press("n", "n", "slash", *"pager1")
        assert "space   pager1" in screen.text()
        await screen.press("enter")
        assert screen.app.selected is not None
        assert screen.app.selected[0] == "space"
        assert not isinstance(screen.app.screen, SearchScreen)


async def test_find_goes_to_a_step_and_explains_a_word() -> None:
    async with scenario() as screen:
        await screen.press("n", "n", "n", "n", "slash", *"step 2", "enter")
        assert screen.cursor == 2
        await screen.press("slash", *"mdb", "enter")
        assert "books on who derived which mapping" in screen.text()
        await screen.press("escape")
        assert screen.cursor == 2
        await screen.press("slash", *"zzzz", "enter", "n")
        assert screen.app.selected is None


async def test_arrows_choose_among_the_matches() -> None:
    async with scenario() as screen:
        await screen.press("n", "slash", *"pager", "down", "down", "up", "enter")
        selected = screen.app.selected
        names = screen.stage.session.world.system.space_names
        assert selected in {("space", space) for space, name in names.items() if name == "pager1"}


async def test_where_only_one_pane_fits_find_shows_the_one_that_tells() -> None:
    async with scenario(80, 24) as screen:
        await screen.press("n", "1", "slash", *"pager1", "enter")
        assert screen.app.shown == 4
        assert "pager1" in screen.text()


async def test_the_words_of_the_cursors_line_come_first() -> None:
    async with scenario() as screen:
        await screen.press("n", "n", "2", "down", "down", "K")
        text = screen.text()
        assert text.index("rights") < text.index("All words")
        await screen.press(*"superp")
        assert "2 MiB entry" in screen.text()
        assert "All words" not in screen.text()
        await screen.press("escape")
        assert screen.cursor == 2


async def test_words_need_no_lesson() -> None:
    async with scenario() as screen:
        await screen.press("w")
        assert "address space" in screen.text()


async def test_the_right_button_explains_what_it_points_at() -> None:
    async with scenario() as screen:
        await screen.press("n")
        row = next(y for y, line in enumerate(screen.lines()) if " MDB" in line)
        column = screen.lines()[row].index("MDB")
        at = (None, column + 1, row, 0, 0, 3, False, False, False, column + 1, row)
        for kind in (events.MouseDown, events.MouseUp):
            screen.app.post_message(kind(*at))
        await screen.pilot.pause()
        below = screen.text().split("type to search")[1]
        assert below.index("books on who derived") < below.index("All words")
        assert screen.app.selected is None


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (170, 50)])
async def test_jumping_goes_to_the_pane_whose_letter_is_pressed(size: tuple[int, int]) -> None:
    async with scenario(*size) as screen:
        await screen.press("n", "ctrl+o")
        await screen.press("d", "n")
        assert screen.app.shown == 3
        assert screen.cursor == 2
        await screen.press("ctrl+o", "f12")
        await screen.press("n")
        assert screen.app.shown == 3
        assert screen.cursor == 3


async def test_from_a_zoomed_pane_one_jumps_to_those_out_of_sight() -> None:
    async with scenario(80, 24) as screen:
        await screen.press("n", "2", "z")
        assert len(screen.painted("lanes")) == 0
        assert "2 Mapping database" in screen.text()
        assert "map" not in screen.lines()[0]
        await screen.press("ctrl+o")
        assert "d  Messages" in screen.text()
        row = next(y for y, line in enumerate(screen.lines()) if "d  Messages" in line)
        await screen.pilot.click(offset=(screen.lines()[row].index("Messages"), row))
        await screen.pilot.pause()
        assert screen.app.shown == 3
        assert "3 Messages" in screen.text()
        await screen.press("escape")
        assert "1 map" in screen.text()


async def test_jumping_to_the_timeline_asks_for_a_step() -> None:
    async with scenario() as screen:
        await screen.press("n", "n", "ctrl+o")
        await screen.press("h", "1", "enter")
        assert screen.cursor == 1


async def test_copying_a_pane_and_what_is_selected(tmp_path: Path) -> None:
    app = L4numaApp(Stage(make_session(2), "Two nodes"), habits=Habits(copies=tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = Screen(app, pilot)
        await screen.press("n", "1", "y")
        kept = (tmp_path / copying.FILE).read_text(encoding="utf-8")
        assert "PT" in kept
        assert app.clipboard == kept
        assert f"{len(kept.splitlines())} lines; also in" in screen.lines()[1]
        app.selected = ("node", 1)
        await screen.press("y")
        assert "the selected node" in screen.lines()[1]
        assert "N1" in (tmp_path / copying.FILE).read_text(encoding="utf-8")


def test_what_is_too_long_for_a_clipboard_goes_to_the_file_alone(tmp_path: Path) -> None:
    copied = copying.text_of("it", ([Segment("x" * 60)] for _ in range(10_000)))
    assert len(copied.lines) == copying.MAX_LINES + 1
    assert not copied.fits_clipboard
    assert "only in" in copying.telling(copied, copying.keep(copied, tmp_path))
    small = copying.text_of("it", [[Segment("a\x1b[2Jb  ")], []])
    assert small.lines == ["a\N{REPLACEMENT CHARACTER}[2Jb"]
    assert copying.telling(small, "") == "copied it, 1 line"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    copied = copying.text_of("it", [[Segment("a")]])
    assert "cannot be written" in copying.keep(copied, tmp_path / "file")
    (tmp_path / copying.FILE).mkdir()
    assert "not a regular file" in copying.keep(copied, tmp_path)


async def test_the_users_keys_do_it_and_are_shown_everywhere() -> None:
    habits = Habits(keys(step="x, right", back="n", zoom=""))
    app = L4numaApp(Stage(make_session(2), "Two nodes"), habits=habits)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = Screen(app, pilot)
        assert "press x for the first step" in screen.lines()[1].lower()
        await screen.press("x", "right", "n")
        assert screen.cursor == 1
        assert screen.lines()[-1].split()[:4] == ["x", "step", "n", "back"]
        await screen.press("z")
        assert not app.zoomed
        await screen.press("question_mark")
        assert "x →" in screen.text() or await _scrolled(screen, "x →")
        await screen.press("escape", "ctrl+p", *"step forw")
        line = next(line for line in screen.lines() if "Step forward" in line)
        assert line.split("Step forward")[1].split()[0] == "x"


async def _scrolled(screen: Screen, text: str) -> bool:
    for _ in range(4):
        await screen.press("pagedown")
        if text in screen.text():
            return True
    return False


async def test_the_palette_has_what_is_possible_and_nothing_else() -> None:
    async with scenario() as screen:
        titles = [command.name for command in screen.app.commands()]
        assert any(title.startswith("Step forward") for title in titles)
        assert not any(title.startswith("Step back") for title in titles)
    async with lesson(at=1) as screen:
        assert screen.stage.draft is not None
        titles = [command.name for command in screen.app.commands()]
        assert any(title.startswith("I don't know") for title in titles)


def test_wrong_settings_keep_nobody_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("L4NUMA_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text('[keys]\nstep = "x"\nfoo = "n"\nbar = "n"\n')
    habits = habits_of("key")
    stage = Stage(make_session(2), "Two nodes")
    L4numaApp(stage, habits=habits)
    assert stage.notice.startswith(f"{tmp_path}/config.toml:3: unknown action `foo`")
    assert "1 more" in stage.notice
    assert stage.key("step") == "n"
