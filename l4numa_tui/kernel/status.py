"""Status bits: what was read, written or executed, told to each pager without stealing.

The hardware sets bits on an entry at each access (`mdb_used`). Reading must not take them from
another reader, so bits that anyone collects are first handed to *all* ancestors (`mdb_told_below`)
and to the entry itself (`mdb_told_self`), where they wait until that reader asks. All three are
kept per 4 KiB page, also inside a 2 MiB entry, whose page-table entry has one pair of bits in
hardware: whoever asks about a part of it is told of that part only.
"""

from __future__ import annotations

from l4numa_tui.journal import Journal, Table
from l4numa_tui.kernel.mapping_database import MappingDatabase, advance, space_of, vpn_of
from l4numa_tui.kernel.rights import READ, WRITE

# x86 sets the accessed bit on every access, so a write also counts as a read.
IMPLIED = {READ: READ, WRITE: READ | WRITE, 1: READ | 1}


class StatusBits:
    """Keeps and hands out the referenced, written and executed bits of mapping entries."""

    def __init__(self, journal: Journal, database: MappingDatabase) -> None:
        self._database = database
        self.used = journal.table("mdb_used")
        self._below = journal.table("mdb_told_below")
        self._self = journal.table("mdb_told_self")

    def mark(self, page: int, right: int) -> None:
        """Note an access with `right` through a page."""
        had = self.used.rows.get(page, 0)
        now = had | IMPLIED[right]
        if now != had:
            self.used.put(page, now)

    def collect(self, entry: int) -> None:
        """Hand the hardware's bits of one entry to itself and to all its ancestors."""
        for page in self._pages(entry):
            bits = self.used.rows.get(page, 0)
            if not bits:
                continue
            self.used.drop(page)
            _or_into(self._self, page, bits)
            for ancestor in self._database.ancestors(page):
                _or_into(self._below, ancestor, bits)

    def read(self, entry: int, subtree: list[int], *, own: bool, whole: bool = True) -> int:
        """What happened through the subtree (and the `own` entry) since its owner last asked.

        Not `whole`: of the one page only, also if the entry stands for 512.
        """
        for below in subtree:
            self.collect(below)
        bits = 0
        if own:
            self.collect(entry)
        for page in self._pages(entry) if whole else (entry,):
            bits |= _take(self._below, page)
            if own:
                bits |= _take(self._self, page)
        return bits

    def sweep(self, space: int, first: int, pages: int) -> int:
        """What is kept for any page of a region for the space that derived others from it."""
        kept = [
            page
            for page in self._below.rows
            if space_of(page) == space and first <= vpn_of(page) < first + pages
        ]
        bits = 0
        for page in kept:
            bits |= _take(self._below, page)
        return bits

    def forget(self, entry: int) -> None:
        """Drop the books of an entry that is removed; its bits must have been collected before."""
        for table in (self.used, self._below, self._self):
            if table.rows:
                for page in self._pages(entry):
                    if page in table.rows:
                        table.drop(page)

    def move(self, entry: int, to: int) -> None:
        """Let the books follow an entry that was granted to another owner."""
        for table in (self.used, self._below, self._self):
            for at, page in enumerate(self._pages(entry)):
                bits = _take(table, page)
                if bits:
                    table.put(advance(to, at), bits)

    def _pages(self, entry: int) -> tuple[int, ...]:
        large = self._database.large.rows
        if not large or entry not in large:
            return (entry,)
        return tuple(advance(entry, at) for at in range(self._database.pages_of(entry)))


def _or_into(table: Table, key: int, bits: int) -> None:
    had = table.rows.get(key, 0)
    if had | bits != had:
        table.put(key, had | bits)


def _take(table: Table, key: int) -> int:
    bits: int = table.rows.get(key, 0)
    if bits:
        table.drop(key)
    return bits
