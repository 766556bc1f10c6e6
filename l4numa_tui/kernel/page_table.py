"""Page tables: four-level radix trees whose tables are real frames on the space's home node."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import memory
from l4numa_tui.kernel.memory import KernelMemory
from l4numa_tui.machine.mmu import (
    FLAG_BITS,
    INDEX_BITS,
    INDEX_MASK,
    LARGE,
    LARGE_PAGES,
    LEVELS,
    TABLE,
    TOP_SHIFT,
)


class PageTables:
    """Writes the entries that the MMU walks; the entry format is `machine.mmu`'s."""

    def __init__(self, journal: Journal, kernel_memory: KernelMemory) -> None:
        self._pte = journal.table("pte")
        self._leaf_tables = journal.table("leaf_table")
        self._memory = kernel_memory

    def slot(self, root: int, vpn: int, home: int) -> int:
        """The key of the leaf entry of page `vpn`, making the tables above it where missing.

        New tables are frames of node `home`; KernelError if its kernel memory is exhausted. The
        page must not lie inside a 2 MiB entry.
        """
        leaf = self._leaf_tables.rows.get(root << TOP_SHIFT | vpn >> INDEX_BITS)
        if leaf is None:
            leaf = self._table(root, vpn, home, 0)
            self._leaf_tables.put(root << TOP_SHIFT | vpn >> INDEX_BITS, leaf)
        slot: int = leaf << INDEX_BITS | vpn & INDEX_MASK
        return slot

    def large_slot(self, root: int, vpn: int, home: int) -> int:
        """The key of the third-level entry for the 2 MiB from page `vpn` on, free to be written.

        An empty leaf table that stands there goes back to the node's kernel memory.
        """
        table = self._table(root, vpn, home, INDEX_BITS)
        key = table << INDEX_BITS | (vpn >> INDEX_BITS & INDEX_MASK)
        if key in self._pte.rows:
            self._memory.release(self._pte.rows[key] >> FLAG_BITS, memory.TABLE)
            self._pte.drop(key)
            self._leaf_tables.drop(root << TOP_SHIFT | vpn >> INDEX_BITS)
        return key

    def _table(self, root: int, vpn: int, home: int, last: int) -> int:
        """The table whose entries each map 1 << `last` pages, on the way to page `vpn`."""
        rows = self._pte.rows
        table, shift = root, TOP_SHIFT
        while shift > last:
            key = table << INDEX_BITS | (vpn >> shift & INDEX_MASK)
            entry = rows.get(key)
            if entry is None:
                table = self._memory.frame(home, memory.TABLE)
                self._pte.put(key, table << FLAG_BITS | TABLE)
            else:
                table = entry >> FLAG_BITS
            shift -= INDEX_BITS
        return table

    def set(self, slot: int, frame: int, rights: int) -> None:
        """Write a leaf entry, keeping its size."""
        size = self._pte.rows.get(slot, 0) & LARGE
        self._pte.put(slot, frame << FLAG_BITS | size | rights)

    def set_large(self, slot: int, frame: int, rights: int) -> None:
        """Write an entry for 2 MiB of memory that begin at `frame`."""
        self._pte.put(slot, frame << FLAG_BITS | LARGE | rights)

    def clear(self, slot: int) -> None:
        """Remove a leaf entry; the tables above it stay until the space ends."""
        self._pte.drop(slot)

    def split(self, slot: int, root: int, vpn: int, home: int) -> int:
        """Put a leaf table of 512 like entries in the place of a 2 MiB entry; its first key."""
        entry = self._pte.rows[slot]
        frame, rights = entry >> FLAG_BITS, entry & ~LARGE & ((1 << FLAG_BITS) - 1)
        leaf = self._memory.frame(home, memory.TABLE)
        first = leaf << INDEX_BITS
        for page in range(LARGE_PAGES):
            self._pte.put(first | page, frame + page << FLAG_BITS | rights)
        self._pte.put(slot, leaf << FLAG_BITS | TABLE)
        self._leaf_tables.put(root << TOP_SHIFT | vpn >> INDEX_BITS, leaf)
        return first

    def pieces(self, root: int, first: int, pages: int) -> Iterator[tuple[int, int]]:
        """(first page, pages: 1 or 512) of each entry that meets [first, first + pages), ascending.

        Absent subtrees are skipped whole, so a region far larger than what it holds is no burden.
        """
        yield from self._pieces(root, TOP_SHIFT, 0, first, first + pages)

    def _pieces(
        self, table: int, shift: int, base: int, low: int, high: int
    ) -> Iterator[tuple[int, int]]:
        rows = self._pte.rows
        span = 1 << shift
        start = max(low - base, 0) >> shift
        stop = min((high - base + span - 1) >> shift, 1 << INDEX_BITS)
        for index in range(start, stop):
            entry = rows.get(table << INDEX_BITS | index)
            if entry is None:
                continue
            at = base + (index << shift)
            if entry & TABLE:
                yield from self._pieces(entry >> FLAG_BITS, shift - INDEX_BITS, at, low, high)
            else:
                yield at, span

    def mapped(self, root: int, first: int, pages: int) -> Iterator[int]:
        """The mapped page numbers in [first, first + pages), ascending."""
        for at, size in self.pieces(root, first, pages):
            yield from range(max(at, first), min(at + size, first + pages))

    def tables(self, root: int) -> Iterator[tuple[int, int]]:
        """(key of the entry that leads to it, frame) of every table below `root`, deepest first."""
        yield from self._tables(root, LEVELS - 1)

    def _tables(self, table: int, depth: int) -> Iterator[tuple[int, int]]:
        if not depth:
            return
        for index in range(1 << INDEX_BITS):
            key = table << INDEX_BITS | index
            entry = self._pte.rows.get(key)
            if entry is not None and entry & TABLE:
                yield from self._tables(entry >> FLAG_BITS, depth - 1)
                yield key, entry >> FLAG_BITS

    def free_all(self, root: int) -> None:
        """Give every table of an empty space back to its home node, the root last."""
        for key, frame in list(self.tables(root)):
            self._pte.drop(key)
            self._memory.release(frame, memory.TABLE)
        for key in [key for key in self._leaf_tables.rows if key >> TOP_SHIFT == root]:
            self._leaf_tables.drop(key)
        self._memory.release(root, memory.TABLE)
