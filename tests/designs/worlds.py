"""Small machines and random workloads for the tests of the designs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from l4numa_tui.designs.ground import Page
from l4numa_tui.designs.rival import Rival
from l4numa_tui.designs.workload import (
    EXECUTE,
    MIGRATE,
    READ,
    UNMAP,
    WORK,
    WRITE,
    Workload,
    WorkProgram,
    WorkThread,
)
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.regions import GLOBAL, NODE_LOCAL, PRIVATE, Region

DATA, CODE, ASKED, HOME0, OWN = 0x400, 0x500, 0x600, 0x700, 0x800
PAGES = 4
REGIONS = (
    Region("data", DATA, PAGES),
    Region("code", CODE, PAGES, NODE_LOCAL),
    Region("asked", ASKED, PAGES, GLOBAL, ALL, as_asked=True),
    Region("home0", HOME0, PAGES, GLOBAL, ALL, 0),
)


def machine(nodes: int = 2, cpus: int = 2, frames: int = 2048, **costs: int) -> Machine:
    topology = Topology(
        "small",
        tuple(Node(n, tuple(range(cpus * n, cpus * n + cpus)), 4 * frames) for n in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )
    return Machine(topology, CostProfile("small", **costs), kernel_frames=(frames // 4,) * nodes)


def workload(
    of: Machine,
    nodes_of_threads: list[int],
    operations: Sequence[tuple[int, int, int, int]],
    *,
    pool_frames: int = 0,
    regions: tuple[Region, ...] = REGIONS,
) -> Workload:
    """Thread i runs on the i-th of the nodes; operations are (thread, op, page, times)."""
    everywhere = tuple(node for node in range(of.nodes) if of.node_cpus[node])
    program = WorkProgram("A", everywhere, regions)
    made = Workload(of, (program,), pool_frames=pool_frames)
    for number, node in enumerate(nodes_of_threads):
        made.add_thread(WorkThread(f"A.{number}", 0, node, number))
    for operation in operations:
        made.add(*operation)
    return made


def pages_of(rival: Rival) -> list[Page]:
    """All pages of the first program, as every node sees them, each once."""
    made = rival.workload
    pages = {}
    for region in made.programs[0].regions:
        for vpn in range(region.first, region.first + region.pages):
            for node in range(made.machine.nodes):
                page = rival.page(0, vpn, node)
                pages[page.name] = page
    return list(pages.values())


@st.composite
def workloads(draw: st.DrawFn, longest: int = 60, *, migrating: bool = False) -> Workload:
    """Random threads on a random machine, which read, write, execute, unmap and compute.

    With `migrating` all but the first may also go to another node.
    """
    nodes = draw(st.integers(1, 3))
    costs = {
        "tlb_entries": draw(st.sampled_from((0, 1, 3, 64))),
        "tlb_tagged": draw(st.integers(0, 1)),
        "walk_last": draw(st.sampled_from((-1, 77))),
        "full_flush_above": draw(st.sampled_from((1, 33))),
    }
    of = machine(nodes, draw(st.integers(1, 3)), **costs)
    threads = draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=5))
    regions = (*REGIONS, Region("own", OWN, PAGES, PRIVATE, ALL, threads[0]))
    page = st.builds(
        lambda base, at: base + at, st.sampled_from((DATA, DATA, CODE, ASKED, HOME0)),
        st.integers(0, PAGES - 1),
    )  # fmt: skip
    who = st.integers(0, len(threads) - 1)
    access = st.tuples(who, st.sampled_from((READ, READ, WRITE, EXECUTE)), page, st.integers(1, 3))
    unmap = st.tuples(
        who, st.just(UNMAP), st.sampled_from((DATA, CODE, ASKED, HOME0)), st.integers(1, PAGES)
    )
    other = st.one_of(
        unmap,
        st.tuples(who, st.just(WORK), st.just(0), st.integers(1, 900)),
        st.tuples(st.just(0), st.just(WRITE), st.just(OWN), st.just(1)),
    )
    if migrating and len(threads) > 1:
        mover = st.integers(1, len(threads) - 1)
        node = st.integers(0, nodes - 1)
        other = st.one_of(other, st.tuples(mover, st.just(MIGRATE), st.just(0), node))
    operations = draw(
        st.lists(st.one_of(access, access, access, other), min_size=1, max_size=longest)
    )
    pool = draw(st.sampled_from((0, 2, 32)))
    return workload(of, threads, operations, pool_frames=pool, regions=regions)


def contended(seed: int) -> Workload:
    """Three nodes that use very few pages very often: what makes pages move and multiply."""
    draw = random.Random(seed)
    of = machine(3, draw.randint(1, 2), tlb_entries=draw.choice((1, 2, 64)))
    threads = [0, 1, 2, draw.randrange(3)]
    operations = []
    for _ in range(draw.randint(20, 80)):
        page = draw.choice((DATA, DATA, DATA + 1, ASKED, CODE))
        op = draw.choices((READ, WRITE, EXECUTE, UNMAP), (12, 2, 2, 1))[0]
        operations.append((draw.randrange(4), op, page, draw.randint(1, 1 if op == UNMAP else 4)))
    return workload(of, threads, operations)
