"""Status bits: what was read, written or executed, told to each pager without stealing.

The hardware sets bits on an entry at each access (`mdb_used`). Reading must not take them from
another reader, so bits that anyone collects are first handed to *all* ancestors (`mdb_told_below`)
and to the entry itself (`mdb_told_self`), where they wait until that reader asks.
"""

from __future__ import annotations

from l4numa_tui.journal import Journal, Table
from l4numa_tui.kernel.mapping_database import MappingDatabase
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

    def mark(self, entry: int, right: int) -> None:
        """Note an access with `right` through `entry`."""
        had = self.used.rows.get(entry, 0)
        now = had | IMPLIED[right]
        if now != had:
            self.used.put(entry, now)

    def collect(self, entry: int) -> None:
        """Hand the hardware's bits of one entry to itself and to all its ancestors."""
        bits = self.used.rows.get(entry, 0)
        if not bits:
            return
        self.used.drop(entry)
        _or_into(self._self, entry, bits)
        for ancestor in self._database.ancestors(entry):
            _or_into(self._below, ancestor, bits)

    def read(self, entry: int, subtree: list[int], *, own: bool) -> int:
        """What happened through the subtree (and the `own` entry) since its owner last asked."""
        for below in subtree:
            self.collect(below)
        bits = _take(self._below, entry)
        if own:
            self.collect(entry)
            bits |= _take(self._self, entry)
        return bits

    def forget(self, entry: int) -> None:
        """Drop the books of an entry that is removed; its bits must have been collected before."""
        for table in (self.used, self._below, self._self):
            if entry in table.rows:
                table.drop(entry)

    def move(self, entry: int, to: int) -> None:
        """Let the books follow an entry that was granted to another owner."""
        for table in (self.used, self._below, self._self):
            bits = _take(table, entry)
            if bits:
                table.put(to, bits)


def _or_into(table: Table, key: int, bits: int) -> None:
    had = table.rows.get(key, 0)
    if had | bits != had:
        table.put(key, had | bits)


def _take(table: Table, key: int) -> int:
    bits: int = table.rows.get(key, 0)
    if bits:
        table.drop(key)
    return bits
