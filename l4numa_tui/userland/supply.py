"""Where a node pager has its frames from: its pool, the root pager, or the frame's own pager."""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.placement.policies import policy_of
from l4numa_tui.userland.regions import FIRST_TOUCH, Region
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.sigma0 import chunk_item

_ASKED, _NONE = 1, 2
_REQUEST = 3  # (node, label, word) of `asked`, in which there are longer rows, too


class Supply:
    """One pager's supply of memory; `asked` (journaled) holds requests that nobody has answered."""

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self._books = books
        self._asked = kernel.journal.table("asked")
        self._spares = kernel.journal.table("spares")
        memory = kernel.machine.user_frames
        self._nodes = [node for node, frames in enumerate(memory) if frames]

    def take(self, context: Context, region: Region, vpn: int, toucher: int) -> int | None:
        """A zeroed frame for a page that node `toucher` touches first, None if it must be awaited.

        It lies where the region says, or where its placement does: on the node that touches.
        """
        node = region.node
        if node == FIRST_TOUCH:
            node = toucher
            if region.placement:
                node = policy_of(region).first_node(region, vpn, toucher, self._nodes)
        frame = self._books.pools.take(context, node)
        if frame is None:
            self.ask(context, self._books.roster.root_thread, labels.REFILL, node)
            return None
        context.work(context.kernel.costs.page_zero)
        return frame

    def spare(self, context: Context, node: int, source: int) -> int | None:
        """A frame of `node` for a copy of `source`, None if none is to be had at once."""
        if not self.can_spare(context, node, source):
            return None
        return self._books.pools.take(context, node)

    def can_spare(self, context: Context, node: int, source: int) -> bool:
        """Whether this pager can copy `source` to `node`; if not, it asks for what is missing.

        Nothing waits for that: a page that cannot be copied now is used where it is. `spares` says
        1 where frames were asked for in this way, and 2 where there are none.
        """
        books, key = self._books, (self._books.node, node)
        if self._spares.rows.get(key) == _NONE:
            return False
        frame = books.pools.next(context, node)
        if frame is not None and books.holds(source) and books.holds(frame):
            return True
        for each in {node, source >> NODE_SHIFT}:
            self._spares.put((books.node, each), _ASKED)
        if frame is None:
            self.ask(context, books.roster.root_thread, labels.REFILL, node)
        else:
            self.ensure_held(context, frame)
        self.ensure_held(context, source)
        return False

    def spare_ended(self, node: int) -> bool:
        """No memory of `node` has come; True if only copies wanted it: they never will again."""
        books = self._books
        if self._spares.rows.get((books.node, node)) != _ASKED:
            return False
        self._spares.put((books.node, node), _NONE)
        for key in list(self._asked.rows):
            if key[0] != books.node or len(key) != _REQUEST:
                continue
            if key[1:] == (labels.REFILL, node) or (
                key[1] == labels.WANT and key[2] >> NODE_SHIFT == node
            ):
                self._asked.drop(key)
        return True

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
