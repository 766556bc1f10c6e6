"""Where one left off, across two runs of the program."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from l4numa_tui.tui.actions import BY_ID
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.habits.habits import Habits
from l4numa_tui.tui.habits.remembering import (
    FOLDER,
    MAX_PLACES,
    SCREEN,
    Memory,
    Place,
    go_to,
    place_of,
)
from l4numa_tui.tui.looks.palette import theme_name
from l4numa_tui.tui.stage import Stage
from tests.views.pane_worlds import make_session


def stage_at(step: int, nodes: int = 2) -> Stage:
    stage = Stage(make_session(nodes), "Two nodes")
    stage.session.seek(step)
    return stage


def place_file(folder: Path) -> Path:
    return next((folder / FOLDER).glob("*.json"))


def test_the_next_run_stands_where_the_last_one_was_left(tmp_path: Path) -> None:
    Memory(tmp_path, "a").keep(place_of(stage_at(7), 3, zoomed=True))
    app = L4numaApp(stage := stage_at(0), habits=Habits(memory=Memory(tmp_path, "a")))
    assert (stage.session.cursor, app.shown, app.zoomed) == (7, 3, True)
    assert stage.session.digest() == stage_at(7).session.digest()
    assert "step 7, where you left it" in stage.notice


def test_another_scenario_and_a_fresh_start_begin_at_the_beginning(tmp_path: Path) -> None:
    Memory(tmp_path, "a").keep(place_of(stage_at(7), 3, zoomed=False))
    other, fresh = stage_at(0), stage_at(0)
    L4numaApp(other, habits=Habits(memory=Memory(tmp_path, "b")))
    L4numaApp(fresh, habits=Habits(memory=Memory(tmp_path, "a"), fresh=True))
    assert (other.session.cursor, fresh.session.cursor) == (0, 0)
    assert (other.notice, fresh.notice) == ("", "")


def test_a_world_that_is_not_the_same_at_that_step_begins_anew() -> None:
    stage = stage_at(0)
    place = place_of(stage_at(7), 2, zoomed=False)
    told = go_to(stage, Place(step=7, digest="0" * 16, pane=2))
    assert stage.session.cursor == 0
    assert "not reached any more" in told
    told = go_to(stage, Place(step=40_000, digest=place.digest))
    assert stage.session.cursor == 0
    assert told


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b'{"format":"l4numa.place/9"}', b'{"step":"x"}', b"\xff",
        b'{"step":-1}', b'{"step":99999999999999999999}', b'{"more":1}', b"[" * 4000, b" " * 9000,
        b'{"pane":99,"zoomed":true}',
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out(tmp_path: Path, data: bytes) -> None:
    memory = Memory(tmp_path, "a")
    memory.keep(Place(step=3, digest="x", pane=1))
    place_file(tmp_path).write_bytes(data)
    (tmp_path / SCREEN).write_bytes(data)
    read = memory.read()
    assert read.place.step == 0
    assert memory.theme() == ""
    stage = stage_at(0)
    L4numaApp(stage, habits=Habits(memory=memory))
    assert stage.session.cursor == 0
    memory.keep(Place(step=2))
    assert memory.read().place.step == 2


def test_folders_that_cannot_be_used_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file", "a")
    memory.keep(Place(step=3))
    memory.keep_theme("x")
    assert memory.read().place == Place()
    memory = Memory(tmp_path, "a")
    memory.keep(Place(step=3))
    path = place_file(tmp_path)
    path.unlink()
    path.mkdir()
    assert memory.read().notice.endswith("this is the start")
    memory.keep(Place(step=4))


def test_only_so_many_places_are_kept_and_nothing_unfinished_stays(tmp_path: Path) -> None:
    for number in range(MAX_PLACES + 5):
        (tmp_path / FOLDER).mkdir(exist_ok=True)
        path = tmp_path / FOLDER / f"{number:032x}.json"
        path.write_text("{}")
        os.utime(path, (number, number))
    Memory(tmp_path, "a").keep(Place(step=3))
    names = sorted(os.listdir(tmp_path / FOLDER))
    assert len(names) == MAX_PLACES
    assert f"{0:032x}.json" not in names
    assert all(name.endswith(".json") and not name.startswith(".") for name in names)
    assert Memory(tmp_path, "a").read().place.step == 3
    assert all(stat.S_ISREG((tmp_path / FOLDER / name).stat().st_mode) for name in names)


async def test_leaving_remembers_the_step_the_pane_and_a_theme_that_was_chosen(
    tmp_path: Path,
) -> None:
    memory = Memory(tmp_path, "a")
    app = L4numaApp(stage_at(0), habits=Habits(memory=memory))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("n", "n", "3", *BY_ID["next_theme"].keys)
        await pilot.pause()
        await pilot.press("q")
    kept = json.loads(place_file(tmp_path).read_bytes())
    assert (kept["step"], kept["pane"], kept["zoomed"]) == (2, 3, False)
    assert memory.theme() == "light"
    again = L4numaApp(stage_at(0), habits=Habits(memory=memory, theme=memory.theme()))
    assert again.theme == theme_name("light")
    assert again.shown == 3


async def test_a_theme_that_nobody_chose_is_not_kept(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "a")
    app = L4numaApp(stage_at(0), theme="light", habits=Habits(memory=memory))
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert memory.theme() == ""


def test_a_theme_is_not_forced_upon_a_terminal_without_its_colours() -> None:
    app = L4numaApp(stage_at(0), colours=False, habits=Habits(theme="light"))
    assert app.theme != theme_name("light")
    unknown = L4numaApp(stage_at(0), habits=Habits(theme="no such theme"))
    assert unknown.theme in unknown.available_themes
