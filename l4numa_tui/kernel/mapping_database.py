"""The mapping database: who derived which mapping from whom.

A forest whose roots are sigma0's pages; sigma0 owns all memory from the beginning, so its entries
are implied, not stored. An entry's number is the tag of its page (`machine.mmu`): every entry can
be found from an address and the other way round.

All relations are between 4 KiB pages: `parent` and the lists of children name pages. A 2 MiB entry
is layout only, one row that stands for 512 pages under the number of its first; the children of
its i-th page hang at that page's own number, as in the sub-table of a real kernel. So a split
changes no relation.

Tables: `mdb` holds (frame, rights, parent, depth, key of the page-table entry); `mdb_child`,
`mdb_next`, `mdb_prev` are the links: first child, and neighbours among siblings, youngest first.
`mdb_large` holds, for each 2 MiB entry, (4 KiB entries that hang below it, frame of the sub-table
that holds them or 0).
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.mmu import INDEX_MASK, LARGE_PAGES
from l4numa_tui.machine.mmu import tag as entry_id
from l4numa_tui.machine.mmu import tag_page as vpn_of
from l4numa_tui.machine.mmu import tag_space as space_of

__all__ = [
    "DEPTH_LIMIT",
    "NO_PARENT",
    "SIGMA0",
    "Entry",
    "MappingDatabase",
    "Row",
    "advance",
    "entry_id",
    "space_of",
    "vpn_of",
]

SIGMA0 = 0  # the number of sigma0's address space
NO_PARENT = -1
DEPTH_LIMIT = 255

Row = tuple[int, int, int, int, int]


class Entry(NamedTuple):
    """One mapping entry; `slot` is the key of its page-table entry, -1 for sigma0's pages."""

    frame: int
    rights: int
    parent: int
    depth: int
    slot: int


def advance(entry: int, pages: int) -> int:
    """The number of the page so many pages further in the same space."""
    return entry_id(space_of(entry), vpn_of(entry) + pages)


