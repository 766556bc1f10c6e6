"""W3, taking mappings back from trees and from all nodes; and faults among many mappings."""

from __future__ import annotations

import gc
import statistics
import time
from itertools import pairwise

from bench import storm
from l4numa_tui.journal import Journal
from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

RUNS = 5
DEPTH, FAN_OUT, HOMES = 6, 3, 4  # 1092 mappings below the top
FEW, MANY = 100, 100_000
PAGES = 32
FAULTS = 4096


def revoke_ratios() -> tuple[float, float, float]:
    """CPU time per revoked mapping as iterations of a loop that increments dict values.

    Of a tree among few other mappings, of the same among many, and of a chain to the depth limit.
    """
    increment = _increment()
    few, many, chain = _tree(FEW), _tree(MANY), _chain()
    return few / increment, many / increment, chain / increment


def _increment() -> float:
    keys = list(range(1000)) * 200
    count = dict.fromkeys(keys, 0)
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        for key in keys:
            count[key] += 1
        times.append(time.process_time() - begin)
    return statistics.median(times) / len(keys)


def _machine(nodes: int) -> Machine:
    topology = Topology(
        "unmap",
        tuple(Node(n, (2 * n, 2 * n + 1), 1 << 17) for n in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )
    return Machine(topology, CostProfile())


def _tree(unrelated: int) -> float:
    """Seconds per mapping to revoke a tree of spaces whose homes are the nodes in turn."""
    kernel = Kernel(Journal(), _machine(HOMES), large_pages=False)
    other = kernel.create_space(0)
    for frame in range(1000, 1000 + unrelated):
        kernel.map(0, other, page_item(frame, frame << PAGE_LOG2))
    top = kernel.create_space(0)
    kernel.map(0, top, page_item(1, 1 << PAGE_LOG2))
    spaces = [[top]]
    for depth in range(DEPTH):
        size = len(spaces[-1]) * FAN_OUT
        spaces.append([kernel.create_space((depth + at) % HOMES) for at in range(size)])
    times = []
    for _ in range(RUNS):
        for above, below in pairwise(spaces):
            for at, space in enumerate(below):
                kernel.map(above[at // FAN_OUT], space, page_item(1, 1 << PAGE_LOG2))
        times.append(_time_unmap(kernel, top, 1))
    return statistics.median(times) / sum(map(len, spaces[1:]))


def _chain() -> float:
    """Seconds per mapping to revoke one page that was handed on to the depth limit."""
    kernel = Kernel(Journal(), _machine(HOMES), large_pages=False)
    spaces = [kernel.create_space(home) for home in range(2)]
    times = []
    kernel.map(0, spaces[0], page_item(1, 0))
    for _ in range(RUNS):
        for at in range(254):
            item = page_item(at, at + 1 << PAGE_LOG2)
            kernel.map(spaces[at % 2], spaces[(at + 1) % 2], item)
        times.append(_time_unmap(kernel, spaces[0], 0))
    return statistics.median(times) / 254


def _time_unmap(kernel: Kernel, space: int, vpn: int) -> float:
    begin = time.process_time()
    kernel.unmap(space, page(vpn))
    return time.process_time() - begin


def global_unmap(nodes: int) -> float:
    """Seconds for pages that all nodes have mapped to be taken back from all by their pagers."""
    times = []
    for _ in range(RUNS):
        kernel = Kernel(Journal(), _machine(nodes), large_pages=False)
        system = System(kernel, PAGES)
        application = system.add_application("A", range(nodes), [Region("data", 1, PAGES)])
        touches = tuple((Op.READ, vpn << PAGE_LOG2) for vpn in range(1, PAGES + 1))
        threads = [system.add_thread(application, f"A.{n}", n, 1) for n in range(nodes)]
        programs = {
            thread: Program(touches, tuple(range(at * PAGES, (at + 1) * PAGES)))
            for at, thread in enumerate(threads)
        }
        last = Program((*touches, (Op.UNMAP_GLOBAL, 1, PAGES)), (*range(PAGES), 1 << 30))
        session = Session(World(system, {**programs, threads[0]: last}), ScriptOrder())
        while system.kernel.ip_of(threads[0]) < PAGES or not _all_touched(session, threads):
            session.run(1)
        begin = time.process_time()
        session.run(1_000_000)
        times.append(time.process_time() - begin)
    return statistics.median(times)


def _all_touched(session: Session, threads: list[int]) -> bool:
    return all(session.world.kernel.ip_of(thread) >= PAGES for thread in threads)


def fault_time(mappings: int) -> float:
    """Seconds per pagefault, the garbage collector at work, in a world of so many mappings."""
    times = []
    for _ in range(RUNS):
        # The root pager and four node pagers hold every page.
        session = storm.build(4, mappings // 5)
        session.run(64)  # the first steps read the program and keep the first key frame
        gc.collect()
        gc.enable()
        begin = time.process_time()
        session.run(2 * FAULTS)
        times.append(time.process_time() - begin)
        gc.disable()
    return statistics.median(times) / FAULTS
