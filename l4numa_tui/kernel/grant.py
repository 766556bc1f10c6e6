"""grant: a page changes its owner; the giver loses it. (Fiasco, Pistachio's old database.)"""

from __future__ import annotations

from l4numa_tui.kernel import large_pages, memory
from l4numa_tui.kernel.mapping_database import SIGMA0, Entry, entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import FPAGE_OVERMAP, MDB_MAP, MDB_MAP_LARGE
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.unmap import remove, revoke
from l4numa_tui.machine.mmu import LARGE_PAGES


def grant_page(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    """The entry changes its owner and keeps its parent and children; the giver loses the page."""
    database = kernel.database
    given, entry = entry_id(sender, vpn), entry_id(receiver, target)
    hole = receiver == SIGMA0 or database.find(given) is None
    if hole or kernel.either_exempt(sender, vpn, receiver, target):
        return 0
    large_pages.split_around(kernel, given)
    large_pages.split_around(kernel, entry)
    source = database.find(given)
    if source is None:
        return 0
    there = database.find(entry)
    if there is not None:
        if not database.is_ancestor(entry, given):
            kernel.record(FPAGE_OVERMAP, receiver, target, there.frame)
        remove(kernel, entry, with_top=True)
        if database.find(given) is None:  # it hung below the page it was to replace
            return 0
    rights = source.rights & wanted
    if not rights:
        remove(kernel, given, with_top=True)
        return 1
    slot = _slot_of(kernel, entry)
    kernel.tables.set(slot, source.frame, source.rights)
    _change_owner(kernel, given, entry, source, rights, slot)
    kernel.record(MDB_MAP, entry, source.parent, source.frame << 3 | rights)
    return 1


def _slot_of(kernel: KernelState, entry: int) -> int:
    home, root, _ = kernel.spaces.rows[space_of(entry)]
    return kernel.tables.slot(root, vpn_of(entry), home)


def grant_large(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    """Grant 2 MiB as one entry; pages changed, -1 where it must be done page by page instead."""
    given, entry = entry_id(sender, vpn), entry_id(receiver, target)
    source = kernel.database.find(given)
    if source is None or receiver == SIGMA0 or not large_pages.is_aligned(target):
        return -1
    if kernel.exempt.rows and kernel.exempt_among(sender, vpn, receiver, target, LARGE_PAGES):
        return -1
    home, root, _ = kernel.spaces.rows[receiver]
    occupied = next(kernel.tables.pieces(root, target, LARGE_PAGES), None) is not None
    if occupied or not source.rights & wanted:
        return -1
    large_pages.move_subtable(kernel, given, home)
    slot = kernel.tables.large_slot(root, target, home)
    kernel.tables.set_large(slot, source.frame, source.rights)
    rights = source.rights & wanted
    _change_owner(kernel, given, entry, source, rights, slot)
    kernel.record(MDB_MAP_LARGE, entry, source.parent, source.frame << 3 | rights)
    return LARGE_PAGES


def _change_owner(
    kernel: KernelState, given: int, entry: int, source: Entry, rights: int, slot: int
) -> None:
    database = kernel.database
    old_home = kernel.spaces.rows[space_of(given)][0]
    home = kernel.spaces.rows[space_of(entry)][0]
    kernel.memory.small(old_home, memory.ENTRY, -1)
    kernel.memory.small(home, memory.ENTRY, 1)
    kernel.status.move(given, entry)
    kernel.tables.clear(source.slot)
    database.move(given, entry, slot)
    # Rights cut by the grant are cut from the children too: none may hold more than its parent.
    below = database.subtree(entry)
    if source.rights & ~rights:  # some may be left without any: what they have seen is told first
        for child in below:
            kernel.status.collect(child)
    lost = revoke(kernel, entry, below, ALL & ~rights, with_top=True)
    # The new owner's own entry is in no TLB yet.
    kernel.shootdown.pending += [given, *(each for each in lost if each != entry)]
    kernel.account.cycles += kernel.costs.map_page
    kernel.touch(old_home)
    kernel.touch(home)
