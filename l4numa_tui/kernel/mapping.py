"""map: how a page travels from one address space into another. (Its sibling is `grant`.)"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel import large_pages, memory
from l4numa_tui.kernel.errors import DEPTH_LIMIT as TOO_DEEP
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import Fpage, from_word, page, place
from l4numa_tui.kernel.grant import grant_large, grant_page
from l4numa_tui.kernel.mapping_database import (
    DEPTH_LIMIT,
    SIGMA0,
    Entry,
    entry_id,
    space_of,
    vpn_of,
)
from l4numa_tui.kernel.records import (
    FPAGE_MAP,
    FPAGE_MAPCTRL,
    FPAGE_OVERMAP,
    MDB_MAP,
    MDB_MAP_LARGE,
)
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.unmap import remove
from l4numa_tui.machine.mmu import FLAG_BITS, LARGE_PAGES

ITEM_WORDS = 2
_MAP_TYPE, _GRANT_TYPE, _TYPE_SHIFT = 4, 5, 1
_SND_BASE_MASK = ~0x3FF
_new = tuple.__new__  # as in kernel.fpage


class MapItem(NamedTuple):
    """One typed item of a message: the pages offered, their hot spot, and map or grant."""

    send: Fpage
    snd_base: int
    grant: bool = False

    def words(self) -> tuple[int, int]:
        """The item as two message registers: snd_base with the type, the send fpage (Pistachio)."""
        kind = _GRANT_TYPE if self.grant else _MAP_TYPE
        return self.snd_base & _SND_BASE_MASK | kind << _TYPE_SHIFT, self.send.word()


def page_item(frame: int, address: int, rights: int = ALL) -> MapItem:
    """The item that maps page `frame` of the sender to `address`: a pager's usual answer."""
    return _new(MapItem, (page(frame, rights), address, False))


def item_from_words(first: int, second: int) -> MapItem:
    """Decode a typed item; every type but grant is taken for map, as Pistachio's switch does."""
    kind = first >> _TYPE_SHIFT & 7
    return MapItem(from_word(second), first & _SND_BASE_MASK, kind == _GRANT_TYPE)


def map_fpage(kernel: KernelState, sender: int, receiver: int, item: MapItem, window: Fpage) -> int:
    """Carry out one map or grant item from space `sender` to space `receiver`; pages changed.

    Every rule holds per 4 KiB page; where 2 MiB of the sender meet 2 MiB of the receiver, one entry
    stands for all 512. Raises KernelError when a mapping tree would grow too deep or the receiver's
    home node has no kernel memory left; the caller undoes the whole call.
    Rules read in Pistachio's new mapping database, Fiasco and mung.
    """
    if sender == receiver:  # a space that maps to itself maps nothing (mung)
        return 0
    send, snd_base, grant = item
    grant = grant and sender != SIGMA0  # sigma0 cannot lose what it owns: there it is a map
    move = grant_page if grant else _map_page
    rights = send[2]
    source, target, pages = place(send, window, snd_base)
    if pages == 1:
        changed = move(kernel, sender, source, receiver, target, rights)
        kernel.shootdown.settle(kernel.cpu)
        return changed
    changed = 0
    move_large = grant_large if grant else _map_large
    for vpn, size in large_pages.sender_pieces(kernel, sender, source, pages):
        to = target + vpn - source
        if size > 1:
            done = move_large(kernel, sender, vpn, receiver, to, rights)
            if done >= 0:
                changed += done
                continue
        for at in range(size):
            changed += move(kernel, sender, vpn + at, receiver, to + at, rights)
    kernel.shootdown.settle(kernel.cpu)
    if pages:
        kernel.record(FPAGE_MAP, receiver, target, changed)
    return changed


