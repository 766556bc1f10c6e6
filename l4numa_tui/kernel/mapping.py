"""map and grant: how a page travels from one address space into another."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel import memory
from l4numa_tui.kernel.errors import DEPTH_LIMIT as TOO_DEEP
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import Fpage, from_word, place
from l4numa_tui.kernel.mapping_database import (
    DEPTH_LIMIT,
    SIGMA0,
    Entry,
    entry_id,
    space_of,
    vpn_of,
)
from l4numa_tui.kernel.records import FPAGE_MAPCTRL, FPAGE_OVERMAP, MDB_MAP
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.unmap import remove, revoke
from l4numa_tui.machine.mmu import FLAG_BITS


ITEM_WORDS = 2
_MAP_TYPE, _GRANT_TYPE, _TYPE_SHIFT = 4, 5, 1
_SND_BASE_MASK = ~0x3FF


class MapItem(NamedTuple):
    """One typed item of a message: the pages offered, their hot spot, and map or grant."""

    send: Fpage
    snd_base: int
    grant: bool = False

    def words(self) -> tuple[int, int]:
        """The item as two message registers: snd_base with the type, the send fpage (Pistachio)."""
        kind = _GRANT_TYPE if self.grant else _MAP_TYPE
        return self.snd_base & _SND_BASE_MASK | kind << _TYPE_SHIFT, self.send.word()


def item_from_words(first: int, second: int) -> MapItem:
    """Decode a typed item; every type but grant is taken for map, as Pistachio's switch does."""
    kind = first >> _TYPE_SHIFT & 7
    return MapItem(from_word(second), first & _SND_BASE_MASK, kind == _GRANT_TYPE)


def map_fpage(kernel: KernelState, sender: int, receiver: int, item: MapItem, window: Fpage) -> int:
    """Carry out one map or grant item from space `sender` to space `receiver`; pages changed.

    Every rule holds per 4 KiB page. Raises KernelError when a mapping tree would grow too deep or
    the receiver's home node has no kernel memory left; the caller undoes the whole call.
    Rules read in Pistachio's new mapping database, Fiasco and mung.
    """
    if sender == receiver:  # a space that maps to itself maps nothing (mung)
        return 0
    send, snd_base, grant = item
    move = _grant_page if grant else _map_page
    rights = send[2]
    source, target, pages = place(send, window, snd_base)
    if pages == 1:
        return move(kernel, sender, source, receiver, target, rights)
    changed = 0
    for vpn in _present(kernel, sender, source, pages):
        changed += move(kernel, sender, vpn, receiver, target + vpn - source, rights)
    return changed


def _present(kernel: KernelState, space: int, first: int, pages: int) -> list[int]:
    """The pages of the region that the sender has; holes leave the receiver untouched."""
    if space == SIGMA0:
        return [vpn for vpn in range(first, first + pages) if kernel.is_frame(vpn)]
    return list(kernel.tables.mapped(kernel.root_of(space), first, pages))


def _map_page(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    if kernel.exempt.rows and kernel.either_exempt(sender, vpn, receiver, target):
        return 0
    parent = entry_id(sender, vpn)
    entries = kernel.database.entries.rows
    source = entries.get(parent) or kernel.sigma0_page(parent)
    if source is None:  # a hole, or an earlier page of this very item took it away
        return 0
    rights = source[1] & wanted
    if not rights:  # x86 cannot express a mapping without rights
        return 0
    entry = entry_id(receiver, target)
    there = entries.get(entry)
    if there is not None or receiver == SIGMA0:
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
    kernel.account.cycles += kernel.costs.map_page
    kernel.touch(home)
    kernel.note((MDB_MAP, kernel.thread, entry, parent, frame << 3 | rights, kernel.account.cycles))
    return 1


def _meet(kernel: KernelState, entry: int, parent: int, frame: int, rights: int) -> int:
    """The receiver has a mapping there already; -1 if the new one is to be inserted now."""
    database = kernel.database
    there = database.find(entry)
    if space_of(entry) == SIGMA0 or there is None:
        return 0  # sigma0 owns every frame already; nobody maps to it
    if database.is_ancestor(entry, parent):
        # Mapped back onto the page it came from: both vanish (Fiasco, Pistachio's new database).
        remove(kernel, entry, with_top=True)
        return 0
    if there.frame == frame and there.parent == parent:
        return _extend(kernel, entry, there, rights)
    kernel.record(FPAGE_OVERMAP, space_of(entry), vpn_of(entry), there.frame)
    remove(kernel, entry, with_top=True)
    return -1


def _extend(kernel: KernelState, entry: int, there: Entry, rights: int) -> int:
    """Same frame from the same parent: rights are added, never lowered, and no TLB need know."""
    grown = there.rights | rights
    if grown == there.rights:
        return 0
    kernel.database.set_rights(entry, grown)
    kernel.tables.set(there.slot, there.frame, grown)
    kernel.touch_entry(entry)
    kernel.record(FPAGE_MAPCTRL, space_of(entry), vpn_of(entry), grown)
    return 1


def _grant_page(
    kernel: KernelState, sender: int, vpn: int, receiver: int, target: int, wanted: int
) -> int:
    """The entry changes its owner and keeps its parent and children; the giver loses the page."""
    if sender == SIGMA0:  # sigma0 cannot lose what it owns: granting from it is mapping
        return _map_page(kernel, sender, vpn, receiver, target, wanted)
    if kernel.either_exempt(sender, vpn, receiver, target):
        return 0
    database = kernel.database
    given, entry = entry_id(sender, vpn), entry_id(receiver, target)
    source = database.find(given)
    if source is None or receiver == SIGMA0:
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
    _change_owner(kernel, given, entry, source, rights)
    return 1


def _change_owner(kernel: KernelState, given: int, entry: int, source: Entry, rights: int) -> None:
    database = kernel.database
    old_home = kernel.spaces.rows[space_of(given)][0]
    home, root, _ = kernel.spaces.rows[space_of(entry)]
    kernel.memory.small(old_home, memory.ENTRY, -1)
    kernel.memory.small(home, memory.ENTRY, 1)
    slot = kernel.tables.slot(root, vpn_of(entry), home)
    kernel.tables.set(slot, source.frame, source.rights)
    kernel.status.move(given, entry)
    kernel.tables.clear(source.slot)
    database.move(given, entry, slot)
    # Rights cut by the grant are cut from the children too: none may hold more than its parent.
    lost = revoke(kernel, entry, database.subtree(entry), ALL & ~rights, with_top=True)
    kernel.shootdown.revoke([given, *lost], kernel.cpu)
    kernel.account.cycles += kernel.costs.map_page
    kernel.touch(old_home)
    kernel.touch(home)
    kernel.record(MDB_MAP, entry, source.parent, source.frame << 3 | rights)
