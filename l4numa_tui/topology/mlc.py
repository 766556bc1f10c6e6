"""The latency matrix of Intel's Memory Latency Checker, `mlc --latency_matrix`.

Rows are the nodes whose CPUs measured, columns the nodes whose memory they read; a node without
CPUs has a column only. The text says nothing of CPU numbers and memory sizes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import (
    MAX_NODES,
    Locate,
    Path,
    assemble,
    check_latency,
    file_stem,
    slit_from_latency,
)

ASSUMED_MEMORY_KIB = 1 << 20
"""Memory of each node of a machine of which only latencies are known: 1 GiB."""

_TITLE = re.compile(r"Measuring idle latencies\b.*")
_HEADER = re.compile(r"(?:Numa node|Socket)((?:\s+[0-9]{1,6})+)")
_ROW = re.compile(r"([0-9]{1,6})((?:\s+(?:[0-9]{1,9}(?:\.[0-9]{1,9})?|-))+)")
_MAX_GAP = 3  # lines between the title and the heading of the columns


def read_mlc(text: str, source: str) -> Topology:
    """Return the machine that an MLC latency matrix amounts to.

    `latency_ns` is what was measured. The SLIT is derived from it, each measuring node gets one
    CPU and each node 1 GiB; the note says so. Raises UserError with file and line.
    """
    ids, measured, lines = _read_matrix(text, source)
    return latency_machine(
        file_stem(source),
        ids,
        [measured.get(os_id) for os_id in ids],
        description="from mlc --latency_matrix",
        source=source,
        lines=lines,
    )


def latency_machine(
    name: str,
    ids: Sequence[int],
    rows: Sequence[Sequence[float | None] | None],
    *,
    description: str = "",
    source: str = "",
    note: str = "",
    lines: Sequence[int] = (),
) -> Topology:
    """Return a machine of which only read latencies in nanoseconds are known.

    `rows[i]` is what CPUs of node `ids[i]` measured, None for a node without CPUs; within a row,
    None is a pair that nobody measured. Such gaps are filled so that the matrix is square, though
    no CPU of the machine will use them: with the opposite direction, else with what the nearest
    measuring node sees, and a node's own latency with that node's own. `lines` are the rows' lines
    in `source`. Raises UserError.
    """

    def locate(path: Path) -> int:
        row = path[1] if len(path) > 1 else 0
        return lines[row] if isinstance(row, int) and row < len(lines) else 0

    count = len(ids)
    if count > MAX_NODES:
        what = f"the machine has {count} nodes"
        raise UserError(what, f"at most {MAX_NODES}", source=source, line=locate(()))
    latency_ns = _complete(rows, source, locate)
    check_latency(latency_ns, count, source, locate)
    nodes = []
    for index, os_id in enumerate(ids):
        cpus = (sum(1 for row in rows[:index] if row),) if rows[index] else ()
        nodes.append(Node(os_id, cpus, ASSUMED_MEMORY_KIB))
    return assemble(
        name,
        nodes,
        slit_from_latency(latency_ns),
        latency_ns=latency_ns,
        description=description,
        source=source,
        notes=[
            note,
            "latencies are measured; distances are ten times remote over local latency; one CPU"
            " per measuring node and 1 GiB per node are assumed",
        ],
        locate=locate,
    )


def with_latency(topology: Topology, text: str, source: str) -> Topology:
    """Return `topology` with the latencies of an MLC output of the same machine.

    Its distances stay as they were: what firmware says and what is measured are two things. Raises
    UserError where the two do not name the same nodes.
    """
    measured = read_mlc(text, source)
    ids = [node.os_id for node in topology.nodes]
    if sorted(ids) != sorted(node.os_id for node in measured.nodes):
        raise UserError("the latencies are of other nodes", f"nodes {ids}", source=source)
    place = {node.os_id: index for index, node in enumerate(measured.nodes)}
    order = [place[os_id] for os_id in ids]
    return assemble(
        topology.name,
        topology.nodes,
        topology.slit,
        latency_ns=[[measured.latency_ns[i][j] for j in order] for i in order],
        description=topology.description,
        source=topology.source,
        notes=[topology.note, "latencies measured by MLC"],
    )


def _read_matrix(
    text: str, source: str
) -> tuple[list[int], dict[int, list[float | None]], list[int]]:
    lines = [line.strip() for line in text.split("\n")]
    start = next((i for i, line in enumerate(lines) if _TITLE.fullmatch(line)), None)
    if start is None:
        raise UserError("no latency matrix", "the output of mlc --latency_matrix", source=source)
    header = None
    for at in range(start + 1, min(start + 1 + _MAX_GAP, len(lines))):
        header = _HEADER.fullmatch(lines[at])
        if header:
            break
    if header is None:
        raise UserError(
            "no heading of the matrix", "`Numa node 0 1 …`", source=source, line=start + 1
        )
    ids = [int(word) for word in header[1].split()]
    measured: dict[int, list[float | None]] = {}
    places: dict[int, int] = {}
    for number, line in enumerate(lines[at + 1 :], start=at + 2):
        row = _ROW.fullmatch(line)
        if not row:
            break
        values = [None if word == "-" else float(word) for word in row[2].split()]
        os_id = int(row[1])
        if len(values) != len(ids) or os_id not in ids or os_id in measured:
            raise UserError(
                f"row {os_id} has {len(values)} latencies",
                f"one row a node, {len(ids)} latencies each",
                source=source,
                line=number,
            )
        measured[os_id] = values
        places[os_id] = number
    if not measured:
        raise UserError("the matrix has no rows", "latencies in ns", source=source, line=at + 1)
    return ids, measured, [places.get(os_id, at + 1) for os_id in ids]


def _complete(
    rows: Sequence[Sequence[float | None] | None], source: str, locate: Locate
) -> list[list[float]]:
    """Fill what nobody measured; see `latency_machine`."""
    count = len(rows)
    known = [list(row) if row else [None] * count for row in rows]
    complete: list[list[float]] = []
    for i in range(count):
        reach = [
            (value, j)
            for j, row in enumerate(known)
            if j != i and (value := row[i]) is not None and row[j] is not None
        ]
        near = min(reach)[1] if reach else i
        filled: list[float] = []
        for j in range(count):
            sources = [known[i][j], known[j][i], known[near][j]]
            if i == j:
                sources = [known[i][i], known[near][near]]
            value = next((found for found in sources if found is not None), None)
            if value is None:
                raise UserError(
                    f"no latency from node {i} to node {j}",
                    "a row for each node with CPUs",
                    source=source,
                    line=locate(("latency_ns", i)),
                )
            filled.append(value)
        complete.append(filled)
    return complete
