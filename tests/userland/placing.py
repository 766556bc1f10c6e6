"""Worlds in which pagers place pages, and what is in those pages at every step.

Contents are followed beside the run: a write puts a new value into its frame, a copy carries it
over, and every read must find what was written last.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import ALL, WRITE
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.userland.agreement.options import Agreement
from l4numa_tui.userland.regions import FIRST_TOUCH, GLOBAL, Region
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import Scheduler, ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World
from tests.worlds import machine

NODES, PAGES, DATA = 3, 4, 0x400


def world_of(
    programs: list[list[Operation]],
    placement: int,
    *,
    agreement: Agreement | None = None,
    nodes: int = NODES,
    pool_frames: int = 32,
    scheduler: Scheduler | None = None,
    order: list[int] | None = None,
    as_asked: bool = False,
) -> Session:
    """Thread i runs programs[i] on node i mod nodes; `order` lists threads, one operation each."""
    system = System(Kernel(Journal(), machine(nodes)), pool_frames, agreement=agreement)
    region = Region("data", DATA, PAGES, GLOBAL, ALL, FIRST_TOUCH, as_asked, placement)
    application = system.add_application("A", range(nodes), [region])
    turns = order or [index for index, program in enumerate(programs) for _ in program]
    built = {}
    for index, operations in enumerate(programs):
        thread = system.add_thread(application, f"A.{index}", index % nodes, 1 + index // nodes)
        places = tuple(place for place, turn in enumerate(turns) if turn == index)
        built[thread] = Program(tuple(operations), places)
    return Session(World(system, built), scheduler or ScriptOrder())


def read(page: int) -> Operation:
    return (Op.READ, DATA + page << PAGE_LOG2)


def write(page: int) -> Operation:
    return (Op.WRITE, DATA + page << PAGE_LOG2)


def random_programs(
    seed: int, nodes: int = NODES, threads: int = 4, length: int = 12
) -> list[list[Operation]]:
    draw = random.Random(seed)
    writes = draw.choice((0.1, 0.3, 0.5))
    programs: list[list[Operation]] = []
    for _ in range(threads):
        program: list[Operation] = []
        for _ in range(length):
            page, chance = draw.randrange(PAGES), draw.random()
            if chance < 0.06:
                program.append((Op.UNMAP_GLOBAL, DATA + page, draw.randint(1, 2)))
            elif chance < 0.12:
                program.append((Op.MIGRATE, draw.randrange(nodes)))
            else:
                program.append(write(page) if draw.random() < writes else read(page))
        programs.append(program)
    return programs


class Contents:
    """What is in every frame and page, told from the records of each step."""

    def __init__(self, run: Session) -> None:
        self.run = run
        self.written = itertools.count(1)
        self.frames: dict[int, int] = {}
        self.pages: dict[int, int] = {}
        self.gone: set[int] = set()  # pages of which a row went
        self.copies: set[int] = set()
        self.live: dict[int, set[int]] = {}

    def wrong(self) -> list[str]:
        """Follow the last step; what is wrong in it or after it."""
        run, wrong = self.run, []
        rows = run.world.system.directory.rows.rows
        before: tuple[int, int] | None = None
        for record in run.change(run.cursor).records():
            if record.event == Event.PAGE_COPY:
                self.frames[record.c] = self.frames[record.b]
                self.copies.add(record.c)
            elif record.event == Event.DIRECTORY_WRITE:
                before = self._published(record.a, record.c - 1)
                continue
            elif record.event == Event.PLACEMENT and before:
                # A row went and another came, but the page has been settled and is no new one.
                self.frames[record.c], self.pages[record.a] = before
            elif record.event == Event.ACCESS:
                page = record.a >> PAGE_LOG2
                if record.b == WRITE:
                    self.pages[page] = self.frames[record.c] = next(self.written)
                elif self.frames.get(record.c) != self.pages.get(page):
                    wrong.append(f"page {page:#x} read from {record.c:#x}: an old value")
            before = None
        return wrong + self._mappings(rows)

    def _published(self, page: int, frame: int) -> tuple[int, int] | None:
        """A row was written: of a new page, zeroed, unless the frame was there, or is a copy.

        Returns what was in frame and page before, if the page looks like a new one.
        """
        live = self.live.setdefault(page, set())
        if frame < 0:
            self.gone.add(page)
        elif frame in self.copies:
            self.copies.discard(frame)
            live.add(frame)
        elif frame not in live or page in self.gone:
            before = self.frames.get(frame, 0), self.pages.get(page, 0)
            self.frames[frame] = self.pages[page] = 0
            self.live[page] = {frame}
            self.gone.discard(page)
            return before
        return None

    def _mappings(self, rows: dict[tuple[int, int, int], tuple[int, int]]) -> list[str]:
        world, wrong = self.run.world, []
        spaces = world.system.roster.applications[0].spaces
        frames = Counter(row[0] for row in rows.values())
        wrong += [f"two pages share frame {frame:#x}" for frame, n in frames.items() if n > 1]
        for page in range(DATA, DATA + PAGES):
            replicas = {key[2]: row[0] for key, row in rows.items() if key[1] == page}
            if replicas and 0 not in replicas:
                wrong.append(f"page {page:#x} has replicas and no frame")
            values = {self.frames[frame] for frame in replicas.values()}
            if len(values) > 1:
                wrong.append(f"the replicas of page {page:#x} differ")
            for node, space in spaces.items():
                row = world.kernel.database.entries.rows.get(entry_id(space, page))
                if row is None:
                    continue
                if row[0] not in (replicas.get(0), replicas.get(node + 1)):
                    wrong.append(f"stale: page {page:#x} on node {node}")
                if row[1] & WRITE and len(replicas) > 1:
                    wrong.append(f"page {page:#x} is writable on node {node}, and has replicas")
        return wrong


def follow_from(run: Session, seed: int) -> None:
    """Run to the end from where a session stands, checking it from its beginning."""
    while run.step() is not None:
        pass
    length = run.cursor
    run.seek(0)
    contents = Contents(run)
    for step in range(1, length + 1):
        run.seek(step)
        assert contents.wrong() == [], f"seed {seed}, step {step}"


def follow(run: Session, seed: int = -1, limit: int = 5000) -> Contents:
    """Run to the end, checking every step."""
    contents = Contents(run)
    while run.cursor < limit and run.step() is not None:
        assert contents.wrong() == [], f"seed {seed}, step {run.cursor}"
    assert run.cursor < limit, f"seed {seed}: no end"
    return contents


def nodes_of(run: Session, page: int = 0) -> dict[int, int]:
    """Node of each frame of a page, by replica."""
    rows = run.world.system.directory.rows.rows
    return {
        key[2]: row[0] >> NODE_SHIFT for key, row in sorted(rows.items()) if key[1] == DATA + page
    }


def records(run: Session, event: Event) -> list[tuple[int, int, int]]:
    return [(r.a, r.b, r.c) for _, r in run.records(1, run.cursor) if r.event == event]
