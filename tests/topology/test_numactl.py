from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.topology.named import named_machine
from l4numa_tui.topology.numactl import read_numactl
from tests.topology.samples import facts, numactl_text, sample


def test_real_output_of_a_machine_with_one_node() -> None:
    machine = read_numactl(sample("numactl-uma.txt"), "uma.txt")
    assert machine.name == "uma"
    assert [(node.os_id, node.cpus, node.memory_kib) for node in machine.nodes] == [
        (0, (0, 1), 3802 * 1024)
    ]
    assert machine.slit == ((10,),)


def test_compressed_cpu_lists() -> None:
    machine = read_numactl(sample("numactl-epyc-compressed.txt"), "epyc.txt")
    assert facts(machine) == facts(named_machine("epyc-7413-2s-nps4-8n"))


def test_sparse_numbers_and_a_node_without_cpus() -> None:
    machine = read_numactl(sample("numactl-sparse-cpuless.txt"), "power.txt")
    assert [node.os_id for node in machine.nodes] == [0, 8, 255]
    assert machine.nodes[2].cpus == ()
    assert machine.slit[0] == (10, 40, 80)


def test_what_is_not_available_is_noted() -> None:
    machine = read_numactl(sample("numactl-no-sysfs.txt"), "old.txt")
    assert machine.nodes[0].memory_kib == 0
    assert machine.nodes[0].cpus == ()
    assert "memory of node 0 is not available" in machine.note
    assert "no distances" in machine.note


def test_distances_of_nodes_that_are_not_listed_are_left_out() -> None:
    # Old releases number the matrix densely though node 1 is not there.
    text = sample("numactl-sparse-cpuless.txt").replace("255", "2").replace("8", "1", 1)
    dense = (
        "node 0 cpus: 0\nnode 0 size: 1 MB\nnode 2 cpus: 1\nnode 2 size: 1 MB\nnode distances:\n"
        "node 0 1 2\n  0: 10 99 30\n  1: 99 10 99\n  2: 40 99 10\n"
    )
    assert text != dense
    assert read_numactl(dense, "dense.txt").slit == ((10, 30), (40, 10))


def cut(text: str, end: str) -> str:
    return text[: text.index(end)]


EPYC = sample("numactl-epyc-compressed.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no `node 0 cpus:` line"),
        (cut(EPYC, "node 7 cpus"), "x.txt:22: the text ends before the distances"),
        (cut(EPYC, "node     0"), "x.txt:26: the text ends before the distances"),
        (cut(EPYC, "   7:"), "x.txt:27: the distances of node 7 are missing"),
        (cut(EPYC, "   7:") + "   7:   32   32", "x.txt:35: the row has 2 distances, expected 8"),
        (EPYC.replace("(12)", "(13)", 1), "x.txt:2: 12 CPUs are listed, expected 13"),
        (EPYC.replace("0-5,", "0-x,", 1), "x.txt:2: `0-x` is not a CPU number"),
        (EPYC.replace("64069 MB", "64069 GB"), "x.txt:3: size of node 0"),
        (EPYC.replace("node 1 cpus", "node 0 cpus"), "x.txt:5: node 0 is there twice"),
        (EPYC.replace(":   10   12", ":   11   12", 1), "x.txt:28: .* to itself is 11"),
        (EPYC.replace("12   10   12   12", "12   10    3   12", 1), "x.txt:29: .* is 3,"),
        (EPYC.replace("node     0    1", "nodes"), "x.txt:27: no heading"),
    ],
)
def test_broken_output_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_numactl(text, "x.txt")


def test_line_ends_of_other_systems_do_not_matter() -> None:
    assert facts(read_numactl(EPYC.replace("\n", "\r\n"), "x")) == facts(read_numactl(EPYC, "x"))


def test_more_nodes_than_allowed_are_refused() -> None:
    lines = "".join(f"node {index} cpus: {index}\n" for index in range(65))
    with pytest.raises(UserError, match="65 nodes, expected at most 64"):
        read_numactl(lines + "No distance information available.\n", "x")


def test_a_named_machine_written_as_numactl_output_reads_back() -> None:
    machine = named_machine("power7-8n")
    assert facts(read_numactl(numactl_text(machine), "x")) == facts(machine)
