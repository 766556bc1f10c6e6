"""Page tables: four-level radix trees whose tables are real frames on the space's home node."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import memory
from l4numa_tui.kernel.memory import KernelMemory
from l4numa_tui.machine.mmu import FLAG_BITS, INDEX_BITS, INDEX_MASK, LEVELS, TABLE, TOP_SHIFT


class PageTables:
    """Writes the entries that the MMU walks; the entry format is `machine.mmu`'s."""

    def __init__(self, journal: Journal, kernel_memory: KernelMemory) -> None:
        self._pte = journal.table("pte")
        self._leaf_tables = journal.table("leaf_table")
        self._memory = kernel_memory

    def slot(self, root: int, vpn: int, home: int) -> int:
        """The key of the leaf entry of page `vpn`, making the tables above it where missing.

        New tables are frames of node `home`; KernelError if its kernel memory is exhausted.
        """
        leaf = self._leaf_tables.rows.get(root << TOP_SHIFT | vpn >> INDEX_BITS)
        if leaf is None:
            leaf = self._make_tables(root, vpn, home)
        slot: int = leaf << INDEX_BITS | vpn & INDEX_MASK
        return slot

    def _make_tables(self, root: int, vpn: int, home: int) -> int:
        rows = self._pte.rows
        table, shift = root, TOP_SHIFT
        while shift:
            key = table << INDEX_BITS | (vpn >> shift & INDEX_MASK)
            entry = rows.get(key)
            if entry is None:
                table = self._memory.frame(home, memory.TABLE)
                self._pte.put(key, table << FLAG_BITS | TABLE)
            else:
                table = entry >> FLAG_BITS
            shift -= INDEX_BITS
        self._leaf_tables.put(root << TOP_SHIFT | vpn >> INDEX_BITS, table)
        return table

    def set(self, slot: int, frame: int, rights: int) -> None:
        """Write a leaf entry."""
        self._pte.put(slot, frame << FLAG_BITS | rights)

    def clear(self, slot: int) -> None:
        """Remove a leaf entry; the tables above it stay until the space ends."""
        self._pte.drop(slot)

    def mapped(self, root: int, first: int, pages: int) -> Iterator[int]:
        """The mapped page numbers in [first, first + pages), ascending.

        Absent subtrees are skipped whole, so a region far larger than what it holds is no burden.
        """
        yield from self._mapped(root, TOP_SHIFT, 0, first, first + pages)

    def _mapped(self, table: int, shift: int, base: int, low: int, high: int) -> Iterator[int]:
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
                yield from self._mapped(entry >> FLAG_BITS, shift - INDEX_BITS, at, low, high)
            else:
                yield at

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
