from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.topology.mlc import latency_machine, read_mlc, with_latency
from l4numa_tui.topology.named import named_machine
from tests.topology.samples import sample

TEXT = sample("mlc-8269cy.txt")


def test_a_matrix_is_read_and_distances_are_derived_from_it() -> None:
    machine = read_mlc(TEXT, "m.txt")
    known = named_machine("xeon-8269cy-snc2-4n")
    assert machine.latency_ns == known.latency_ns
    # Ten times remote over the row's own local latency: 10 * 136.1 / 77.3 = 17.6.
    assert machine.slit[0] == (10, 11, 17, 18)
    assert "distances are ten times remote over local" in machine.note


def test_each_measuring_node_has_a_cpu_and_the_note_says_it_is_assumed() -> None:
    machine = read_mlc(TEXT, "m.txt")
    assert [node.cpus for node in machine.nodes] == [(0,), (1,), (2,), (3,)]
    assert "one CPU per measuring node and 1 GiB per node are assumed" in machine.note


def test_a_column_without_a_row_is_a_node_without_cpus() -> None:
    machine = read_mlc(sample("mlc-cxl.txt"), "cxl.txt")
    assert [node.cpus for node in machine.nodes] == [(0,), ()]
    assert machine.latency_ns == ((84.5, 564.5), (564.5, 84.5))
    assert machine.slit[0] == (10, 67)


def test_a_whole_run_has_its_bandwidths_passed_over() -> None:
    machine = read_mlc(sample("mlc-full-run.txt"), "full.txt")
    assert machine.latency_ns == ((78.5, 134.8), (133.7, 79.2))


def test_gaps_are_filled_from_the_other_direction_and_the_nearest_node() -> None:
    rows: list[list[float | None] | None] = [
        [80.0, 130.0, 300.0, 400.0],
        [None, 70.0, 250.0, 400.0],
        None,
        None,
    ]
    machine = latency_machine("gaps", [0, 1, 4, 5], rows)
    assert machine.latency_ns == (
        (80.0, 130.0, 300.0, 400.0),
        (130.0, 70.0, 250.0, 400.0),  # 1 to 0 is as 0 to 1
        (300.0, 250.0, 70.0, 400.0),  # node 1 is nearest to node 4: its local, its way to 5
        (400.0, 400.0, 300.0, 80.0),  # nodes 0 and 1 are equally near to 5: the first
    )
    assert [node.os_id for node in machine.nodes] == [0, 1, 4, 5]
    assert [node.cpus for node in machine.nodes] == [(0,), (1,), (), ()]


def test_a_matrix_in_which_nobody_measured_a_pair_is_refused() -> None:
    with pytest.raises(UserError, match="no latency from node 0 to node 1"):
        latency_machine("hole", [0, 1], [[80.0, None], None])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: no latency matrix"),
        (TEXT[: TEXT.index("\t\tNuma")], "x:5: no heading of the matrix"),
        (TEXT[: TEXT.index("       0")], "x:7: the matrix has no rows"),
        (TEXT.replace("\t 134.1\t 137.6", ""), "x:9: row 1 has 2 latencies"),
        (TEXT.replace("       1\t  82.1", "       0\t  82.1"), "x:9: row 0"),
        (TEXT.replace("       1\t  82.1", "       7\t  82.1"), "x:9: row 7"),
        (TEXT.replace("  82.1", "   0.0"), "x:9: the latency from node 1 to node 0 is 0.0 ns"),
        (TEXT.replace("  82.1", "99999999.0"), "x:9: the latency from node 1 to node 0"),
    ],
)
def test_broken_output_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_mlc(text, "x")


def test_measured_latencies_do_not_change_what_the_firmware_says() -> None:
    firmware = named_machine("opteron-8347he-4s")
    both = with_latency(firmware, TEXT, "m.txt")
    assert both.nodes == firmware.nodes
    assert both.slit == firmware.slit
    assert both.latency_ns == read_mlc(TEXT, "m.txt").latency_ns
    assert "measured by MLC" in both.note


def test_latencies_of_other_nodes_are_refused() -> None:
    with pytest.raises(UserError, match="the latencies are of other nodes"):
        with_latency(named_machine("power7-8n"), TEXT, "m.txt")
