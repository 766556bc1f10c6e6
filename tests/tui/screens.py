"""Whole screens as text, kept in tests/data/screens: what a reviewer reads after a change.

`python -m tests.tui.screens --write` paints them anew; without `--write` it names those that
differ.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.looks.palette import theme_name
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.pictures.reading import screen_lines
from l4numa_tui.tui.pictures.snapshot import settle
from l4numa_tui.tui.stage import Stage

FOLDER = Path(__file__).parent.parent / "data" / "screens"
SIZES = ((80, 24), (120, 40), (200, 60))


class Moment(NamedTuple):
    """A stage, given whether ASCII must do, and the keys that lead to what is worth seeing."""

    stage: Callable[[bool], Stage]
    keys: tuple[str, ...] = ()


class Taken(NamedTuple):
    """One screen: its rows, and every piece of text of its panes as (pane, text, styles)."""

    rows: list[str]
    pieces: list[tuple[str, str, str]]


def lesson(name: str) -> Callable[[bool], Stage]:
    def stage(ascii_only: bool) -> Stage:
        player = LessonPlayer(find_lesson(name))
        title = player.lesson.title
        return Stage(player.session, title, player=player, lessons=20, ascii_only=ascii_only)

    return stage


def scenario(name: str, step: int) -> Callable[[bool], Stage]:
    def stage(ascii_only: bool) -> Stage:
        found = open_scenario(name)
        session = build_session(found)
        session.seek(step)
        return Stage(session, found.title, ascii_only=ascii_only, about=found.about)

    return stage


MOMENTS = {
    "lesson-1-start": Moment(lesson("pagefault")),
    "lesson-8-middle": Moment(lesson("lazy-global"), ("c", "enter", "n", "n", "n", "2")),
    "cross-node-unmap": Moment(scenario("sharers", 12), ("2", "down", "down", "enter")),
    "eight-nodes": Moment(scenario("fan-out-tree", 12), ("1",)),
}


async def take(moment: Moment, *, ascii_only: bool) -> dict[tuple[int, int], Taken]:
    """A moment at every size; the last one without colours as well, which must say the same."""
    found = {}
    app = L4numaApp(moment.stage(ascii_only))
    async with app.run_test(size=SIZES[-1]) as pilot:
        await settle(pilot)
        for key in moment.keys:
            await pilot.press(key)
            await settle(pilot)
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            pieces = [
                (str(pane.id), segment.text, segment.style)
                for pane in app.query("Bar, .pane")
                if isinstance(pane, LinePane | DatabasePane) and pane.display
                for line in pane.painted()
                for segment in line
            ]
            found[size] = Taken(screen_lines(app), pieces)
        app.theme = theme_name("mono")
        await settle(pilot)
        assert screen_lines(app) == found[SIZES[-1]].rows
    return found


@cache
def taken() -> dict[str, Taken]:
    """Every screen by the name of its file."""

    async def all_of_them() -> dict[str, Taken]:
        found = {}
        for name, moment in MOMENTS.items():
            for ascii_only in (False, True):
                screens = await take(moment, ascii_only=ascii_only)
                for (width, height), screen in screens.items():
                    form = "ascii" if ascii_only else "unicode"
                    found[f"{name}.{width}x{height}.{form}.txt"] = screen
        return found

    return asyncio.run(all_of_them())


def text_of(screen: Taken) -> str:
    """What the file of a screen says."""
    return "\n".join(screen.rows) + "\n"


def differing() -> Iterator[str]:
    """Names of files that are not what the screen shows, that are missing, or that nobody needs."""
    for name, screen in taken().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text_of(screen):
            yield name
    for path in sorted(FOLDER.glob("*.txt")):
        if path.name not in taken():
            yield path.name


def write() -> None:
    """Put every screen into its file; remove the others."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    for name, screen in taken().items():
        (FOLDER / name).write_text(text_of(screen), encoding="utf-8")


if __name__ == "__main__":
    for each in differing():
        print(each)
    if "--write" in sys.argv[1:]:
        write()
