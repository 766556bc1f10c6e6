"""The card of a frame that the kernel keeps for itself: above all a page table."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.machine.mmu import (
    FLAG_BITS,
    INDEX_BITS,
    INDEX_MASK,
    LARGE,
    LEVELS,
    RIGHTS,
    TABLE,
)
from l4numa_tui.views.inspecting.card import Card, frame_part, space_part
from l4numa_tui.views.pane_parts import number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Segment

LEVEL_NAMES = ("PML4", "PDPT", "PD", "PT")  # x86-64's, from the root down
_SLOTS = 1 << INDEX_BITS
_SHOWN = 12  # slots that are listed one by one


class Place(NamedTuple):
    """Where a table hangs: its space, its level (0 the root), the first page below it, its slot."""

    space: int
    depth: int
    first: int
    slot: int  # the key of the entry that leads to it, -1 for a root


def place_of(scene: Scene, frame: int) -> Place | None:
    """The place of a frame in the radix tree of a space, None if it is no page table.

    One pass over all page-table entries for each level above the frame.
    """
    kernel = scene.world.kernel
    roots = {row[1]: space for space, row in kernel.spaces.rows.items()}
    wanted, slot = frame, -1
    indexes: list[int] = []
    while wanted not in roots and len(indexes) < LEVELS:
        leads = wanted << FLAG_BITS | TABLE | RIGHTS
        pairs = kernel.mmu.pte.rows.items()
        key = next((key for key, entry in pairs if entry | RIGHTS == leads), None)
        if key is None:
            return None
        slot = key if slot < 0 else slot
        indexes.insert(0, key & INDEX_MASK)
        wanted = key >> INDEX_BITS
    if wanted not in roots:
        return None
    first = 0
    for index in indexes:
        first = first << INDEX_BITS | index
    depth = len(indexes)
    return Place(roots[wanted], depth, first << INDEX_BITS * (LEVELS - depth), slot)


def table_card(card: Card, frame: int) -> None:
    """What the kernel uses a frame for; of a page table where it hangs and what it leads to."""
    place = place_of(card.pen.scene, frame)
    if place is None:
        card.text("state", "the kernel's own", "value")
        card.text("use", _use_of(card.pen.scene, frame), "value")
        return
    pen = card.pen
    card.text("state", "the kernel's own", "value")
    card.row("use", Segment(f"page table, {LEVEL_NAMES[place.depth]}", "value"))
    card.row("space", space_part(pen, place.space))
    span = 1 << INDEX_BITS * (LEVELS - place.depth)
    low, high = place.first << PAGE_LOG2, (place.first + span << PAGE_LOG2) - 1
    card.text("covers", f"{low:#x}{pen.glyphs.span}{high:#x}", "value")
    if place.slot >= 0:
        upper = frame_part(pen, place.slot >> INDEX_BITS)
        card.row("from", Segment(f"slot {place.slot & INDEX_MASK} of", "dim"), upper)
    _slot_rows(card, frame)
    if place.slot >= 0:
        card.times(("slot", place.slot))


def _slot_rows(card: Card, frame: int) -> None:
    pen, rows = card.pen, card.pen.scene.world.kernel.mmu.pte.rows
    keys = range(frame << INDEX_BITS, (frame << INDEX_BITS) + _SLOTS)
    used = [key for key in keys if rows.get(key, 0)]
    card.text("slots", f"{number(len(used))} of {_SLOTS} in use", "value")
    for key in used[:_SHOWN]:
        entry = rows[key]
        to = frame_part(pen, entry >> FLAG_BITS)
        what = "table" if entry & TABLE else rights_text(entry & RIGHTS)
        size = " 2 MiB" if entry & LARGE else ""
        slot = Segment(f"{key & INDEX_MASK:>6} {pen.glyphs.arrow}", "dim")
        card.flow([slot, to, Segment(what + size, "value")], 0)
    if len(used) > _SHOWN:
        card.flow([Segment(f"       and {number(len(used) - _SHOWN)} more", "dim")], 0)


def _use_of(scene: Scene, frame: int) -> str:
    """The kind of objects in a frame that is no page table."""
    for key, taken in scene.world.kernel.journal.table("kmem_slab").rows.items():
        if taken == frame:
            return f"slab of {KIND_NAMES[key >> NODE_SHIFT & 15]}"
    return "a kernel object, or free"
