"""The root pager: takes memory from sigma0 and maps it to every node pager that asks.

So the node pagers' entries for a frame are siblings below the root pager: none of them can take
the frame from another, and the root pager, as common ancestor, could take it from all.
"""

from __future__ import annotations

from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.transfer import SIGMA0_PROTOCOL
from l4numa_tui.userland import labels
from l4numa_tui.userland.migration import migrate
from l4numa_tui.userland.roster import Roster
from l4numa_tui.userland.server import Context, Message, Server
from l4numa_tui.userland.sigma0 import chunk_item, request_word


class RootPager(Server):
    """Serves REFILL (fresh frames for a node's pool) and WANT (a chunk that others hold already).

    `root_asked` remembers, per node, which pagers wait for a chunk from sigma0, oldest first. What
    anybody else sends is ignored.
    """

    def __init__(
        self, kernel: Kernel, sigma0_thread: int, chunk_pages: int, roster: Roster
    ) -> None:
        self._roster = roster
        self._sigma0 = sigma0_thread
        self._chunk = chunk_pages
        self._asked = kernel.journal.table("root_asked")
        self.seal()

    def on_message(self, context: Context, message: Message) -> None:
        """Pass requests on to sigma0, and memory on to the pagers."""
        context.work(context.kernel.costs.pager_work)
        if message.label == labels.MIGRATE and message.sender in self._roster.member.rows:
            migrate(context, self._roster, message)
            return
        if message.sender not in (self._sigma0, *self._roster.pager_threads.values()):
            return
        if message.label == labels.REFILL:
            (node,) = message.words
            self._asked.put(node, (*self._asked.rows.get(node, ()), message.sender))
            words = (request_word(self._chunk), 0, node + 1)
            context.send(self._sigma0, SIGMA0_PROTOCOL, words)
        elif message.label == labels.WANT:
            (frame,) = message.words
            base = frame - frame % self._chunk
            context.send(
                message.sender,
                labels.CHUNK,
                (base, self._chunk, 0),
                (chunk_item(base, self._chunk),),
            )
        elif message.label == labels.CHUNK:
            frame, pages = message.words
            pager = self._next_asker(frame >> 28)
            context.send(pager, labels.CHUNK, (frame, pages, 1), (chunk_item(frame, pages),))
        elif message.label == labels.TAKE_BACK:
            self._take_back(context, message.words[0])
        elif message.label == labels.EXHAUSTED:
            node, _ = message.words
            context.send(self._next_asker(node), labels.EXHAUSTED, (node,))

    def _take_back(self, context: Context, frame: int) -> None:
        """Unmap a frame from everybody who has it from here, and tell all pagers."""
        context.unmap(page(frame))
        for thread in self._roster.pager_threads.values():
            context.send(thread, labels.TAKEN, (frame,))

    def _next_asker(self, node: int) -> int:
        waiting = self._asked.rows[node]
        if len(waiting) == 1:
            self._asked.drop(node)
        else:
            self._asked.put(node, waiting[1:])
        first: int = waiting[0]
        return first
