"""The world a trace runs in: one application on all nodes, every page global, by first touch."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.machine.topology import Topology
from l4numa_tui.replay.placement import Placement
from l4numa_tui.traces.batch import EXECUTE, READ, WRITE, Batch
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.system import System, too_small_for_boot
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

_OPERATION = {READ: int(Op.READ), WRITE: int(Op.WRITE), EXECUTE: int(Op.EXECUTE)}


class TraceSystem:
    """A booted machine whose only application gets a thread for each thread of a trace.

    The application spans every node that has CPUs; its one region is the whole address space,
    global, each page placed on the node that touches it first. `journal` is a fresh one unless
    given: a replay, which never goes back, can do without a log.
    """

    def __init__(
        self, topology: Topology, costs: CostProfile, journal: Journal | None = None
    ) -> None:
        self.machine = Machine(topology, costs)
        with too_small_for_boot():
            kernel = Kernel(journal or Journal(), self.machine)
        self.system = System(kernel)
        nodes = [node for node in range(self.machine.nodes) if self.machine.node_cpus[node]]
        everywhere = Region("memory", 0, 1 << VPN_BITS)
        self.application = self.system.add_application("A", nodes, [everywhere])
        self._on_node: dict[int, int] = {}

    def add_thread(self, number: int, node: int) -> int:
        """Create the trace's `number`-th thread on `node`; threads of a node share out its CPUs."""
        slot = self._on_node.get(node, 0)
        self._on_node[node] = slot + 1
        # The pager sits on the node's first CPU: threads begin with the second, if there is one.
        return self.system.add_thread(self.application, f"A.{number + 1}", node, slot + 1)


def trace_session(
    topology: Topology, costs: CostProfile, batches: Iterable[Batch], where: Placement | None = None
) -> Session:
    """A session that steps through a trace, an access a step, in the trace's order.

    Everything is held in memory: meant for traces cut to some ten thousand references.
    """
    from l4numa_tui.replay.placement import RoundRobinNodes  # noqa: PLC0415

    booted = TraceSystem(topology, costs)
    place = where or RoundRobinNodes(booted.machine)
    threads: dict[int, int] = {}
    operations: dict[int, list[Operation]] = {}
    orders: dict[int, list[int]] = {}
    count = 0
    for batch in batches:
        if batch.thread not in threads:
            node = place.node_of(batch.thread, batch.cpu)
            threads[batch.thread] = thread = booted.add_thread(batch.thread, node)
            operations[thread], orders[thread] = [], []
        thread = threads[batch.thread]
        for index, touch in enumerate(batch.touches):
            operation = (_OPERATION[touch & 3], touch >> 2 << PAGE_LOG2)
            times = batch.repeats[index] if batch.repeats else 1
            operations[thread] += [operation] * times
            orders[thread] += range(count, count + times)
            count += times
    programs = {
        thread: Program(tuple(operations[thread]), tuple(orders[thread])) for thread in operations
    }
    return Session(World(booted.system, programs), ScriptOrder())
