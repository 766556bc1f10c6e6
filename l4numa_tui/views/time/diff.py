"""What differs between two moments of a run: mappings, tables, memory, threads, counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from l4numa_tui.journal import Key
from l4numa_tui.kernel.mapping_database import Entry, entry_id, space_of, vpn_of
from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import NAMES, READY, code_of, ip_of
from l4numa_tui.machine.account import Totals, unpack
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.userland.agreement.directory import UNMAPPING
from l4numa_tui.views.inspecting.card import frame_part
from l4numa_tui.views.pane_parts import MARK_STYLES, Pen, clean, count_of, number, space_home
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, MARK_NEW, Line, Segment, fit
from l4numa_tui.views.steps.record_text import space_text, thread_text
from l4numa_tui.views.steps.step_changes import altered_text
from l4numa_tui.views.steps.step_delta import Pair, StepDelta, delta_of
from l4numa_tui.world.subjects import Net

_LISTED = 8  # so many lines of a space, and so many frames; more are counted
_NAME, _FIELD = 22, 9  # columns of a counter's name, and of each of its figures

_PLURALS = [f"{name}{'' if name.endswith('s') else 's'}" for name in KIND_NAMES]
COUNTERS = {
    "cycles": "cycles",
    "faults": "pagefaults",
    "messages": "messages",
    "cross_messages": "  to another node",
    "local": "accesses, local",
    "remote": "accesses, remote",
    "walks": "TLB misses",
    "kernel_local": "kernel tables, local",
    "kernel_remote": "kernel tables, remote",
    "shared_local": "directory, local",
    "shared_remote": "directory, remote",
    "ipis": "interrupts sent",
}


def difference(scene: Scene, net: Net, width: int, *, heading: str = "") -> list[Line]:
    """The net changes from one moment to another, in sections, each line `width` columns.

    Names are looked up in the scene, which should stand at one of the two moments. `heading` goes
    first. With no change at all there is one line that says so.
    """
    pen, delta = Pen(scene), delta_of(net)
    lines = _sections(pen, delta, list(_counters(pen, delta, width)), heading)
    return [fit(line, width) for line in lines]


def difference_in_words(pen: Pen, net: Net, *, heading: str = "") -> list[Line]:
    """The same with a figure's name beside every figure, for those who do not see columns."""
    delta = delta_of(net)
    return _sections(pen, delta, list(_counters_in_words(pen, delta)), heading)


def _sections(pen: Pen, delta: StepDelta, counters: list[Line], heading: str) -> list[Line]:
    lines: list[Line] = [[Segment(heading, "strong")], []] if heading else []
    empty = len(lines)
    for title, body in (
        ("Mappings", _mappings(pen, delta)),
        ("Page tables", _page_tables(pen, delta)),
        ("Kernel memory", _kernel_memory(pen, delta)),
        ("Frames", _frames(pen, delta)),
        ("Threads", _threads(pen, delta)),
        ("Counters", counters),
    ):
        rows = list(body)
        if rows:
            lines += [[]] if len(lines) > empty else []
            lines += [[Segment(title, "title")], *rows]
    if len(lines) == empty:
        lines.append([Segment("Nothing differs.", "dim")])
    return lines


def _mark(mark: str) -> Segment:
    return Segment(mark, MARK_STYLES[mark])


