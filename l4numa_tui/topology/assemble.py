"""The rules that every machine keeps, whichever reader found it.

Between 1 and 64 nodes with distinct numbers; square matrices in node order; 10 on the diagonal of
the SLIT and 10 to 255 elsewhere (ACPI 6.5, 5.2.17; 255 is unreachable, 0 to 9 are reserved).
Asymmetric matrices, nodes without CPUs and nodes without memory are legal.

A CPU belongs to one node. Where a source lists it on several (hwloc gives a node with memory only
the CPUs it is nearest to), the first node in node order keeps it and the topology's note says so.
"""

from __future__ import annotations

import math
import os.path
from collections.abc import Callable, Iterable, Sequence

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import SLIT_LOCAL, SLIT_UNREACHABLE, Node, Topology
from l4numa_tui.safe_text import safe_text
from l4numa_tui.topology.cpulist import format_cpu_list

MAX_NODES = 64
"""The most nodes a machine may have."""

REMOTE_DISTANCE = 20
"""Linux's distance to every other node where the firmware has no SLIT (linux/topology.h)."""

MAX_MEMORY_KIB = 1 << 40
MAX_OS_ID = 1 << 16
MAX_LATENCY_NS = 1e6
_MAX_NAME = 80
_MAX_TEXT = 1000

Path = tuple[str | int, ...]
Locate = Callable[[Path], int]
"""Gives the line of `("node", i)`, `("distance", i, j)` or `("latency_ns", i, j)`, 0 if unknown."""


def nowhere(path: Path) -> int:
    """Say that no line is known for `path`."""
    del path
    return 0


def file_stem(source: str) -> str:
    """Return a file's name without its directory and suffix, the name of a machine without one."""
    return os.path.splitext(os.path.basename(source))[0] or "machine"


def assemble(
    name: str,
    nodes: Sequence[Node],
    slit: Sequence[Sequence[int]],
    *,
    latency_ns: Sequence[Sequence[float]] = (),
    description: str = "",
    source: str = "",
    notes: Iterable[str] = (),
    locate: Locate = nowhere,
) -> Topology:
    """Return the machine that a reader found, checked against the rules above.

    `slit` and `latency_ns` are in the order of `nodes`; `latency_ns` may be empty. Raises UserError
    with `source` and the line that `locate` gives. Texts are made safe for a terminal.
    """
    _check_nodes(nodes, source, locate)
    _check_square("distance", slit, len(nodes), source, locate)
    _check_slit(slit, source, locate)
    if latency_ns:
        _check_square("latency_ns", latency_ns, len(nodes), source, locate)
        _check_latency(latency_ns, source, locate)
    shared, dropped = _one_node_per_cpu(nodes)
    return Topology(
        name=safe_text(name, limit=_MAX_NAME),
        nodes=shared,
        slit=tuple(tuple(row) for row in slit),
        latency_ns=tuple(tuple(float(value) for value in row) for row in latency_ns),
        description=safe_text(description, limit=_MAX_TEXT),
        source=safe_text(source, limit=_MAX_TEXT),
        note=safe_text("; ".join(note for note in (*notes, dropped) if note), limit=_MAX_TEXT),
    )


def default_slit(count: int) -> list[list[int]]:
    """Return the distances Linux assumes for `count` nodes without a SLIT: 10, and 20 elsewhere."""
    return flat_slit(count, REMOTE_DISTANCE)


def flat_slit(count: int, remote: int) -> list[list[int]]:
    """Return distances for `count` nodes that are all `remote` from one another."""
    nodes = range(count)
    return [[SLIT_LOCAL if i == j else remote for j in nodes] for i in nodes]


