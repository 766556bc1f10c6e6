"""Machines to test with, and the texts that other tools would write about them."""

from __future__ import annotations

import random
from pathlib import Path
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import assemble
from l4numa_tui.topology.cpulist import format_cpu_list

DATA = Path(__file__).parent.parent / "data" / "topology"


def sample(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


@st.composite
def topologies(draw: st.DrawFn, max_nodes: int = 6) -> Topology:
    """Any legal machine: sparse ids, odd CPU lists, empty nodes, asymmetric distances."""
    count = draw(st.integers(1, max_nodes))
    ids = sorted(draw(st.sets(st.integers(0, 300), min_size=count, max_size=count)))
    owners = draw(st.lists(st.integers(0, count - 1), max_size=70))
    sizes = draw(st.lists(st.integers(0, 1 << 30), min_size=count, max_size=count))
    cells = draw(st.lists(st.integers(10, 255), min_size=count * count, max_size=count * count))
    nodes = [
        # Whole MiB: the coarsest unit any of the formats has.
        Node(os_id, tuple(c for c, owner in enumerate(owners) if owner == index), size * 1024)
        for index, (os_id, size) in enumerate(zip(ids, sizes, strict=True))
    ]
    slit = [[10 if i == j else cells[i * count + j] for j in range(count)] for i in range(count)]
    return assemble("any", nodes, slit)


def numactl_text(machine: Topology, *, compressed: bool = False) -> str:
    ids = [node.os_id for node in machine.nodes]
    lines = [f"available: {len(ids)} nodes ({format_cpu_list(ids)})"]
    for node in machine.nodes:
        listed = "".join(f" {cpu}" for cpu in node.cpus)
        if compressed:
            listed = f" {format_cpu_list(node.cpus).replace(',', ', ')} ({len(node.cpus)})"
        lines.append(f"node {node.os_id} cpus:{listed}")
        lines.append(f"node {node.os_id} size: {node.memory_kib // 1024} MB")
        lines.append(f"node {node.os_id} free: 1 MB")
    lines += ["node distances:", "node " + "".join(f"{os_id:>4} " for os_id in ids)]
    for node, row in zip(machine.nodes, machine.slit, strict=True):
        lines.append(f"{node.os_id:>3}: " + "".join(f"{value:>4} " for value in row))
    return "\n".join(lines) + "\n"


def cpu_mask(cpus: tuple[int, ...]) -> str:
    """The mask as hwloc prints it: leading word with 0x, zero words empty but for the last."""
    value = sum(1 << cpu for cpu in cpus)
    words: list[str] = []
    while value or not words:
        words.append(f"0x{value & 0xFFFFFFFF:08x}" if value & 0xFFFFFFFF else "")
        value >>= 32
    words[0] = words[0] or "0x0"
    return ",".join(reversed(words))


def hwloc_text(
    machine: Topology, order: list[int], *, chunk: int = 10, version: str = "2.0"
) -> str:
    """The machine as hwloc XML, with objects and distances in `order`, values in chunks."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE topology SYSTEM "hwloc2.dtd">',
        f"<topology version={quoteattr(version)}>",
        '  <object type="Machine" os_index="0" cpuset="0xffffffff">',
    ]
    for index in order:
        node = machine.nodes[index]
        lines.append(
            f'    <object type="Group"><object type="NUMANode" os_index="{node.os_id}"'
            f' cpuset="{cpu_mask(node.cpus)}" local_memory="{node.memory_kib * 1024}"/></object>'
        )
    lines.append("  </object>")
    if len(order) > 1:
        lines.append(
            f'  <distances2 type="NUMANode" nbobjs="{len(order)}" kind="5" name="NUMALatency"'
            ' indexing="os">'
        )
        ids = [machine.nodes[index].os_id for index in order]
        values = [machine.slit[i][j] for i in order for j in order]
        lines += _chunks("indexes", ids, chunk) + _chunks("u64values", values, chunk)
        lines.append("  </distances2>")
    return "\n".join([*lines, "</topology>", ""])


def _chunks(tag: str, numbers: list[int], chunk: int) -> list[str]:
    parts = [numbers[start : start + chunk] for start in range(0, len(numbers), chunk)]
    texts = ["".join(f"{number} " for number in part) for part in parts]
    return [f'    <{tag} length="{len(text)}">{text}</{tag}>' for text in texts]


def write_sysfs(root: Path, machine: Topology) -> None:
    root.mkdir(parents=True, exist_ok=True)
    ids = [node.os_id for node in machine.nodes]
    (root / "online").write_text(format_cpu_list(ids) + "\n")
    for node, row in zip(machine.nodes, machine.slit, strict=True):
        directory = root / f"node{node.os_id}"
        directory.mkdir()
        (directory / "cpulist").write_text(format_cpu_list(node.cpus) + "\n")
        (directory / "distance").write_text(" ".join(map(str, row)) + "\n")
        (directory / "meminfo").write_text(
            f"Node {node.os_id} MemTotal:       {node.memory_kib} kB\n"
            f"Node {node.os_id} MemFree:        1 kB\n"
        )


def toml_text(machine: Topology) -> str:
    lines = [f"distance = {[list(row) for row in machine.slit]}"]
    for node in machine.nodes:
        lines += [
            "[[node]]",
            f"id = {node.os_id}",
            f'cpus = "{format_cpu_list(node.cpus)}"',
            f'memory = "{node.memory_kib} KiB"',
        ]
    return "\n".join(lines) + "\n"


def facts(machine: Topology) -> tuple[object, ...]:
    """What a machine is, without where it is known from."""
    return machine.nodes, machine.slit, machine.latency_ns


_SCRAPS = [
    "", "\n", "\0", " ", "[", "]", "{", "}", "=", '"', '"""', "'''", ".", ",", "#", "<", ">", "&",
    "-1", "0", "255", "99999999999999999999", "nan", "1e999", "0x", "node", "a.b.c", "\\", "\r",
    "\u202e", "é", "<!DOCTYPE", "<!ENTITY", ":", "-", "((", "true", "1979-05-27 07:32:00Z",
]  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """Change a text in a few places: drop, double, cut off, or insert something awkward."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.choice([0, 1, 1, 2, 5, 40]))
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:end] + text[at:]
        elif kind == 2:
            text = text[:at]
        else:
            text = text[:at] + chance.choice(_SCRAPS) + text[end if kind == 4 else at :]
    return text
