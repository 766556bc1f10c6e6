"""What one node pager knows: itself, its colleagues, what they share, and which frames it holds."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.journal import Journal
from l4numa_tui.userland.directory import Directory, FramePools
from l4numa_tui.userland.regions import NODE_LOCAL, Application, Region
from l4numa_tui.userland.roster import Roster

DirectoryKey = tuple[int, int, int]  # application, page, replica
Pages = Iterable[int]


class PagerBooks:
    """The books of the pager of `node`; `held` (journaled) says which chunks of frames it holds."""

    def __init__(
        self, journal: Journal, node: int, roster: Roster, directory: Directory, pools: FramePools
    ) -> None:
        self.node = node
        self.roster = roster
        self.directory = directory
        self.pools = pools
        self._held = journal.table("held")

    def key_of(self, application: int, region: Region, vpn: int) -> DirectoryKey:
        """The directory's key for a page as this node sees it."""
        return (application, vpn, self.node + 1 if region.kind == NODE_LOCAL else 0)

    def backed(self, application: Application, pages: Pages) -> list[tuple[DirectoryKey, int]]:
        """Keys and frames of those pages that have a frame, as this node sees them."""
        rows = self.directory.rows.rows
        out = []
        for vpn in pages:
            region = application.region_of(vpn)
            if region is not None:
                key = self.key_of(application.number, region, vpn)
                if key in rows:
                    out.append((key, rows[key][0]))
        return out

    def chunk_of(self, frame: int) -> int:
        """The first frame of the chunk that a frame belongs to."""
        return frame - frame % self.roster.chunk_pages

    def holds(self, frame: int) -> bool:
        """Whether the root pager has mapped the frame to this pager."""
        return (self.node, self.chunk_of(frame)) in self._held.rows

    def note_held(self, frame: int) -> None:
        """Note that the root pager has mapped the chunk of this frame."""
        self._held.put((self.node, self.chunk_of(frame)), 1)
