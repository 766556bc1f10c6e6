"""What one node pager knows: itself, its colleagues, what they share, and which frames it holds."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.journal import Journal
from l4numa_tui.userland.agreement.directory import Directory, FramePools
from l4numa_tui.userland.agreement.options import OWNER, Agreement
from l4numa_tui.userland.regions import GLOBAL, NODE_LOCAL, Application, Region
from l4numa_tui.userland.roster import Roster
from l4numa_tui.userland.server import Context

DirectoryKey = tuple[int, int, int]  # application, page, replica
Pages = Iterable[int]
GLOBAL_REPLICA = 0


class PagerBooks:
    """The books of the pager of `node`.

    Journaled: `held` says which chunks of frames each pager holds from the root pager, and with
    derivation by owner which single frames it holds from another pager; `chunk_owner` which pager
    that other one is, by chunk.
    """

    def __init__(
        self,
        journal: Journal,
        node: int,
        roster: Roster,
        directory: Directory,
        pools: FramePools,
        agreement: Agreement,
    ) -> None:
        self.node = node
        self.roster = roster
        self.directory = directory
        self.pools = pools
        self.agreement = agreement
        self._held = journal.table("held")
        self._owner = journal.table("chunk_owner")

    def key_of(self, application: int, region: Region, vpn: int) -> DirectoryKey:
        """The directory's key for a page as this node sees it."""
        return (application, vpn, self.node + 1 if region.kind == NODE_LOCAL else GLOBAL_REPLICA)

    def backed(self, application: Application, pages: Pages) -> list[tuple[DirectoryKey, int]]:
        """Keys and frames of those pages that have a frame, as this node sees them."""
        rows = self.directory.rows.rows
        out: list[tuple[DirectoryKey, int]] = []
        for vpn in pages:
            region = application.region_of(vpn)
            if region is not None:
                key = self.key_of(application.number, region, vpn)
                if region.moves:
                    out += self.frames(key).items()
                elif key in rows:
                    out.append((key, rows[key][0]))
        return out

    def frames(self, key: DirectoryKey) -> dict[DirectoryKey, int]:
        """The frame behind a global page and its replicas, by their keys; this node's own first."""
        rows = self.directory.rows.rows
        others = [(key[0], key[1], node + 1) for node in sorted(self.roster.pager_threads)]
        mine = (key[0], key[1], self.node + 1)
        return {each: rows[each][0] for each in (mine, key, *others) if each in rows}

    def is_replica(self, key: DirectoryKey) -> bool:
        """Whether a row is one of a page's replicas: the page's own row speaks for all of them."""
        return key[2] != GLOBAL_REPLICA and (*key[:2], GLOBAL_REPLICA) in self.directory.rows.rows

    def may_map(self, key: DirectoryKey) -> bool:
        """Whether this pager may have mapped what a row says: replicas are for their own nodes."""
        return key[2] in (GLOBAL_REPLICA, self.node + 1)

    def lose(self, context: Context, key: DirectoryKey) -> None:
        """Remove the row of a frame that was lost; a replica takes the place of the first one."""
        rows = self.directory.rows.rows
        replicas = [each for each in self.frames(key) if each[2] != GLOBAL_REPLICA]
        if key[2] != GLOBAL_REPLICA or not replicas:
            self.directory.remove(context, key)
            return
        heir = min(replicas)
        frame, state = rows[heir]
        self.directory.remove(context, heir)
        self.directory.publish(context, key, frame, state)

    def is_global(self, application: Application, vpn: int) -> bool:
        """Whether the page is one that all nodes must agree on."""
        region = application.region_of(vpn)
        return region is not None and region.kind == GLOBAL

    def others(self) -> list[int]:
        """The nodes of all other pagers, ascending."""
        return [node for node in sorted(self.roster.pager_threads) if node != self.node]

    def chunk_of(self, frame: int) -> int:
        """The first frame of the chunk that a frame belongs to."""
        return frame - frame % self.roster.chunk_pages

    def owner_of(self, frame: int) -> int:
        """The node whose pager hands the frame on: this one, unless derivation is by owner."""
        if self.agreement.derivation != OWNER:
            return self.node
        node: int = self._owner.rows.get(self.chunk_of(frame), self.node)
        return node

    def holds(self, frame: int) -> bool:
        """Whether this pager holds the frame, from the root pager or from the frame's own."""
        held = self._held.rows
        return (self.node, self.chunk_of(frame)) in held or (self.node, frame, 1) in held

    def note_held(self, frame: int, pages: int) -> None:
        """Note that this pager was mapped a chunk by the root pager, or one frame by its pager."""
        owned = pages == 1 and self.owner_of(frame) != self.node
        key = (self.node, frame, 1) if owned else (self.node, self.chunk_of(frame))
        self._held.put(key, 1)

    def note_owner(self, frame: int) -> None:
        """Note that this pager has a chunk for its pool: others have its frames from here."""
        if self.agreement.derivation == OWNER:
            self._owner.put(self.chunk_of(frame), self.node)

    def forget_handed_on(self, frame: int) -> None:
        """Note that whoever had the frame from this pager has it no longer."""
        for node in self.roster.pager_threads:
            if (node, frame, 1) in self._held.rows:
                self._held.drop((node, frame, 1))


def page_pager(books: PagerBooks, application: int, vpn: int) -> int:
    """The node of the pager that keeps the books of a global page."""
    nodes = sorted(books.roster.pager_threads)
    return nodes[(application + vpn) % len(nodes)]
