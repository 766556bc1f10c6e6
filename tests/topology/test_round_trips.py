"""Any machine, written as another tool would write it, reads back as the same machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.machine.topology import Topology
from l4numa_tui.topology.load import read_topology
from l4numa_tui.topology.sysfs import read_sysfs
from tests.topology.samples import (
    facts,
    hwloc_text,
    numactl_text,
    toml_text,
    topologies,
    write_sysfs,
)


@given(topologies(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_numactl(machine: Topology, compressed: bool) -> None:
    text = numactl_text(machine, compressed=compressed)
    assert facts(read_topology(text, "x")) == facts(machine)


@given(topologies(), st.randoms(use_true_random=False), st.integers(1, 40))
@settings(deadline=None, max_examples=60)
def test_hwloc(machine: Topology, chance: object, chunk: int) -> None:
    order = list(range(len(machine.nodes)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    text = hwloc_text(machine, order, chunk=chunk)
    assert facts(read_topology(text, "x")) == facts(machine)


@given(topologies())
@settings(deadline=None, max_examples=40)
def test_toml(machine: Topology) -> None:
    assert facts(read_topology(toml_text(machine), "x")) == facts(machine)


@given(topologies(max_nodes=4))
@settings(deadline=None, max_examples=20)
def test_sysfs(machine: Topology) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "node"
        write_sysfs(root, machine)
        assert facts(read_sysfs(root)) == facts(machine)
