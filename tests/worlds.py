"""Small worlds that many tests step through."""

from __future__ import annotations

import random

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.agreement.options import Agreement
from l4numa_tui.userland.regions import NODE_LOCAL, PRIVATE, Region
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import RoundRobin, Scheduler, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

DATA, CODE, OWN = 0x400, 0x500, 0x600
PAGES = 6


def machine(nodes: int = 2, cpus: int = 2, tlb_entries: int = 4) -> Machine:
    topology = Topology(
        "small",
        tuple(Node(n, tuple(range(cpus * n, cpus * n + cpus)), 8192) for n in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )
    return Machine(topology, CostProfile(tlb_entries=tlb_entries), kernel_frames=(512,) * nodes)


def session(
    programs: list[list[Operation]],
    *,
    nodes: int = 2,
    pool_frames: int = 32,
    scheduler: Scheduler | None = None,
    strides: bool = False,
    agreement: Agreement | None = None,
) -> Session:
    """Thread i runs programs[i] on node i mod nodes, in an application with one region per kind."""
    system = System(Kernel(Journal(), machine(nodes)), pool_frames, agreement=agreement)
    regions = [
        Region("data", DATA, PAGES),
        Region("code", CODE, PAGES, NODE_LOCAL),
        Region("own", OWN, PAGES, PRIVATE),
    ]
    application = system.add_application("A", range(nodes), regions)
    built = {}
    place = 0
    for index, operations in enumerate(programs):
        node = index % nodes
        thread = system.add_thread(application, f"A.{index}", node, 1 + index // nodes)
        order = tuple(range(place, place + len(operations)))
        place += len(operations)
        built[thread] = Program(tuple(operations), order)
    return Session(World(system, built, strides=strides), scheduler or ScriptOrder())


def random_programs(seed: int, threads: int = 3, length: int = 8) -> list[list[Operation]]:
    draw = random.Random(seed)
    return [[random_operation(draw) for _ in range(length)] for _ in range(threads)]


def random_operation(draw: random.Random) -> Operation:
    base = draw.choice((DATA, DATA, CODE))
    page = base + draw.randrange(PAGES)
    if draw.random() < 0.2:
        return (Op.UNMAP_GLOBAL, page, draw.randint(1, 2))
    return (draw.choice((Op.READ, Op.WRITE, Op.EXECUTE)), page << 12)


def random_session(seed: int, nodes: int = 3, pool_frames: int = 32) -> Session:
    scheduler = (ScriptOrder(), RoundRobin(), Seeded(seed))[seed % 3]
    return session(random_programs(seed), nodes=nodes, pool_frames=pool_frames, scheduler=scheduler)


def tables(of: Session) -> dict[str, dict[object, object]]:
    """A copy of every table that holds anything."""
    return {t.name: dict(t.rows) for t in of.world.journal.tables if t.rows}


def unfinished(run: Session) -> list[int]:
    """Threads that have not come to the end of their program."""
    world = run.world
    return [
        thread
        for thread, program in world.programs.items()
        if world.kernel.ip_of(thread) < len(program.operations)
    ]