class MappingDatabase:
    """The forest of mapping entries. All walks are iterative: depth never meets recursion."""

    def __init__(self, journal: Journal) -> None:
        self.entries = journal.table("mdb")
        self.child = journal.table("mdb_child")
        self.next = journal.table("mdb_next")
        self.prev = journal.table("mdb_prev")
        self.large = journal.table("mdb_large")

    def find(self, entry: int) -> Entry | None:
        """The entry of a page, or None; any page of sigma0 has one of depth 0 with all rights.

        For a page inside a 2 MiB entry it is what that entry says of this page.
        """
        row = self.row(entry)
        if row is not None:
            return Entry(*row)
        if space_of(entry) == SIGMA0:
            return Entry(vpn_of(entry), ALL, NO_PARENT, 0, -1)
        return None

    def row(self, page: int) -> Row | None:
        """The stored row of a page, taken out of a 2 MiB entry where it lies inside one."""
        row: Row | None = self.entries.rows.get(page)
        if row is not None or not self.large.rows:
            return row
        base = self.large_around(page)
        if base is None:
            return None
        frame, rights, parent, depth, slot = self.entries.rows[base]
        offset = vpn_of(page) & INDEX_MASK
        return (frame + offset, rights, advance(parent, offset), depth, slot)

    def large_around(self, page: int) -> int | None:
        """The number of the 2 MiB entry that a page lies inside, None if it lies in none."""
        base = entry_id(space_of(page), vpn_of(page) & ~INDEX_MASK)
        return base if base in self.large.rows else None

    def pages_of(self, entry: int) -> int:
        """How many pages the entry stands for: 1 or 512."""
        return LARGE_PAGES if entry in self.large.rows else 1

    def insert(self, entry: int, row: tuple[int, int, int, int, int]) -> None:
        """Hang a new entry under its parent, before its elder siblings."""
        parent = row[2]
        self.entries.put(entry, row)
        elder = self.child.rows.get(parent)
        if elder is not None:
            self.next.put(entry, elder)
            self.prev.put(elder, entry)
        self.child.put(parent, entry)

    def append(self, entry: int, row: tuple[int, int, int, int, int]) -> None:
        """Hang a piece of a split entry under its parent, behind all its siblings.

        When it was mapped is known of the whole only: among the siblings it counts as the eldest.
        """
        siblings = self.children(row[2])
        if not siblings:
            self.insert(entry, row)
            return
        self.entries.put(entry, row)
        self.next.put(siblings[-1], entry)
        self.prev.put(entry, siblings[-1])

    def set_rights(self, entry: int, rights: int) -> None:
        """Change the rights of an entry and nothing else."""
        row = self.entries.rows[entry]
        self.entries.put(entry, (row[0], rights, *row[2:]))

    def children(self, page: int) -> list[int]:
        """The entries that hang at a page, youngest first; one of 2 MiB hangs at its first page."""
        out = []
        at = self.child.rows.get(page)
        while at is not None:
            out.append(at)
            at = self.next.rows.get(at)
        return out

    def subtree(self, entry: int, *, whole: bool = True) -> list[int]:
        """Everything derived from `entry`, without it, in pre-order, youngest child first.

        Not `whole`: only what hangs at this one page, also if the entry stands for 512.
        """
        child, following = self.child.rows, self.next.rows
        large = self.large.rows
        out: list[int] = []
        if whole and large and entry in large:
            pending = self._heads(entry)
            at = pending.pop() if pending else None
        else:
            pending = []
            at = child.get(entry)
        while at is not None:
            out.append(at)
            younger = following.get(at)
            if younger is not None:
                pending.append(younger)
            if large and at in large:
                pending += self._heads(at)
                at = None
            else:
                at = child.get(at)
            if at is None and pending:
                at = pending.pop()
        return out

    def _heads(self, entry: int) -> list[int]:
        """The first children at the pages of a 2 MiB entry, those of its last page first."""
        space, first = space_of(entry), vpn_of(entry)
        pages = range(first + LARGE_PAGES - 1, first - 1, -1)
        found = (self.child.rows.get(entry_id(space, vpn)) for vpn in pages)
        return [head for head in found if head is not None]

    def page_children(self, page: int) -> list[int]:
        """The pages that were derived from one page, youngest first, out of 2 MiB entries as well.

        Here every page stands for itself, whatever entries there are: what a viewer follows.
        """
        out = self.children(page)
        offset = vpn_of(page) & INDEX_MASK
        if offset and self.large.rows:
            around = self.children(advance(page, -offset))
            out += [advance(each, offset) for each in around if each in self.large.rows]
        return out

    def page_subtree(self, page: int) -> list[int]:
        """All pages that were derived from one page, in pre-order, youngest child first."""
        out = []
        pending = self.page_children(page)[::-1]
        while pending:
            at = pending.pop()
            out.append(at)
            pending += self.page_children(at)[::-1]
        return out

    def is_ancestor(self, entry: int, of: int) -> bool:
        """Whether page `of` was derived, directly or indirectly, from page `entry`."""
        row = self.row(of)
        while row is not None:
            if row[2] == entry:
                return True
            row = self.row(row[2])
        return False

    def ancestors(self, page: int) -> list[int]:
        """The chain of parents of a page, nearest first, sigma0's page last."""
        out = []
        row = self.row(page)
        while row is not None:
            out.append(row[2])
            row = self.row(row[2])
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

    def drop_children(self, entry: int, pages: int) -> None:
        """Empty the lists of children of `pages` pages from `entry` on, which are being removed."""
        for page in (advance(entry, at) for at in range(pages)) if pages > 1 else (entry,):
            if page in self.child.rows:
                self.child.drop(page)

    def forget(self, entry: int) -> None:
        """Remove the rows of an entry whose subtree is being removed with it."""
        if self.large.rows and entry in self.large.rows:
            self.drop_children(entry, LARGE_PAGES)
            self.large.drop(entry)
        self.entries.drop(entry)
        for links in (self.child, self.next, self.prev):
            if entry in links.rows:
                links.drop(entry)

    def move(self, entry: int, to: int, slot: int) -> None:
        """Give an entry another owner and address; parent, children and siblings stay (grant)."""
        pages = self.pages_of(entry)
        frame, rights, parent, depth, _ = self.entries.rows[entry]
        self.entries.drop(entry)
        self.entries.put(to, (frame, rights, parent, depth, slot))
        if pages > 1:
            self.large.put(to, self.large.rows[entry])
            self.large.drop(entry)
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
        for at in range(pages):
            self._move_children(advance(entry, at), advance(to, at))

    def _move_children(self, page: int, to: int) -> None:
        children = self.children(page)
        if children:
            self.child.drop(page)
            self.child.put(to, children[0])
        for child in children:
            row = self.entries.rows[child]
            self.entries.put(child, (row[0], row[1], to, row[3], row[4]))
