from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import assemble, default_slit
from l4numa_tui.topology.named import machine_names, named_machine
from l4numa_tui.views.machine.machine_table import (
    format_memory,
    heat_levels,
    machine_json,
    machine_lines,
    plain_text,
)
from l4numa_tui.views.segments import STYLES, width_of
from tests.topology.samples import topologies


def table(machine: Topology, **options: bool) -> str:
    return plain_text(machine_lines(machine, **options))


def rows_under(text: str, title: str) -> list[list[str]]:
    """The blocks under a title, joined side by side, row by row, without glyphs."""
    rows: dict[str, list[str]] = {}
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if line.startswith(title):
            for row in lines[at + 2 :]:
                if not row:
                    break
                name, cells = row.split(maxsplit=1)
                rows.setdefault(name, []).extend(re.findall(r"[0-9.]+", cells))
    return list(rows.values())


@pytest.mark.parametrize("name", machine_names())
def test_a_known_machine_is_shown_whole(name: str) -> None:
    machine = named_machine(name)
    text = table(machine)
    assert text.startswith(name + "\n")
    shown = rows_under(text, "distances")
    assert [[int(word) for word in row] for row in shown] == [list(row) for row in machine.slit]
    if machine.latency_ns:
        shown = rows_under(text, "measured")
        assert [[float(w) for w in row] for row in shown] == [list(r) for r in machine.latency_ns]
    else:
        assert "measured read latencies" not in text
    for node in machine.nodes:
        assert f"{node.frames}" in text


@pytest.mark.parametrize("name", machine_names())
@pytest.mark.parametrize("width", [60, 80, 132])
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    lines = machine_lines(named_machine(name), width=width)
    assert max(width_of(line) for line in lines) <= width


@given(topologies(max_nodes=10), st.booleans())
@settings(deadline=None, max_examples=40)
def test_any_machine_fits_80_columns_in_known_styles(machine: Topology, ascii_only: bool) -> None:
    for line in machine_lines(machine, ascii_only=ascii_only):
        assert width_of(line) <= 80
        for segment in line:
            assert segment.style == "" or segment.style in STYLES
            assert "\n" not in segment.text
            assert not ascii_only or segment.text.isascii()


def test_64_nodes_are_cut_into_blocks_that_name_their_columns() -> None:
    # Every distance differs from its neighbours, so that a shifted block would show.
    count = 64
    slit = [
        [10 if i == j else 11 + (7 * i + 3 * j) % 240 for j in range(count)] for i in range(count)
    ]
    nodes = [Node(i, (2 * i, 2 * i + 1), 1 << 20) for i in range(count)]
    text = table(assemble("huge", nodes, slit))
    assert max(map(len, text.splitlines())) <= 80
    assert [[int(w) for w in row] for row in rows_under(text, "distances")] == slit
    assert "to nodes 0 to 15" in text
    assert "to nodes 48 to 63" in text


def test_unreachable_nodes_are_marked_and_explained() -> None:
    machine = assemble("island", [Node(0, (0,), 4), Node(1, (), 4)], [[10, 255], [20, 10]])
    assert "255×" in table(machine)
    assert "× unreachable" in table(machine)
    assert "255x" in table(machine, ascii_only=True)
    assert "unreachable" not in table(named_machine("power7-8n"))


def test_long_cpu_lists_wrap_without_losing_a_cpu() -> None:
    machine = named_machine("xeon-6230-snc2-4n")
    lines = table(machine).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("node "))
    end = next(i for i, line in enumerate(lines) if line.startswith("4 nodes"))
    shown = "".join(line[14:54].rstrip() for line in lines[start + 1 : end])
    expected = "".join(",".join(map(str, node.cpus)) for node in machine.nodes)
    assert shown == expected


def test_totals_count_in_good_english() -> None:
    assert "2 nodes, 1 CPU, memory 2.0 GiB\n" in table(named_machine("cxl-1s-2n"))


def test_empty_nodes_say_so() -> None:
    machine = assemble("empty", [Node(5, (), 0)], [[10]])
    row = next(line for line in table(machine).splitlines() if line.startswith("●N0"))
    assert row.split() == ["●N0", "5", "none", "none", "0"]


def test_ascii_leaves_no_other_character_not_even_in_foreign_texts() -> None:
    machine = assemble("müller", [Node(0, (0,), 4)], [[10]], description="Σ" * 200, notes=["→"])
    assert table(machine, ascii_only=True).isascii()
    assert "müller" in table(machine)


def test_texts_that_come_with_a_machine_cannot_steer_the_terminal() -> None:
    machine = Topology("a\x1b[2J", (Node(0, (0,), 4),), ((10,),), note="b\x07\nc")
    assert "\x1b" not in table(machine)
    assert "\x07" not in table(machine)


@pytest.mark.parametrize(
    ("kib", "text"),
    [
        (0, "none"),
        (64, "64 KiB"),
        (4096, "4 MiB"),
        (1536, "1.5 MiB"),
        (16 << 20, "16.0 GiB"),
        (16354 << 10, "16.0 GiB"),
        (3 << 29, "1.5 TiB"),
    ],
)
def test_memory_is_written_in_a_fitting_unit(kib: int, text: str) -> None:
    assert format_memory(kib) == text


def test_heat_tells_hops_apart_and_keeps_the_own_node_cold() -> None:
    assert heat_levels(((10, 16, 22), (16, 10, 16), (22, 16, 10)), 10) == [
        [0, 2, 4],
        [2, 0, 2],
        [4, 2, 0],
    ]
    # All remote nodes equally far: as far as it gets. All as near as local: barely remote.
    assert heat_levels(((10, 20), (20, 10)), 10) == [[0, 4], [4, 0]]
    assert heat_levels(((10, 10), (10, 10)), 10) == [[0, 1], [1, 0]]
    # Unreachable does not stretch the scale.
    assert heat_levels(((10, 30, 255), (14, 10, 20), (255, 20, 10)), 10, 255) == [
        [0, 4, 4],
        [1, 0, 2],
        [4, 2, 0],
    ]


@given(topologies())
@settings(deadline=None, max_examples=40)
def test_farther_is_never_shown_nearer(machine: Topology) -> None:
    levels = heat_levels(machine.slit, 10, 255)
    cells = sorted(
        (value, levels[i][j])
        for i, row in enumerate(machine.slit)
        for j, value in enumerate(row)
        if i != j
    )
    assert [level for _, level in cells] == sorted(level for _, level in cells)


def test_json_holds_every_fact() -> None:
    machine = named_machine("xeon-8269cy-snc2-4n")
    data = json.loads(json.dumps(machine_json(machine)))
    assert data["schema"] == "l4numa.machine/1"
    assert [tuple(node["cpus"]) for node in data["nodes"]] == [n.cpus for n in machine.nodes]
    assert data["nodes"][1]["memory_kib"] == 65536 * 1024
    assert data["nodes"][1]["frames"] == 65536 * 256
    assert data["slit"] == [list(row) for row in machine.slit]
    assert data["latency_ns"][0][2] == 129.8
    assert (data["name"], data["source"]) == (machine.name, machine.source)


def test_json_says_null_where_nobody_measured() -> None:
    machine = assemble("plain", [Node(0, (0,), 4), Node(1, (1,), 4)], default_slit(2))
    assert machine_json(machine)["latency_ns"] is None
