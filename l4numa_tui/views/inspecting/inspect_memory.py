"""Cards about memory: a mapping entry, a frame, a page of an application."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import SIGMA0, Entry, entry_id, space_of, vpn_of
from l4numa_tui.kernel.memory import ENTRY_BYTES
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.machine.mmu import (
    CPU_SHIFT,
    FLAG_BITS,
    INDEX_BITS,
    INDEX_MASK,
    LARGE,
    RIGHTS,
    TABLE,
    tag,
)
from l4numa_tui.userland.agreement.directory import UNMAPPING
from l4numa_tui.userland.regions import FIRST_TOUCH, KINDS, NODE_LOCAL, Application, Region
from l4numa_tui.views.inspecting.card import (
    Card,
    entry_part,
    frame_part,
    space_part,
)
from l4numa_tui.views.inspecting.inspect_table import table_card
from l4numa_tui.views.pane_parts import (
    application_spaces,
    clean,
    given_out,
    number,
    rights_part,
    space_home,
)
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_NEW, Line, Segment, node_style
from l4numa_tui.views.steps.step_delta import step_delta

_MOST = 6  # children and CPUs that are named one by one
_USED = ((READ, "read"), (WRITE, "written"), (EXECUTE, "executed"))


def entry_card(card: Card, entry: int) -> None:
    """A mapping entry: where it is kept, what it shows, whence it came, who depends on it."""
    pen = card.pen
    kernel = pen.scene.world.kernel
    space, vpn = space_of(entry), vpn_of(entry)
    found = kernel.database.find(entry)
    card.title(Segment("entry", "title"), entry_part(pen, entry))
    card.row("space", space_part(pen, space))
    card.text("va", f"{vpn << PAGE_LOG2:#x}", "value")
    if found is None:
        card.text("state", "not mapped", "warn")
    else:
        home = space_home(pen.scene, space)
        if home is not None:
            card.row("home", pen.node(home), Segment("entry, page table", "dim"))
        node = node_of(found.frame)
        where = Segment("local", "dim") if node == home else Segment("remote", "cross")
        shown = pen.put(frame_text(found.frame), node_style(node), ("frame", found.frame))
        card.row("memory", pen.node(node), shown, where)
        card.row("rights", rights_part(found.rights))
        _status_rows(card, entry)
        _kernel_row(card, found)
        _kin_rows(card, entry)
    card.times(("entry", entry))
    owner = application_spaces(pen.scene).get(space)
    if owner is not None:
        _page_rows(card, owner[0], vpn, f"page {vpn:#x} of {owner[0].name}")


def _status_rows(card: Card, entry: int) -> None:
    """Status bits: what the hardware saw since somebody asked, what waits for who asks; TLBs."""
    pen, kernel = card.pen, card.pen.scene.world.kernel
    used = kernel.status.used.rows.get(entry, 0)
    words = used_text(pen.scene, entry) or "not accessed"
    card.row("status", rights_part(used), Segment(words, "value" if used else "dim"))
    for table, whose in (("mdb_told_self", "its own"), ("mdb_told_below", "from below")):
        bits = kernel.journal.table(table).rows.get(entry, 0)
        if bits:
            card.row("unread", rights_part(bits), Segment(whose, "dim"))
    tagged = tag(space_of(entry), vpn_of(entry))
    cpus = range(len(kernel.machine.cpu_node))
    held = [cpu for cpu in cpus if cpu << CPU_SHIFT | tagged in kernel.mmu.tlb.rows]
    if held:
        text = f"CPU {', '.join(map(str, held[:_MOST]))}{pen.glyphs.cut * (len(held) > _MOST)}"
        card.text("in TLB of", text, "value")


def used_text(scene: Scene, entry: int) -> str:
    """The status bits that accesses have set on an entry, `read, written`; empty for none."""
    used = scene.world.kernel.status.used.rows.get(entry, 0)
    return ", ".join(name for bit, name in _USED if used & bit)


def _kernel_row(card: Card, found: Entry) -> None:
    """What the entry costs its home, and where its page-table entry is."""
    card.text("kernel", f"{ENTRY_BYTES} bytes", "value")
    if found.slot >= 0:
        where = Segment(f"slot {found.slot & INDEX_MASK} of", "dim")
        card.row("in table", where, frame_part(card.pen, found.slot >> INDEX_BITS))


def _kin_rows(card: Card, entry: int) -> None:
    """Whence the entry came, all the way up, and what was derived from it."""
    pen, database = card.pen, card.pen.scene.world.kernel.database
    for at, above in enumerate(database.ancestors(entry)):
        # Of a parent only the space says something new: the frame is the same all the way.
        name, *home = space_part(pen, space_of(above))
        name = pen.put(name.text, name.style, ("entry", above))
        card.row("from" if not at else "", [name, *home])
    below = database.subtree(entry)
    if not below:
        return
    children = database.children(entry)
    count = f"{number(len(children))} directly, {number(len(below))} in all"
    card.text("derived", count, "value")
    for child in children[:_MOST]:
        row = database.row(child)
        home_of = space_home(pen.scene, space_of(child))
        node = [] if home_of is None else [pen.node(home_of)]
        card.row("", *node, entry_part(pen, child), rights_part(row[1] if row else 0))
    if len(children) > _MOST:
        card.text("", f"and {number(len(children) - _MOST)} more", "dim")


def frame_card(card: Card, frame: int) -> None:
    """A frame: whose it is, what it backs, and everything that was derived from it."""
    pen, scene = card.pen, card.pen.scene
    kernel = scene.world.kernel
    node = node_of(frame)
    card.title(Segment("frame", "title"), frame_part(pen, frame))
    card.row("memory", pen.node(node))
    if not kernel.is_frame(frame):
        if node < kernel.machine.nodes:
            table_card(card, frame)
        else:
            card.text("state", "none", "value")
        return
    for (number_, vpn, replica), row in sorted(scene.world.system.directory.rows.rows.items()):
        if row[0] == frame:
            name = scene.world.system.roster.applications[number_].name
            where = f" on N{replica - 1}" if replica else ""
            text = f"page {vpn:#x} of {clean(scene, name)}{where}"
            card.text("backs", text, "value", ("page", number_, vpn))
    root = entry_id(SIGMA0, frame)
    below = kernel.database.page_subtree(root)
    if not any(0 <= frame - first < pages for first, pages, _ in given_out(scene, node)):
        card.text("owner", "sigma0: nobody asked yet", "dim")
    card.times(("frame", frame))
    card.section(f"who maps it: {number(len(below))}")
    card.flow([Segment("sigma0", "value", ("space", SIGMA0))], 0)
    new = step_delta(scene.last).added
    for entry in below:
        row = kernel.database.row(entry)
        if row is None:
            continue
        mark = Segment(MARK_NEW, "new") if entry in new else Segment(" ")
        home = space_home(scene, space_of(entry)) or 0
        shown = entry_part(pen, entry) if vpn_of(entry) != frame else _space_of_entry(card, entry)
        indent = Segment("  " * min(row[3] - 1, 4))
        card.flow([[indent, mark, pen.node(home), Segment(" "), *shown], rights_part(row[1])], 0)


def slot_card(card: Card, slot: int) -> None:
    """A slot of a page table: what it leads to, and what that says of the walk."""
    pen = card.pen
    table, entry = slot >> INDEX_BITS, pen.scene.world.kernel.mmu.pte.rows.get(slot, 0)
    card.title(Segment("slot", "title"), Segment(f"{slot & INDEX_MASK}", "strong"))
    card.row("of table", Segment(frame_text(table), node_style(node_of(table))))
    card.row("kept on", pen.node(node_of(table)))
    if not entry:
        card.text("leads to", "nothing: a walk ends here", "dim")
    elif entry & TABLE:
        below = entry >> FLAG_BITS
        card.row("leads to", Segment("table", "value"), Segment(frame_text(below), "value"))
    else:
        card.row("leads to", frame_part(pen, entry >> FLAG_BITS), rights_part(entry & RIGHTS))
        if entry & LARGE:
            card.text("size", "2 MiB at once", "value")
    card.times(("slot", slot))


def _space_of_entry(card: Card, entry: int) -> Line:
    name = clean(card.pen.scene, card.pen.scene.space_name(space_of(entry)))
    return [card.pen.put(name, "", ("entry", entry))]


def page_card(card: Card, number_: int, vpn: int) -> None:
    """A page of an application as user level sees it: its frame, and its state on each node."""
    scene = card.pen.scene
    application = scene.world.system.roster.applications.get(number_)
    if application is None:
        card.title(Segment("no such application", "dim"))
        return
    card.title(Segment(f"page {vpn:#x} of {clean(scene, application.name)}", "title"))
    card.text("va", f"{vpn << PAGE_LOG2:#x}", "value")
    card.times(("page", number_, vpn))
    _page_rows(card, application, vpn, "")


def _page_rows(card: Card, application: Application, vpn: int, heading: str) -> None:
    """Region, directory and one row per node of the application."""
    pen, scene = card.pen, card.pen.scene
    if heading:
        card.section(clean(scene, heading))
    region = application.region_of(vpn)
    if region is None:
        card.text("region", "none: a fault here is refused", "warn")
    else:
        card.row("region", *_region_parts(card, region))
        _directory_rows(card, application, region, vpn)
    entries = scene.world.kernel.database.entries.rows
    new = step_delta(scene.last)
    for node in sorted(application.spaces):
        entry = entry_id(application.spaces[node], vpn)
        row = entries.get(entry)
        if row is None:
            gone = [Segment(pen.glyphs.gone, "gone")] if entry in new.removed else [Segment(" ")]
            hole = pen.put(f"{pen.glyphs.idle} not mapped", "dim", ("entry", entry))
            card.flow([[*gone, pen.node(node)], hole], 0)
            continue
        mark = Segment(MARK_NEW, "new") if entry in new.added else Segment(" ")
        space = application.spaces[node]
        name = pen.put(clean(scene, scene.space_name(space)), "", ("entry", entry))
        card.flow([[mark, pen.node(node)], name, frame_part(pen, row[0]), rights_part(row[1])], 0)


def _region_parts(card: Card, region: Region) -> list[Segment]:
    where = "" if region.node == FIRST_TOUCH else f"on N{region.node}"
    texts = [clean(card.pen.scene, region.name), KINDS[region.kind].replace("_", "-"), where]
    return [Segment(text, "value") for text in texts if text]


def _directory_rows(card: Card, application: Application, region: Region, vpn: int) -> None:
    rows = card.pen.scene.world.system.directory.rows.rows
    replicas = [node + 1 for node in sorted(application.spaces)]
    known = False
    if region.kind != NODE_LOCAL:
        replicas = [0, *replicas] if region.moves else [0]
    for replica in replicas:
        row = rows.get((application.number, vpn, replica))
        if row is None:
            continue
        state = Segment("being unmapped", "warn") if row[1] == UNMAPPING else Segment("")
        of = [card.pen.node(replica - 1)] if replica else []
        card.row("" if known else "backed by", *of, frame_part(card.pen, row[0]), state)
        known = True
    if not known:
        card.text("backed by", "no frame yet", "dim")
