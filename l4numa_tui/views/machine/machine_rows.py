"""Machines of too many nodes for boxes: a line for each node, or a cell where lines do not fit."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel import memory
from l4numa_tui.views.machine.machine_node import (
    Activity,
    change_parts,
    cpu_parts,
    far_part,
    homes,
    kernel_parts,
    space_parts,
)
from l4numa_tui.views.machine.machine_table import heat_levels
from l4numa_tui.views.machine.memory_heat import Heat, heat_rows
from l4numa_tui.views.pane_parts import Pen, spread
from l4numa_tui.views.segments import Line, Segment, fit, node_style, plain, width_of

_MARK, _NAME = 1, 5  # columns of the mark of who acted, and of a node's name
_FAR = 5  # columns for the mappings from other nodes
_CPUS = 20
_MEMORY = 40  # columns for memory at most
_MIN_CELL = 9
_ROOMY = 30  # columns of a cell, without its name, from which on it has page tables as well


class _Columns(NamedTuple):
    """The widths of a table's columns; 0 for one that has no room."""

    kernel: int
    cpus: int
    memory: int
    far: int
    spaces: int


def table(pen: Pen, now: Activity, heat: Heat, width: int) -> list[Line]:
    """A line for each node under a heading: kernel objects, CPUs, memory, spaces, what fits."""
    nodes = range(pen.scene.world.kernel.machine.nodes)
    objects = [spread(kernel_parts(pen, node, now), max(width - 6, 0), 1) for node in nodes]
    columns = _columns(heat, width, max(len(plain(line)) for line in objects))
    spaces = homes(pen.scene)
    lines = [_heading(columns, width)]
    for node in nodes:
        mark = pen.glyphs.here if node == now.node else " "
        label = pen.node(node)
        line: Line = [
            Segment(mark, "strong"), label, Segment(" " * (_NAME - len(label.text))),
            *fit(objects[node], columns.kernel), Segment(" "),
            *spread(cpu_parts(pen, node, now), max(columns.cpus, 0), 1), Segment(" "),
        ]  # fmt: skip
        if columns.memory:
            cells = heat_rows(pen, heat, node, columns.memory, 1)[0]
            line += [*fit(cells, columns.memory), Segment(" ")]
        if columns.far:
            line += [*fit([far_part(pen, heat, node)], columns.far), Segment(" ")]
        if columns.spaces:
            line += space_parts(pen, spaces.get(node, []), columns.spaces)
        lines.append(fit(line, width))
    return lines


def _columns(heat: Heat, width: int, kernel: int) -> _Columns:
    kernel = max(10, kernel)
    left = width - _MARK - _NAME - kernel - 1
    cpus = min(_CPUS, left)
    left -= cpus + 1
    used = max(8, *heat.allotted)
    cells = min(_MEMORY, used, left) if left >= 20 else 0
    left -= cells + bool(cells)
    far = _FAR if left >= _FAR else 0
    left -= far + bool(far)
    return _Columns(kernel, cpus, cells, far, left if left > 5 else 0)


def _heading(columns: _Columns, width: int) -> Line:
    names = ("kernel", "CPUs", "memory", "far", "spaces")
    words = [
        f"{name:<{size}}"[:size] for name, size in zip(names, columns, strict=True) if size > 0
    ]
    return fit([Segment(f" {'node':<{_NAME}}{' '.join(words)}", "label")], width)


def cells(pen: Pen, now: Activity, heat: Heat, width: int, rows: int) -> list[Line]:
    """All nodes side by side in as few columns as `rows` lines ask for, counted downwards.

    A cell is a node's name, `▶` where the last step happened, its memory in as many shades as
    fit, and its mapping entries, or what the last step did to them.
    """
    nodes = pen.scene.world.kernel.machine.nodes
    most = max(1, (width + 1) // (_MIN_CELL + 1))
    per_row = min(most, -(-nodes // max(rows, 1)))
    deep = -(-nodes // per_row)
    size = max((width - per_row + 1) // per_row, 1)
    lines: list[Line] = []
    for row in range(deep):
        line: Line = []
        for node in range(row, nodes, deep):
            line += [Segment(" ")] if line else []
            line += _cell(pen, now, heat, node, size)
        lines.append(fit(line, width))
    return lines


def _cell(pen: Pen, now: Activity, heat: Heat, node: int, size: int) -> Line:
    nodes = pen.scene.world.kernel.machine.nodes
    acts = node == now.node
    label = pen.chip(node, pen.node_text(node)) if acts else pen.node(node)
    name = len(pen.node_text(nodes - 1))
    tables, entries = kernel_parts(pen, node, now)
    objects = [*tables, Segment(" "), *entries]
    room = size - name - 1
    if room < _ROOMY:
        objects = change_parts(pen, node, now) or [Segment(_entries(pen, node), "value")]
    count = max(width_of(objects), 14 if room >= _ROOMY else 3)
    strip = heat_rows(pen, heat, node, max(min(room - count - 1, _MEMORY), 1), 1)[0]
    mark = Segment(pen.glyphs.acting if acts else " ", f"{node_style(node)} strong")
    wide = room - count > 1
    line: Line = [label, Segment(" " * (name - len(label.text))), mark, *strip]
    gap = max(size - width_of(line) - width_of(objects), int(wide))
    return fit([*line, Segment(" " * gap), *objects], size)


def _entries(pen: Pen, node: int) -> str:
    """How many mapping entries are homed on a node, in three columns where that is possible."""
    count = pen.scene.world.kernel.memory.count.rows.get(node << 4 | memory.ENTRY, 0)
    return str(count) if count < 1000 else f"{count // 1000}k"


def read_costs(pen: Pen, width: int) -> list[Line]:
    """What a read costs from each node (rows) to the memory of each (columns), near to far.

    Nothing for a machine of one node, or where the columns do not fit.
    """
    cost = pen.scene.world.kernel.machine.read_cost
    nodes = len(cost)
    column = max(5, len(str(max(map(max, cost)))) + 2)
    if nodes < 2 or _NAME + nodes * column > width:
        return []
    shades = pen.glyphs.shades
    levels = heat_levels(cost, min(map(min, cost)))
    head: Line = [Segment(" " * _NAME)]
    for node in range(nodes):
        head += [
            Segment(" " * (column - len(pen.node_text(node)) - 1)),
            pen.node(node),
            Segment(" "),
        ]
    lines: list[Line] = [[Segment("cycles of a read, by reader and memory", "title")], head]
    for node, row in enumerate(cost):
        line: Line = [pen.node(node), Segment(" " * (_NAME - len(pen.node_text(node))))]
        for value, level in zip(row, levels[node], strict=True):
            text = f"{value}{shades[level] if level else ' '}"
            line.append(Segment(f"{text:>{column}}", f"heat{level}"))
        lines.append(line)
    return [fit(line, width) for line in lines]
