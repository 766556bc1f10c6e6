"""An application's pages against its per-node spaces: holes are the faults still to come."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.userland.regions import FIRST_TOUCH, KINDS, NODE_LOCAL, PRIVATE, Application, Region
from l4numa_tui.views.pane_parts import Pen, clean, number, spread
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

_LABEL = 6  # columns of a node's name
_GAP = 2
MAPPED, FORBIDDEN, BACKED, HOLE = range(4)  # what a page is on a node


def page_grid(scene: Scene, application: int, width: int, height: int) -> list[Line]:
    """A row per node, a cell per page, a block per region; lines are exactly `width` columns.

    A cell is the glyph of the node on which the page's frame lies, `≠` for a node-local page that
    has a frame of its own there, `·` for a hole, `∘` for one whose page has a frame already, `×`
    where the node may not use the page. There may be more lines than `height`, for the screen to
    scroll: `height` only decides whether blocks are kept apart by an empty line. An unknown
    application gives one line.
    """
    pen = Pen(scene)
    found = scene.world.system.roster.applications.get(application)
    if found is None:
        return [fit([Segment("no application", "dim")], width)]
    delta = step_delta(scene.last)
    blocks = _blocks(pen, found, max(width - _LABEL, 1))
    bands = _bands(blocks, width)
    spaced = len(bands) * (len(found.spaces) + 3) + 2 <= height
    lines = [_heading(pen, found)]
    for band in bands:
        lines += [[]] if spaced and len(lines) > 1 else []
        lines += _band(pen, found, band, delta)
    return [fit(line, width) for line in [*lines, _legend(pen, width)]]


class _Block:
    """Neighbouring pages of one region, shown side by side."""

    def __init__(self, region: Region, first: int, pages: int, title: str) -> None:
        self.region = region
        self.first = first
        self.pages = pages
        self.title = title
        self.width = max(pages, len(title))


def _blocks(pen: Pen, application: Application, room: int) -> list[_Block]:
    """Every region cut into blocks that fit; of large regions only blocks in which a page is used.

    The first block of a region is always there, so that every region can be seen.
    """
    used: dict[int, set[int]] = {}
    per_block = room // 8 * 8 or room
    rows = pen.scene.world.system.directory.rows.rows
    for number_, vpn, _ in rows:
        if number_ == application.number:
            region = application.region_of(vpn)
            if region is not None:
                at = (vpn - region.first) // per_block
                used.setdefault(region.first, set()).add(at)
    blocks: list[_Block] = []
    for region in application.regions:
        last = (region.pages - 1) // per_block
        every = last < 4  # a few blocks are all shown, used or not
        places = range(last + 1) if every else sorted({0} | used.get(region.first, set()))
        for at in places:
            first = region.first + at * per_block
            pages = min(per_block, region.first + region.pages - first)
            title = _title(pen, region) if at == 0 else f"{first:#x}"
            blocks.append(_Block(region, first, pages, title[:room]))
    return blocks


def _title(pen: Pen, region: Region) -> str:
    kind = KINDS[region.kind].replace("_", "-")
    where = "" if region.node == FIRST_TOUCH else f" on N{region.node}"
    name = clean(pen.scene, region.name)
    return f"{name} {region.first:#x} {kind}{where} {pen.glyphs.times}{number(region.pages)}"


def _bands(blocks: list[_Block], width: int) -> list[list[_Block]]:
    """Put as many blocks beside each other as fit."""
    bands: list[list[_Block]] = []
    left = 0
    for block in blocks:
        if not bands or block.width + _GAP > left:
            bands.append([])
            left = width - _LABEL + _GAP
        bands[-1].append(block)
        left -= block.width + _GAP
    return bands


def _band(pen: Pen, application: Application, band: list[_Block], delta: StepDelta) -> list[Line]:
    titles: Line = [Segment(" " * _LABEL)]
    ruler: Line = [Segment(" " * _LABEL)]
    for block in band:
        titles.append(Segment(block.title.ljust(block.width + _GAP), "label"))
        ruler.append(Segment(_ruler(block).ljust(block.width + _GAP), "dim"))
    lines = [titles, ruler]
    for node in sorted(application.spaces):
        label = pen.node(node)
        line: Line = [label, Segment(" " * (_LABEL - len(label.text)))]
        for block in band:
            start = width_of(line)
            for vpn in range(block.first, block.first + block.pages):
                line.append(_cell(pen, application, block.region, node, vpn, delta))
            line.append(Segment(" " * (block.width + _GAP - (width_of(line) - start))))
        lines.append(line)
    return lines


def _ruler(block: _Block) -> str:
    """The last hexadecimal digit of every fourth page."""
    return "".join(
        f"{vpn & 15:x}" if vpn % 4 == 0 else " "
        for vpn in range(block.first, block.first + block.pages)
    )


def _cell(
    pen: Pen, application: Application, region: Region, node: int, vpn: int, delta: StepDelta
) -> Segment:
    entry = entry_id(application.spaces[node], vpn)
    page: Target = ("page", application.number, vpn)
    state, there = cell_state(pen.scene, application, region, node, vpn)
    if state == MAPPED:
        mark = " new" if entry in delta.added else " changed" if entry in delta.altered else ""
        glyphs = NODE_GLYPHS_ASCII if pen.scene.ascii_only else NODE_GLYPHS
        glyph = pen.glyphs.local if region.kind == NODE_LOCAL else glyphs[there % 8]
        return pen.put(glyph, node_style(there) + mark, ("entry", entry))
    if entry in delta.removed:
        return pen.put(pen.glyphs.gone, "gone", page)
    if state == FORBIDDEN:
        return pen.put(pen.glyphs.times, "dim", page)
    known = state == BACKED
    return pen.put(pen.glyphs.known if known else pen.glyphs.idle, "warn" if known else "dim", page)


def cell_state(
    scene: Scene, application: Application, region: Region, node: int, vpn: int
) -> tuple[int, int]:
    """What a page is on a node, and where its memory lies if it is MAPPED, else -1.

    FORBIDDEN: the node may not use it. BACKED: a hole whose page has a frame already, which the
    fault will show. HOLE: the page has none yet.
    """
    entry = entry_id(application.spaces[node], vpn)
    row = scene.world.kernel.database.entries.rows.get(entry)
    if row is not None:
        return MAPPED, node_of(row[0])
    if region.kind == PRIVATE and region.node not in (FIRST_TOUCH, node):
        return FORBIDDEN, -1
    replica = node + 1 if region.kind == NODE_LOCAL else 0
    known = (application.number, vpn, replica) in scene.world.system.directory.rows.rows
    return (BACKED if known else HOLE), -1


def _heading(pen: Pen, application: Application) -> Line:
    holes, mapped = holes_of(pen.scene, application)
    return [
        Segment(f"pages of {clean(pen.scene, application.name)}", "title"),
        Segment(f"  {number(mapped)} mapped, {number(holes)} holes", "value"),
    ]


def _legend(pen: Pen, width: int) -> Line:
    glyphs = pen.glyphs
    example = pen.node_text(0)[0]
    texts = (
        f"{example} frame on N0",
        f"{glyphs.local} node-local",
        f"{glyphs.idle} fault to come",
        f"{glyphs.known} frame known",
        f"{glyphs.times} not allowed",
    )
    return spread([[Segment(text, "dim")] for text in texts], width)


def holes_of(scene: Scene, application: Application) -> tuple[int, int]:
    """(holes, mapped): on how many pages faults can still come, and how many pages are mapped.

    Counted over all of the application's spaces; a hole is a page that a node may use and has not
    mapped.
    """
    spaces = set(application.spaces.values())
    mapped = sum(
        1
        for entry in scene.world.kernel.database.entries.rows
        if space_of(entry) in spaces and application.region_of(vpn_of(entry))
    )
    allowed = sum(region.pages * _users(application, region) for region in application.regions)
    return allowed - mapped, mapped


def _users(application: Application, region: Region) -> int:
    """On how many nodes the application may use a region."""
    if region.kind == PRIVATE and region.node != FIRST_TOUCH:
        return int(region.node in application.spaces)
    return len(application.spaces)
