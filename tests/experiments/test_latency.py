"""The waiting time of a thread, where it can be known in another way."""

from __future__ import annotations

from l4numa_tui.experiments.latency import waiting_time
from l4numa_tui.experiments.machines import even
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld, access, finished
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node
from l4numa_tui.world.operations import Op


def test_on_a_single_cpu_everything_adds_up() -> None:
    topology = even(1)._replace(nodes=(Node(0, (0,), 1 << 20),))
    world = NodeWorld(Machine(topology, CostProfile()))
    script = [access(0, FIRST_PAGE), (0, (int(Op.UNMAP_GLOBAL), FIRST_PAGE, 1)), (0, (7, 500))]
    session = finished(world.session(script))
    (thread,) = session.world.programs
    total = session.world.totals()
    assert total.ipis == 0
    assert waiting_time(session, thread, 1) == total.cycles


def test_threads_that_do_not_meet_do_not_wait() -> None:
    world = NodeWorld(Machine(even(3), CostProfile()))
    script = [(node, (int(Op.WORK), 1000 * (node + 1))) for node in range(3)]
    session = finished(world.session(script))
    for thread, cycles in zip(session.world.programs, (1000, 2000, 3000), strict=True):
        assert waiting_time(session, thread, 1) == cycles


def test_a_fault_waits_for_its_pager_but_not_for_what_the_pager_does_after() -> None:
    world = NodeWorld(Machine(even(1), CostProfile()))
    session = finished(world.session([access(0, FIRST_PAGE)]))
    (thread,) = session.world.programs
    total = session.world.totals()
    assert 0 < waiting_time(session, thread, 1) <= total.cycles
    reply = 2  # the pager's step, between the fault and the second try
    assert waiting_time(session, thread, 1) >= total.cycles - session.change(reply).cycles
