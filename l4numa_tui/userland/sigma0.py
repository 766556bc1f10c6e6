"""sigma0: the first pager, which owns all memory and gives each page to one owner."""

from __future__ import annotations

from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.ipc import SIGMA0_PROTOCOL
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.server import Context, Message, Server


class Sigma0(Server):
    """Serves protocol -6: (node, pages) asks for that many aligned frames of a node.

    Here also "on this node", which the standard protocol lacks. `sigma0_next` counts the frames of
    each node that have an owner; what was given stays given.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._next = kernel.journal.table("sigma0_next")
        self._limits = kernel.machine.user_frames
        self.seal()

    def allot(self, node: int, pages: int) -> int | None:
        """Choose `pages` aligned frames of `node` (a power of two) that nobody owns, or None."""
        first: int = -(-self._next.rows.get(node, 0) // pages) * pages
        if first + pages > self._limits[node]:
            return None
        self._next.put(node, first + pages)
        return node << NODE_SHIFT | first

    def on_message(self, context: Context, message: Message) -> None:
        """Answer a request for memory with a map item, or with none left."""
        if message.label != SIGMA0_PROTOCOL:
            return
        node, pages = message.words
        frame = self.allot(node, pages)
        if frame is None:
            context.send(message.sender, labels.EXHAUSTED, (node, pages))
            return
        context.send(message.sender, labels.CHUNK, (frame, pages), (chunk_item(frame, pages),))


def chunk_item(frame: int, pages: int) -> MapItem:
    """The item that maps `pages` frames, a power of two, at their own addresses."""
    log2 = PAGE_LOG2 + pages.bit_length() - 1
    base = frame << PAGE_LOG2
    return MapItem(Fpage(base, log2, ALL), base)
