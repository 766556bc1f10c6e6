"""unmap and flush: taking back what was derived from one's own pages."""

from __future__ import annotations

from l4numa_tui.kernel import large_pages, memory
from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import FPAGE_MAPCTRL, MDB_UNMAP, MDB_UNMAP_LARGE, SYSCALL_UNMAP
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.machine.mmu import LARGE_PAGES


def unmap(kernel: KernelState, space: int, region: Fpage, *, flush: bool) -> int:
    """Revoke `region.rights` from everything derived from the region's pages of `space`.

    The region names addresses in the caller's own space: authority is owning the entry there, so a
    pager can only unmap mappings that were established through it, grandchildren included. With
    `flush` the caller's own mapping loses the rights too. Rights 0 revoke nothing. Returns the
    status bits: what was read, written, executed through the affected entries since the caller last
    asked. (mung's page-granular semantics; Pistachio's and Fiasco's for 4 KiB pages.)
    """
    status = 0
    lost: list[int] = []
    own = flush and space != SIGMA0
    if region.rights:
        large_pages.split_edges(kernel, space, region, own=own)
    else:
        large_pages.collect_around(kernel, space, region)
    for vpn, pages in _held(kernel, space, region):
        if pages == 1 and kernel.is_exempt(space, vpn):
            continue
        top, whole = entry_id(space, vpn), pages > 1
        if kernel.database.find(top) is None:  # it was derived from an earlier page of the region
            continue
        below = kernel.database.subtree(top, whole=whole)
        status |= kernel.status.read(top, below, own=own, whole=whole)
        lost += revoke(kernel, top, below, region.rights, with_top=own, whole=whole)
    if space == SIGMA0:  # its accumulators outlive the mappings that they tell of
        status |= kernel.status.sweep(SIGMA0, region.first_page, region.pages)
    kernel.shootdown.revoke(lost, kernel.cpu)
    kernel.record(SYSCALL_UNMAP, region.word(), int(flush) | status << 1, len(lost))
    return status


def remove(kernel: KernelState, top: int, *, with_top: bool) -> None:
    """Remove the whole subtree of `top`, bottom-up, with the top itself if asked.

    The shootdown waits until the item that this makes room for is done: once per fpage.
    """
    below = kernel.database.subtree(top)
    for entry in below:
        kernel.status.collect(entry)
    if with_top:
        kernel.status.collect(top)
    kernel.shootdown.pending += _remove(kernel, top, below, with_top=with_top)


def _held(kernel: KernelState, space: int, region: Fpage) -> list[tuple[int, int]]:
    """(first page, pages) of what the space has there: whole 2 MiB entries, else single pages."""
    if region.is_nil:
        return []
    if region.pages == 1:
        vpn = region.first_page
        return [(vpn, 1)] if kernel.database.find(entry_id(space, vpn)) else []
    if space == SIGMA0:
        pages = range(region.first_page, region.first_page + region.pages)
        owned = (vpn_of(e) for e in kernel.database.child.rows if space_of(e) == SIGMA0)
        return sorted((vpn, 1) for vpn in owned if vpn in pages)
    return large_pages.sender_pieces(kernel, space, region.first_page, region.pages)


def revoke(
    kernel: KernelState,
    top: int,
    below: list[int],
    rights: int,
    *,
    with_top: bool,
    whole: bool = True,
) -> list[int]:
    """Take `rights` from the subtree; the entries that changed or went, for the TLBs.

    `whole`: as unmap names all pages of `top`; else the one only, also if it stands for 512.
    """
    if not rights:
        return []
    rows = kernel.database.entries.rows
    row = kernel.database.row(top)
    kept = row[1] & ~rights if row else ~rights & 7
    if not kept or (not with_top and all(not rows[entry][1] & ~rights for entry in below)):
        return _remove(kernel, top, below, with_top=with_top, whole=whole)
    lost = []
    for entry in reversed(below):  # children before parents: never a child without its parent
        frame, had, _, _, slot = rows[entry]
        left = had & ~rights
        if left == had:
            continue
        lost.append(entry)
        if left:
            _cut(kernel, entry, frame, left, slot)
        else:
            _drop_one(kernel, entry)
    if with_top:
        frame, had, _, _, slot = rows[top]
        if had & rights:
            lost.append(top)
            _cut(kernel, top, frame, had & ~rights, slot)
    return lost


def _cut(kernel: KernelState, entry: int, frame: int, rights: int, slot: int) -> None:
    kernel.database.set_rights(entry, rights)
    kernel.tables.set(slot, frame, rights)
    kernel.account.cycles += kernel.costs.unmap_page
    kernel.touch_entry(entry)
    kernel.record(FPAGE_MAPCTRL, space_of(entry), vpn_of(entry), rights)


def _drop_one(kernel: KernelState, entry: int) -> None:
    """Remove an entry that has no children left, keeping its siblings linked."""
    kernel.database.unlink(entry)
    _erase(kernel, entry)


def _remove(
    kernel: KernelState, top: int, below: list[int], *, with_top: bool, whole: bool = True
) -> list[int]:
    gone = [*reversed(below), top] if with_top else below[::-1]
    if with_top:
        kernel.database.unlink(top)
    elif below:
        kernel.database.drop_children(top, kernel.database.pages_of(top) if whole else 1)
    for entry in gone:
        _erase(kernel, entry)
    return gone


def _erase(kernel: KernelState, entry: int) -> None:
    database = kernel.database
    frame, rights, parent, _, slot = database.entries.rows[entry]
    pages = 1
    if database.large.rows:
        pages = database.pages_of(entry)
        if pages == 1:
            large_pages.count_small(kernel, parent, -1)
    kernel.tables.clear(slot)
    kernel.status.forget(entry)
    database.forget(entry)
    home = kernel.spaces.rows[space_of(entry)][0]
    kernel.account.cycles += kernel.costs.unmap_page
    kernel.touch(home)
    event = MDB_UNMAP if pages < LARGE_PAGES else MDB_UNMAP_LARGE
    kernel.record(event, entry, rights, frame)
    kernel.memory.small(home, memory.ENTRY, -1)
