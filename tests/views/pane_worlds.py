"""Worlds for the tests of the panes: small machines on which everything that can happen happens."""

from __future__ import annotations

from functools import cache

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.rights import ALL, WRITE
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.regions import NODE_LOCAL, PRIVATE, Region
from l4numa_tui.userland.system import System
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import Scheduler, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

NODES = (1, 2, 4, 8, 64)
DATA, CODE, STACK = 0x400, 0x500, 0x600
REGIONS = (
    Region("data", DATA, 16),
    Region("code", CODE, 4, NODE_LOCAL),
    Region("stack", STACK, 2, PRIVATE, node=0),
)


def address(vpn: int) -> int:
    """The first byte of a page."""
    return vpn << PAGE_LOG2


def small_machine(nodes: int) -> Machine:
    """`nodes` nodes with two CPUs and 64 MiB each, one hop apart."""
    topology = Topology(
        "test",
        tuple(Node(i, (2 * i, 2 * i + 1), 65536) for i in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )
    return Machine(topology, CostProfile(), kernel_frames=(1024,) * nodes)


def script(node: int, last: int) -> tuple[Operation, ...]:
    """What the thread of a node does: global and local pages, unmaps of three kinds, work."""
    own = DATA + 2 + node % 8
    operations: list[Operation] = [
        (Op.READ, address(DATA)),
        (Op.WRITE, address(own)),
        (Op.EXECUTE, address(CODE)),
        (Op.WORK, 500),
    ]
    if node == 0:
        operations += [(Op.READ, address(STACK)), (Op.WRITE, address(DATA + 1))]
    if node == last:
        region = Fpage(address(own), PAGE_LOG2, ALL)
        operations += [(Op.UNMAP_GLOBAL, DATA, 2), (Op.FLUSH, region.word())]
        operations += [(Op.UNMAP, region._replace(rights=WRITE).word()), (Op.READ, address(0x999))]
    return tuple(operations)


def make_session(nodes: int = 4, pool: int = 8, scheduler: Scheduler | None = None) -> Session:
    """A session at step 0: application A with a thread `A.n` on the second CPU of every node."""
    system = System(Kernel(Journal(), small_machine(nodes)), pool)
    application = system.add_application("A", range(nodes), REGIONS)
    programs = {}
    for node in range(nodes):
        thread = system.add_thread(application, f"A.{node}", node, 1)
        operations = script(node, nodes - 1)
        order = tuple(step * nodes + node for step in range(len(operations)))
        programs[thread] = Program(operations, order)
    return Session(World(system, programs), scheduler or ScriptOrder())


@cache
def finished(nodes: int, seed: int = 0) -> Session:
    """A session run to its end, then shared: whoever uses it seeks where it wants to be.

    With a seed the order is random, and the pools start empty, so that the root pager has work.
    """
    session = make_session(nodes, 0 if seed else 8, Seeded(seed) if seed else None)
    session.run(3000)
    return session


def scene_of(
    session: Session, selected: Target | None = None, *, ascii_only: bool = False
) -> Scene:
    """The scene where the session stands."""
    return Scene(session.world, session.last, selected, ascii_only)
