"""Each design on the smallest cases, with every count and cycle worked out from the constants.

Two nodes, one CPU each unless a test says otherwise, defaults of `opteron-2009`: a local read is
200 cycles, a remote one 280, writes 226 and 316; a walk that ends at the root table costs one read
(200), a full one 3 * 3 more (209). Entering the kernel is 300, zeroing a page 1600; a page-table
entry 320 to write and 150 to clear, each with one access to its node; an invalidation 200.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.designs.disco import RESET_CYCLES, SHARING_THRESHOLD, TRIGGER_THRESHOLD, Disco
from l4numa_tui.designs.l4 import PER_NODE, SPANNING, run_l4
from l4numa_tui.designs.mitosis import LazyMitosis, Mitosis
from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.rival import Rival
from l4numa_tui.designs.tornado_k42 import TornadoK42
from l4numa_tui.designs.workload import (
    MIGRATE,
    READ,
    UNMAP,
    WORK,
    WRITE,
    Workload,
    WorkProgram,
    WorkThread,
)
from l4numa_tui.machine.account import Totals
from l4numa_tui.userland.regions import Region
from tests.designs.worlds import CODE, DATA, machine, workload

PAGE = 4096
FIRST_WRITE, SECOND_READ = (0, WRITE, DATA, 1), (1, READ, DATA, 1)
SHARE = [FIRST_WRITE, SECOND_READ]
UNMAP_IT = (0, UNMAP, DATA, 1)


class Cost(NamedTuple):
    """The part of the counters that a case is about."""

    cycles: int
    faults: int = 0
    walks: int = 0
    kernel_local: int = 0
    kernel_remote: int = 0
    ipis: int = 0
    messages: int = 0


def cost(totals: Totals) -> Cost:
    return Cost(*(getattr(totals, name) for name in Cost._fields))


def run(rival: type[Rival], operations: list[tuple[int, int, int, int]]) -> DesignResult:
    return rival(workload(machine(2, 1), [0, 1], operations)).run()


def difference(
    rival: type[Rival], before: list[tuple[int, int, int, int]], *then: tuple[int, int, int, int]
) -> list[Cost]:
    """What the operations `then` cost each node, after others."""
    first, second = run(rival, before).nodes, run(rival, [*before, *then]).nodes
    pairs = [(cost(a), cost(b)) for a, b in zip(first, second, strict=True)]
    return [Cost(*(y - x for x, y in zip(a, b, strict=True))) for a, b in pairs]


def test_mitosis_writes_all_replicas_so_that_the_second_node_only_walks() -> None:
    result = run(Mitosis, SHARE)
    first = 200 + 300 + 200 + 1600 + (320 + 200) + 316 + 209 + 226
    assert cost(result.nodes[0]) == Cost(first, 1, 2, kernel_local=4, kernel_remote=1)
    assert cost(result.nodes[1]) == Cost(209 + 280, 0, 1, kernel_local=1)
    # Node 0: descriptor, root and three tables, two TCBs, a page of UTCBs. Node 1: tables only.
    assert result.kernel_bytes == (8 * PAGE, 4 * PAGE)


def test_mitosis_unmaps_in_every_replica_and_interrupts_all_that_run() -> None:
    first, second = difference(Mitosis, SHARE, UNMAP_IT)
    spent = 300 + 200 + (150 + 200) + 316 + 200 + 300
    assert first == Cost(spent, kernel_local=2, kernel_remote=1, ipis=1)
    assert second == Cost(1000 + 200)


def test_lazy_replicas_are_fetched_from_the_owner_by_a_fault() -> None:
    result = run(LazyMitosis, SHARE)
    first = 200 + 300 + 200 + 1600 + (320 + 200) + 209 + 226
    second = 200 + 300 + 280 + 280 + (320 + 200) + 209 + 280
    assert cost(result.nodes[0]) == Cost(first, 1, 2, kernel_local=4)
    assert cost(result.nodes[1]) == Cost(second, 1, 2, kernel_local=3, kernel_remote=2)


def test_lazy_replicas_spare_a_node_without_one_the_interrupt() -> None:
    operations = [FIRST_WRITE, SECOND_READ, (2, WORK, 0, 5), UNMAP_IT]
    work = workload(machine(3, 1), [0, 1, 2], operations)
    assert Mitosis(work).run().totals.ipis == 2
    lazy = LazyMitosis(work).run()
    assert lazy.totals.ipis == 1
    assert lazy.nodes[2].cycles == 5


def test_tornado_makes_a_representative_at_the_first_fault_of_a_node() -> None:
    result = run(TornadoK42, SHARE)
    new_here, new_there = 320 + 200 + 226, 320 + 280 + 316
    first = 200 + 300 + new_here + 200 + 200 + 1600 + 226 + (320 + 200) + 209 + 226
    second = 200 + 300 + new_there + 200 + 280 + (320 + 200) + 209 + 280
    assert cost(result.nodes[0]) == Cost(first, 1, 2, kernel_local=8)
    assert cost(result.nodes[1]) == Cost(second, 1, 2, kernel_local=4, kernel_remote=3)
    # On each node: root and three tables, its thread's TCB, one page of UTCB and representative,
    # one of page descriptors; the program's descriptor besides on node 0.
    assert result.kernel_bytes == (8 * PAGE, 7 * PAGE)


def test_tornado_faults_again_without_the_representatives_cost() -> None:
    _, second = difference(TornadoK42, [*SHARE, (0, WRITE, DATA + 1, 1)], (1, READ, DATA + 1, 1))
    # Tables and representative are there: a full walk, and the root is asked for the page alone.
    spent = 209 + 300 + 200 + 280 + (320 + 200) + 209 + 280
    assert second == Cost(spent, 1, 2, kernel_local=4, kernel_remote=1)


def test_tornado_unmaps_through_the_representatives_that_exist() -> None:
    first, second = difference(TornadoK42, SHARE, UNMAP_IT)
    spent = 300 + 200 + 226 + (150 + 200) + 200 + (4000 + 280)
    assert first == Cost(spent, kernel_local=3, messages=1)
    assert second == Cost(150 + 200 + 200 + 4000 + 280, kernel_local=1, messages=1)
    alone = difference(TornadoK42, [FIRST_WRITE], UNMAP_IT)
    assert [each.messages for each in alone] == [0, 0]
    # The page's descriptors are gone, representatives and tables stay.
    assert run(TornadoK42, [*SHARE, UNMAP_IT]).kernel_bytes == (7 * PAGE, 6 * PAGE)


def test_tornado_interrupts_within_the_node_only() -> None:
    # Thread 1 sits on the second CPU of node 1, the first does the kernel's work there.
    work = workload(machine(2, 2), [0, 1], [*SHARE, UNMAP_IT])
    result = TornadoK42(work).run()
    assert (result.nodes[0].ipis, result.nodes[1].ipis) == (0, 1)


def test_tornado_asks_only_representatives_of_the_program() -> None:
    regions = (Region("data", DATA, 1),)
    programs = (WorkProgram("A", (0, 1), regions), WorkProgram("B", (0, 1), regions))
    threads = [WorkThread("A.0", 0, 0, 0), WorkThread("B.1", 1, 1, 0)]
    work = Workload(machine(2, 1), programs, threads)
    for operation in (FIRST_WRITE, (1, WRITE, DATA, 1), UNMAP_IT):
        work.add(*operation)
    assert TornadoK42(work).run().totals.messages == 0


def test_disco_moves_a_page_that_only_a_remote_node_uses() -> None:
    before = [FIRST_WRITE, (1, READ, DATA, TRIGGER_THRESHOLD - 1)]
    first, second = difference(Disco, before, SECOND_READ)
    copy = 3200 + 3200 * 280 // 200
    spent = 280 + (300 + 280) + copy + (150 + 280) + (150 + 200) + 200 + 300 + (320 + 200)
    assert second == Cost(spent, kernel_local=2, kernel_remote=2, ipis=1)
    assert first == Cost(1000 + 200)
    after = [FIRST_WRITE, (1, READ, DATA, TRIGGER_THRESHOLD)]
    assert difference(Disco, after, (1, READ, DATA, 10))[1] == Cost(
        209 + 10 * 200, walks=1, kernel_local=1
    )
    assert run(Disco, after)[3:] == (1, 0, 0)


def test_disco_backs_a_page_by_guest_and_monitor() -> None:
    result = run(Disco, SHARE)
    guest = 300 + 320 + 200
    first = 200 + 300 + 200 + guest + 1600 + (320 + 200) + 209 + 226
    second = 200 + 300 + 280 + (320 + 200) + 209 + 280
    assert cost(result.nodes[0]) == Cost(first, 1, 2, kernel_local=5)
    assert cost(result.nodes[1]) == Cost(second, 1, 2, kernel_local=3, kernel_remote=1)
    # As Mitosis, and a page for the lines of pmap.
    assert result.kernel_bytes == (9 * PAGE, 4 * PAGE)


REPLICATED = [(0, READ, DATA, SHARING_THRESHOLD), (1, READ, DATA, TRIGGER_THRESHOLD)]


def test_disco_copies_a_page_that_both_nodes_read() -> None:
    result = run(Disco, REPLICATED)
    assert result[3:] == (0, 1, 0)
    assert result.totals.remote == TRIGGER_THRESHOLD
    local = difference(Disco, REPLICATED, (0, READ, DATA, 1), (1, READ, DATA, 1))
    # Both have lost their translations (node 0's allowed writing) and find their own copies.
    assert local == [Cost(209 + 200, walks=1, kernel_local=1)] * 2


def test_disco_gives_the_copies_up_when_one_is_written() -> None:
    before = [*REPLICATED, (0, READ, DATA, 1), (1, READ, DATA, 1)]
    first, second = difference(Disco, before, (0, WRITE, DATA, 1))
    spent = 209 + 300 + 200 + (150 + 280) + 200 + 300 + (320 + 200) + 209 + 226
    assert first == Cost(spent, 1, 2, kernel_local=4, kernel_remote=1, ipis=1)
    assert second == Cost(1000 + 200)
    assert run(Disco, [*before, (0, WRITE, DATA, 1)])[3:] == (0, 1, 1)


def test_disco_leaves_a_page_that_both_nodes_write() -> None:
    both = [(0, WRITE, DATA, SHARING_THRESHOLD), (1, WRITE, DATA, 3 * TRIGGER_THRESHOLD)]
    assert run(Disco, [*both[:1], (1, WRITE, DATA, TRIGGER_THRESHOLD)])[3:] == (0, 0, 0)
    # In the next round node 0 is silent: the page is the other's alone now, and moves.
    assert run(Disco, both)[3:] == (1, 0, 0)


def test_a_page_moves_once_an_interval() -> None:
    there = (1, READ, DATA, TRIGGER_THRESHOLD)
    back = (0, READ, DATA, TRIGGER_THRESHOLD)
    assert run(Disco, [FIRST_WRITE, there, back])[3:] == (1, 0, 0)


def test_the_next_interval_allows_another_move_and_counts_anew() -> None:
    there = (1, READ, DATA, TRIGGER_THRESHOLD)
    back = (0, READ, DATA, TRIGGER_THRESHOLD)
    long = (0, READ, DATA + 1, RESET_CYCLES // 200)
    assert run(Disco, [FIRST_WRITE, there, long, back])[3:] == (2, 0, 0)
    # One short of hot, then the interval ends: what was counted is forgotten.
    nearly = (1, READ, DATA, TRIGGER_THRESHOLD - 1)
    late = (1, READ, DATA + 2, RESET_CYCLES // 200)
    assert run(Disco, [FIRST_WRITE, nearly, late, SECOND_READ])[3:] == (0, 0, 0)
    assert run(Disco, [FIRST_WRITE, nearly, SECOND_READ])[3:] == (1, 0, 0)


def test_spanning_keeps_everything_on_the_creators_node() -> None:
    work = workload(machine(2, 1), [0, 1], SHARE)
    spanning, per_node = run_l4(SPANNING, work), run_l4(PER_NODE, work)
    assert (spanning.totals.faults, per_node.totals.faults) == (1, 2)
    assert spanning.kernel_bytes[1] == 0 < per_node.kernel_bytes[1]
    # The second node walks the creator's table: one remote touch, where per-node has its own.
    assert cost(spanning.nodes[1]) == Cost(9 + 280 + 280, walks=1, kernel_remote=1)


def test_spanning_unmaps_without_asking_other_pagers() -> None:
    work = workload(machine(4, 1), [0, 1, 2, 3], [*SHARE, UNMAP_IT])
    messages = [
        run_l4(name, work).totals.messages - run_l4(name, workload_without(work)).totals.messages
        for name in (SPANNING, PER_NODE)
    ]
    assert messages == [2, 2 + 2 * (4 - 1)]


def workload_without(work: Workload) -> Workload:
    """The same without its last operation."""
    nodes = [thread.node for thread in work.threads]
    return workload(work.machine, nodes, [tuple(each) for each in list(work)[:-1]])  # type: ignore[misc]


def test_a_node_local_page_is_local_under_every_design() -> None:
    operations = [(0, READ, CODE, 3), (1, READ, CODE, 3)]
    work = workload(machine(2, 1), [0, 1], operations)
    for rival in (Mitosis, LazyMitosis, TornadoK42, Disco):
        totals = rival(work).run().totals
        assert (totals.local, totals.remote) == (6, 0), rival.name
    for name in (PER_NODE, SPANNING):
        totals = run_l4(name, work).totals
        assert (totals.local, totals.remote) == (6, 0), name


def test_a_migrated_thread_uses_the_other_nodes_tables() -> None:
    before = [(0, WRITE, DATA, 1), (1, READ, DATA, 1)]
    first, second = difference(Mitosis, before, (0, MIGRATE, 0, 1), (0, READ, DATA, 1))
    assert first == Cost(300 + 200 + 4000, kernel_local=1)
    # On the one CPU of node 1 thread 1 has left the translation in the TLB.
    assert second == Cost(280)


def test_a_cpu_that_was_left_is_not_interrupted() -> None:
    operations = [FIRST_WRITE, (1, READ, DATA, 1), (1, MIGRATE, 0, 0), UNMAP_IT]
    # Both threads share the CPU of node 0 now; before, node 1's CPU ran the program.
    assert run(Mitosis, operations).totals.ipis == 0
    assert run(Mitosis, [*operations[:2], UNMAP_IT]).totals.ipis == 1


def test_migration_under_l4_is_another_space_or_the_same() -> None:
    home = [(0, WRITE, DATA, 1), (0, WRITE, DATA + 1, 1)]
    away = [(0, MIGRATE, 0, 1), (0, READ, DATA, 1), (0, READ, DATA + 1, 1)]
    back = [(0, MIGRATE, 0, 0), (0, READ, DATA, 1)]
    for design, faults in ((PER_NODE, [2, 4, 4]), (SPANNING, [2, 2, 2])):
        found = [
            run_l4(design, workload(machine(2, 1), [0], operations)).totals
            for operations in (home, home + away, home + away + back)
        ]
        assert [totals.faults for totals in found] == faults
        assert [totals.remote for totals in found] == [0, 2, 2]


def test_a_migrated_thread_first_touches_its_new_node_under_l4() -> None:
    operations = [(0, MIGRATE, 0, 1), (0, WRITE, DATA, 1)]
    for design in (PER_NODE, SPANNING):
        nodes = run_l4(design, workload(machine(2, 1), [0], operations)).nodes
        assert (nodes[1].local, nodes[1].remote) == (1, 0), design


def test_the_same_workload_gives_the_same_result() -> None:
    work = workload(machine(2, 2), [0, 1, 1], [*SHARE, (2, WRITE, DATA + 2, 5), UNMAP_IT, *SHARE])
    for rival in (Mitosis, LazyMitosis, TornadoK42, Disco):
        assert rival(work).run() == rival(work).run()
