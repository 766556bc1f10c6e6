from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node
from l4numa_tui.topology.assemble import (
    MAX_NODES,
    assemble,
    default_slit,
    flat_slit,
    slit_from_latency,
)


def nodes(count: int) -> list[Node]:
    return [Node(index, (index,), 1024) for index in range(count)]


def test_odd_but_legal_machines_are_kept_as_they_are() -> None:
    machine = assemble("odd", [Node(7, (), 4), Node(3, (1,), 0)], [[10, 255], [30, 10]])
    assert [node.os_id for node in machine.nodes] == [7, 3]
    assert machine.slit == ((10, 255), (30, 10))
    assert machine.nodes[0].cpus == ()
    assert machine.note == ""


def test_as_many_nodes_as_allowed_and_not_one_more() -> None:
    assert len(assemble("big", nodes(MAX_NODES), default_slit(MAX_NODES)).nodes) == MAX_NODES
    with pytest.raises(UserError, match="at most 64"):
        assemble("big", nodes(MAX_NODES + 1), default_slit(MAX_NODES + 1))


@pytest.mark.parametrize(
    ("slit", "message"),
    [
        ([[10, 20]], "1 rows, expected 2"),
        ([[10, 20], [20]], "row 1 of `distance` has 1 values, expected 2"),
        ([[10, 20, 20], [20, 10]], "row 0 of `distance` has 3 values"),
        ([[10, 20], [20, 11]], "from node 1 to itself is 11, expected 10"),
        ([[10, 9], [20, 10]], "from node 0 to node 1 is 9, expected 10 to 255"),
        ([[10, 256], [20, 10]], "from node 0 to node 1 is 256, expected 10 to 255"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(slit: list[list[int]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        assemble("bad", nodes(2), slit)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), 1e7])
def test_latencies_are_positive_finite_and_below_a_millisecond(value: float) -> None:
    with pytest.raises(UserError, match="latency from node 0 to node 1"):
        assemble("bad", nodes(2), default_slit(2), latency_ns=[[80.0, value], [90.0, 80.0]])


def test_no_node_and_a_node_twice_are_refused() -> None:
    with pytest.raises(UserError, match="no nodes"):
        assemble("none", [], [])
    with pytest.raises(UserError, match="node 4 is there twice"):
        assemble("twice", [Node(4, (), 0), Node(4, (), 0)], default_slit(2))


def test_a_cpu_on_several_nodes_stays_on_the_first_and_the_note_says_so() -> None:
    machine = assemble(
        "shared", [Node(0, (0, 1), 4), Node(1, (1, 2), 4), Node(2, (0, 1, 2), 4)], default_slit(3)
    )
    assert [node.cpus for node in machine.nodes] == [(0, 1), (2,), ()]
    assert machine.cpu_count == 3
    assert "CPUs 0-2" in machine.note


def test_the_error_names_the_line_that_the_reader_knows() -> None:
    with pytest.raises(UserError) as caught:
        assemble(
            "bad",
            nodes(2),
            [[10, 20], [5, 10]],
            source="m.txt",
            locate=lambda path: 42 if path == ("distance", 1, 0) else 1,
        )
    assert str(caught.value).startswith("m.txt:42: ")


def test_foreign_texts_cannot_steer_a_terminal() -> None:
    machine = assemble("\x1b[2J", nodes(1), [[10]], description="a\x07b", notes=["c\u202ed"])
    assert "\x1b" not in machine.name
    assert "\x07" not in machine.description
    assert "\u202e" not in machine.note


def test_a_derived_slit_is_ten_times_remote_over_the_rows_own_local_latency() -> None:
    # Asymmetric on purpose: 120/80 and 120/60.
    assert slit_from_latency([[80.0, 120.0], [120.0, 60.0]]) == [[10, 15], [20, 10]]
    # Faster than local, and more than 25 times slower: SLIT cannot say either.
    assert slit_from_latency([[100.0, 50.0], [99999.0, 1.0]]) == [[10, 10], [254, 10]]


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(0.1, 1e6), min_size=n, max_size=n), min_size=n, max_size=n
        )
    )
)
@settings(deadline=None)
def test_a_derived_slit_is_always_legal(latency_ns: list[list[float]]) -> None:
    count = len(latency_ns)
    machine = assemble("any", nodes(count), slit_from_latency(latency_ns), latency_ns=latency_ns)
    assert [machine.slit[i][i] for i in range(count)] == [10] * count


def test_flat_distances() -> None:
    assert flat_slit(3, 17) == [[10, 17, 17], [17, 10, 17], [17, 17, 10]]
