from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.topology.named import machine_names, named_machine

# CPUs and distinct remote distances of each machine, counted by hand from its documentation.
MACHINES = {
    "xeon-e5-2680-2s": (2, 16, {21}),
    "opteron-8347he-4s": (4, 16, {20}),
    "opteron-865-8s": (8, 16, {20}),
    "opteron-6134-8n": (8, 32, {16, 22}),
    "opteron-6276-8n": (8, 64, {16, 22}),
    "ibm-x3950m2-4n": (4, 96, {26}),
    "power7-8n": (8, 256, {20, 40}),
    "kunpeng920-4n": (4, 128, {16, 25, 32, 33}),
    "xeon-6230-snc2-4n": (4, 80, {11, 21}),
    "xeon-e5-2695v3-cod-4n": (4, 56, {21, 31}),
    "xeon-8269cy-snc2-4n": (4, 104, {11, 21}),
    "epyc-7413-2s-nps4-8n": (8, 96, {12, 32}),
}
LATENCY_ONLY = {
    "xeon-skylake-csit-2s": 2,
    "xeon-cascadelake-vsc-2s": 2,
    "xeon-6980p-snc3-6n": 6,
    "cxl-1s-2n": 2,
}


def test_all_machines_are_there() -> None:
    assert set(machine_names()) == {*MACHINES, *LATENCY_ONLY}


@pytest.mark.parametrize("name", MACHINES)
def test_the_facts_agree_with_one_another(name: str) -> None:
    machine = named_machine(name)
    nodes, cpus, remote = MACHINES[name]
    assert machine.name == name
    assert len(machine.nodes) == nodes
    # No CPU is lost as a double, none is missing: they are numbered from 0 without gaps.
    assert sorted(cpu for node in machine.nodes for cpu in node.cpus) == list(range(cpus))
    assert {
        value for i, row in enumerate(machine.slit) for j, value in enumerate(row) if i != j
    } == remote
    assert machine.slit == tuple(zip(*machine.slit, strict=True))
    assert all(node.memory_kib >= 4 << 20 for node in machine.nodes)
    assert machine.source
    assert machine.description


def test_one_machine_has_measured_latencies_that_contradict_its_slit() -> None:
    machine = named_machine("xeon-8269cy-snc2-4n")
    assert machine.slit[0][2] / machine.slit[0][0] == pytest.approx(2.1)
    assert machine.latency_ns[0][2] / machine.latency_ns[0][0] == pytest.approx(1.68, abs=0.01)


def test_sparse_numbers_are_kept() -> None:
    assert [n.os_id for n in named_machine("power7-8n").nodes] == [0, 1, 4, 5, 8, 9, 12, 13]


@pytest.mark.parametrize("name", LATENCY_ONLY)
def test_machines_of_which_only_latencies_are_known(name: str) -> None:
    machine = named_machine(name)
    assert len(machine.latency_ns) == LATENCY_ONLY[name]
    assert "assumed" in machine.note
    assert machine.cpu_count >= 1


def test_the_expander_is_far_and_has_no_cpus() -> None:
    machine = named_machine("cxl-1s-2n")
    assert machine.latency_ns[0] == (84.5, 564.5)
    assert machine.nodes[1].cpus == ()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("opteron-6134", "opteron-6134-8n"),
        ("power8-8n", "power7-8n"),
        ("epyc-7413", "epyc-7413-2s"),
    ],
)
def test_an_unknown_name_offers_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UserError, match=f"no machine is named `{name}`, expected .*{near}"):
        named_machine(name)


def test_a_name_like_no_other_offers_all() -> None:
    with pytest.raises(UserError) as caught:
        named_machine("\x1b[2J" * 1000)
    assert all(name in str(caught.value) for name in machine_names())
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000
