"""One frame in full: its whole derivation tree, a line for each entry, and who made it when."""

from __future__ import annotations

from collections.abc import Callable, Collection

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.memory import ENTRY_BYTES
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.views.forest.facts import PAGE_DIGITS, Facts
from l4numa_tui.views.forest.marks import marks_of
from l4numa_tui.views.forest.tree import Item, children_of, frame_items, target_of
from l4numa_tui.views.pane_parts import MARK_STYLES, Pen, count_of, number, rights_part, spread
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_GONE, Line, Segment, Target, fit, node_style, width_of

# (table, keys) -> for each key the step that put it there and the newest that wrote it; 0: boot.
Writers = Callable[[str, Collection[int]], dict[int, tuple[int, int]]]

HEAD_ROWS = 3  # lines that need not scroll: what the frame is, what keeps it, the columns' names
_COLUMNS = (  # heading, width, and the least width of the whole for which there is room
    ("address", 10, 0),
    ("rights", 7, 0),
    ("used", 5, 62),
    ("kernel", 9, 74),
    ("made", 10, 0),
    ("changed", 13, 66),
)


def mapped_frames(scene: Scene) -> list[int]:
    """The frames that anything was mapped from, and those the last step took away, in order."""
    child = scene.world.kernel.database.child.rows
    frames = {vpn_of(page) for page in child if space_of(page) == SIGMA0}
    return sorted(frames | marks_of(scene.last).frames.keys())


def frame_view(scene: Scene, writers: Writers | None, frame: int, width: int) -> list[Line]:
    """A frame's entries as lines of `width` columns, the first `HEAD_ROWS` of which are its head.

    `writers` tells which steps made and changed entries; without it those columns stay empty.
    """
    facts, pen = Facts(scene), Pen(scene)
    marks = marks_of(scene.last)
    facts.ended = marks.ended
    items = frame_items(facts, frame, marks.frames.get(frame, {}), set(), all_=False)
    keys = {item.entry: _key(facts, item.entry) for item in items[1:]}
    steps = writers("mdb", frozenset(keys.values())) if writers else {}
    columns = [(name, size) for name, size, least in _COLUMNS if width >= least]
    tree = width - sum(size for _, size in columns)
    lines = [fit(line, width) for line in _head(pen, facts, frame, items, width)]
    names = [Segment("space".ljust(max(tree, 0)), "label")]
    names += [Segment(name.ljust(size), "label") for name, size in columns]
    lines.append(fit(names, width))
    for index, stem in enumerate(_stems(facts, items)):
        item = items[index]
        cells = _cells(pen, facts, frame, item, steps.get(keys.get(item.entry, -1)))
        line = fit(_led(pen, stem, _name(pen, facts, item), tree), tree)
        for name, size in columns:
            line += fit(cells.get(name, []), size)
        lines.append(fit(line, width))
    if len(items) == 1:
        lines.append(fit([Segment("nobody has it from sigma0", "dim")], width))
    return lines


def _key(facts: Facts, entry: int) -> int:
    """The number under which the database keeps an entry: of 2 MiB, that of its first page."""
    if entry in facts.rows:
        return entry
    around = facts.database.large_around(entry)
    return entry if around is None else around


def _head(pen: Pen, facts: Facts, frame: int, items: list[Item], width: int) -> list[Line]:
    """What the frame is, what it backs, and what its entries take of whose kernel memory."""
    node, live = node_of(frame), [item for item in items[1:] if item.mark != MARK_GONE]
    title: Line = [Segment(f"frame {frame_text(frame)} ", "title"), pen.node(node)]
    title.append(Segment(" memory ", "label"))
    pages = {
        (facts.members[item.space][0].number, vpn_of(item.entry)): facts.members[item.space][0].name
        for item in live
        if item.space in facts.members
    }
    for (application, vpn), name in sorted(pages.items()):
        text = f" page {vpn:#x} of {pen.short(name, 16)}"
        title.append(pen.put(text, "value", ("page", application, vpn)))
    homes: dict[int, int] = {}
    for item in live:
        home = facts.home(item.space)
        homes[home] = homes.get(home, 0) + 1
    kept: Line = [Segment(f"{count_of(len(live), 'entry')}  kernel memory ", "label")]
    kept.append(Segment(f"{number(len(live) * ENTRY_BYTES)} B", "strong"))
    parts: list[Line] = [kept]
    for home, entries in sorted(homes.items()):
        text = f"{pen.node_text(home)} {number(entries * ENTRY_BYTES)}"
        parts.append([Segment(text, node_style(home), ("node", home))])
    while sum(width_of(part) + 2 for part in parts) > width and len(parts) > 1:
        parts.pop()
    if len(parts) <= len(homes):
        parts[-1] = [*parts[-1], Segment(f" {pen.glyphs.cut}", "dim")]
    return [title, spread(parts, width)]


