"""Who is who at user level: the pagers' threads, the applications and their threads."""

from __future__ import annotations

from l4numa_tui.journal import Journal
from l4numa_tui.userland.regions import Application


class Roster:
    """The pagers' bookkeeping, the same for all of them.

    `pager_threads` maps a node to its pager's thread. `member` (journaled) maps a thread to
    (application, node): a thread that migrates changes its row.
    """

    def __init__(self, journal: Journal, chunk_pages: int) -> None:
        self.chunk_pages = chunk_pages
        self.root_thread = 0
        self.pager_threads: dict[int, int] = {}
        self.applications: dict[int, Application] = {}
        self.member = journal.table("member")

    def of_thread(self, thread: int) -> tuple[Application, int]:
        """The application a thread belongs to, and the node it runs on."""
        number, node = self.member.rows[thread]
        return self.applications[number], node

    def node_of_pager(self, thread: int) -> int:
        """The node whose pager a thread is."""
        return next(node for node, pager in self.pager_threads.items() if pager == thread)
