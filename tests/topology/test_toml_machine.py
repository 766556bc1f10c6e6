from __future__ import annotations

import msgspec
import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.toml_lines import decode_toml, line_of
from l4numa_tui.topology.named import named_machine
from l4numa_tui.topology.toml_machine import (
    MachineSpec,
    build,
    parse_memory,
    read_toml_machine,
)

LONG = """\
name = "box"
description = "one socket and an expander"
note = "made up"
distance = [
  [10, 28],
  [30, 10],
]

[[node]]
cpus = "0-3,8"
memory = "16 GiB"

[[node]]
id = 4
memory = 512
"""


def test_the_long_form() -> None:
    machine = read_toml_machine(LONG, "box.toml")
    assert (machine.name, machine.description) == ("box", "one socket and an expander")
    assert (machine.source, machine.note) == ("box.toml", "made up")
    assert [(n.os_id, n.cpus, n.memory_kib) for n in machine.nodes] == [
        (0, (0, 1, 2, 3, 8), 16 << 20),
        (4, (), 512 << 10),
    ]
    assert machine.slit == ((10, 28), (30, 10))


def test_the_short_form() -> None:
    text = 'nodes = 4\ncpus_per_node = 2\nmemory_per_node = "4 MiB"\nremote = 16\n'
    machine = read_toml_machine(text, "dir/four.toml")
    assert machine.name == "four"
    assert [node.cpus for node in machine.nodes] == [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert {node.memory_kib for node in machine.nodes} == {4096}
    assert machine.nodes[0].frames == 1024
    assert machine.slit[1] == (16, 10, 16, 16)


def test_a_number_of_nodes_is_enough() -> None:
    machine = read_toml_machine("nodes = 2", "two.toml")
    assert [node.cpus for node in machine.nodes] == [(0,), (1,)]
    assert machine.slit == ((10, 20), (20, 10))
    assert machine.nodes[0].memory_kib > 0


def test_a_known_machine_shrunk_to_the_size_of_a_lesson() -> None:
    text = 'like = "power7-8n"\ncpus_per_node = 2\nmemory_per_node = "1 MiB"\n'
    machine = read_toml_machine(text, "small.toml")
    known = named_machine("power7-8n")
    assert machine.slit == known.slit
    assert [node.os_id for node in machine.nodes] == [node.os_id for node in known.nodes]
    assert [node.cpus for node in machine.nodes[:2]] == [(0, 1), (2, 3)]
    assert {node.memory_kib for node in machine.nodes} == {1024}
    assert machine.source == known.source
    assert "not the machine's own" in machine.note
    assert read_toml_machine('like = "power7-8n"', "p.toml") == known


def test_a_shrunk_machine_keeps_its_node_without_cpus() -> None:
    machine = read_toml_machine('like = "cxl-1s-2n"\ncpus_per_node = 4\n', "cxl.toml")
    assert [node.cpus for node in machine.nodes] == [(0, 1, 2, 3), ()]
    assert machine.latency_ns == named_machine("cxl-1s-2n").latency_ns


def test_latencies_give_the_distances_unless_those_are_given() -> None:
    text = "nodes = 2\nlatency_ns = [[80, 120], [130.5, 80]]\n"
    machine = read_toml_machine(text, "lat.toml")
    assert machine.latency_ns == ((80.0, 120.0), (130.5, 80.0))
    assert machine.slit == ((10, 15), (16, 10))
    assert "derived" in machine.note
    both = read_toml_machine(text + "remote = 21\n", "lat.toml")
    assert both.slit == ((10, 21), (21, 10))
    assert both.latency_ns == machine.latency_ns


@pytest.mark.parametrize(
    ("size", "kib"),
    [(0, 0), (3, 3072), ("64 KiB", 64), ("4MiB", 4096), (" 16 GiB ", 16 << 20), ("1 TiB", 1 << 30)],
)
def test_memory_sizes(size: int | str, kib: int) -> None:
    assert parse_memory(size) == kib


@pytest.mark.parametrize(
    "size",
    ["", "4", "4 MB", "4 mib", "-4 MiB", "1.5 GiB", "1e3 MiB", -1, 1 << 62, "9" * 13 + "TiB"],
)
def test_other_memory_sizes_are_refused(size: int | str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_memory(size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m.toml: no nodes, expected `nodes = 4`, `[[node]]` or `like`"),
        ("nodes = 0", "m.toml:1: `nodes` is out of range"),
        ("nodes = 65", "m.toml:1: `nodes` is out of range"),
        ("nodes = 2\nremote = 9", "m.toml:2: `remote` is out of range"),
        ("nodes = 2\ncpus_per_node = 0", "m.toml:2: `cpus_per_node` is out of range"),
        ("nodes = 2\nremotes = 20", "m.toml:2: unknown key `remotes`, expected `remote`"),
        ("nodes = 2\nremote = 20\ndistance = [[10]]", "m.toml:2: `remote` and `distance` do not"),
        ("nodes = 2\n[[node]]", "m.toml:1: `nodes` and `node` do not go together"),
        ("cpus_per_node = 2\n[[node]]", "m.toml:1: `cpus_per_node` and `node` do not"),
        ("nodes = 2\nlike = 'power7-8n'", "m.toml:2: `like` and `nodes` do not go together"),
        ("\nlike = 'power8'", "m.toml:2: no machine is named `power8`, expected power7-8n"),
        ("nodes = 2\nmemory_per_node = '4 MB'", "m.toml:2: memory `4 MB`"),
        ("nodes = 2\nmemory_per_node = -1", "m.toml:2: memory of -1024 KiB"),
        ("nodes = 3\ndistance = [[10, 20],\n[20, 10]]", "m.toml:2: `distance` has 2 rows"),
        ("nodes = 2\ndistance = [\n[10, 20],\n[20]]", "m.toml:4: row 1 of `distance` has 1"),
        ("nodes = 2\ndistance = [\n[10, 20],\n[20,\n12]]", "m.toml:5: the distance from node 1"),
        ("nodes = 2\nlatency_ns = [\n[10, 20],\n[20,\n0]]", "m.toml:5: the latency from node 1"),
        ("nodes = 2\nlatency_ns = [\n[10, 20], [10]]", "m.toml:3: row 1 of `latency_ns` has 1"),
        ("nodes = 2\nlatency_ns = [[10]]", "m.toml:2: `latency_ns` has 1 rows, expected 2"),
        ("[[node]]\n[[node]]\nid = 0", "m.toml:2: node 0 is there twice"),
        ("[[node]]\n[[node]]\ncpus = '3-1'", "m.toml:3: the CPU range `3-1` runs backwards"),
        ("[[node]]\n[[node]]\nmemory = '4'", "m.toml:3: memory `4`"),
        ("[[node]]\nid = -1", "m.toml:2: `node[0].id` is out of range"),
        ("[[node]]\ncpu = '1'", "m.toml:2: unknown key `cpu`, expected `cpus`"),
        ("[[node]]\n" * 65, "m.toml:65: the machine has 65 nodes"),
    ],
)
def test_faults_are_named_with_their_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_toml_machine(text, "m.toml")
    assert str(caught.value).startswith(message)


def test_the_same_form_embeds_in_another_file() -> None:
    class Scenario(msgspec.Struct, forbid_unknown_fields=True):
        title: str
        machine: MachineSpec

    text = 'title = "t"\n[machine]\nnodes = 2\nmemory_per_node = "4 XiB"\n'
    scenario = decode_toml(text, Scenario, "s.toml")
    with pytest.raises(UserError, match=r"s\.toml:4: memory `4 XiB`"):
        build(scenario.machine, "s.toml", lambda path: line_of(text, ("machine", *path)))
    fixed = decode_toml(text.replace("XiB", "KiB"), Scenario, "s.toml")
    assert build(fixed.machine, "s.toml").nodes[1].frames == 1
