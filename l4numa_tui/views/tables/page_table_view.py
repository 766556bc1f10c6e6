"""The radix walk of one address: a strip of slots per level, and where the walk ends."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.machine.mmu import (
    FLAG_BITS,
    INDEX_BITS,
    INDEX_MASK,
    LEVELS,
    RIGHTS,
    TABLE,
    TOP_SHIFT,
)
from l4numa_tui.views.inspecting.card import frame_part
from l4numa_tui.views.inspecting.inspect_table import LEVEL_NAMES
from l4numa_tui.views.pane_parts import Pen, clean, count_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import (
    NODE_GLYPHS,
    NODE_GLYPHS_ASCII,
    Line,
    Segment,
    Target,
    fit,
    node_style,
    width_of,
)
from l4numa_tui.views.steps.step_delta import StepDelta, step_delta

_STRIP_AT = 9  # columns before a strip: level, index, bar
_TAIL = 9  # columns after it: bar and frame
_MOST_SLOTS = 128
_ROOMY = 13  # lines from which on every level has a line for its arrow


class WalkLevel(NamedTuple):
    """What a walk reads on one level: the table's frame, the slot in it, and the slot's entry."""

    table: int
    slot: int
    entry: int  # 0 where there is none


def page_table(scene: Scene, space: int, vpn: int, width: int, height: int) -> list[Line]:
    """The walk of page `vpn` through the table of `space`; at most `height` lines of `width`.

    Each level shows the 16, 32, 64 or 128 slots around its index: what they lead to by the glyph
    of its node. A strip of slots needs 35 columns; below that the strips are cut at the right.
    """
    pen = Pen(scene)
    home_root = scene.world.kernel.spaces.rows.get(space)
    if home_root is None:
        return [fit([Segment("the space has ended", "dim")], width)][:height]
    home, root, _ = home_root
    levels = walk_levels(scene, root, vpn)
    delta = step_delta(scene.last)
    room = max(width - _STRIP_AT - _TAIL, 16)
    slots = min(1 << room.bit_length() - 1, _MOST_SLOTS)
    roomy = height >= _ROOMY
    lines = _title(pen, space, vpn, home)
    for depth, level in enumerate(levels):
        lines.append(_level(pen, depth, level, slots, delta))
        last = depth == len(levels) - 1
        if roomy or last:
            lines.append(_arrow(pen, level, slots, width, last=last))
    if roomy:
        lines.append([])
    lines += _verdict(pen, levels, home)
    return [fit(line, width) for line in lines[:height]]


def walk_levels(scene: Scene, root: int, vpn: int) -> list[WalkLevel]:
    """The tables that a walk reads, from the root on."""
    rows = scene.world.kernel.mmu.pte.rows
    levels: list[WalkLevel] = []
    table, shift = root, TOP_SHIFT
    while len(levels) < LEVELS:
        index = vpn >> shift & INDEX_MASK
        entry: int = rows.get(table << INDEX_BITS | index, 0)
        levels.append(WalkLevel(table, index, entry))
        if not entry & TABLE:
            break
        table = entry >> FLAG_BITS
        shift -= INDEX_BITS
    return levels


def _title(pen: Pen, space: int, vpn: int, home: int) -> list[Line]:
    shifts = range(TOP_SHIFT, -1, -INDEX_BITS)
    indexes = ".".join(str(vpn >> shift & INDEX_MASK) for shift in shifts)
    name = clean(pen.scene, pen.scene.space_name(space))
    return [
        [
            Segment("page table of ", "title"),
            pen.put(name, "title", ("space", space)),
            Segment(" "),
            pen.node(home),
        ],
        [
            Segment("va ", "label"),
            pen.put(f"{vpn << PAGE_LOG2:#010x}", "strong", ("entry", entry_id(space, vpn))),
            Segment(f" {pen.glyphs.arrow} {indexes}", "dim"),
        ],
    ]


def _level(pen: Pen, depth: int, level: WalkLevel, slots: int, delta: StepDelta) -> Line:
    """One level: its name, the index, the strip of slots, the table's own frame."""
    glyphs = pen.glyphs
    changed = delta.of("pte")
    rows = pen.scene.world.kernel.mmu.pte.rows
    node_glyphs = NODE_GLYPHS_ASCII if pen.scene.ascii_only else NODE_GLYPHS
    first = level.slot // slots * slots
    line: Line = [
        Segment(f"{LEVEL_NAMES[depth]:<4}", "label"),
        Segment(f"{level.slot:>4}", "strong"),
        Segment(glyphs.bar, "line"),
    ]
    for index in range(first, first + slots):
        key = level.table << INDEX_BITS | index
        entry = rows.get(key, 0)
        mark = " strong" if index == level.slot else ""
        walked: Target | None = ("slot", key) if mark else None
        if key in changed:
            mark += " new" if entry else " gone"
        if not entry:
            text = glyphs.gone if "gone" in mark else glyphs.idle
            line.append(pen.put(text, f"dim{mark}", walked))
        elif entry & TABLE:
            node = node_of(entry >> FLAG_BITS)
            line.append(pen.put(glyphs.full, node_style(node) + mark, walked))
        else:
            frame = entry >> FLAG_BITS
            style = node_style(node_of(frame)) + mark
            line.append(pen.put(node_glyphs[node_of(frame) % 8], style, ("frame", frame)))
    new = level.table in delta.new_tables()
    return [
        *line,
        Segment(glyphs.bar, "line"),
        Segment("+" if new else " ", "new" if new else ""),
        pen.put(frame_text(level.table), node_style(node_of(level.table)), ("frame", level.table)),
    ]


def _arrow(pen: Pen, level: WalkLevel, slots: int, width: int, *, last: bool) -> Line:
    """Below a slot: what its entry leads to, the next table, a frame, or nothing."""
    glyphs = pen.glyphs
    if level.entry and last:
        rights = rights_text(level.entry & RIGHTS)
        what = [*frame_part(pen, level.entry >> FLAG_BITS), Segment(f" {rights}", "value")]
    else:
        what = [Segment("empty", "warn") if last else Segment("next table", "dim")]
    column = _STRIP_AT + level.slot % slots
    room = width_of(what) + 3
    if column + room <= width:
        return [Segment(" " * column + glyphs.elbow + glyphs.acting + " ", "line"), *what]
    before = " " * max(column - room + 1, 0)
    return [Segment(before), *what, Segment(f" {glyphs.back}{glyphs.elbow_left}", "line")]


def _verdict(pen: Pen, levels: list[WalkLevel], home: int) -> list[Line]:
    """What the walk came to, and where the tables lie: all on the space's home, as promised."""
    yes = pen.glyphs.yes
    end = levels[-1].entry
    if not end:
        lines: list[Line] = [[Segment(f"the walk ends at level {len(levels)}: pagefault", "warn")]]
    elif node_of(end >> FLAG_BITS) == home:
        lines = [[Segment("the memory is ", "dim"), Segment("local", "value")]]
    else:
        far = pen.node(node_of(end >> FLAG_BITS))
        lines = [[Segment("the memory is ", "dim"), Segment("remote", "cross"), Segment(", "), far]]
    away = sum(node_of(level.table) != home for level in levels)
    if away:
        lines.append([Segment(f"{count_of(away, 'table')} not on home N{home}", "bad")])
    elif len(levels) == 1:
        lines.append([Segment(f"the root table is on home N{home} {yes}", "good")])
    else:
        lines.append([Segment(f"all {len(levels)} tables are on home N{home} {yes}", "good")])
    return lines
