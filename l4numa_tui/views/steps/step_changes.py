"""What a step added, removed and changed, and what it cost: a line for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from l4numa_tui.kernel.mapping_database import Entry, Row, space_of, vpn_of
from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import NAMES, code_of
from l4numa_tui.machine.account import Totals, unpack
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_BYTES, frame_text
from l4numa_tui.machine.mmu import CPU_SHIFT
from l4numa_tui.userland.agreement.directory import UNMAPPING
from l4numa_tui.views.pane_parts import (
    application_spaces,
    clean,
    count_of,
    entry_name,
    glyphs_of,
    number,
    space_home,
    wrap,
)
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, MARK_NEW
from l4numa_tui.views.steps.record_text import space_text, thread_text
from l4numa_tui.views.steps.step_delta import StepDelta, step_delta
from l4numa_tui.world.session import StepChange

_Row = TypeVar("_Row")
_LISTED = 3  # so many entries of one space are named one by one, more are counted


def explain_changes(scene: Scene, change: StepChange, width: int = 0) -> list[str]:
    """Say what a step changed, most important first; each line begins with `+`, `−` or `~`.

    Lines about costs have no mark: they sum to the step's cycles and counts. `width` > 0 wraps
    lines to so many columns, further rows indented by two.
    """
    delta = step_delta(change)
    lines = [
        *_entries(scene, delta),
        *_page_tables(scene, delta),
        *_directory(scene, delta),
        *_pools(scene, delta),
        *_tlb(scene, delta),
        *_kernel_memory(scene, change),
        *_threads(scene, delta),
        *_costs(scene, delta),
    ]
    return wrap(lines, width) if width else lines


def _entries(scene: Scene, delta: StepDelta) -> Iterator[str]:
    gone = glyphs_of(scene).gone
    for mark, entries in ((MARK_NEW, delta.added), (gone, delta.removed)):
        by_space: dict[int, dict[int, Entry]] = {}
        for number_, entry in entries.items():
            by_space.setdefault(space_of(number_), {})[number_] = entry
        for space, group in sorted(by_space.items()):
            if len(group) > _LISTED:
                yield _many(scene, mark, space, group)
                continue
            for number_, entry in _in_order(group):
                yield f"{mark} mapping entry {_entry(scene, number_, entry)}"
    for number_, (before, after) in _in_order(delta.altered):
        yield f"{MARK_CHANGED} mapping entry {_altered(scene, number_, before, after)}"


def _place(entry: int) -> tuple[int, int]:
    return space_of(entry), vpn_of(entry)


def _in_order(entries: dict[int, _Row]) -> list[tuple[int, _Row]]:
    """By space and page: an entry's number itself is scrambled."""
    return sorted(entries.items(), key=lambda item: _place(item[0]))


def _entry(scene: Scene, number_: int, entry: Entry) -> str:
    name = entry_name(scene, number_, entry.frame)
    shown = frame_text(entry.frame)
    frame = "" if name.endswith(shown) else f": frame {shown}"
    below = space_text(scene, space_of(entry.parent))
    return (
        f"{name}{frame} {rights_text(entry.rights)}, derived from {below}"
        f"{_on(scene, space_of(number_))}"
    )


def _altered(scene: Scene, number_: int, before: Entry, after: Entry) -> str:
    name = entry_name(scene, number_, after.frame)
    return f"{name}: {altered_text(scene, before, after)}{_on(scene, space_of(number_))}"


def altered_text(scene: Scene, before: Row, after: Row, rights: str = "") -> str:
    """What became of an entry: `frame 2:0007 → 2:0009`; `rights` goes before its rights."""
    arrow, parts = glyphs_of(scene).arrow, []
    if before[0] != after[0]:
        parts.append(f"frame {frame_text(before[0])} {arrow} {frame_text(after[0])}")
    if before[1] != after[1]:
        parts.append(f"{rights}{rights_text(before[1])} {arrow} {rights_text(after[1])}")
    if before[2] != after[2]:
        parts.append(f"now derived from {space_text(scene, space_of(after[2]))}")
    return ", ".join(parts) or "in another page table"


def _many(scene: Scene, mark: str, space: int, group: dict[int, Entry]) -> str:
    frames = sorted(entry.frame for entry in group.values())
    span = f"{frame_text(frames[0])}{glyphs_of(scene).span}{frame_text(frames[-1])}"
    count = f"{mark} {number(len(group))} mapping entries of {space_text(scene, space)}"
    return f"{count}: frames {span}{_on(scene, space)}"


def _on(scene: Scene, space: int) -> str:
    home = space_home(scene, space)
    return "" if home is None else f", kept on N{home}"


def _page_tables(scene: Scene, delta: StepDelta) -> Iterator[str]:
    gone = glyphs_of(scene).gone
    for mark, frames in ((MARK_NEW, delta.new_tables()), (gone, delta.lost_tables())):
        for node in sorted({frame >> NODE_SHIFT for frame in frames}):
            here = sorted(frame for frame in frames if frame >> NODE_SHIFT == node)
            where = ", ".join(frame_text(frame) for frame in here[:_LISTED])
            more = f" and {len(here) - _LISTED} more" if len(here) > _LISTED else ""
            yield f"{mark} {count_of(len(here), 'page table')} on N{node}: {where}{more}"


