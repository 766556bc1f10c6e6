"""The machine as nested boxes: a box per node with its CPUs, memory, kernel objects and spaces.

Where boxes for all nodes do not fit, each node is one line of a table; a strip of one line is for
the smallest terminals.
"""

from __future__ import annotations

from l4numa_tui.views.machine_node import (
    Activity,
    activity,
    change_parts,
    cpu_parts,
    data_parts,
    homes,
    kernel_parts,
    space_parts,
)
from l4numa_tui.views.memory_heat import Heat, HeatBook, bucket_size, heat_rows
from l4numa_tui.views.pane_parts import Pen, number, spread
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, fit, node_style, plain, width_of
from l4numa_tui.views.step_delta import step_delta

MIN_BOX = 18
MAX_ROWS = 6  # of a box, inside its borders
MIN_ROWS = 3


def machine_map(scene: Scene, width: int, height: int, book: HeatBook | None = None) -> list[Line]:
    """The whole machine, each line exactly `width` columns; the foot line comes last.

    `height` chooses the form: boxes as high as fit, or else one line per node. Then there may be
    more lines than `height`, for the screen to scroll. Whoever shows one scene after the other
    keeps a `book`, so that not every entry is looked at each time.
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
    else:
        lines = _table(pen, now, heat, width)
    if len(lines) + 1 < height:
        lines.append(_legend(pen, width))
    return [*lines, machine_foot(scene, width)]


def _legend(pen: Pen, width: int) -> Line:
    example = pen.node_text(0)[0]
    parts = [
        [Segment(f"memory: {example} read on N0", "dim")],
        [Segment("2 shared by 2 nodes", "dim")],
        [Segment(f"{pen.glyphs.shades[0]} free", "dim")],
        [Segment("PT page tables", "dim")],
        [Segment("MDB mapping entries", "dim")],
    ]
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
    glyphs, style = pen.glyphs, node_style(node)
    acted = node == now.node
    corners = glyphs.heavy_corners if acted else glyphs.corners
    dash = glyphs.heavy_dash if acted else glyphs.dash
    bar = Segment(glyphs.heavy_bar if acted else glyphs.bar, style)
    title = pen.chip(node)
    filling = dash * (size - len(title.text) - 3)
    lines: list[Line] = [
        [Segment(corners[0] + dash, style), title, Segment(filling + corners[1], style)]
    ]
    lines += [
        [bar, *fit(row, size - 2), bar]
        for row in _inside(pen, now, heat, node, spaces, size - 2, rows)
    ]
    return [*lines, [Segment(corners[2] + dash * (size - 2) + corners[3], style)]]


def _inside(
    pen: Pen, now: Activity, heat: Heat, node: int, spaces: list[int], width: int, rows: int
) -> list[Line]:
    """A box's rows, the most telling first to stay: CPUs, memory, kernel, spaces, data."""
    high = 2 if rows > 4 else 1
    bucket = bucket_size(heat, node, (width - 4) * high)
    strips = heat_rows(pen, heat, node, width - 4, high)
    if not heat.allotted[node]:
        strips[0] = [Segment("none in use", "dim")]
    names = ["mem ", f"{pen.glyphs.times}{bucket}"[:3].ljust(4) if bucket > 1 else "    "]
    lines = [spread(cpu_parts(pen, node, now), width, 1)]
    lines += [[Segment(name, "label"), *row] for name, row in zip(names, strips, strict=False)]
    lines.append(_labelled("kernel ", spread(kernel_parts(pen, node, now), width, 1), width))
    if rows > 3:
        lines.append(_labelled("spaces ", space_parts(pen, spaces, width), width))
    if rows > 5:
        lines.append(_labelled("data   ", spread(data_parts(pen, node), width, 1), width))
    return lines[:rows]


def _labelled(label: str, line: Line, width: int) -> Line:
    """A row with its label, or without where that leaves no room for all of the row."""
    if len(plain(line)) + len(label) > width:
        return line
    return [Segment(label, "label"), *line]


def _table(pen: Pen, now: Activity, heat: Heat, width: int) -> list[Line]:
    """One line per node: what fits of CPUs, memory, kernel objects and spaces."""
    room = width - 7
    nodes = range(pen.scene.world.kernel.machine.nodes)
    objects = [spread(kernel_parts(pen, node, now), max(room, 0), 1) for node in nodes]
    kernel = max(10, *(len(plain(line)) for line in objects))
    cpus = min(20, room - kernel - 1)
    cells = min(40, room - kernel - cpus - 2) if room >= 60 else 0
    left = room - kernel - cpus - cells - 3
    spaces = homes(pen.scene)
    lines = []
    for node in nodes:
        mark = pen.glyphs.here if node == now.node else " "
        label = pen.node(node)
        line: Line = [
            Segment(mark, "strong"), label, Segment(" " * (6 - len(label.text))),
            *fit(objects[node], kernel), Segment(" "),
            *spread(cpu_parts(pen, node, now), max(cpus, 0), 1), Segment(" "),
        ]  # fmt: skip
        if cells:
            line += [*fit(heat_rows(pen, heat, node, cells, 1)[0], cells), Segment(" ")]
        if left > 5:
            line += space_parts(pen, spaces.get(node, []), left)
        lines.append(fit(line, width))
    return lines
