"""The two L4 designs, run by the real kernel and the real user level.

`per-node` is the paper: a space on each node, homed there, and a pager per node. `spanning` is
plain L4: one space for all nodes, homed where its creator runs, with one pager on that node; so the
kernel's own shootdown keeps all CPUs in agreement. Its pager is the node pager of the paper's
design, the only one left: it still takes each page's frame from the node that faults first, so that
the designs differ in kernel data and protocol, not in where the data lies. A node_local page is
spelt out in the one space: each node's threads use the page's alias.

Accesses alone go through the tuned loop of `replay`, anything else through single steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.designs.l4_migration import MigratingOrder, Mover
from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.workload import (
    EXECUTE,
    MIGRATE,
    OP_BITS,
    OP_MASK,
    PAGE_MASK,
    THREAD_SHIFT,
    WORK,
    Workload,
    WorkThread,
)
from l4numa_tui.errors import UserError
from l4numa_tui.journal import Journal, UnloggedJournal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.replay.loop import Replay
from l4numa_tui.replay.trace_world import TraceSystem
from l4numa_tui.traces.batch import Batch
from l4numa_tui.userland.regions import FIRST_TOUCH, NODE_LOCAL, PLACED_FIRST, Application, Region
from l4numa_tui.userland.system import System, too_small_for_boot
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

PER_NODE, SPANNING = "per-node", "spanning"
_BATCH = 1 << 12  # accesses handed over at once
_SEEN_FROM = 1 << 10  # application + this * (node + 1): the application as a node's faults see it


class L4System(TraceSystem):
    """A booted L4 with the workload's programs; its threads are added one by one."""

    def __init__(self, workload: Workload, journal: Journal) -> None:
        self.workload = workload
        self.machine = workload.machine
        with too_small_for_boot():
            kernel = Kernel(journal, self.machine, large_pages=workload.large_pages)
        self.system = System(kernel, workload.pool_frames, workload.directory_node)
        self.nodes: list[int] = []  # where the workload's threads are while it is being written
        self.applications = self._programs()

    def _programs(self) -> list[Application]:
        return [
            self.system.add_application(program.name, program.nodes, program.regions)
            for program in self.workload.programs
        ]

    def add_thread(self, number: int, node: int) -> int:  # noqa: ARG002
        """Make the workload's `number`-th thread, on the node that the workload says."""
        return self.make_thread(self.workload.threads[number])

    def make_thread(self, plan: WorkThread) -> int:
        """Create a thread of a program; returns the kernel's number."""
        application = self.applications[plan.application]
        return self.system.add_thread(application, plan.name, plan.node, plan.slot)

    def page_for(self, thread: int, page: int) -> int:  # noqa: ARG002
        """The page by which a thread of the workload names a page."""
        return page

    def prepare(self, mover: Mover, program: int, node: int) -> None:
        """Before the first step: threads of a program will migrate to `node`."""
        mover.anchor(self.applications[program], node)

    def migration(self, mover: Mover, number: int, thread: int) -> list[Operation]:
        """What the mover does to bring a thread to the node where `nodes` has it now."""
        plan, node = self.workload.threads[number], self.nodes[number]
        row = (self.applications[plan.application].number, node)
        return mover.migrate(thread, self.machine.cpu_on(node, plan.slot), row)


class SpanningSystem(L4System):
    """Plain L4: one space and one pager for all nodes."""

    def _programs(self) -> list[Application]:
        system = self.system
        pagers = system.roster.pager_threads
        home = self.workload.programs[0].nodes[0]
        for node in [node for node in pagers if node != home]:
            thread = pagers.pop(node)
            del system.servers[thread]
            system.kernel.end_space(system.kernel.threads.rows[thread][0])
        self.pager = pagers[home]
        out = []
        for number, program in enumerate(self.workload.programs):
            regions = self._regions(number)
            application = system.add_application(program.name, program.nodes[:1], regions)
            for node in program.nodes:
                # Frames come from the node that faults, not from the pager's: same rows of the
                # directory, but first touch spelt out for each node.
                seen = tuple(
                    region._replace(node=node) if region.node == FIRST_TOUCH else region
                    for region in regions
                )
                number_seen = number + _SEEN_FROM * (node + 1)
                system.roster.applications[number_seen] = application._replace(regions=seen)
            out.append(application)
        return out

    def _regions(self, number: int) -> tuple[Region, ...]:
        """The program's regions, node_local ones spelt out as one global region per node.

        Placement is left out: the one pager does not see which node a fault is of.
        """
        regions = [
            region._replace(placement=PLACED_FIRST)
            for region in self.workload.programs[number].regions
            if region.kind != NODE_LOCAL
        ]
        for region, first in self.workload.aliased(number):
            pages = region.pages * self.machine.nodes
            regions.append(region._replace(first=first, pages=pages, kind=0))
        return tuple(regions)

    def make_thread(self, plan: WorkThread) -> int:
        """Create a thread on its node, but in the one space, with the one pager."""
        system, kernel = self.system, self.system.kernel
        cpu = self.machine.cpu_on(plan.node, plan.slot)
        (space,) = self.applications[plan.application].spaces.values()
        with too_small_for_boot():
            thread = kernel.create_thread(space, cpu, self.pager)
        number_seen = plan.application + _SEEN_FROM * (plan.node + 1)
        system.roster.member.put(thread, (number_seen, plan.node))
        system.thread_names[thread] = plan.name
        system.programs.append(thread)
        return thread

    def page_for(self, thread: int, page: int) -> int:
        """A node_local page by its alias."""
        plan = self.workload.threads[thread]
        return self.workload.alias(plan.application, page, self.nodes[thread])

    def prepare(self, mover: Mover, program: int, node: int) -> None:
        """Nothing is needed: the thread stays in its space."""

    def migration(self, mover: Mover, number: int, thread: int) -> list[Operation]:
        """Schedule is all."""
        plan, node = self.workload.threads[number], self.nodes[number]
        row = (plan.application + _SEEN_FROM * (node + 1), node)
        return mover.schedule(thread, self.machine.cpu_on(node, plan.slot), row)


