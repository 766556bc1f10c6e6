"""The small cases of the experiments: what each of them lets one count by hand."""

from __future__ import annotations

from l4numa_tui.kernel.records import Event
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.stale import stale_mappings
from tests.scenario.shipped import LIMIT, Shipped

PAGE, OWN, OTHER = 0x40_0000, 0x50_0000, 0x80_0000


def faults(run: Shipped, node: int) -> int:
    return run.session.world.totals(node).faults


def test_experiment_e1() -> None:
    run = Shipped("experiment-e1").end()
    frames = {run.frame(f"A.{node}", PAGE) for node in range(3)}
    assert len(frames) == 1
    assert frames.pop() >> NODE_SHIFT == 1, "where it was touched first"
    assert [r.event for r in run.all_records()].count(Event.PAGEFAULT_USER) == 3
    assert run.session.world.totals().cross_messages == 0
    assert Event.PAGEFAULT_USER not in run.events("A.0", "read", 2)


def test_experiment_e2() -> None:
    run = Shipped("experiment-e2").end()
    # Seven pages in all; the shared one is the only one that faults on both nodes.
    assert [faults(run, node) for node in range(2)] == [4, 4]
    assert run.frame("A.0", PAGE) == run.frame("A.1", PAGE)
    assert run.page("A.1", OWN) is None
    assert run.session.world.totals().cross_messages == 0


def test_experiment_e3() -> None:
    run = Shipped("experiment-e3")
    run.after("A.0", "unmap_everywhere")
    assert all(run.page(f"A.{node}", PAGE) is None for node in range(4))
    run.end()
    assert run.session.world.totals().cross_messages == 2 * (4 - 1)
    assert run.frame("A.3", PAGE) >> NODE_SHIFT == 3


def test_experiment_e4() -> None:
    run = Shipped("experiment-e4").end()
    walks = [r for r in run.all_records() if r.event == Event.TLB_MISS]
    nodes = {r.thread: r.c for r in walks}
    assert nodes == {run.thread["A.0"]: 0, run.thread["A.1"]: 1}, "each walks at home"
    assert run.session.world.totals().kernel_remote == 0
    assert run.session.world.totals(1).remote == 4, "though the frames are node 0's"
    accesses = [r for r in run.all_records() if r.event == Event.ACCESS]
    filled = [r for r in walks if r.b == 4]
    assert len(filled) >= len(accesses), "a TLB of one entry: every access walks"


def test_experiment_e5() -> None:
    run = Shipped("experiment-e5").end()
    assert run.frame("A.0", PAGE) >> NODE_SHIFT == 0
    assert run.frame("A.1", PAGE) >> NODE_SHIFT == 1
    assert run.frame("A.0", OTHER) == run.frame("A.1", OTHER)
    totals = run.session.world.totals()
    assert (totals.remote, totals.cross_messages) == (1, 0), "the one fetch of the global page"


def test_experiment_e6() -> None:
    run = Shipped("experiment-e6")
    on_reads = [run.events("T", "read", nth).count(Event.PAGEFAULT_USER) for nth in (1, 2, 3)]
    assert on_reads == [0, 1, 0], "mapped by another, not mapped, home again"
    run.after("M", "thread_control", 1)
    space, cpu, pager = run.kernel.threads.rows[run.thread["T"]]
    assert (space, run.kernel.cpu_node[cpu], pager) == (run.space["A.1"], 1, run.thread["pager1"])
    assert not [r for r in run.all_records() if r.event == Event.REFUSED]


def test_experiment_e7() -> None:
    run = Shipped("experiment-e7").end()
    assert run.page("A.0", PAGE) is None
    assert run.page("A.1", PAGE) is None
    assert run.frame("A.2", PAGE) >> NODE_SHIFT == 0
    world = run.session.world
    assert world.system.pools.left(0) == 7, "the frame is not free: pager0 waits"
    assert world.kernel.deadlocks() == [], "nobody waits in a circle: one does not answer"
    assert stale_mappings(world) == [], "the row is marked, so nobody else can get the frame"


def test_experiment_e8() -> None:
    run = Shipped("experiment-e8").end()
    costs = run.kernel.machine.read_cost
    near = [r for r in run.all_records() if r.event == Event.ACCESS and r.a == PAGE]
    far = [r for r in run.all_records() if r.event == Event.ACCESS and r.a == OWN]
    assert (len(near), len(far)) == (3, 3)
    assert {r.c >> NODE_SHIFT for r in near} == {1}
    assert {r.c >> NODE_SHIFT for r in far} == {0}
    assert (costs[1][1], costs[1][0]) == (200, 280), "as the explanation says"


def test_experiment_e9() -> None:
    run = Shipped("experiment-e9")
    run.after("A.1", "read")
    assert run.page("A.2", PAGE) is None, "node 2 never asked"
    run.end()
    lazy = run.session.world.totals()
    text = open_scenario("experiment-e9").text + "\n[pagers]\neager = true\n"
    session = build_session(parse_scenario(text, "eager"))
    session.run(LIMIT)
    eager = session.world.totals()
    assert (lazy.faults, eager.faults) == (2, 1)
    # The unmap's four are the same; being told is two more, and a fault's own stay on their node.
    assert (lazy.cross_messages, eager.cross_messages) == (4, 6)
