"""W6 and W7: the mapping database on the screen, when it is small and when it is large.

One machine of four nodes whose threads touch pages in patterns that differ from page to page, so
that the forest has hundreds of runs, not four. Times are CPU times of a whole key in the headless
application: handling, stepping, views, composing; all but writing to a terminal.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from typing import NamedTuple

from textual import events
from textual.pilot import Pilot

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.system import System
from l4numa_tui.views.mdb_graph import MdbMirror
from l4numa_tui.world.operations import Op, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

NODES = 4
FIRST = 0x400  # the first of the application's pages
SIZE = (120, 40)
SPARE = 400  # pages left to be touched while something is measured
_GROUP = 3  # neighbouring pages that the same nodes touch


class Times(NamedTuple):
    """CPU milliseconds of keys: the median, and what 95 of 100 stay below."""

    median: float
    p95: float


def build(entries: int) -> Session:
    """A session whose database has at least `entries` mapping entries, and some more to come."""
    pages = entries // 6 + SPARE
    size = range(NODES)
    topology = Topology(
        "screen",
        tuple(Node(n, (2 * n, 2 * n + 1), (pages + 8192) * 4) for n in size),
        tuple(tuple(10 if a == b else 20 for b in size) for a in size),
    )
    kernel = Kernel(Journal(), Machine(topology, CostProfile(), (pages // 4 + 2048,) * NODES))
    system = System(kernel, 8)
    application = system.add_application("A", size, [Region("data", FIRST, pages)])
    programs = {}
    for node in size:
        touched = [page for page in range(pages) if _touches(node, page)]
        operations = tuple((Op.READ, FIRST + page << PAGE_LOG2) for page in touched)
        order = tuple(page * NODES + node for page in touched)
        thread = system.add_thread(application, f"A.{node}", node, 1)
        programs[thread] = Program(operations, order)
    session = Session(World(system, programs), ScriptOrder())
    rows = kernel.database.entries.rows
    while len(rows) < entries and session.run(3):
        pass
    return session


def _touches(node: int, page: int) -> bool:
    group = page // _GROUP
    return group % NODES == node or (group * 7 + node * 5) % 11 < 4


def _times(spent: list[float]) -> Times:
    ordered = sorted(spent)
    return Times(1000 * statistics.median(ordered), 1000 * ordered[len(ordered) * 95 // 100])


def key_times(
    entries: int, key: str, keys: int, *, zoom: str = "chip", open_all: bool = False
) -> Times:
    """What a key costs in the whole application with so many entries, `keys` times in a row."""

    async def run() -> list[float]:
        app = L4numaApp(Stage(build(entries), "bench"))
        async with app.run_test(size=SIZE) as pilot:
            forest = app.query_one(DatabasePane)
            while forest.zoom_now != zoom:
                forest.cycle_zoom()
            if open_all:
                forest.fold_all(unfold=True)
            await _press(pilot, key)
            gc.collect()
            gc.freeze()
            first = app.stage.session.cursor
            spent = [await _press(pilot, key) for _ in range(keys)]
            if key == "n" and app.stage.session.cursor != first + keys:
                raise AssertionError("the session ended before the keys did")
            return spent

    return _times(asyncio.run(run()))


async def _press(pilot: Pilot[int], key: str) -> float:
    start = time.process_time()
    pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()
    return time.process_time() - start


def mirror_share(entries: int, steps: int = 300) -> float:
    """A networkx mirror's update by a step that changed something, as a share of a rebuild."""
    session = build(entries)
    mirror = MdbMirror(session.world)
    mirror.rebuild()
    rebuilds: list[float] = []
    updates: list[float] = []
    for _ in range(5):
        start = time.process_time()
        mirror.rebuild()
        rebuilds.append(time.process_time() - start)
    while len(updates) < steps:
        change = session.step()
        if change is None:
            break
        start = time.perf_counter()  # a process's own clock is too coarse for microseconds
        mirror.apply(change)
        spent = time.perf_counter() - start
        if any(each.table == "mdb" for each in change.changes()):
            updates.append(spent)
    return statistics.median(updates) / statistics.median(rebuilds)