def slit_from_latency(latency_ns: Sequence[Sequence[float]]) -> list[list[int]]:
    """Return the SLIT that measured latencies amount to: ten times remote over local, rounded.

    Local is the row's own node. A remote value stays within 10 to 254, also where it was measured
    faster than local memory or more than 25 times slower. The matrix must have passed the checks
    of `assemble`, or be square with positive values.
    """
    return [
        [
            SLIT_LOCAL
            if i == j
            else max(SLIT_LOCAL, min(SLIT_UNREACHABLE - 1, round(10 * value / row[i])))
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(latency_ns)
    ]


def check_latency(
    latency_ns: Sequence[Sequence[float]], count: int, source: str, locate: Locate = nowhere
) -> None:
    """Raise UserError unless `count` rows of latencies are square, positive and below 1 ms."""
    _check_square("latency_ns", latency_ns, count, source, locate)
    _check_latency(latency_ns, source, locate)


def _check_nodes(nodes: Sequence[Node], source: str, locate: Locate) -> None:
    if not nodes:
        raise UserError("the machine has no nodes", "at least one", source=source)
    if len(nodes) > MAX_NODES:
        raise UserError(
            f"the machine has {len(nodes)} nodes",
            f"at most {MAX_NODES}",
            source=source,
            line=locate(("node", MAX_NODES)),
        )
    seen: set[int] = set()
    for index, node in enumerate(nodes):
        line = locate(("node", index))
        if node.os_id in seen:
            raise UserError(f"node {node.os_id} is there twice", source=source, line=line)
        seen.add(node.os_id)
        if not 0 <= node.os_id < MAX_OS_ID:
            raise UserError(
                f"node number {node.os_id}", f"0 to {MAX_OS_ID - 1}", source=source, line=line
            )
        if not 0 <= node.memory_kib <= MAX_MEMORY_KIB:
            raise UserError(
                f"node {node.os_id} has {node.memory_kib} KiB of memory",
                f"0 to {MAX_MEMORY_KIB}",
                source=source,
                line=line,
            )


def _check_square(
    name: str, matrix: Sequence[Sequence[float]], count: int, source: str, locate: Locate
) -> None:
    if len(matrix) != count:
        raise UserError(
            f"`{name}` has {len(matrix)} rows",
            f"{count}, one per node",
            source=source,
            line=locate((name,)),
        )
    for i, row in enumerate(matrix):
        if len(row) != count:
            raise UserError(
                f"row {i} of `{name}` has {len(row)} values",
                f"{count}, one per node",
                source=source,
                line=locate((name, i)),
            )


def _check_slit(slit: Sequence[Sequence[int]], source: str, locate: Locate) -> None:
    for i, row in enumerate(slit):
        for j, value in enumerate(row):
            good = value == SLIT_LOCAL if i == j else SLIT_LOCAL <= value <= SLIT_UNREACHABLE
            if not good:
                raise UserError(
                    f"the distance from node {i} to {'itself' if i == j else f'node {j}'}"
                    f" is {value}",
                    str(SLIT_LOCAL) if i == j else f"{SLIT_LOCAL} to {SLIT_UNREACHABLE}",
                    source=source,
                    line=locate(("distance", i, j)),
                )


def _check_latency(latency_ns: Sequence[Sequence[float]], source: str, locate: Locate) -> None:
    for i, row in enumerate(latency_ns):
        for j, value in enumerate(row):
            if not (math.isfinite(value) and 0 < value <= MAX_LATENCY_NS):
                raise UserError(
                    f"the latency from node {i} to node {j} is {value} ns",
                    f"more than 0 and at most {MAX_LATENCY_NS:.0f}",
                    source=source,
                    line=locate(("latency_ns", i, j)),
                )


def _one_node_per_cpu(nodes: Sequence[Node]) -> tuple[tuple[Node, ...], str]:
    owned: set[int] = set()
    repeated: set[int] = set()
    kept: list[Node] = []
    for node in nodes:
        repeated.update(owned.intersection(node.cpus))
        cpus = tuple(sorted(set(node.cpus) - owned))
        owned.update(cpus)
        kept.append(Node(node.os_id, cpus, node.memory_kib))
    if not repeated:
        return tuple(kept), ""
    return tuple(kept), (
        f"CPUs {format_cpu_list(repeated)} are listed on several nodes; the first keeps them"
    )
