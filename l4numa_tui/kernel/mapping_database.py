"""The mapping database: who derived which mapping from whom.

One entry per mapped page of a space, in a forest whose roots are sigma0's pages. An entry's number
is the tag of its page (`machine.mmu`), so every entry can be found from an address and the other
way round. sigma0 owns all memory from the beginning; its entries are implied, not stored.

Tables: `mdb` holds (frame, rights, parent, depth, key of the page-table entry); `mdb_child`,
`mdb_next`, `mdb_prev` are the links: first child, and neighbours among siblings, youngest first.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.mmu import tag as entry_id
from l4numa_tui.machine.mmu import tag_page as vpn_of
from l4numa_tui.machine.mmu import tag_space as space_of

__all__ = [
    "DEPTH_LIMIT",
    "NO_PARENT",
    "SIGMA0",
    "Entry",
    "MappingDatabase",
    "entry_id",
    "space_of",
    "vpn_of",
]

SIGMA0 = 0  # the number of sigma0's address space
NO_PARENT = -1
DEPTH_LIMIT = 255


class Entry(NamedTuple):
    """One mapping entry; `slot` is the key of its page-table entry, -1 for sigma0's pages."""

    frame: int
    rights: int
    parent: int
    depth: int
    slot: int


class MappingDatabase:
    """The forest of mapping entries. All walks are iterative: depth never meets recursion."""

    def __init__(self, journal: Journal) -> None:
        self.entries = journal.table("mdb")
        self.child = journal.table("mdb_child")
        self.next = journal.table("mdb_next")
        self.prev = journal.table("mdb_prev")

    def find(self, entry: int) -> Entry | None:
        """The entry, or None; any page of sigma0 is an entry of depth 0 with all rights."""
        row = self.entries.rows.get(entry)
        if row is not None:
            return Entry(*row)
        if space_of(entry) == SIGMA0:
            return Entry(vpn_of(entry), ALL, NO_PARENT, 0, -1)
        return None

    def insert(self, entry: int, row: tuple[int, int, int, int, int]) -> None:
        """Hang a new entry under its parent, before its elder siblings."""
        parent = row[2]
        self.entries.put(entry, row)
        elder = self.child.rows.get(parent)
        if elder is not None:
            self.next.put(entry, elder)
            self.prev.put(elder, entry)
        self.child.put(parent, entry)

    def set_rights(self, entry: int, rights: int) -> None:
        """Change the rights of an entry and nothing else."""
        row = self.entries.rows[entry]
        self.entries.put(entry, (row[0], rights, *row[2:]))

    def children(self, entry: int) -> list[int]:
        """Direct children, youngest first."""
        out = []
        at = self.child.rows.get(entry)
        while at is not None:
            out.append(at)
            at = self.next.rows.get(at)
        return out

    def subtree(self, entry: int) -> list[int]:
        """Everything derived from `entry`, without it, in pre-order, youngest child first."""
        child, following = self.child.rows, self.next.rows
        out: list[int] = []
        pending: list[int] = []
        at = child.get(entry)
        while at is not None:
            out.append(at)
            younger = following.get(at)
            if younger is not None:
                pending.append(younger)
            at = child.get(at)
            if at is None and pending:
                at = pending.pop()
        return out

    def is_ancestor(self, entry: int, of: int) -> bool:
        """Whether `of` was derived, directly or indirectly, from `entry`."""
        rows = self.entries.rows
        row = rows.get(of)
        while row is not None:
            if row[2] == entry:
                return True
            row = rows.get(row[2])
        return False

    def ancestors(self, entry: int) -> list[int]:
        """The chain of parents, nearest first, sigma0's page last."""
        out = []
        row = self.entries.rows.get(entry)
        while row is not None:
            out.append(row[2])
            row = self.entries.rows.get(row[2])
        return out

    def unlink(self, entry: int) -> None:
        """Take an entry out of its parent's list of children; its own children stay with it."""
        elder = self.next.rows.get(entry)
        younger = self.prev.rows.get(entry)
        if younger is None:
            parent = self.entries.rows[entry][2]
            if elder is None:
                self.child.drop(parent)
            else:
                self.child.put(parent, elder)
        else:
            self.prev.drop(entry)
            if elder is None:
                self.next.drop(younger)
            else:
                self.next.put(younger, elder)
        if elder is not None:
            self.next.drop(entry)
            if younger is None:
                self.prev.drop(elder)
            else:
                self.prev.put(elder, younger)

    def forget(self, entry: int) -> None:
        """Remove the rows of an entry whose subtree is being removed with it."""
        self.entries.drop(entry)
        for links in (self.child, self.next, self.prev):
            if entry in links.rows:
                links.drop(entry)

    def move(self, entry: int, to: int, slot: int) -> None:
        """Give an entry another owner and address; parent, children and siblings stay (grant)."""
        frame, rights, parent, depth, _ = self.entries.rows[entry]
        self.entries.drop(entry)
        self.entries.put(to, (frame, rights, parent, depth, slot))
        elder, younger = self.next.rows.get(entry), self.prev.rows.get(entry)
        if elder is not None:
            self.next.drop(entry)
            self.next.put(to, elder)
            self.prev.put(elder, to)
        if younger is not None:
            self.prev.drop(entry)
            self.prev.put(to, younger)
            self.next.put(younger, to)
        else:
            self.child.put(parent, to)
        children = self.children(entry)
        if children:
            self.child.drop(entry)
            self.child.put(to, children[0])
        for child in children:
            row = self.entries.rows[child]
            self.entries.put(child, (row[0], row[1], to, row[3], row[4]))
