"""The rivals' common ground against the real kernel: the L4 designs, modelled and real."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from l4numa_tui.designs.l4 import run_l4
from l4numa_tui.designs.sources import trace_source
from l4numa_tui.designs.workload import Workload
from l4numa_tui.machine.costs import cost_profile
from l4numa_tui.topology.load import load_topology
from l4numa_tui.traces.reader import open_trace
from tests.designs.l4_model import ModelPerNode, ModelSpanning
from tests.designs.worlds import contended, workloads

MODELS = {"per-node": ModelPerNode, "spanning": ModelSpanning}
DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize("design", MODELS)
@given(work=workloads())
@settings(max_examples=60)
def test_every_counter_of_every_node_is_the_kernels(design: str, work: Workload) -> None:
    assert MODELS[design](work).run().nodes == run_l4(design, work).nodes


@pytest.mark.parametrize("design", MODELS)
@pytest.mark.parametrize("seed", range(30))
def test_few_pages_used_often_as_well(design: str, seed: int) -> None:
    work = contended(seed)
    assert MODELS[design](work).run().nodes == run_l4(design, work).nodes


@pytest.mark.parametrize("design", MODELS)
@pytest.mark.parametrize("trace", ["mt.lackey-sched.gz", "mt.pageruns.csv.gz"])
def test_a_real_trace_costs_what_the_model_says(design: str, trace: str) -> None:
    source = trace_source(
        open_trace(DATA / "traces" / trace),
        load_topology("opteron-6276-8n"),
        cost_profile("opteron-2009"),
    )
    assert MODELS[design](source.workload).run().nodes == run_l4(design, source.workload).nodes
