"""Workloads: how they are kept, where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.designs.catalogue import NAMES, RIVALS, designs_named, run_design
from l4numa_tui.designs.disco import Disco
from l4numa_tui.designs.frames import Frames
from l4numa_tui.designs.l4 import PER_NODE, SPANNING, batches_of, run_l4
from l4numa_tui.designs.mitosis import Mitosis
from l4numa_tui.designs.sources import scenario_source, trace_source
from l4numa_tui.designs.workload import (
    EXECUTE,
    MIGRATE,
    READ,
    UNMAP,
    WORK,
    WRITE,
    Work,
    Workload,
    WorkProgram,
    WorkThread,
)
from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import CostProfile, cost_profile
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.replay.trace_run import run_trace
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.topology.load import load_topology
from l4numa_tui.traces.batch import TraceOptions
from l4numa_tui.traces.reader import open_trace
from l4numa_tui.userland.regions import NODE_LOCAL, PRIVATE, Region
from tests.designs.worlds import CODE, DATA, machine, workload

TRACES = Path(__file__).parent.parent / "data" / "traces"

TWO_NODES = """
[machine]
nodes = 2
cpus_per_node = 2
[[region]]
name = "data"
at = 0x400000
pages = 4
"""


def step(thread: str, op: str, rest: str = "at = 0x400000") -> str:
    return f'[[step]]\nthread = "{thread}"\nop = "{op}"\n{rest}\n'


def test_repeated_accesses_fold_and_nothing_else_does() -> None:
    work = workload(machine(), [0, 1], [])
    for each in ((0, READ, 5), (0, READ, 5), (1, READ, 5), (0, READ, 5), (0, WRITE, 5)):
        work.add(*each)
    work.add(0, UNMAP, 5, 2)
    work.add(0, UNMAP, 5, 2)
    work.add(0, WORK, 0, 0)
    assert list(work) == [
        Work(0, READ, 5, 2), Work(1, READ, 5, 1), Work(0, READ, 5, 1), Work(0, WRITE, 5, 1),
        Work(0, UNMAP, 5, 2), Work(0, UNMAP, 5, 2), Work(0, WORK, 0, 0),
    ]  # fmt: skip
    assert work.accesses == 5


def test_the_largest_numbers_survive() -> None:
    work = workload(machine(), [0], [])
    page, thread = (1 << VPN_BITS) - 1, (1 << 16) - 1
    work.add(thread, EXECUTE, page, 1 << 40)
    assert list(work) == [Work(thread, EXECUTE, page, 1 << 40)]


def test_aliases_are_pages_of_no_region_and_of_one_node() -> None:
    regions = (
        Region("code", 0x500, 3, NODE_LOCAL),
        Region("more", 0x700, 5, NODE_LOCAL),
        Region("data", 0x900, 2),
    )
    work = workload(machine(4), [0], [], regions=regions)
    taken = {page for r in regions for page in range(r.first, r.first + r.pages)}
    aliases = [
        work.alias(0, page, node)
        for region in regions[:2]
        for page in range(region.first, region.first + region.pages)
        for node in range(4)
    ]
    assert len(set(aliases)) == len(aliases) == 8 * 4
    assert not taken & set(aliases)
    assert work.alias(0, 0x901, 3) == 0x901


def test_no_room_for_aliases() -> None:
    region = Region("code", 1 << VPN_BITS - 1, 1 << VPN_BITS - 2, NODE_LOCAL)
    with pytest.raises(UserError, match="no room for the pages of 2 nodes"):
        Workload(machine(2), (WorkProgram("A", (0, 1), (region,)),))


def test_threads_and_pages_that_cannot_be() -> None:
    work = workload(machine(2), [0], [])
    with pytest.raises(UserError, match="no node 2"):
        work.add_thread(WorkThread("B", 0, 2, 0))
    with pytest.raises(UserError, match="cannot migrate to node 7"):
        work.add(0, MIGRATE, 0, 7)
    work.add(0, READ, 0x9999)
    for rival in RIVALS.values():
        with pytest.raises(UserError, match="lies in no region of A"):
            rival(work).run()
    for name in (PER_NODE, SPANNING):
        with pytest.raises(UserError, match="cannot finish"):
            run_l4(name, work)


def test_accesses_that_pagers_refuse() -> None:
    regions = (Region("text", 0x400, 1, rights=5), Region("own", 0x800, 1, PRIVATE, node=0))
    for operation, what in (((1, WRITE, 0x400, 1), "not allow"), ((1, READ, 0x800, 1), "private")):
        work = workload(machine(2), [0, 1], [operation], regions=regions)
        for rival in RIVALS.values():
            with pytest.raises(UserError, match=what):
                rival(work).run()
        for name in (PER_NODE, SPANNING):
            with pytest.raises(UserError, match="cannot finish"):
                run_l4(name, work)


def test_frames_come_in_order_and_freed_ones_first() -> None:
    frames = Frames(machine(2, frames=16))
    assert [frames.take(1) for _ in range(2)] == [1 << 28, 1 << 28 | 1]
    frames.give(1 << 28)
    assert frames.take(1) == 1 << 28
    assert [frames.take(0) for _ in range(13)] == [*range(12), None]  # the kernel has the rest


def test_a_trace_becomes_batches_again() -> None:
    trace = open_trace(TRACES / "mt.lackey-sched.gz", options=TraceOptions(limit=3000))
    source = trace_source(trace, load_topology("opteron-6276-8n"), cost_profile("opteron-2009"))
    accesses = [
        (batch.thread, touch) for batch in batches_of(source.workload)
        for touch, times in zip(batch.touches, batch.repeats or [], strict=True)
        for _ in range(times)
    ]  # fmt: skip
    read = [(batch.thread, touch) for batch in trace for touch in batch.touches]
    assert accesses == read
    assert source.size == len(read)


@pytest.mark.parametrize("name", ["mt.lackey-sched.gz", "mt.perfscript.gz", "mt.pageruns.csv.gz"])
def test_per_node_on_a_trace_is_the_replay(name: str) -> None:
    topology, costs = load_topology("opteron-6276-8n"), CostProfile("odd", tlb_entries=7)
    trace = open_trace(TRACES / name)
    replay = run_trace(trace, topology, costs)
    result = run_design(PER_NODE, trace_source(trace, topology, costs))
    nodes = range(8)
    assert result.nodes == tuple(replay.world.totals(node) for node in nodes)
    memory = replay.kernel.memory
    assert result.kernel_bytes == tuple(memory.bytes_on(node) for node in nodes)


def test_a_scenarios_operations_in_the_order_they_complete() -> None:
    text = TWO_NODES + step("A.0", "write") + step("A.1", "read")
    text += step("A.0", "unmap_everywhere") + step("A.1", "work", "cycles = 70")
    source = scenario_source(parse_scenario(text, "here"))
    assert list(source.workload) == [
        Work(0, WRITE, 0x400, 1), Work(1, READ, 0x400, 1),
        Work(0, UNMAP, 0x400, 1), Work(1, WORK, 0, 70),
    ]  # fmt: skip
    assert [thread.name for thread in source.workload.threads] == ["A.0", "A.1"]


def test_a_thread_of_a_scenario_migrates_under_every_design() -> None:
    text = TWO_NODES + step("A.0", "write") + step("A.0", "migrate", "node = 1")
    text += step("A.0", "read") + step("A.0", "read")
    source = scenario_source(parse_scenario(text, "here"))
    assert [work.op for work in source.workload] == [WRITE, MIGRATE, READ]  # both reads in one
    for name in NAMES:
        # One local write at home; from the other node the page is remote.
        totals = run_design(name, source).totals
        assert (totals.local, totals.remote) == (1, 2), name


def test_a_random_order_is_that_of_the_run() -> None:
    text = TWO_NODES + "".join(
        step(f"A.{n % 2}", "write", f"at = {0x400000 + 4096 * (n // 2):#x}") for n in range(8)
    )
    text += '[run]\norder = "seeded"\nseed = 4\n'
    scenario = parse_scenario(text, "here")
    source = scenario_source(scenario)
    session = build_session(scenario)
    session.run(10_000)
    assert source.per_node is not None
    assert source.per_node.totals == session.world.totals()
    threads = [work.thread for work in source.workload]
    assert sorted(threads) == [0] * 4 + [1] * 4
    assert threads != [0, 1] * 4  # else this seed shows nothing
    for thread in (0, 1):
        pages = [work.page for work in source.workload if work.thread == thread]
        assert pages == [0x400, 0x401, 0x402, 0x403]


def test_two_programs_share_neither_pages_nor_the_last_word() -> None:
    text = TWO_NODES.replace('name = "data"', 'name = "data"\napplication = "A"')
    text += '[[region]]\nname = "data"\napplication = "B"\nat = 0x400000\n'
    text += '[[application]]\nname = "A"\n[[application]]\nname = "B"\n'
    text += step("A.0", "write") + step("B.1", "write") + step("A.1", "read")
    text += step("B.1", "unmap_everywhere") + step("A.1", "read")
    source = scenario_source(parse_scenario(text, "here"))
    # A's page lies on node 0, B's on node 1; unmapping B's leaves A's where it is.
    for name in NAMES:
        totals = run_design(name, source).totals
        assert (totals.local, totals.remote) == (2, 2), name
    reads: list[tuple[int, int]] = []
    rival = Disco(source.workload, reads)
    rival.run()
    assert [value for _, value in reads] == [1, 1]
    assert rival.frame_of(rival.page(1, 0x400, 0)) is None


def test_designs_by_name() -> None:
    assert designs_named("all") == list(NAMES)
    assert designs_named("mitosis, per-node,mitosis") == ["mitosis", "per-node"]
    with pytest.raises(UserError, match="no design 'x'"):
        run_design("x", scenario_source(parse_scenario(TWO_NODES, "here")))


def test_kernel_memory_runs_out_where_the_design_puts_its_tables() -> None:
    pages = [(0, WRITE, 0x200 * n, 1) for n in range(40)]
    region = Region("wide", 0, 0x200 * 40)
    work = workload(machine(2, 1, frames=128), [0], pages, regions=(region,))
    with pytest.raises(UserError, match="mitosis cannot run it: all 32 kernel frames of node 0"):
        Mitosis(work).run()


def test_node_local_pages_of_two_nodes_are_two_pages() -> None:
    work = workload(machine(2, 1), [0, 1], [(0, WRITE, CODE, 1), (1, READ, CODE, 1)])
    reads: list[tuple[int, int]] = []
    Mitosis(work, reads).run()
    assert reads == [(2, 0)]
    work = workload(machine(2, 1), [0, 1], [(0, WRITE, DATA, 1), (1, READ, DATA, 1)])
    reads.clear()
    Mitosis(work, reads).run()
    assert reads == [(2, 1)]
