"""This computer, from what Linux tells under /sys/devices/system/node (ABI: sysfs-devices-node)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import SLIT_LOCAL, Node, Topology
from l4numa_tui.topology.assemble import assemble, default_slit
from l4numa_tui.topology.cpulist import parse_cpu_list, parse_cpu_mask

SYSFS_NODES = Path("/sys/devices/system/node")

_MAX_CHARACTERS = 64 * 1024
_NODE_DIRECTORY = re.compile(r"node([0-9]{1,6})")
_MEM_TOTAL = re.compile(r"MemTotal:\s*([0-9]{1,15}) kB")


def read_sysfs(root: Path = SYSFS_NODES) -> Topology:
    """Return this computer's nodes, CPUs, memory and distances as its kernel tells them.

    `root` holds the directories node0, node1 …, one for each online node; their numbers may have
    gaps. A system without them (no NUMA in the kernel, or another system) is one node with all
    CPUs, and the note says so; so does it where distances are missing. Raises UserError where the
    kernel's files contradict each other.
    """
    ids = _online_nodes(root)
    if not ids:
        return _one_node(root)
    nodes = [Node(os_id, _cpus(root / f"node{os_id}"), _memory_kib(root, os_id)) for os_id in ids]
    rows = [_read(root / f"node{os_id}" / "distance") for os_id in ids]
    notes = []
    if all(rows):
        slit = [
            _distances(row, root / f"node{os_id}") for os_id, row in zip(ids, rows, strict=True)
        ]
    else:
        slit = default_slit(len(ids))
        notes.append("the kernel tells no distances: Linux's own default, 20, is assumed")
    return assemble(
        "live",
        nodes,
        slit,
        description="this computer, as its kernel describes it",
        source=str(root),
        notes=notes,
    )


def _online_nodes(root: Path) -> list[int]:
    try:
        names = [entry.name for entry in root.iterdir()]
    except OSError:
        return []
    found = (_NODE_DIRECTORY.fullmatch(name) for name in names)
    ids = sorted(int(match[1]) for match in found if match)
    online = _read(root / "online")
    if not online:
        return ids
    # The directories are made for online nodes only; a tree copied from a machine may have more.
    listed = _numbers(online, root / "online")
    return [os_id for os_id in ids if os_id in listed]


def _cpus(directory: Path) -> tuple[int, ...]:
    cpulist = _read(directory / "cpulist")
    if cpulist is not None:
        return _numbers(cpulist, directory / "cpulist")
    try:
        return parse_cpu_mask(_read(directory / "cpumap") or "")
    except ValueError as error:
        raise UserError(str(error), source=str(directory / "cpumap")) from None


def _memory_kib(root: Path, os_id: int) -> int:
    found = _MEM_TOTAL.search(_read(root / f"node{os_id}" / "meminfo") or "")
    return int(found[1]) if found else 0


def _distances(row: str | None, directory: Path) -> list[int]:
    words = (row or "").split()
    if not all(re.fullmatch(r"[0-9]{1,5}", word) for word in words):
        raise UserError("not a row of distances", "numbers", source=str(directory / "distance"))
    return [int(word) for word in words]


def _numbers(text: str, path: Path) -> tuple[int, ...]:
    try:
        return parse_cpu_list(text)
    except ValueError as error:
        raise UserError(str(error), source=str(path)) from None


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return file.read(_MAX_CHARACTERS)
    except OSError:
        return None


def _one_node(root: Path) -> Topology:
    count = os.cpu_count() or 1
    try:
        memory_kib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    except (AttributeError, OSError, ValueError):
        memory_kib = 0
    return assemble(
        "live",
        [Node(0, tuple(range(count)), max(0, memory_kib))],
        [[SLIT_LOCAL]],
        description="this computer, taken for a single node",
        source=str(root),
        notes=[
            f"{root} lists no nodes (a kernel without NUMA, or another system than Linux):"
            f" one node with all {count} CPUs"
        ],
    )