def _directory(scene: Scene, delta: StepDelta) -> Iterator[str]:
    gone = glyphs_of(scene).gone
    applications = scene.world.system.roster.applications
    for (application, vpn, replica), (before, after) in sorted(delta.of("directory").items()):
        found = applications.get(application)
        name = clean(scene, found.name) if found else f"application {application}"
        page = f"page {vpn:#x} of {name}" + (f" on N{replica - 1}" if replica else "")
        if after is None:
            yield f"{gone} directory: {page} has no frame any more"
        elif after[1] == UNMAPPING:
            yield f"{MARK_CHANGED} directory: {page} is being unmapped, nobody may map it"
        else:
            mark = MARK_NEW if before is None else MARK_CHANGED
            yield f"{mark} directory: {page} is frame {frame_text(after[0])}"


def _pools(scene: Scene, delta: StepDelta) -> Iterator[str]:
    arrow = glyphs_of(scene).arrow
    for node, (before, after) in sorted(delta.of("pool_count").items()):
        left = f"{before or 0} {arrow} {after or 0}"
        yield f"{MARK_CHANGED} free frames in the pool of N{node}: {left}"


def _tlb(scene: Scene, delta: StepDelta) -> Iterator[str]:
    gone, cpu_node = glyphs_of(scene).gone, scene.world.kernel.machine.cpu_node
    groups: dict[tuple[int, str], list[int]] = {}
    for key, (before, after) in delta.of("tlb").items():
        mark = MARK_NEW if before is None else gone if after is None else MARK_CHANGED
        groups.setdefault((key >> CPU_SHIFT, mark), []).append(key)
    for (cpu, mark), keys in sorted(groups.items()):
        where = f"{mark} TLB of CPU {cpu} (N{cpu_node[cpu]}): "
        if len(keys) > _LISTED:
            yield where + count_of(len(keys), "translation")
            continue
        tags = sorted((key & (1 << CPU_SHIFT) - 1 for key in keys), key=_place)
        yield where + ", ".join(
            f"{space_text(scene, space_of(tag))} page {vpn_of(tag):#x}" for tag in tags
        )


def _kernel_memory(scene: Scene, change: StepChange) -> Iterator[str]:
    """Whole frames that kernel objects took or gave back, by node and kind."""
    frames: dict[tuple[int, int], int] = {}
    for record in change.records():
        if record.event in (Event.KMEM_ALLOC, Event.KMEM_FREE):
            more = 1 if record.event == Event.KMEM_ALLOC else -1
            frames[record.a, record.c] = frames.get((record.a, record.c), 0) + more
    for (node, kind), more in sorted(frames.items()):
        if more:
            mark = MARK_NEW if more > 0 else glyphs_of(scene).gone
            amount = _objects(abs(more), KIND_NAMES[kind])
            size = number(abs(more) * PAGE_BYTES)
            yield f"{mark} kernel memory of N{node}: {amount}, {size} bytes"


def _objects(frames: int, kind: str) -> str:
    """Frames taken by objects of a kind; small ones, named in the plural, share them as slabs."""
    return (
        f"{count_of(frames, 'slab')} for {kind}" if kind.endswith("s") else count_of(frames, kind)
    )


def _threads(scene: Scene, delta: StepDelta) -> Iterator[str]:
    arrow, members = glyphs_of(scene).arrow, application_spaces(scene)
    threads = scene.world.kernel.threads.rows
    for thread, (before, after) in sorted(delta.of("state").items()):
        if thread not in threads or threads[thread][0] not in members:
            continue  # servers wait, serve and wait again: that says nothing
        old, new = code_of(before or 0), code_of(after or 0)
        if old != new:
            name = thread_text(scene, thread)
            yield f"{MARK_CHANGED} thread {name}: {NAMES[old]} {arrow} {NAMES[new]}"


def _costs(scene: Scene, delta: StepDelta) -> Iterator[str]:
    cpu_node = scene.world.kernel.machine.cpu_node
    for cpu, (before, after) in sorted(delta.of("account").items()):
        old, new = unpack(before or 0), unpack(after or 0)
        spent = Totals(*(b - a for a, b in zip(old, new, strict=True)))
        counts = "".join(f", {text}" for text in _counts(spent))
        yield f"CPU {cpu} on N{cpu_node[cpu]}: {number(spent.cycles)} cycles{counts}"


def _counts(spent: Totals) -> Iterator[str]:
    if spent.faults:
        yield count_of(spent.faults, "fault")
    if spent.messages:
        cross = f" ({spent.cross_messages} to another node)" if spent.cross_messages else ""
        yield count_of(spent.messages, "message") + cross
    if spent.ipis:
        yield count_of(spent.ipis, "interrupt") + " sent"
    accesses = "accesses to"
    for name, local, remote in (
        ("memory", spent.local, spent.remote),
        ("kernel tables", spent.kernel_local, spent.kernel_remote),
        ("pagers' shared data", spent.shared_local, spent.shared_remote),
    ):
        if local or remote:
            near = f" {local} local" if local else ""
            far = f" {remote} remote" if remote else ""
            yield f"{accesses} {name}:{near}{',' if near and far else ''}{far}"
            accesses = "to"