def _mappings(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    scene, gone = pen.scene, pen.glyphs.gone
    spaces = {space_of(key) for part in (delta.added, delta.removed, delta.altered) for key in part}
    for space in sorted(spaces):
        added, removed = _of(delta.added, space), _of(delta.removed, space)
        altered = sorted(
            (vpn_of(key), pair) for key, pair in delta.altered.items() if space_of(key) == space
        )
        rows: list[Line] = []
        for mark, entries in ((MARK_NEW, added), (gone, removed)):
            rows += [_row(pen, mark, text, space, vpn) for vpn, text in _runs(pen, entries)]
        for vpn, (old, new) in altered:
            text = f"page {vpn:#x}  {altered_text(scene, old, new)}"
            rows.append(_row(pen, MARK_CHANGED, text, space, vpn))
        counts = ((MARK_NEW, len(added)), (gone, len(removed)), (MARK_CHANGED, len(altered)))
        line: Line = [pen.put(space_text(scene, space), "strong", ("space", space)), Segment(" ")]
        home = space_home(scene, space)
        line.append(Segment("ended", "dim") if home is None else pen.node(home))
        for mark, count in counts:
            if count:
                line += [Segment("  "), _mark(mark), Segment(number(count), "value")]
        yield line
        yield from rows[:_LISTED]
        if len(rows) > _LISTED:
            yield [Segment(f"    and {number(len(rows) - _LISTED)} more lines", "dim")]


def _row(pen: Pen, mark: str, text: str, space: int, vpn: int) -> Line:
    shown = pen.put(f" {text}", "value", ("entry", entry_id(space, vpn)))
    return [Segment("  "), _mark(mark), shown]


def _of(entries: Mapping[int, Entry], space: int) -> list[tuple[int, Entry]]:
    """The entries of a space, by page."""
    return sorted((vpn_of(key), entry) for key, entry in entries.items() if space_of(key) == space)


def _runs(pen: Pen, entries: Sequence[tuple[int, Entry]]) -> Iterator[tuple[int, str]]:
    """(first page, text) of pages in a row that map frames in a row with the same rights."""
    at = 0
    while at < len(entries):
        vpn, entry = entries[at]
        size = 1
        while at + size < len(entries):
            further, other = entries[at + size]
            alike = (other.frame - entry.frame, other.rights) == (size, entry.rights)
            if further != vpn + size or not alike:
                break
            size += 1
        last, span = size - 1, pen.glyphs.span
        pages, frames = f"{vpn:#x}", frame_text(entry.frame)
        if last:
            pages += f"{span}{vpn + last:#x} {pen.glyphs.times}{number(size)}"
            frames += f"{span}{frame_text(entry.frame + last)}"
        rights = rights_text(entry.rights)
        if vpn == entry.frame:
            yield vpn, f"{'frames' if last else 'frame'} {frames}  {rights}"
        else:
            plural = "s" if last else ""
            yield vpn, f"page{plural} {pages}  frame{plural} {frames}  {rights}"
        at += size


def _page_tables(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    made, lost = delta.new_tables(), delta.lost_tables()
    for node in sorted({node_of(frame) for frame in (*made, *lost)}):
        line: Line = [pen.node(node)]
        for mark, frames in ((MARK_NEW, made), (pen.glyphs.gone, lost)):
            here = sorted(frame for frame in frames if node_of(frame) == node)
            if here:
                shown = " ".join(frame_text(frame) for frame in here[:_LISTED])
                more = f" and {len(here) - _LISTED} more" if len(here) > _LISTED else ""
                line += [Segment("  "), _mark(mark), Segment(f"{len(here)}", "value")]
                line.append(Segment(f" in {shown}{more}", "dim"))
        yield line


def _kernel_memory(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    """Objects by node: how many there were and are."""
    arrow = pen.glyphs.arrow
    nodes: dict[int, list[str]] = {}
    for key, (old, new) in sorted(delta.of("kmem_count").items()):
        text = f"{_PLURALS[key & 15]} {number(old or 0)} {arrow} {number(new or 0)}"
        nodes.setdefault(key >> 4, []).append(text)
    for node, texts in sorted(nodes.items()):
        yield [pen.node(node), Segment(f"  {', '.join(texts)}", "value")]


def _frames(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    """What frames hold: which page each backs, and how many are free."""
    rows = list(_backing(pen, delta.of("directory")))
    yield from rows[: 2 * _LISTED]
    if len(rows) > 2 * _LISTED:
        yield [Segment(f"and {number(len(rows) - 2 * _LISTED)} more pages", "dim")]
    arrow = pen.glyphs.arrow
    for node, (old, new) in sorted(delta.of("pool_count").items()):
        text = f"  free in the pool {number(old or 0)} {arrow} {number(new or 0)}"
        yield [pen.node(node), Segment(text, "value")]


def _backing(pen: Pen, rows: Mapping[Key, Pair]) -> Iterator[Line]:
    applications = pen.scene.world.system.roster.applications
    for (application, vpn, replica), (old, new) in sorted(rows.items()):
        found = applications.get(application)
        name = clean(pen.scene, found.name) if found else f"application {application}"
        page = f" page {vpn:#x} of {name}" + (f" on N{replica - 1}" if replica else "")
        mark = MARK_NEW if old is None else pen.glyphs.gone if new is None else MARK_CHANGED
        line: Line = [_mark(mark), Segment(page, "value")]
        if old is not None and (new is None or new[0] != old[0]):
            line += [Segment("  "), *frame_part(pen, old[0])]
            line += [Segment(f" {pen.glyphs.arrow}", "dim")] if new is not None else []
        if new is not None:
            line += [Segment(" " if len(line) > 3 else "  "), *frame_part(pen, new[0])]
            line += [Segment("  being unmapped", "warn")] if new[1] == UNMAPPING else []
        yield line


def _threads(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    """Programs: state, place, and how many operations further. Servers only where they moved."""
    scene = pen.scene
    arrow, cpu_node = pen.glyphs.arrow, scene.world.kernel.machine.cpu_node
    states, places = delta.of("state"), delta.of("thread")
    for thread in sorted({*states, *places}):
        parts = []
        old, new = places.get(thread, (None, None))
        if thread in places and (old is None or new is None):
            parts.append("made" if old is None else "deleted")
        elif old is not None and new is not None and old[1] != new[1]:
            parts.append(f"N{cpu_node[old[1]]} {arrow} N{cpu_node[new[1]]}")
        if thread in scene.world.programs and thread in states:
            before, after = (word or READY for word in states[thread])
            if code_of(before) != code_of(after):
                parts.append(f"{NAMES[code_of(before)]} {arrow} {NAMES[code_of(after)]}")
            done = ip_of(after) - ip_of(before)
            if done:
                parts.append(f"{count_of(abs(done), 'operation')} {'more' if done > 0 else 'less'}")
        if parts:
            name = pen.put(thread_text(scene, thread), "strong", ("thread", thread))
            yield [name, Segment(f"  {', '.join(parts)}", "value")]


def _counters(pen: Pen, delta: StepDelta, width: int) -> Iterator[Line]:
    """A row for each counter that grew: in all, then by node as far as they fit."""
    nodes = _by_node(pen, delta)
    if not nodes:
        return
    total = _in_all(nodes)
    room = (width - _NAME - _FIELD) // _FIELD
    if len(nodes) > room:
        room -= 2  # for what says so
    shown = sorted(nodes)[: max(room, 0)]
    head: Line = [Segment(" " * _NAME + "in all".rjust(_FIELD), "label")]
    for node in shown:
        label = pen.node(node)
        head += [Segment(" " * (_FIELD - len(label.text))), label]
    left = len(nodes) - len(shown)
    yield [*head, Segment(f"  and {count_of(left, 'more node')}", "dim")] if left else head
    for field, name in COUNTERS.items():
        value = getattr(total, field)
        if value:
            place = Totals._fields.index(field)
            figures = "".join(f"{_figure(nodes[node][place]):>{_FIELD}}" for node in shown)
            yield [
                Segment(name.ljust(_NAME), "label"),
                Segment(f"{_figure(value):>{_FIELD}}", "strong"),
                Segment(figures, "value"),
            ]


def _counters_in_words(pen: Pen, delta: StepDelta) -> Iterator[Line]:
    nodes = _by_node(pen, delta)
    total = _in_all(nodes) if nodes else Totals()
    for field, name in COUNTERS.items():
        place = Totals._fields.index(field)
        if total[place]:
            by_node = ", ".join(
                f"N{node} {number(nodes[node][place])}"
                for node in sorted(nodes)
                if nodes[node][place]
            )
            whole = name.replace("  to another node", "messages to another node")
            yield [Segment(f"{whole}: {number(total[place])} in all; {by_node}", "value")]


def _by_node(pen: Pen, delta: StepDelta) -> dict[int, list[int]]:
    """By how much each counter of a node's CPUs grew, in the order of `Totals`."""
    cpu_node = pen.scene.world.kernel.machine.cpu_node
    nodes: dict[int, list[int]] = {}
    for cpu, (old, new) in delta.of("account").items():
        more = [b - a for a, b in zip(unpack(old or 0), unpack(new or 0), strict=True)]
        had = nodes.get(cpu_node[cpu], [0] * len(more))
        nodes[cpu_node[cpu]] = [a + b for a, b in zip(had, more, strict=True)]
    return nodes


def _in_all(nodes: Mapping[int, Sequence[int]]) -> Totals:
    return Totals(*(sum(column) for column in zip(*nodes.values(), strict=True)))


def _figure(value: int) -> str:
    """A count in less than nine columns, nothing for none."""
    if not value:
        return ""
    text = number(value)
    return text if len(text) < _FIELD else f"{value / 10**6:.1f}M"
