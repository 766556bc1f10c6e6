"""2 MiB entries: one entry and one page-table entry for 512 pages, as long as nobody cuts them.

They are layout only. Every rule is the one for 4 KiB pages; an operation on a part of a 2 MiB entry
first splits it, a visible event that costs kernel memory. (mung's semantics. Fiasco removes a
larger overlapping descendant whole, Pistachio refuses or misses some.)
"""

from __future__ import annotations

from l4numa_tui.kernel import memory
from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.mapping_database import SIGMA0, advance, entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import FPAGE_SPLIT
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.machine.machine import INDEX_MASK as FRAME_INDEX_MASK
from l4numa_tui.machine.mmu import INDEX_MASK, LARGE_PAGES


def is_aligned(vpn: int) -> bool:
    """Whether a 2 MiB entry could begin at the page."""
    return not vpn & INDEX_MASK


def sender_pieces(kernel: KernelState, space: int, first: int, pages: int) -> list[tuple[int, int]]:
    """(first page, pages) of what the sender has in a region; holes are simply not there.

    A piece is a whole 2 MiB entry or a single page. sigma0 has every frame, in pieces as large as
    they can be.
    """
    stop = first + pages
    if space == SIGMA0:
        return _frames(kernel, first, stop)
    out = []
    for at, size in kernel.tables.pieces(kernel.root_of(space), first, pages):
        if first <= at and at + size <= stop:
            out.append((at, size))
        else:
            out += [(vpn, 1) for vpn in range(max(at, first), min(at + size, stop))]
    return out


def _frames(kernel: KernelState, first: int, stop: int) -> list[tuple[int, int]]:
    out = []
    for node, frames in enumerate(kernel.machine.user_frames):
        base = node << FRAME_INDEX_MASK.bit_length()
        at, end = max(first, base), min(stop, base + frames)
        while at < end:
            size = LARGE_PAGES if is_aligned(at) and at + LARGE_PAGES <= end else 1
            out.append((at, size))
            at += size
    return out


def split_around(kernel: KernelState, page: int) -> None:
    """Split the 2 MiB entry that a page lies inside, if it lies in one."""
    if kernel.database.large.rows:
        base = kernel.database.large_around(page)
        if base is not None:
            split(kernel, base)


def split_edges(kernel: KernelState, space: int, region: Fpage, *, own: bool) -> None:
    """Split what the region of an unmap cuts: the `own` entry, or else those derived from it."""
    if not kernel.database.large.rows or region.pages >= LARGE_PAGES:
        return  # fpages are aligned: such a region holds 2 MiB entries whole
    base = entry_id(space, region.first_page & ~INDEX_MASK)
    if base in kernel.database.large.rows and own:
        split(kernel, base)
    elif base in kernel.database.large.rows or space == SIGMA0:
        for child in kernel.database.children(base):
            if child in kernel.database.large.rows:
                split(kernel, child)


def collect_around(kernel: KernelState, space: int, region: Fpage) -> None:
    """Collect the status bits of 2 MiB entries that the region cuts: a mere reader splits none."""
    if kernel.database.large.rows and region.pages < LARGE_PAGES:
        base = entry_id(space, region.first_page & ~INDEX_MASK)
        for below in kernel.database.subtree(base):
            kernel.status.collect(below)


def split(kernel: KernelState, entry: int) -> None:
    """Turn a 2 MiB entry, and all those derived from it, into entries of 4 KiB each.

    Each split takes a page table and the room of 511 more mapping entries on the home node;
    KernelError if that has none left. No right, frame or relation changes.
    """
    database = kernel.database
    large = database.large.rows
    # From the top down: no sub-table need be made for pieces whose parent is split as well.
    for each in [entry, *(below for below in database.subtree(entry) if below in large)]:
        _split_one(kernel, each)


def _split_one(kernel: KernelState, entry: int) -> None:
    database, memory_ = kernel.database, kernel.memory
    space, first = space_of(entry), vpn_of(entry)
    home, root, _ = kernel.spaces.rows[space]
    frame, rights, parent, depth, slot = database.entries.rows[entry]
    drop_subtable(kernel, entry)
    database.large.drop(entry)
    memory_.small(home, memory.ENTRY, LARGE_PAGES - 1)
    leaf = kernel.tables.split(slot, root, first, home)
    database.entries.put(entry, (frame, rights, parent, depth, leaf))
    for at in range(1, LARGE_PAGES):
        piece = (frame + at, rights, advance(parent, at), depth, leaf | at)
        database.append(entry_id(space, first + at), piece)
    count_small(kernel, parent, LARGE_PAGES)
    # One translation of 2 MiB is none of a page: it may stay in no TLB.
    kernel.shootdown.forget(entry)
    kernel.account.cycles += kernel.costs.split_large
    kernel.touch(home)
    kernel.record(FPAGE_SPLIT, space, first, frame)


def count_small(kernel: KernelState, parent: int, more: int) -> None:
    """Note that `more` 4 KiB entries hang below the page `parent`: it may lie in a 2 MiB entry.

    Such an entry has a sub-table at its home, from the first small child to the last (Pistachio).
    """
    large = kernel.database.large
    if not large.rows:
        return
    holder = kernel.database.large_around(parent)
    if holder is None:
        return
    count, frame = large.rows[holder]
    home = kernel.spaces.rows[space_of(holder)][0]
    if not count:
        frame = kernel.memory.frame(home, memory.SUBTABLE)
        kernel.memory.small(home, memory.SUBTABLE_HEAD, 1)
    elif not count + more:
        _release(kernel, home, frame)
        frame = 0
    large.put(holder, (count + more, frame))


def drop_subtable(kernel: KernelState, entry: int) -> None:
    """Give back the sub-table of a 2 MiB entry that ends, if it has one."""
    _, frame = kernel.database.large.rows[entry]
    if frame:
        _release(kernel, kernel.spaces.rows[space_of(entry)][0], frame)


def _release(kernel: KernelState, home: int, frame: int) -> None:
    kernel.memory.release(frame, memory.SUBTABLE)
    kernel.memory.small(home, memory.SUBTABLE_HEAD, -1)


def move_subtable(kernel: KernelState, entry: int, home: int) -> None:
    """Take the sub-table of an entry that is granted away to the new owner's home node."""
    large = kernel.database.large
    count, frame = large.rows[entry]
    if frame:
        drop_subtable(kernel, entry)
        fresh = kernel.memory.frame(home, memory.SUBTABLE)
        kernel.memory.small(home, memory.SUBTABLE_HEAD, 1)
        large.put(entry, (count, fresh))