def _map_page(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    if kernel.exempt.rows and kernel.either_exempt(sender, vpn, receiver, target):
        return 0
    parent = entry_id(sender, vpn)
    entries = kernel.database.entries.rows
    source = entries.get(parent) or kernel.source_page(parent)
    if source is None:  # a hole, or an earlier page of this very item took it away
        return 0
    rights = source[1] & wanted
    if not rights:  # x86 cannot express a mapping without rights
        return 0
    entry = entry_id(receiver, target)
    there = entries.get(entry)
    if there is not None or receiver == SIGMA0 or kernel.database.large.rows:
        settled = _meet(kernel, entry, parent, source[0], rights)
        if settled >= 0:
            return settled
    frame, depth = source[0], source[3]
    if depth >= DEPTH_LIMIT:
        raise KernelError(TOO_DEEP, f"the source is {depth} mappings away from sigma0")
    home, root, _ = kernel.spaces.rows[receiver]
    kernel.memory.small(home, memory.ENTRY, 1)
    slot = kernel.tables.slot(root, target, home)
    kernel.mmu.pte.put(slot, frame << FLAG_BITS | rights)
    kernel.database.insert(entry, (frame, rights, parent, depth + 1, slot))
    if kernel.database.large.rows:
        large_pages.count_small(kernel, parent, 1)
    kernel.account.cycles += kernel.costs.map_page
    kernel.touch(home)
    kernel.note((MDB_MAP, kernel.thread, entry, parent, frame << 3 | rights, kernel.account.cycles))
    return 1


def _map_large(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    """Map 2 MiB as one entry; pages changed, -1 where it must be done page by page instead."""
    if (
        not kernel.large_pages
        or not large_pages.is_aligned(target)
        or receiver == SIGMA0
        or kernel.exempt_among(sender, vpn, receiver, target, LARGE_PAGES)
    ):
        return -1
    parent, entry = entry_id(sender, vpn), entry_id(receiver, target)
    source = kernel.database.find(parent)
    if source is None or not large_pages.is_aligned(source.frame):
        return -1
    rights = source.rights & wanted
    if not rights:
        return 0
    database = kernel.database
    home, root, _ = kernel.spaces.rows[receiver]
    if next(kernel.tables.pieces(root, target, LARGE_PAGES), None) is not None:
        if entry not in database.large.rows:
            return -1
        settled = _meet(kernel, entry, parent, source.frame, rights, whole=True)
        if settled >= 0:
            return settled * LARGE_PAGES
    if source.depth >= DEPTH_LIMIT:
        raise KernelError(TOO_DEEP, f"the source is {source.depth} mappings away from sigma0")
    kernel.memory.small(home, memory.ENTRY, 1)
    slot = kernel.tables.large_slot(root, target, home)
    kernel.tables.set_large(slot, source.frame, rights)
    database.insert(entry, (source.frame, rights, parent, source.depth + 1, slot))
    database.large.put(entry, (0, 0))
    kernel.account.cycles += kernel.costs.map_page
    kernel.touch(home)
    kernel.record(MDB_MAP_LARGE, entry, parent, source.frame << 3 | rights)
    return LARGE_PAGES


def _meet(
    kernel: KernelState, entry: int, parent: int, frame: int, rights: int, *, whole: bool = False
) -> int:
    """The receiver may have a mapping there already; -1 if the new one is to be inserted now.

    `whole`: the new one covers the 2 MiB entry that is there; else that one is split first, unless
    nothing changes.
    """
    database = kernel.database
    there = database.find(entry)
    if space_of(entry) == SIGMA0:
        return 0  # sigma0 owns every frame already; nobody maps to it
    if there is None:
        return -1
    same = there.frame == frame and there.parent == parent
    if same and there.rights | rights == there.rights:
        return 0
    if not whole:
        large_pages.split_around(kernel, entry)
        there = database.find(entry) or there
    if database.is_ancestor(entry, parent):
        # Mapped back onto the page it came from: both vanish (Fiasco, Pistachio's new database).
        remove(kernel, entry, with_top=True)
        return 0
    if same:
        return _extend(kernel, entry, there, rights)
    kernel.record(FPAGE_OVERMAP, space_of(entry), vpn_of(entry), there.frame)
    remove(kernel, entry, with_top=True)
    return -1


def _extend(kernel: KernelState, entry: int, there: Entry, rights: int) -> int:
    """Same frame from the same parent: rights are added, never lowered, and no TLB need know."""
    grown = there.rights | rights
    kernel.database.set_rights(entry, grown)
    kernel.tables.set(there.slot, there.frame, grown)
    kernel.touch_entry(entry)
    kernel.record(FPAGE_MAPCTRL, space_of(entry), vpn_of(entry), grown)
    return 1
