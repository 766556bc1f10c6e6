"""The mapping database in words: who has which frame from whom, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.machine.mmu import INDEX_MASK
from l4numa_tui.userland.regions import KINDS
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.marks import Marks, marks_of
from l4numa_tui.views.forest.tree import Item, frame_items
from l4numa_tui.views.inspecting.inspect_memory import used_text
from l4numa_tui.views.pane_parts import clean, count_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE
from l4numa_tui.world.session import Session


class _Tree(NamedTuple):
    """A frame's entries, parents before children; sigma0's own page is not among them."""

    frame: int
    items: list[Item]

    def key(self) -> tuple[tuple[int, ...] | str, ...]:
        """What neighbours have in common that are told once."""
        out: list[tuple[int, ...] | str] = []
        for item in self.items:
            offset = vpn_of(item.entry) - self.frame
            out += [(item.level, item.space, offset, item.rights, item.before), item.mark]
        return tuple(out)


def show_database(scene: Scene, limit: Limit | None = None) -> list[str]:
    """The mapping database: each frame that somebody uses, and who has it from whom.

    Used is what an application maps; on a bare kernel, what any space maps. Neighbours that look
    alike are told once. With a `limit`, only frames of which some entry meets it.
    """
    facts, marks = Facts(scene), marks_of(scene.last)
    database = scene.world.kernel.database
    users = set(facts.members)
    rows = database.entries.rows
    used, held = set(), set()
    for entry, row in rows.items():
        counts = (not users or space_of(entry) in users) if limit is None else None
        for at in range(database.pages_of(entry)):
            held.add(row[0] + at)
            page = entry_id(space_of(entry), vpn_of(entry) + at)
            if counts or (limit is not None and limit.holds(page)):
                used.add(row[0] + at)
    used |= _just_gone(marks, users, limit)
    lines = ["The mapping database: who has a frame from whom."]
    trees = [_tree(facts, marks, frame) for frame in sorted(used)]
    for run in _runs(trees):
        lines += _run_lines(scene, facts, run)
    if not used:
        lines.append(_nothing(bool(users), limit is not None))
    spare = len(held - used)
    if spare and limit is None:
        more = "more frame" if used else "frame"
        lines.append(f"{count_of(spare, more)} at the pagers, not mapped any further.")
    return lines


def _just_gone(marks: Marks, users: set[int], limit: Limit | None) -> set[int]:
    """Frames that lost an entry in the last step: what went is told, too."""
    return {
        frame
        for frame, entries in marks.frames.items()
        for entry, mark in entries.items()
        if (limit.holds(entry, mark.before) if limit else not users or space_of(entry) in users)
    }


def _nothing(applications: bool, limited: bool) -> str:
    if limited:
        return "No entry is like that."
    return "No frame is mapped to the application yet." if applications else "Nothing is mapped."


def _tree(facts: Facts, marks: Marks, frame: int) -> _Tree:
    items = frame_items(facts, frame, marks.frames.get(frame, {}), frozenset(), False)
    return _Tree(frame, items[1:])


def _runs(trees: list[_Tree]) -> Iterator[list[_Tree]]:
    """Neighbouring frames that look alike, together."""
    run: list[_Tree] = []
    for tree in trees:
        last = run[-1] if run else None
        if last is not None and (last.frame + 1 != tree.frame or last.key() != tree.key()):
            yield run
            run = []
        run.append(tree)
    if run:
        yield run


def _run_lines(scene: Scene, facts: Facts, run: list[_Tree]) -> list[str]:
    first, last = run[0].frame, run[-1].frame
    what = f"Frame {frame_text(first)}"
    if len(run) > 1:
        what = f"{number(len(run))} frames alike, {frame_text(first)} to {frame_text(last)}"
    about = "".join(f", {text}" for text in _purpose(scene, facts, run[0]))
    lines = [f"{what}, in the memory of N{node_of(first)}{about}:", "  sigma0"]
    return [*lines, *(_item_line(facts, run[0], item, len(run)) for item in run[0].items)]


def _purpose(scene: Scene, facts: Facts, tree: _Tree) -> list[str]:
    """What the application uses a frame for, and how many of its spaces see it."""
    for item in tree.items:
        found = facts.members.get(item.space)
        if found is None or item.mark == MARK_GONE:
            continue
        vpn = vpn_of(item.entry)
        region = found[0].region_of(vpn)
        if region is None:
            return []
        kind = KINDS[region.kind].replace("_", "-")
        texts = [f"region {clean(scene, region.name)} of {clean(scene, found[0].name)}", kind]
        same, seen = facts.sharing(item.space, vpn, tree.frame)
        if same > 1:
            texts.append(f"seen by {same} spaces")
        elif seen > 1:
            texts.append(f"one of {seen} frames for the page")
        return texts
    return []


def _item_line(facts: Facts, tree: _Tree, item: Item, alike: int) -> str:
    """An entry with its mark: space, pages, rights, home; whether the memory is far from there."""
    first, home = vpn_of(item.entry), facts.home(item.space)
    page = ""
    if first != tree.frame:
        page = f" page {first:#x}"
        if alike > 1:
            page = f" pages {first:#x} to {first + alike - 1:#x}"
    large = item.mark != MARK_GONE and facts.is_large(item.entry)
    size = f" of the 2 MiB at page {first & ~INDEX_MASK:#x}" if large else ""
    rights = rights_text(item.rights)
    if item.mark == MARK_CHANGED and item.before not in (-1, item.rights):
        rights = f"{rights} (was {rights_text(item.before)})"
    far = home != node_of(tree.frame) and not facts.is_server(item.space)
    where = f", entry on N{home}{', memory remote' if far else ''}"
    mark = f"{facts.glyphs.gone if item.mark == MARK_GONE else item.mark} " if item.mark else ""
    return f"{'  ' * (item.level + 1)}{mark}{facts.name(item.space)}{page}{size} {rights}{where}"


def show_frame(scene: Scene, session: Session, frame: int) -> list[str]:
    """The derivation tree of one frame in full, a line for each entry, parents before children.

    Each says its space, page and address, rights, status bits, home, and the step that wrote it.
    """
    facts, marks = Facts(scene), marks_of(scene.last)
    tree = _tree(facts, marks, frame)
    purpose = "".join(f", {text}" for text in _purpose(scene, facts, tree))
    head = f"Frame {frame_text(frame)}, in the memory of N{node_of(frame)}{purpose}."
    if not scene.world.kernel.is_frame(frame):
        return [head, "It is the kernel's own."]
    if not tree.items:
        return [head, "sigma0 has it; nobody else maps it."]
    live = sum(item.mark != MARK_GONE for item in tree.items)
    lines = [head, f"sigma0 has it. {count_of(live, 'entry')} derived from there:"]
    # `up` counts sigma0's own page as the first.
    spaces = [SIGMA0, *(item.space for item in tree.items)]
    for item in tree.items:
        parent = facts.name(spaces[item.up])
        entry = _item_line(facts, tree, item, 1).strip()
        lines.append(f"  {entry}{_details(scene, session, item, frame, parent)}")
    return lines


def _details(scene: Scene, session: Session, item: Item, frame: int, parent: str) -> str:
    """What an entry's line says beyond that of `show mdb`."""
    texts = [f", from {parent}"]
    if item.mark == MARK_GONE:
        return f"{texts[0]}, gone by step {session.cursor}"
    if vpn_of(item.entry) != frame:
        texts.append(f", address {vpn_of(item.entry) << PAGE_LOG2:#x}")
    used = used_text(scene, item.entry)
    if used:
        texts.append(f", {used}")
    step = session.changed_last(("entry", item.entry))
    texts.append(f", since step {step}" if step else ", since boot")
    return "".join(texts)


