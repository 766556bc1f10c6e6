"""The machine as nested boxes: a box per node with its CPUs, memory, kernel objects and spaces.

Where boxes for all nodes do not fit, each node is one line of a table, or a cell; a strip of one
line is for the smallest terminals.
"""

from __future__ import annotations

from l4numa_tui.views.machine.machine_node import (
    Activity,
    activity,
    change_parts,
    cpu_parts,
    data_parts,
    far_part,
    homes,
    kernel_parts,
    space_parts,
)
from l4numa_tui.views.machine.machine_rows import cells, read_costs, table
from l4numa_tui.views.machine.memory_heat import Heat, HeatBook, frames_per_cell, heat_rows
from l4numa_tui.views.pane_parts import Pen, number, spread
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, edge_style, fit, width_of
from l4numa_tui.views.steps.step_delta import step_delta

MIN_BOX = 18
MAX_ROWS = 6  # of a box, inside its borders
MIN_ROWS = 3
_LABELLED = 26  # columns in a box from which on all its rows have labels
_NAMES = ("kernel", "data")


def machine_map(scene: Scene, width: int, height: int, book: HeatBook | None = None) -> list[Line]:
    """The whole machine, each line exactly `width` columns; the foot line comes last.

    `height` chooses the form: boxes as high as fit, or else one line per node, or else a cell per
    node, side by side. Only of cells there may be more than `height`, for the screen to scroll.
    Whoever shows one scene after the other keeps a `book`, so that not every entry is looked at
    each time.
    """
    pen = Pen(scene)
    delta = step_delta(scene.last)
    now, heat = activity(scene, delta), (book or HeatBook()).heat(scene, delta)
    nodes = scene.world.kernel.machine.nodes
    most = max(1, min(nodes, (width + 1) // (MIN_BOX + 1)))
    stacked = -(-nodes // most)
    rows = (height - 1) // stacked - 2
    if rows >= MIN_ROWS and width >= MIN_BOX:
        lines = _boxes(pen, now, heat, width, -(-nodes // stacked), min(rows, MAX_ROWS))
    elif nodes < height:
        lines = table(pen, now, heat, width)[-(height - 1) :]
    else:
        lines = cells(pen, now, heat, width, height - 2)
    if len(lines) + 1 < height:
        lines.append(_legend(pen, width, counted=nodes >= height))
    matrix = read_costs(pen, width)
    if matrix and len(lines) + len(matrix) + 3 <= height:
        # Only a map that has a screen to itself has so much room.
        lines += [fit([], width), *matrix, fit([], width)]
    return [*lines, machine_foot(scene, width)]


def _legend(pen: Pen, width: int, *, counted: bool) -> Line:
    """What the signs mean; `counted` where a node has a bare number for its mapping entries."""
    example = pen.node_text(0)[0]
    parts = [
        [Segment(f"memory: {example} read on N0", "dim")],
        [Segment("2 on 2 nodes", "dim")],
        [Segment(f"{pen.glyphs.shades[0]} free", "dim")],
        [Segment(f"{pen.glyphs.back} mappings from other nodes", "dim")],
        [Segment("PT page tables", "dim")],
        [Segment("MDB mapping entries", "dim")],
    ]
    if counted:
        parts = [*parts[:3], [Segment("the number: mapping entries", "dim")]]
    return spread(parts, width)


def machine_foot(scene: Scene, width: int) -> Line:
    """What a read costs from near and far, and the totals so far, as much as fits."""
    glyphs, totals = Pen(scene).glyphs, scene.world.totals()
    cost = scene.world.kernel.machine.read_cost
    local = min(cost[node][node] for node in range(len(cost)))
    far = [value for a, row in enumerate(cost) for b, value in enumerate(row) if a != b]
    text = f"read: local {local}"
    if far:
        low, high = min(far), max(far)
        span = f"{low}{glyphs.span}{high}" if high > low else f"{low}"
        ratios = dict.fromkeys(f"{value / local:.1f}" for value in (low, high))
        text += f" remote {span} ({glyphs.times}{glyphs.span.join(ratios)})"
    cross = f" ({number(totals.cross_messages)} across nodes)" if totals.messages else ""
    parts: list[Line] = [
        [Segment(text, "label")],
        [Segment(f"faults {number(totals.faults)}", "value")],
        [Segment(f"messages {number(totals.messages)}", "value"), Segment(cross, "dim")],
        [
            Segment(f"local {number(totals.local)}", "value"),
            Segment(f" remote {number(totals.remote)}", "cross" if totals.remote else "dim"),
        ],
    ]
    if sum(map(width_of, parts)) + 2 * len(parts) - 2 > width:
        parts[2].pop()
    return spread(parts, width)


def machine_strip(scene: Scene, width: int) -> Line:
    """The machine in one line: each node, who acts, entries come and gone, remote accesses.

    Where not all nodes fit, those of the last step are kept and the others counted.
    """
    pen = Pen(scene)
    now = activity(scene, step_delta(scene.last))
    totals = scene.world.totals()
    tail = [Segment(f"remote {totals.remote}/{totals.local + totals.remote}", "value")]
    parts = {
        node: _strip_node(pen, node, now) for node in range(pen.scene.world.kernel.machine.nodes)
    }
    room = width - width_of(tail) - 2
    first = sorted(parts, key=lambda node: (node != now.node, node not in now.changes, node))
    kept: set[int] = set()
    for at, node in enumerate(first):
        rest = len(f"  +{len(first)}") if at < len(first) - 1 else 0
        if width_of(parts[node]) + rest > room:
            break
        kept.add(node)
        room -= width_of(parts[node]) + 2
    shown = [parts[node] for node in sorted(kept)]
    if len(kept) < len(parts):
        shown.append([Segment(f"+{len(parts) - len(kept)}", "dim")])
    return spread([*shown, tail], width)


def _strip_node(pen: Pen, node: int, now: Activity) -> Line:
    glyphs = pen.glyphs
    line = [pen.node(node)]
    if node == now.node:
        name = pen.short(pen.scene.thread_name(now.thread), 12)
        line.append(pen.put(f" {glyphs.acting}{name}", "strong", ("thread", now.thread)))
    else:
        line.append(Segment(f" {glyphs.idle}", "dim"))
    change = change_parts(pen, node, now)
    return [*line, Segment(" "), *change] if change else line


def _boxes(pen: Pen, now: Activity, heat: Heat, width: int, per_row: int, rows: int) -> list[Line]:
    nodes = pen.scene.world.kernel.machine.nodes
    spaces = homes(pen.scene)
    size = (width - per_row + 1) // per_row
    rows = min(rows, MAX_ROWS - 2 + _heat_height(heat, size - 2, rows))
    lines: list[Line] = []
    for start in range(0, nodes, per_row):
        block = [
            _box(pen, now, heat, node, spaces.get(node, []), size, rows)
            for node in range(start, min(start + per_row, nodes))
        ]
        for parts in zip(*block, strict=True):
            line: Line = []
            for part in parts:
                line += [Segment(" "), *part] if line else part
            lines.append(fit(line, width))
    return lines


def _box(
    pen: Pen, now: Activity, heat: Heat, node: int, spaces: list[int], size: int, rows: int
) -> list[Line]:
    """A node's box, `size` columns wide, with `rows` rows inside; heavy where somebody acted."""
    glyphs, style = pen.glyphs, edge_style(node)
    acted = node == now.node
    corners = glyphs.heavy_corners if acted else glyphs.corners
    dash = glyphs.heavy_dash if acted else glyphs.dash
    bar = Segment(glyphs.heavy_bar if acted else glyphs.bar, style)
    title = pen.chip(node)
    far = far_part(pen, heat, node)
    tag: Line = [Segment(" "), far, Segment(" "), Segment(dash, style)] if far.text else []
    filling = dash * (size - len(title.text) - width_of(tag) - 3)
    top: Line = [Segment(corners[0] + dash, style), title, Segment(filling, style), *tag]
    lines: list[Line] = [[*top, Segment(corners[1], style)]]
    lines += [
        [bar, *fit(row, size - 2), bar]
        for row in _inside(pen, now, heat, node, spaces, size - 2, rows)
    ]
    return [*lines, [Segment(corners[2] + dash * (size - 2) + corners[3], style)]]


def _heat_height(heat: Heat, width: int, rows: int) -> int:
    """Rows of a box for memory: the second where some node needs it and there is room."""
    return 2 if rows > 4 and max(heat.allotted) > width - 4 else 1


def _inside(
    pen: Pen, now: Activity, heat: Heat, node: int, spaces: list[int], width: int, rows: int
) -> list[Line]:
    """A box's rows, the most telling first to stay: CPUs, memory, kernel, spaces, data."""
    high = _heat_height(heat, width, rows)
    bucket = frames_per_cell(heat, node, width - 4, high)
    strips = heat_rows(pen, heat, node, width - 4, high)
    if not heat.allotted[node]:
        strips[0] = [Segment("none in use", "dim")]
    names = ["mem ", f"{pen.glyphs.times}{bucket}"[:3].ljust(4) if bucket > 1 else "    "]
    lines = [spread(cpu_parts(pen, node, now), width, 1)]
    lines += [[Segment(name, "label"), *row] for name, row in zip(names, strips, strict=False)]
    # Labels come and go with the width alone, never with what a step did.
    labels = [Segment(f"{name:<7}" if width >= _LABELLED else "", "label") for name in _NAMES]
    room = width - len(labels[0].text)
    lines.append([labels[0], *spread(kernel_parts(pen, node, now), room, 1)])
    if rows > 3:
        homed = space_parts(pen, spaces, width)
        label = [Segment("spaces ", "label")] if width_of(homed) + 7 <= width else []
        lines.append([*label, *homed])
    if rows > 3 + high:
        lines.append([labels[1], *spread(data_parts(pen, node), room, 1)])
    return lines[:rows]