_SYSTEMS = {PER_NODE: L4System, SPANNING: SpanningSystem}


def run_l4(design: str, workload: Workload) -> DesignResult:
    """Run the workload under `per-node` or `spanning`; UserError where memory does not suffice."""
    if workload.only_accesses:
        booted = _SYSTEMS[design](workload, UnloggedJournal())
        replay = Replay(booted, AsPlanned(workload))
        replay.run(batches_of(workload))
        replay.finish()
        return result_of(design, replay.world)
    session = l4_session(design, workload)
    session.run(1 << 62)
    unfinished = [
        session.world.system.thread_names[thread]
        for thread in session.world.programs
        if session.world.next_operation(thread) is not None
    ]
    if unfinished:
        raise UserError(
            f"{design} cannot run it: thread {unfinished[0]} cannot finish",
            "a machine with enough memory, and pages of the threads' regions",
        )
    if session.world.kernel.error.rows:
        raise UserError(f"{design} cannot migrate a thread", "a machine with more kernel memory")
    return result_of(design, session.world)


def l4_session(design: str, workload: Workload) -> Session:
    """A session that carries out the workload, one access a step, in its order."""
    booted = _SYSTEMS[design](workload, Journal())
    system = booted.system
    threads = [booted.make_thread(plan) for plan in workload.threads]
    mover = _mover(booted, workload)
    script: list[tuple[int, list[Operation]]] = []
    booted.nodes = [plan.node for plan in workload.threads]
    for thread, op, page, count in workload:
        if op == MIGRATE and mover is not None:
            booted.nodes[thread] = count
            script.append((mover.thread, booted.migration(mover, thread, threads[thread])))
        else:
            script.append((threads[thread], _operations(booted, thread, op, page, count)))
    operations: dict[int, list[Operation]] = {thread: [] for thread in system.programs}
    orders: dict[int, list[int]] = {thread: [] for thread in system.programs}
    place = 0
    for thread, more in script:
        operations[thread] += more
        orders[thread] += range(place, place + len(more))
        place += len(more)
    programs = {
        thread: Program(tuple(operations[thread]), tuple(orders[thread]))
        for thread in system.programs
    }
    order = ScriptOrder()
    if mover is not None:
        order = MigratingOrder(mover, system.kernel, system.roster.member)
    return Session(World(system, programs), order)


def _mover(booted: L4System, workload: Workload) -> Mover | None:
    """Somebody to migrate threads, if any migrates, with all it needs from the first step on."""
    targets = [(work.thread, work.times) for work in workload if work.op == MIGRATE]
    if not targets:
        return None
    with too_small_for_boot():
        mover = Mover(booted.system, workload.programs[0].nodes[0])
        for thread, node in targets:
            booted.prepare(mover, workload.threads[thread].application, node)
    return mover


def result_of(design: str, world: World) -> DesignResult:
    """The counters of a world as it stands."""
    nodes = range(world.kernel.machine.nodes)
    return DesignResult(
        design,
        tuple(world.totals(node) for node in nodes),
        tuple(world.kernel.memory.bytes_on(node) for node in nodes),
    )


class AsPlanned:
    """The workload has placed its threads already."""

    def __init__(self, workload: Workload) -> None:
        self._threads = workload.threads

    def node_of(self, thread: int, cpu: int) -> int:  # noqa: ARG002
        """The node of the workload's thread."""
        return self._threads[thread].node


def batches_of(workload: Workload) -> Iterator[Batch]:
    """The workload's accesses as a trace reader would deliver them."""
    now = -1
    touches: list[int] = []
    repeats: list[int] = []
    for code, count in zip(workload.codes, workload.counts, strict=True):
        thread = code >> THREAD_SHIFT
        if thread != now or len(touches) >= _BATCH:
            if touches:
                yield Batch(now, -1, touches, repeats)
            now, touches, repeats = thread, [], []
        touches.append((code >> OP_BITS & PAGE_MASK) << 2 | code & OP_MASK)
        repeats.append(count)
    if touches:
        yield Batch(now, -1, touches, repeats)


def _operations(booted: L4System, thread: int, op: int, page: int, count: int) -> list[Operation]:
    """What the kernel's thread is to do."""
    if op <= EXECUTE:
        return [(int(Op.READ) + op, booted.page_for(thread, page) << PAGE_LOG2)] * count
    if op == WORK:
        return [(int(Op.WORK), count)]
    out: list[Operation] = []
    for vpn in range(page, page + count):
        used = booted.page_for(thread, vpn)
        if out and out[-1][1] + out[-1][2] == used:
            out[-1] = (*out[-1][:2], out[-1][2] + 1)
        else:
            out.append((int(Op.UNMAP_GLOBAL), used, 1))
    return out