def entries_of(scene: Scene, space: int) -> Iterator[str]:
    """What a space maps, neighbours together: `pages 0x420 to 0x422: frames 1:0000 to 1:0002`."""
    kernel = scene.world.kernel
    runs: list[list[int]] = []
    for vpn, size in kernel.tables.pieces(kernel.spaces.rows[space][1], 0, 1 << 36):
        row = kernel.database.entries.rows[entry_id(space, vpn)]
        last = runs[-1] if runs else None
        alike = [vpn, row[0], row[1], size]
        if last and alike == [last[0] + last[4], last[1] + last[4], last[2], last[3]]:
            last[4] += size
        else:
            runs.append([*alike, size])
    for vpn, frame, rights, size, pages in runs:
        large = ", in 2 MiB entries" if size > 1 else ""
        yield f"{_mapped(vpn, frame, pages)}, {rights_text(rights)}{large}"


def _mapped(vpn: int, frame: int, pages: int) -> str:
    """Which pages are which frames; servers hold frames at their own numbers."""
    frames = frame_text(frame)
    if pages > 1:
        frames = f"{frames} to {frame_text(frame + pages - 1)}"
    if vpn == frame:
        own = "their own numbers" if pages > 1 else "its own number"
        return f"{count_of(pages, 'frame')} at {own}, {frames}"
    if pages == 1:
        return f"page {vpn:#x} is frame {frames}"
    return f"{number(pages)} pages, {vpn:#x} to {vpn + pages - 1:#x}, are frames {frames}"
