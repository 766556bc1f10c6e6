"""Somebody who presses anything, clicks anywhere and pulls at the window, all from one seed.

`python -m tests.tui.wandering FIRST LAST [MOVES [KIND]]` names the seeds that fail.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path

import msgspec
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.records import StudentRecord, merged, restore
from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import cost_profile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.replay.placement import placement
from l4numa_tui.replay.trace_world import trace_session
from l4numa_tui.scenario.about import About
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.building.fresh import fresh_scenario
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.load import load_scenario
from l4numa_tui.scenario.shipped import open_scenario, shipped_topics
from l4numa_tui.topology.load import load_topology
from l4numa_tui.traces.reader import open_trace
from l4numa_tui.tui.actions import ACTIONS
from l4numa_tui.tui.app import L4numaApp, MainScreen
from l4numa_tui.tui.habits.habits import Habits
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.layout import Layout
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.screens.export_screen import ExportScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.workbench import Workbench

DATA = Path(__file__).parent.parent / "data"
SIZES = ((120, 40), (80, 24), (170, 50), (220, 60), (100, 30), (60, 18), (30, 8))
NEVER = {"ctrl+z", "ctrl+c"}  # they are about the terminal, and there is none
MOVES = ("n", "n", "N", "p", "P", "r", "space", "home", "end", "right", "left")
INSIDE = ("enter", "enter", "escape", "escape", "down", "up", "tab", "backspace", "end")
TYPED = "abcdeABCnNpP0123456789:.=_- x²é"
PUSHES = {  # what a lesson's student does to get on
    "lesson": ("n", "n", "n", "a", "b", "1", "2", "u", "enter", "enter", "N"),
}
LINES = (
    "g7", "g99", "lnode:0", "lchanged", "lA", "l", "d", "d0", "V", "/unmap", "/2", "xt", "xj", "xc",
    "T", "c", "C", "t", "o",
)  # fmt: skip
DEEDS = {  # what can be done, as it is typed
    "lesson": (":touch A.0 0x402000 w", ":touch A.2 0x402000 w", ":step", ":unmap A.0 0x402000",
               ":unmap 0x402000", ":go", "R", "V"),
    "sandbox": (":A.0 write 0x402000", ":A read 0x402000", ":A.1 read 0x400000", ":go",
                ":P ask_sigma0 pages=4 into=0x10000", ":A.0 unmap 0x402000",
                ":P unmap 0x10000", ":A.0 unmap_everywhere 0x402000", ":add thread Q node=0",
                ":add region more 0x900000 pages=2", ":add space S node=0", "a", "V"),
}  # fmt: skip
HELD = frozenset(
    a.keys[0] for a in ACTIONS if a.group == "look" and a.keys and a.keys[0] != "enter"
)


class InconsistentError(AssertionError):
    """What is shown, or what is kept, is not what it ought to be."""


def _lesson(draw: random.Random) -> Stage:
    player = LessonPlayer(find_lesson(draw.choice(("pagefault", "lazy-global"))))
    if draw.random() < 0.6:
        while not player.in_challenge:
            if player.pending is not None:
                player.reveal()
            elif player.step() is None:
                break
    return Stage(player.session, player.lesson.title, player=player, lessons=20)


def _scenario(draw: random.Random) -> Stage:
    found = open_scenario(draw.choice([name for _, names in shipped_topics() for name in names]))
    return Stage(build_session(found), found.title, about=found.about)


def _sandbox(draw: random.Random) -> Stage:
    names = [name for _, names in shipped_topics() for name in names]
    sandbox = Sandbox(open_scenario(draw.choice(names)))
    bench = Workbench(sandbox)
    return Stage(sandbox.session, bench.about.title, bench=bench)


def _fresh(draw: random.Random) -> Stage:
    nodes, bare = draw.choice(("1", "2", "4", "64")), draw.random() < 0.3
    bench = Workbench(Sandbox(fresh_scenario(nodes, bare=bare)), choosing=draw.random() < 0.3)
    return Stage(bench.sandbox.session, bench.about.title, bench=bench)


def _trace(draw: random.Random) -> Stage:
    trace = open_trace(DATA / "traces" / "mt.pageruns.csv.gz")
    topology, costs = (
        load_topology(draw.choice(("opteron-6276-8n", "power7-8n"))),
        cost_profile("opteron-2009"),
    )
    where = placement(Machine(topology, costs), "round-robin")
    return Stage(trace_session(topology, costs, trace, where), "trace", about=About("trace"))


KINDS: dict[str, Callable[[random.Random], Stage]] = {
    "lesson": _lesson,
    "scenario": _scenario,
    "sandbox": _sandbox,
    "fresh": _fresh,
    "trace": _trace,
}


class Endless(L4numaApp):
    """A walk has no early end."""

    def leave(self, code: int) -> None:
        """Stay."""


class Wanderer:
    """One walk over a running application; `said` is all that was done, to be told on failure."""

    def __init__(self, app: L4numaApp, pilot: Pilot[int], draw: random.Random, kind: str) -> None:
        self.app, self.pilot, self.draw, self.kind = app, pilot, draw, kind
        self.said: list[str] = []
        self.keys = sorted({k for a in ACTIONS for k in a.keys if a.id != "quit"} - NEVER)

    async def type(self) -> None:
        """A line in one go, as somebody types who knows what they want."""
        deeds = DEEDS.get(self.kind, DEEDS["sandbox"])
        line = self.draw.choice(deeds if self.draw.random() < 0.6 else LINES)
        self.said.append(f"[{line}]")
        for sign in line:
            self.app.post_message(events.Key(_name(sign), sign))
        if len(line) > 1 or line in "dlV":
            self.app.post_message(events.Key("enter", None))
        await self.pilot.pause()

    def _key(self) -> str:
        draw, main = self.draw, isinstance(self.app.screen, MainScreen)
        if main and self.app.prompt is None:
            if draw.random() < 0.3:
                return draw.choice(PUSHES.get(self.kind, MOVES))
            return draw.choice(MOVES if draw.random() < 0.3 else self.keys)
        kind = draw.random()
        if kind < 0.5:
            return draw.choice(INSIDE)
        if kind < 0.8:
            return draw.choice(TYPED)
        # A file's name must not come to begin with a slash: this walk stays where it is.
        typing = not main and not isinstance(self.app.screen, ExportScreen)
        return draw.choice([*self.keys, "q"]) if typing else draw.choice(INSIDE)

    async def press(self) -> None:
        """A few keys at once, or one; one that only looks must leave the world alone."""
        app, burst = self.app, self.draw.choice((1, 1, 4, 8))
        key, before = "", self._state()
        looks = burst == 1 and isinstance(app.screen, MainScreen) and app.prompt is None
        looks = looks and not (app.playing or app.filming or app.stage.draft)
        for place in range(burst):
            key = self._key()
            self.said.append(key)
            app.post_message(events.Key(_name(key), key if len(key) == 1 else None))
            if place % 2:
                await asyncio.sleep(0)
        await self.pilot.pause()
        if looks and key in HELD and not app.playing and self._state() != before:
            raise InconsistentError(f"{key} looked, and went from {before} to {self._state()}")

    def _state(self) -> tuple[int, int, int]:
        session = self.app.stage.session
        return session.cursor, session.length, session.digest()

    async def click(self) -> None:
        """A click, a wheel's turn or a right click anywhere."""
        width, height = self.app.size
        at = (self.draw.randrange(width), self.draw.randrange(height))
        button = self.draw.choice((1, 1, 1, 3))
        self.said.append(f"click{button}{at}")
        await self.pilot.hover(offset=at)
        # The pilot's own `click` knows only one button.
        mouse: list[type[events.MouseEvent]] = [events.MouseDown, events.MouseUp, events.Click]
        await self.pilot._post_mouse_events(mouse, offset=at, button=button)
        await self.pilot.pause()

    async def resize(self) -> None:
        """Another size."""
        size = self.draw.choice(SIZES)
        self.said.append(f"resize{size}")
        await self.pilot.resize_terminal(*size)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Until nothing goes on by itself."""
        for _ in range(3):
            if self.app.playing or self.app.filming:
                self.app.post_message(events.Key("f12", None))
            await self.pilot.pause()
        for _ in range(500):
            if not self.app.filming:
                break
            await self.pilot.pause()
        await self.pilot.pause()

    async def check(self) -> None:
        """The screen must be what painting everything anew gives."""
        await self.settle()
        app = self.app
        before = _rows(app)
        for pane in app.screen.query(LinePane):
            pane.forget()
            pane.renew()
            pane.refresh()
        for forest in app.screen.query(DatabasePane):
            if forest.view is not None and forest.shown and forest.size:
                forest.view.reset(app.stage.scene())
                forest.forget()
                forest._settle(None)
                forest.repaint()
                forest.refresh()
        app.screen.refresh(layout=True)
        await self.pilot.pause()
        blinking = isinstance(app.focused, Input)
        for y, (old, new) in enumerate(zip(before, _rows(app), strict=True)):
            if old != new and not (blinking and _told(old) == _told(new)):
                raise InconsistentError(f"row {y} is\n{_told(old)}\nand painted anew\n{_told(new)}")
        if isinstance(app.screen, MainScreen) and app.layout_now != Layout.TINY and not app.zoomed:
            step = f"step {app.stage.session.cursor}"
            if not any(step in "".join(text for text, _ in row) for row in before[:2]):
                raise InconsistentError(f"{step} is not in the header: {_told(before[0])}")

    async def walk(self, moves: int) -> None:
        """So many moves."""
        for _ in range(moves):
            what = self.draw.random()
            if what < 0.06:
                await self.click()
            elif what < 0.09:
                await self.resize()
            elif what < 0.25 and isinstance(self.app.screen, MainScreen):
                await self.type()
            else:
                await self.press()
            if self.draw.random() < 0.12:
                await self.check()
        await self.check()


def _name(key: str) -> str:
    names = {" ": "space", ":": "colon", ".": "full_stop", "_": "underscore", "/": "slash"}
    return names.get(key, key)


def _rows(app: L4numaApp) -> list[list[tuple[str, str]]]:
    """Every row as (character, style)."""
    rows = []
    for strip in app.screen._compositor.render_strips():
        rows.append([(cell, str(part.style)) for part in strip for cell in part.text])
    return rows


def _told(row: list[tuple[str, str]]) -> str:
    return "".join(cell for cell, _ in row).rstrip()


def judge(stage: Stage) -> None:
    """After a walk: what is kept must lead again to where one is."""
    session = stage.session
    if stage.player is not None:
        again = LessonPlayer(stage.player.lesson)
        records = msgspec.convert(merged(stage.player.export()), list[StudentRecord])
        done = restore(again, records)
        if done != len(records):
            raise InconsistentError(
                f"record {done} of {len(records)} is not possible: {records[done]}"
            )
        if again.session.digest() != session.digest() or again.score() != stage.player.score():
            raise InconsistentError("the records lead elsewhere")
    if stage.bench is not None:
        path = Path("judged.toml")
        with suppress(UserError):  # what no script can say is refused, and that is tested elsewhere
            stage.bench.sandbox.save(str(path))
            there = build_session(load_scenario(str(path)))
            there.run(session.length)
            session.seek(session.length)
            if there.digest() != session.digest():
                raise InconsistentError("the saved scenario leads elsewhere")


async def wander(seed: int, moves: int = 120, kind: str = "") -> None:
    """A walk from a seed, in the working directory; raises whatever goes wrong on it."""
    draw = random.Random(seed)
    kind = kind or list(KINDS)[seed % len(KINDS)]
    stage = KINDS[kind](draw)
    stage.ascii_only = draw.random() < 0.2
    here = Path.cwd()
    theme, colours = draw.choice(("dark", "light")), draw.random() < 0.8
    app = Endless(stage, colours=colours, habits=Habits(copies=here), theme=theme)
    walker: Wanderer | None = None
    try:
        async with app.run_test(size=draw.choice(SIZES[:5])) as pilot:
            await pilot.pause()
            walker = Wanderer(app, pilot, draw, kind)
            await walker.walk(moves)
        judge(stage)
    except BaseException as error:
        done = " ".join(walker.said) if walker else ""
        error.add_note(f"seed {seed} ({kind}): {stage.title}: {done}")
        raise


def main(first: str, last: str, moves: str = "60", kind: str = "") -> int:
    """Walk by every seed from the first to the last; 1 if one went wrong."""
    failed = 0
    for seed in range(int(first), int(last) + 1):
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            os.environ["HOME"] = folder
            try:
                asyncio.run(asyncio.wait_for(wander(seed, int(moves), kind), 120))
            except Exception as error:
                failed += 1
                print("=" * 30, seed)
                traceback.print_exception(error, limit=-8)
            print(seed, f"{time.monotonic() - start:.1f} s", flush=True)
    print(f"{failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
