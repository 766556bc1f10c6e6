"""A machine as a table: what it is and where that is known from, its nodes, and its distances.

The matrices are heat tables: a cell is its value and a glyph from near to far on this machine's own
scale, so that hops show even without colours. Wide machines are cut into blocks of columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.machine.topology import SLIT_LOCAL, SLIT_UNREACHABLE, Topology
from l4numa_tui.safe_text import safe_text
from l4numa_tui.topology.cpulist import format_cpu_list
from l4numa_tui.views.segments import Line, Segment, node_label, node_style, plain

SCHEMA = "l4numa.machine/1"
MIN_WIDTH = 60

_SHADES = " ░▒▓█"
_SHADES_ASCII = " .:+#"
_UNREACHABLE = "×"
_UNREACHABLE_ASCII = "x"
_FARTHEST = len(_SHADES) - 1
_LABEL_WIDTH = 6
_FACT_WIDTH = 10
_FIXED_COLUMNS = 40  # of the node table: everything but the list of CPUs


def machine_lines(topology: Topology, *, width: int = 80, ascii_only: bool = False) -> list[Line]:
    """Return the whole table, at most `width` columns wide but never below 60.

    `ascii_only` keeps to ASCII, also in texts that came with the machine.
    """
    width = max(width, MIN_WIDTH)
    lines = [[Segment(_clean(topology.name, ascii_only)[:width], "title")]]
    facts = {
        "machine": topology.description,
        "source": topology.source,
        "note": topology.note,
    }
    for label, text in facts.items():
        if text:
            lines += _fact(label, _clean(text, ascii_only), width)
    lines += [[], *_node_table(topology, width, ascii_only)]
    lines += [[], *_distances(topology, width, ascii_only)]
    if topology.latency_ns:
        lines += [[], *_latencies(topology, width, ascii_only)]
    lines += [[], _legend(topology, ascii_only)]
    return lines


def plain_text(lines: Sequence[Line]) -> str:
    """Return lines of segments as text, one line feed after each."""
    return "".join(plain(line) + "\n" for line in lines)


def machine_json(topology: Topology) -> dict[str, object]:
    """Return the machine as JSON values, schema `l4numa.machine/1`.

    Matrices are in the order of `nodes`; `latency_ns` is null where nobody measured. CPUs are the
    system's numbers, memory is in KiB, a frame is 4 KiB.
    """
    return {
        "schema": SCHEMA,
        "name": topology.name,
        "description": topology.description,
        "source": topology.source,
        "note": topology.note,
        "cpu_count": topology.cpu_count,
        "nodes": [
            {
                "node": index,
                "os_id": node.os_id,
                "cpus": list(node.cpus),
                "memory_kib": node.memory_kib,
                "frames": node.frames,
            }
            for index, node in enumerate(topology.nodes)
        ],
        "slit": [list(row) for row in topology.slit],
        "latency_ns": [list(row) for row in topology.latency_ns] or None,
    }


def format_memory(memory_kib: int) -> str:
    """Return a memory size in the largest unit that leaves a number of 1 or more: `16.0 GiB`.

    Exact multiples have no decimal below GiB; 0 is `none`.
    """
    if not memory_kib:
        return "none"
    for unit, kib in (("TiB", 1 << 30), ("GiB", 1 << 20), ("MiB", 1 << 10)):
        if memory_kib >= kib:
            exact = unit == "MiB" and memory_kib % kib == 0
            return f"{memory_kib // kib} {unit}" if exact else f"{memory_kib / kib:.1f} {unit}"
    return f"{memory_kib} KiB"


def heat_levels(
    matrix: Sequence[Sequence[float]], low: float, unreachable: float | None = None
) -> list[list[int]]:
    """Return for each cell how far it is on its matrix's own scale: 0 for a node itself, 1 to 4.

    The scale runs from `low` to the largest value other than `unreachable`, which is always 4.
    """
    known = [value for row in matrix for value in row if value != unreachable]
    span = max(known, default=low) - low
    return [
        [
            0
            if i == j
            else _FARTHEST
            if value == unreachable
            else max(1, round(_FARTHEST * (value - low) / span))
            if span > 0
            else 1
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(matrix)
    ]


def _clean(text: str, ascii_only: bool) -> str:
    text = safe_text(text)
    return text.encode("ascii", "replace").decode("ascii") if ascii_only else text


def _fact(label: str, text: str, width: int) -> list[Line]:
    import textwrap  # noqa: PLC0415 - used by this table alone

    rows = textwrap.wrap(text, width - _FACT_WIDTH) or [""]
    labels = [label, *[""] * (len(rows) - 1)]
    return [
        [Segment(f"{word:<{_FACT_WIDTH}}", "label"), Segment(row)]
        for word, row in zip(labels, rows, strict=True)
    ]


def _node_table(topology: Topology, width: int, ascii_only: bool) -> list[Line]:
    room = width - _FIXED_COLUMNS
    heading = (
        f"{'node':<{_LABEL_WIDTH}}{'os id':>6}  {'CPUs':<{room}}  {'memory':>10}  {'frames':>12}"
    )
    lines: list[Line] = [[Segment(heading, "label")]]
    for index, node in enumerate(topology.nodes):
        label = node_label(index, ascii_only=ascii_only)
        first, *more = _wrapped_list(format_cpu_list(node.cpus) or "none", room)
        rest = f"{node.os_id:>6}  {first:<{room}}  {format_memory(node.memory_kib):>10}"
        lines.append(
            [
                Segment(f"{label:<{_LABEL_WIDTH}}", node_style(index), ("node", index)),
                Segment(f"{rest}  {node.frames:>12}"),
            ]
        )
        lines += [[Segment(" " * (_LABEL_WIDTH + 8) + row)] for row in more]
    memory = format_memory(sum(node.memory_kib for node in topology.nodes))
    total = f"{_counted(len(topology.nodes), 'node')}, {_counted(topology.cpu_count, 'CPU')}"
    lines.append([Segment(f"{total}, memory {memory}", "dim")])
    return lines


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _wrapped_list(text: str, room: int) -> list[str]:
    """Break a list after commas so that no row is longer than `room`."""
    rows = [""]
    for word in text.split(","):
        if rows[-1] and len(rows[-1]) + len(word) + 1 > room:
            rows.append("")
        rows[-1] += word + ","
    rows[-1] = rows[-1].removesuffix(",")
    return rows


def _distances(topology: Topology, width: int, ascii_only: bool) -> list[Line]:
    slit = topology.slit
    levels = heat_levels(slit, SLIT_LOCAL, SLIT_UNREACHABLE)
    shades = _SHADES_ASCII if ascii_only else _SHADES
    mark = _UNREACHABLE_ASCII if ascii_only else _UNREACHABLE
    cells = [
        [
            Segment(
                f"{value:>3}{mark if value == SLIT_UNREACHABLE else shades[levels[i][j]]}",
                f"heat{levels[i][j]}",
            )
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(slit)
    ]
    return _blocks("distances (SLIT, 10 is local)", cells, width, ascii_only)


def _latencies(topology: Topology, width: int, ascii_only: bool) -> list[Line]:
    latency_ns = topology.latency_ns
    levels = heat_levels(latency_ns, min(value for row in latency_ns for value in row))
    shades = _SHADES_ASCII if ascii_only else _SHADES
    digits = max(len(f"{value:.1f}") for row in latency_ns for value in row)
    cells = [
        [
            Segment(f" {value:>{digits}.1f}{shades[levels[i][j]]}", f"heat{levels[i][j]}")
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(latency_ns)
    ]
    return _blocks("measured read latencies in ns", cells, width, ascii_only)


def _blocks(title: str, cells: list[list[Segment]], width: int, ascii_only: bool) -> list[Line]:
    """Lay a square matrix out in blocks of columns; rows read the node in front, columns memory."""
    count = len(cells)
    cell_width = len(cells[0][0].text)
    room = (width - _LABEL_WIDTH) // cell_width
    # Blocks of 8 or 16 columns are easier to find one's way in than blocks of 9 or 18.
    step = room if room >= count or room < 8 else room // 8 * 8
    lines: list[Line] = []
    for start in range(0, count, step):
        stop = min(start + step, count)
        part = f", to nodes {start} to {stop - 1}" if count > step else ""
        lines += [[]] if lines else []
        lines.append([Segment(title + part, "title")])
        heading = "".join(f"{column:>{cell_width - 1}} " for column in range(start, stop))
        lines.append([Segment(" " * _LABEL_WIDTH + heading, "label")])
        for index, row in enumerate(cells):
            label = f"{node_label(index, ascii_only=ascii_only):<{_LABEL_WIDTH}}"
            name = Segment(label, node_style(index), ("node", index))
            lines.append([name, *row[start:stop]])
    return lines


def _legend(topology: Topology, ascii_only: bool) -> Line:
    shades = _SHADES_ASCII if ascii_only else _SHADES
    legend: Line = [
        Segment(shades[1], "heat1"),
        Segment(" near to ", "dim"),
        Segment(shades[_FARTHEST], "heat4"),
        Segment(" far on this machine's own scale", "dim"),
    ]
    if any(SLIT_UNREACHABLE in row for row in topology.slit):
        mark = _UNREACHABLE_ASCII if ascii_only else _UNREACHABLE
        legend.append(Segment(f", {mark} unreachable", "dim"))
    return legend
