"""The worlds that experiments measure: an application on n nodes, and scripts of what it does.

A script is a list of (node, operation), done one after the other by one thread per node. The same
script is stepped through, or replayed at full speed where it holds memory accesses alone; both must
come to the same counters, which `measure` checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from l4numa_tui.journal import Journal, UnloggedJournal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.replay.loop import Replay
from l4numa_tui.replay.placement import RoundRobinNodes
from l4numa_tui.replay.trace_world import TraceSystem
from l4numa_tui.traces.batch import Batch
from l4numa_tui.userland.agreement.options import Agreement
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.system import System, too_small_for_boot
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

Script = Sequence[tuple[int, Operation]]
EVERYWHERE = Region("memory", 0, 1 << VPN_BITS)
FIRST_PAGE = 0x400
POOL = 512  # a node: one 2 MiB mapping for each pager
MAX_STEPPED = 4096  # accesses that are stepped through as well, to compare with the replay
_KIND = {int(Op.READ): 0, int(Op.WRITE): 1, int(Op.EXECUTE): 2}


class NodeWorld(TraceSystem):
    """A booted machine with one application; a pool of frames is mapped to all pagers at boot.

    So what memory the pagers get later, which is the root pager's business, disturbs no figure.
    With `one_space` the application has a single space, on the first node, and a single pager: an
    L4 that knows no nodes. Its threads run anywhere.
    """

    def __init__(
        self,
        machine: Machine,
        regions: Sequence[Region] = (EVERYWHERE,),
        *,
        pool_frames: int = POOL,
        one_space: bool = False,
        agreement: Agreement | None = None,
        logged: bool = True,
    ) -> None:
        self.machine = machine
        self.one_space = one_space
        with too_small_for_boot():
            kernel = Kernel(Journal() if logged else UnloggedJournal(), machine)
        self.system = System(kernel, pool_frames, agreement=agreement)
        if one_space:
            pagers = self.system.roster.pager_threads
            for node in [node for node in pagers if node]:
                del pagers[node]
        nodes = [0] if one_space else list(range(machine.nodes))
        self.application = self.system.add_application("A", nodes, regions)
        self._on_node: dict[int, int] = {}
        self._made: dict[int, int] = {}

    def add_thread(self, number: int, node: int) -> int:
        """Create the application's `number`-th thread on `node`, in the space that serves it."""
        if number not in self._made:
            self._made[number] = self._create(number, node)
        return self._made[number]

    def _create(self, number: int, node: int) -> int:
        if not self.one_space or not node:
            return super().add_thread(number, node)
        kernel, system = self.system.kernel, self.system
        slot = self._on_node.get(node, 0) + 1
        self._on_node[node] = slot
        cpu, pager = self.machine.cpu_on(node, slot), system.roster.pager_threads[0]
        with too_small_for_boot():
            thread = kernel.create_thread(self.application.spaces[0], cpu, pager)
        system.roster.member.put(thread, (self.application.number, 0))
        system.thread_names[thread] = f"A.{number + 1}"
        system.programs.append(thread)
        return thread

    def session(self, script: Script, nodes: Iterable[int] = ()) -> Session:
        """A session at its first step, with one thread on each of `nodes` (or on every node)."""
        chosen = nodes or range(self.machine.nodes)
        threads = {node: self.add_thread(node, node) for node in chosen}
        return Session(self.world(script, threads), ScriptOrder())

    def world(self, script: Script, threads: dict[int, int]) -> World:
        """The world in which `threads`, by the script's numbers, carry the script out."""
        programs = {}
        for number, thread in threads.items():
            own = [(at, do) for at, (who, do) in enumerate(script) if who == number]
            programs[thread] = Program(tuple(do for _, do in own), tuple(at for at, _ in own))
        return World(self.system, programs)

    def replayed(self, script: Script) -> Replay:
        """Replay a script of accesses to its end; its threads are made first, as for a session."""
        for node in range(self.machine.nodes):
            self.add_thread(node, node)
        return self.replayed_trace(batches_of(script))

    def replayed_trace(self, batches: Iterable[Batch]) -> Replay:
        """Replay a trace to its end, its threads on the nodes in turn."""
        replay = Replay(self, RoundRobinNodes(self.machine))
        replay.run(batches)
        replay.finish()
        return replay


def batches_of(script: Script) -> list[Batch]:
    """The script's accesses as the batches of a trace."""
    return [
        Batch(node, -1, [do[1] >> PAGE_LOG2 << 2 | _KIND[do[0]] for _, do in group])
        for node, group in groupby(script, itemgetter(0))
    ]


class Measured(NamedTuple):
    """What a script came to: the replay, and whether steps came to the same counters (1 or 0).

    `stepped_equal` is None where stepping would take too long.
    """

    world: NodeWorld
    replay: Replay
    totals: Totals
    stepped_equal: int | None


def measure(
    machine: Machine,
    script: Script,
    regions: Sequence[Region] = (),
    *,
    one_space: bool = False,
    frames: int = 0,
) -> Measured:
    """Replay a script of accesses, and step through it as well if it is not too long.

    `frames` is how many the pager of each node will need.
    """
    where, pool = tuple(regions) or (EVERYWHERE,), max(frames, POOL)
    world = NodeWorld(machine, where, pool_frames=pool, one_space=one_space, logged=False)
    replay = world.replayed(script)
    totals = replay.world.totals()
    equal: int | None = None
    if len(script) <= MAX_STEPPED:
        by_step = NodeWorld(machine, where, pool_frames=pool, one_space=one_space)
        equal = int(_counters(finished(by_step.session(script)).world) == _counters(replay.world))
    return Measured(world, replay, totals, equal)


def _counters(world: World) -> list[tuple[Totals, int]]:
    """Every counter of each node, and the bytes of its kernel memory."""
    memory = world.kernel.memory
    nodes = range(world.kernel.machine.nodes)
    return [(world.totals(node), memory.bytes_on(node)) for node in nodes]


def access(node: int, vpn: int, op: Op = Op.READ) -> tuple[int, Operation]:
    """A line of a script: the thread of `node` makes an access to a page."""
    return (node, (int(op), vpn << PAGE_LOG2))


def finished(session: Session, limit: int = 10_000_000) -> Session:
    """Run a session to its end; RuntimeError if it has none, or a thread did not finish."""
    session.run(limit)
    world = session.world
    left = [each for each in world.programs if world.next_operation(each) is not None]
    if left:
        raise RuntimeError(f"threads {left} did not finish")
    return session


def run_to_last(session: Session) -> int:
    """Run until all is done but the last operation of the first thread, which is returned."""
    world = session.world
    first, *others = world.programs
    last = len(world.programs[first].operations) - 1
    while any(world.next_operation(each) for each in others) or world.kernel.ip_of(first) < last:
        session.macro_step()
    return first


def difference(after: Totals, before: Totals) -> Totals:
    """What was counted between two readings."""
    return Totals(*(new - old for new, old in zip(after, before, strict=True)))
