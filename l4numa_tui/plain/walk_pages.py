"""Page tables in words: the radix walk of one address, and which page is mapped on which node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.machine.mmu import FLAG_BITS, INDEX_BITS, INDEX_MASK, LARGE, RIGHTS, TABLE
from l4numa_tui.userland.regions import FIRST_TOUCH, KINDS, NODE_LOCAL, Application, Region
from l4numa_tui.views.inspecting.inspect_table import LEVEL_NAMES
from l4numa_tui.views.pane_parts import clean, count_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.record_text import space_text
from l4numa_tui.views.steps.step_delta import StepDelta, step_delta
from l4numa_tui.views.tables.page_grid import BACKED, FORBIDDEN, MAPPED, cell_state, holes_of
from l4numa_tui.views.tables.page_table_view import WalkLevel, walk_levels

_EVERY = 4096  # of a larger region, only pages that are used are told one by one


def show_walk(scene: Scene, space: int, page: int) -> list[str]:
    """The walk of one page level by level: table, slot, and what the slot leads to."""
    row = scene.world.kernel.spaces.rows.get(space)
    name = space_text(scene, space)
    if row is None:
        return [f"The space {name} has ended."]
    home, root, _ = row
    levels = walk_levels(scene, root, page)
    delta = step_delta(scene.last)
    lines = [f"The walk of {name} for address {page << PAGE_LOG2:#x}, page {page:#x}:"]
    for depth, level in enumerate(levels):
        lines.append(f"  {_level(scene, depth, level, delta)}")
    return lines + [f"  {text}" for text in _verdict(levels, home)]


def _level(scene: Scene, depth: int, level: WalkLevel, delta: StepDelta) -> str:
    table, node = frame_text(level.table), node_of(level.table)
    new = ", new" if level.table in delta.new_tables() else ""
    used = _used(scene, level.table)
    where = f"level {depth + 1}, {LEVEL_NAMES[depth]}, table {table} on N{node}{new}"
    return f"{where}: slot {level.slot} {_leads_to(level)}; {used} of {INDEX_MASK + 1} slots used"


def _used(scene: Scene, table: int) -> int:
    rows = scene.world.kernel.mmu.pte.rows
    first = table << INDEX_BITS
    return sum(1 for slot in range(INDEX_MASK + 1) if rows.get(first | slot, 0))


def _leads_to(level: WalkLevel) -> str:
    if not level.entry:
        return "is empty"
    to = level.entry >> FLAG_BITS
    if level.entry & TABLE:
        return f"leads to table {frame_text(to)}"
    what = "is 2 MiB from frame" if level.entry & LARGE else "is frame"
    return f"{what} {frame_text(to)} on N{node_of(to)}, {rights_text(level.entry & RIGHTS)}"


def _verdict(levels: list[WalkLevel], home: int) -> Iterator[str]:
    end = levels[-1].entry
    if not end:
        yield f"the walk ends at level {len(levels)}: pagefault"
    elif node_of(end >> FLAG_BITS) == home:
        yield "the memory is local"
    else:
        yield f"the memory is remote, on N{node_of(end >> FLAG_BITS)}"
    away = sum(node_of(level.table) != home for level in levels)
    tables = count_of(len(levels), "table")
    yield f"{tables} read, {f'{away} not' if away else 'all'} on the home N{home}"


def show_grid(scene: Scene, application: Application) -> list[str]:
    """An application's pages by region and node: mapped, or holes, which are faults to come."""
    holes, mapped = holes_of(scene, application)
    name = clean(scene, application.name)
    lines = [f"The pages of {name}: {mapped} mapped, {count_of(holes, 'hole')}."]
    lines.append("A hole is a page that a node may use and has not mapped: a fault to come.")
    for region in application.regions:
        last = region.first + region.pages - 1
        kind = KINDS[region.kind].replace("_", "-")
        where = "" if region.node == FIRST_TOUCH else f" on N{region.node}"
        span = f"page {last:#x}"
        if region.pages > 1:
            span = f"{count_of(region.pages, 'page')}, {region.first:#x} to {last:#x}"
        lines.append(f"Region {clean(scene, region.name)}, {kind}{where}, {span}:")
        for node in sorted(application.spaces):
            lines += [f"  N{node}: {text}" for text in _row(scene, application, region, node)]
    return lines


def _row(scene: Scene, application: Application, region: Region, node: int) -> Iterator[str]:
    """A region on one node, neighbouring pages of one state together."""
    delta = step_delta(scene.last)
    first, before = region.first, ""
    for vpn in _stops(scene, application, region, node):
        text = _state(scene, application, region, node, vpn, delta)
        if text != before and before:
            yield _span(first, vpn - 1, before)
            first = vpn
        before = text
    yield _span(first, region.first + region.pages - 1, before)


def _stops(scene: Scene, application: Application, region: Region, node: int) -> Sequence[int]:
    """Pages at which the state may change: all, or of a large region those in use and the next."""
    if region.pages <= _EVERY:
        return range(region.first, region.first + region.pages)
    space = application.spaces[node]
    entries = scene.world.kernel.database.entries.rows
    directory = scene.world.system.directory.rows.rows
    used = {vpn for number, vpn, _ in directory if number == application.number}
    used |= {vpn_of(entry) for entry in entries if space_of(entry) == space}
    stops = {region.first, *used, *(vpn + 1 for vpn in used)}
    return sorted(vpn for vpn in stops if region.holds(vpn))


def _state(
    scene: Scene, application: Application, region: Region, node: int, vpn: int, delta: StepDelta
) -> str:
    state, there = cell_state(scene, application, region, node, vpn)
    entry = entry_id(application.spaces[node], vpn)
    if state == MAPPED:
        new = ", new" if entry in delta.added else ", changed" if entry in delta.altered else ""
        own = ", a frame of its own" if region.kind == NODE_LOCAL else ""
        return f"mapped, memory on N{there}{own}{new}"
    if entry in delta.removed:
        return "unmapped by the last step"
    if state == FORBIDDEN:
        return "not allowed here"
    return "a hole; the page has a frame already" if state == BACKED else "a hole"


def _span(first: int, last: int, text: str) -> str:
    if first == last:
        return f"page {first:#x}: {text}"
    many = text.replace("a hole; the page has a frame", "holes; the pages have frames")
    many = many.replace("a frame of its own", "frames of its own").replace("a hole", "holes")
    return f"{count_of(last - first + 1, 'page')}, {first:#x} to {last:#x}: {many}"
