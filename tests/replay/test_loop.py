"""Replay and stepping are two speeds over one state: they must agree in every counter and table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.journal import UnloggedJournal
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.replay.loop import Replay
from l4numa_tui.replay.placement import FromFile, RoundRobinNodes, placement
from l4numa_tui.replay.trace_world import TraceSystem, trace_session
from l4numa_tui.traces.batch import Batch, TraceOptions
from l4numa_tui.traces.reader import open_trace
from tests.worlds import tables

DATA = Path(__file__).parent.parent / "data" / "traces"


def topology(nodes: int = 3, cpus: int = 2) -> Topology:
    return Topology(
        "replay",
        tuple(Node(n, tuple(range(n * cpus, n * cpus + cpus)), 1 << 16) for n in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )


def replayed(batches: list[Batch], costs: CostProfile, nodes: int = 3, cpus: int = 2) -> Replay:
    booted = TraceSystem(topology(nodes, cpus), costs, UnloggedJournal())
    replay = Replay(booted, RoundRobinNodes(booted.machine))
    replay.run(batches)
    replay.finish()
    return replay


TOUCHES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=12
)


@st.composite
def batch_lists(draw: st.DrawFn) -> list[Batch]:
    """Batches whose threads are numbered in order of first appearance, as readers number them."""
    out: list[Batch] = []
    seen = 0
    for _ in range(draw(st.integers(1, 10))):
        thread = draw(st.integers(0, min(seen, 6)))
        seen = max(seen, thread + 1)
        touches = draw(TOUCHES)
        repeats = [times for _, _, times in touches] if draw(st.booleans()) else None
        out.append(Batch(thread, -1, [page << 2 | kind for page, kind, _ in touches], repeats))
    return out


@given(batch_lists(), st.sampled_from((0, 1, 3, 64)))
@settings(max_examples=80)
def test_replay_and_step_give_equal_counters(batches: list[Batch], tlb: int) -> None:
    costs = CostProfile(tlb_entries=tlb)
    fast = replayed(batches, costs)
    slow = trace_session(topology(), costs, batches)
    slow.run(1_000_000)
    for node in range(3):
        assert fast.world.totals(node) == slow.world.totals(node)
        assert fast.kernel.memory.bytes_on(node) == slow.world.kernel.memory.bytes_on(node)


@given(batch_lists(), st.sampled_from((0, 1, 3)))
@settings(max_examples=40)
def test_one_thread_replayed_leaves_the_very_state_of_its_steps(
    batches: list[Batch], tlb: int
) -> None:
    # With several threads the frames of their TCBs are taken at other moments; counts stay equal.
    alone = [batch._replace(thread=0) for batch in batches]
    costs = CostProfile(tlb_entries=tlb)
    fast, slow = replayed(alone, costs), trace_session(topology(), costs, alone)
    slow.run(1_000_000)
    quick = {t.name: dict(t.rows) for t in fast.world.journal.tables if t.rows}
    stepped = tables(slow)
    assert quick == stepped
    assert fast.world.journal.digest() == slow.digest()


@given(batch_lists())
@settings(max_examples=40)
def test_faults_of_a_node_are_the_distinct_pages_its_threads_touch(batches: list[Batch]) -> None:
    fast = replayed(batches, CostProfile())
    pages: dict[int, set[int]] = {node: set() for node in range(3)}
    for batch in batches:
        pages[batch.thread % 3].update(touch >> 2 for touch in batch.touches)
    for node in range(3):
        assert fast.world.totals(node).faults == len(pages[node])


# The fault of node 1 lets the root pager run on node 0's only CPU; then node 0 goes on, with a hit.
INTERRUPTED = [Batch(thread, -1, [page << 2], None) for thread, page in ((0, 4), (1, 5), (0, 4))]


@given(batch_lists(), st.sampled_from((1, 2)))
@example(INTERRUPTED, 1)
@settings(max_examples=60)
def test_every_cpu_is_left_with_the_space_that_ran_there_last(
    batches: list[Batch], cpus: int
) -> None:
    fast = replayed(batches, CostProfile(), cpus=cpus)  # with one CPU a node pagers run there too
    slow = trace_session(topology(cpus=cpus), CostProfile(), batches)
    slow.run(1_000_000)
    assert fast.kernel.running.rows == slow.world.kernel.running.rows


def test_finishing_twice_charges_once() -> None:
    batches = [Batch(0, -1, [4, 4, 8], None), Batch(1, -1, [4, 9], None)]
    fast = replayed(batches, CostProfile())
    once = fast.world.totals()
    fast.finish()
    assert fast.world.totals() == once
    assert once.local + once.remote == 5


def test_a_real_trace_agrees_with_its_steps() -> None:
    path = next(iter(sorted(DATA.glob("*runs*"))))
    options = TraceOptions(limit=4000)
    booted = TraceSystem(topology(), CostProfile())
    fast = Replay(booted, RoundRobinNodes(booted.machine))
    fast.run(open_trace(str(path), options=options))
    fast.finish()
    slow = trace_session(topology(), CostProfile(), open_trace(str(path), options=options))
    slow.run(1_000_000)
    assert fast.world.totals() == slow.world.totals()
    assert fast.accesses == fast.world.totals().local + fast.world.totals().remote


def test_memory_that_runs_out_is_one_clear_error() -> None:
    tiny = Topology("tiny", (Node(0, (0,), 4096),), ((10,),))
    booted = TraceSystem(tiny, CostProfile())
    with pytest.raises(UserError, match="memory"):
        Replay(booted, RoundRobinNodes(booted.machine)).run(
            [Batch(0, -1, [page << 2 for page in range(2000)], None)]
        )


def test_threads_go_where_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "where.txt"
    file.write_text("# thread node\n1 2\n\n2 0\n", encoding="utf-8")
    booted = TraceSystem(topology(), CostProfile())
    where = FromFile(booted.machine, str(file))
    assert [where.node_of(0, -1), where.node_of(1, -1)] == [2, 0]
    with pytest.raises(UserError, match="thread 3"):
        where.node_of(2, -1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [("1\n", 1, "cannot read"), ("1 0\nx 1\n", 2, "cannot read"), ("1 9\n", 1, "node 9")],
)
def test_a_bad_thread_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    file = tmp_path / "where.txt"
    file.write_text(text, encoding="utf-8")
    booted = TraceSystem(topology(), CostProfile())
    with pytest.raises(UserError, match=message) as caught:
        placement(booted.machine, str(file))
    assert f"{file}:{line}:" in str(caught.value)


def test_by_cpu_uses_the_machines_own_cpu_numbers() -> None:
    booted = TraceSystem(topology(), CostProfile())
    where = placement(booted.machine, "cpu")
    assert [where.node_of(0, cpu) for cpu in (0, 1, 2, 5)] == [0, 0, 1, 2]
    for cpu in (-1, 6):
        with pytest.raises(UserError):
            where.node_of(0, cpu)
