"""Where a node pager has its frames from: its pool, the root pager, or the frame's own pager."""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.regions import FIRST_TOUCH, Region
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.sigma0 import chunk_item


class Supply:
    """One pager's supply of memory; `asked` (journaled) holds requests that nobody has answered."""

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self._books = books
        self._asked = kernel.journal.table("asked")

    def take(self, context: Context, region: Region, toucher: int) -> int | None:
        """A zeroed frame for a page that node `toucher` touches first, None if it must be awaited.

        It lies where the region says, or on the node that touches.
        """
        node = toucher if region.node == FIRST_TOUCH else region.node
        frame = self._books.pools.take(context, node)
        if frame is None:
            self.ask(context, self._books.roster.root_thread, labels.REFILL, node)
            return None
        context.work(context.kernel.costs.page_zero)
        return frame

    def ensure_held(self, context: Context, frame: int) -> bool:
        """Whether this pager can map the frame; if not, it asks for it."""
        books = self._books
        if books.holds(frame):
            return True
        owner = books.owner_of(frame)
        if owner == books.node:
            self.ask(context, books.roster.root_thread, labels.WANT, books.chunk_of(frame))
        else:
            self.ask(context, books.roster.pager_threads[owner], labels.WANT, frame)
        return False

    def ask(self, context: Context, whom: int, label: int, word: int) -> None:
        """Ask once for the same thing, however many faults wait for it."""
        key = (self._books.node, label, word)
        if key not in self._asked.rows:
            self._asked.put(key, 1)
            context.send(whom, label, (word,))

    def on_chunk(self, frame: int, pages: int, for_pool: int) -> None:
        """Frames have come, from the root pager or from their own pager."""
        books = self._books
        books.note_held(frame, pages)
        wanted = (books.node, labels.WANT, frame)
        if for_pool:
            wanted = (books.node, labels.REFILL, frame >> NODE_SHIFT)
            for each in range(frame + pages - 1, frame - 1, -1):
                books.pools.add(each)
            books.note_owner(frame)
        if wanted in self._asked.rows:
            self._asked.drop(wanted)

    def on_want(self, context: Context, message: Message) -> bool:
        """Another pager wants a frame that this one hands on; False if it must be awaited first."""
        (frame,) = message.words
        if not self.ensure_held(context, frame):
            return False
        context.send(message.sender, labels.CHUNK, (frame, 1, 0), (chunk_item(frame, 1),))
        return True

    def give_up(self) -> None:
        """There is no memory left: nothing is being waited for any more."""
        for key in [key for key in self._asked.rows if key[0] == self._books.node]:
            self._asked.drop(key)