def _stems(facts: Facts, items: list[Item]) -> list[Line]:
    """The lines that lead to each item, from those above it."""
    glyphs, children = facts.glyphs, children_of(items)
    last = {kids[-1] for kids in children if kids}
    rails: dict[int, str] = {0: ""}
    stems: list[Line] = [[]]
    for index, item in enumerate(items[1:], 1):
        above, ends = rails[item.up], index in last
        rails[index] = above + ("   " if ends else f"{glyphs.rail}  ")
        crosses = facts.home(item.space) != facts.home(items[item.up].space)
        dash = glyphs.dotted if item.given else glyphs.double if crosses else glyphs.single
        joint, head = (
            (glyphs.last if ends else glyphs.middle),
            glyphs.given if item.given else glyphs.head,
        )
        edge = Segment(dash + head, "cross" if crosses else "line")
        stems.append([Segment(above + joint, "line"), edge])
    return stems


def _led(pen: Pen, stem: Line, name: Line, width: int) -> Line:
    """A name behind its stem; of the stem of a deep entry what is nearest to it."""
    over = width_of(stem) + width_of(name) - width
    if over <= 0:
        return [*stem, *name]
    out: Line = []
    for segment in stem:
        cut = min(over, len(segment.text))
        out.append(segment._replace(text=segment.text[cut:]))
        over -= cut
    text = out[0].text if out else ""
    return [*([Segment(pen.glyphs.cut + text[1:], "line")] if text else out[:1]), *out[1:], *name]


def _name(pen: Pen, facts: Facts, item: Item) -> Line:
    """An item's mark, home and space."""
    target: Target = ("space", SIGMA0) if item.up < 0 else target_of(facts, item)
    home = facts.home(item.space)
    sign = facts.glyphs.gone if item.mark == MARK_GONE else item.mark or " "
    style = MARK_STYLES.get(item.mark, "")
    return [
        Segment(sign, style, target),
        pen.put(facts.label(home), f"chip{home % 8} {style}".rstrip(), target),
        pen.put(f" {facts.name(item.space)}", f"strong {style}".rstrip(), target),
    ]


def _cells(
    pen: Pen, facts: Facts, frame: int, item: Item, steps: tuple[int, int] | None
) -> dict[str, Line]:
    """What stands in the columns behind an item's name."""
    vpn = vpn_of(item.entry)
    where = frame_text(frame) if vpn == frame else f"v{vpn:0{PAGE_DIGITS}x}"
    large = item.up >= 0 and item.mark != MARK_GONE and facts.is_large(item.entry)
    cells: dict[str, Line] = {
        "address": [Segment(where, "value"), Segment(" 2M" if large else "", "label")],
        "rights": rights_part(item.rights),
    }
    if item.up < 0:
        return {**cells, "made": [Segment("owns it", "dim")]}
    if item.mark != MARK_GONE:
        cells["used"] = rights_part(facts.used.get(item.entry, 0))
        home = facts.home(item.space)
        cells["kernel"] = [
            Segment(f"{ENTRY_BYTES} B ", "value"),
            Segment(pen.node_text(home), node_style(home)),
        ]
    if steps is not None:
        made, changed = steps
        cells["made"] = [_step(pen, made)]
        gone = item.mark == MARK_GONE
        if changed != made or gone:
            cells["changed"] = [Segment("gone " if gone else "", "bad"), _step(pen, changed)]
    return cells


def _step(pen: Pen, step: int) -> Segment:
    return pen.put(f"step {step}" if step else "boot", "value", ("step", step))


def frame_of_target(scene: Scene, target: Target | None) -> int | None:
    """The frame that somebody who selected `target` would like to see; None where it is unclear."""
    kernel = scene.world.kernel
    match target:
        case ("frame" | "run", frame):
            return frame
        case ("entry" | "ghost", entry):
            row = kernel.database.row(entry)
            if row is not None:
                return row[0]
            found = [f for f, marked in marks_of(scene.last).frames.items() if entry in marked]
            return found[0] if found else None
        case ("page", application, vpn):
            found_app = scene.world.system.roster.applications.get(application)
            for space in found_app.spaces.values() if found_app else ():
                row = kernel.database.row(entry_id(space, vpn))
                if row is not None:
                    return row[0]
        case ("node", node):
            return next((each for each in mapped_frames(scene) if node_of(each) == node), None)
    return None
