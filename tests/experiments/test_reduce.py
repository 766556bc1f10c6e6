"""A reduced trace counts as the whole one does, but for TLB misses."""

from __future__ import annotations

import io
from importlib import resources

import pytest

from l4numa_tui.experiments.e2_faults import TRACES, pages_by_thread
from l4numa_tui.experiments.machines import even
from l4numa_tui.experiments.reduce import reduced
from l4numa_tui.experiments.worlds import NodeWorld
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.traces.batch import Batch
from l4numa_tui.traces.reader import open_trace
from l4numa_tui.traces.runs import write_page_runs

WHOLE = "tests/data/traces/mt.pageruns.csv.gz"


def test_counts_are_those_of_the_whole_trace() -> None:
    small = reduced(open_trace(WHOLE))
    counted = []
    for batches in (open_trace(WHOLE), small):
        world = NodeWorld(Machine(even(4), CostProfile()), logged=False)
        totals = world.replayed_trace(batches).world.totals()
        counted.append((totals.faults, totals.messages, totals.local, totals.remote))
    assert counted[0] == counted[1]
    touches = sum(len(batch.touches) for batch in small)
    assert touches * 50 < sum(len(b.touches) for b in open_trace(WHOLE))


def test_the_shipped_sample_is_the_reduced_whole() -> None:
    text = io.StringIO()
    write_page_runs(reduced(open_trace(WHOLE)), text)
    folder = resources.files("l4numa_tui.experiments").joinpath("data")
    shipped = io.StringIO()
    write_page_runs(open_trace(str(folder.joinpath(TRACES["mt"]))), shipped)
    assert shipped.getvalue() == text.getvalue()


@pytest.mark.parametrize("name", sorted(TRACES))
def test_shipped_samples_are_small_and_of_several_threads(name: str) -> None:
    file = resources.files("l4numa_tui.experiments").joinpath("data").joinpath(TRACES[name])
    assert len(file.read_bytes()) < 64 * 1024
    assert len(pages_by_thread(open_trace(str(file)))) >= 3


def test_order_and_numbers_of_a_small_one() -> None:
    whole = [
        Batch(0, -1, [4, 5, 4]),
        Batch(1, -1, [4], [7]),
        Batch(0, -1, [8, 4]),
        Batch(1, -1, [4, 12]),
    ]
    assert reduced(whole) == [
        Batch(0, -1, [4, 5], [3, 1]),
        Batch(1, -1, [4], [8]),
        Batch(0, -1, [8], [1]),
        Batch(1, -1, [12], [1]),
    ]
