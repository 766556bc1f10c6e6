"""W4, time travel: what undo costs going forward, and how fast going back and leaping is."""

from __future__ import annotations

import random
import time
import tracemalloc
from typing import Any

from l4numa_tui.journal import Journal, UnloggedJournal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

NODES, PAGES = 4, 4096


def build(events: int, journal: Journal) -> Session:
    """Of 100 operations 97 access a slowly moving window, 1 is a global unmap, 2 go astray."""
    size = range(NODES)
    topology = Topology(
        "travel",
        tuple(Node(n, (2 * n, 2 * n + 1), 1 << 18) for n in size),
        tuple(tuple(10 if a == b else 20 for b in size) for a in size),
    )
    system = System(Kernel(journal, Machine(topology, CostProfile())), pool_frames=PAGES // 2)
    application = system.add_application("A", size, [Region("data", 0, PAGES)])
    draw = random.Random(3)
    programs = {}
    per_thread = events // NODES
    for n in size:
        operations = [_operation(draw, at, n) for at in range(per_thread)]
        thread = system.add_thread(application, f"A.{n}", n, 1)
        order = tuple(range(n, NODES * per_thread, NODES))
        programs[thread] = Program(tuple(operations), order)
    return Session(World(system, programs), ScriptOrder())


def _operation(draw: random.Random, at: int, node: int) -> Operation:
    window = at // 50 + node * (PAGES // NODES)
    page = (window + draw.randrange(32)) % PAGES
    chance = draw.random()
    if chance < 0.01:
        return (Op.UNMAP_GLOBAL, page, 1)
    if chance < 0.03:
        page = draw.randrange(PAGES)
    return (draw.choice((Op.READ, Op.WRITE)), page << 12)


def measure(events: int) -> dict[str, float]:
    """CPU times in one run: forward logged and not, a step back, a random seek, a re-run."""
    bare = build(events, UnloggedJournal())
    unlogged = _timed(lambda: bare.run(events))
    session = build(events, Journal())
    logged = _timed(lambda: session.run(events))
    backs = min(events // 2, 20_000)
    back = _timed(lambda: [session.back() for _ in range(backs)]) / backs
    draw = random.Random(4)
    seeks = [draw.randrange(session.length) for _ in range(30)]
    seek = sorted(_timed(lambda at=at: session.seek(at)) for at in seeks)[len(seeks) // 2]
    return {
        "events": session.length,
        "forward_ratio": logged / unlogged,
        "back_us": back * 1e6,
        "seek_ms": seek * 1e3,
        "rerun_ms": logged * 1e3,
        "seek_share": seek / logged,
    }


def bytes_per_event(events: int) -> float:
    """Memory that the history of one event takes, by the allocator's own count."""
    session = build(events, Journal())
    tracemalloc.start()
    session.run(events)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / session.length


def _timed(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
