"""sigma0: the first pager, which owns all memory and gives each page to one owner."""

from __future__ import annotations

from l4numa_tui.kernel.fpage import Fpage, from_word
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.transfer import SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import INDEX_MASK, NODE_SHIFT, PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.server import Context, Message, Server

_BASE_SHIFT = 10
ANY_BASE = (1 << 63) - 1 >> _BASE_SHIFT << _BASE_SHIFT  # the base of an fpage that may be any
_SIZE_SHIFT = 4


def request_word(pages: int, frame: int | None = None) -> int:
    """Word 0 of a request: the fpage of `pages` frames (a power of two), or any of that size."""
    log2 = PAGE_LOG2 + pages.bit_length() - 1
    base = ANY_BASE if frame is None else frame << PAGE_LOG2
    return base | log2 << _SIZE_SHIFT | ALL


def wants_any(word: int) -> bool:
    """Whether word 0 of a request leaves the choice of the frames to sigma0."""
    return word >> _BASE_SHIFT == ANY_BASE >> _BASE_SHIFT


def request_pages(word: int) -> int:
    """How many frames word 0 of a request asks for, 0 for less than a page."""
    log2 = word >> _SIZE_SHIFT & 0x3F
    return 1 << log2 - PAGE_LOG2 if log2 >= PAGE_LOG2 else 0


class Sigma0(Server):
    """Serves protocol -6: (fpage word, attributes, node + 1 or 0), as in L4 X.2.

    The fpage names frames by their own addresses, or with its base all ones any free ones of its
    size; "on this node" is an addition, which the standard protocol lacks. What was given stays
    given, to one owner: `sigma0_owner` holds (frames, space) under the first frame of each piece,
    `sigma0_next` where the search for a free one begins on each node. The same owner may ask again.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._next = kernel.journal.table("sigma0_next")
        self._owner = kernel.journal.table("sigma0_owner")
        self._limits = kernel.machine.user_frames
        self.seal()

    def allot(self, node: int, pages: int, owner: int) -> int | None:
        """Choose `pages` aligned frames of `node` (a power of two) that nobody owns, or None."""
        first: int = -(-self._next.rows.get(node, 0) // pages) * pages
        while first + pages <= self._limits[node]:
            frame = node << NODE_SHIFT | first
            if not self._overlapping(frame, pages):
                self._next.put(node, first + pages)
                self._owner.put(frame, (pages, owner))
                return frame
            first += pages
        return None

    def on_message(self, context: Context, message: Message) -> None:
        """Answer a request for memory with a map item, or with none."""
        if message.label != SIGMA0_PROTOCOL or not message.words:
            return
        if message.sender not in context.kernel.threads.rows:  # deleted since it asked
            return
        word, _, node, *_ = (*message.words, 0, 0)
        pages = request_pages(word)
        owner: int = context.kernel.threads.rows[message.sender][0]
        frame = self._choose(word, pages, node - 1, owner) if pages else None
        if frame is None and pages and not wants_any(word):
            context.send(message.sender, labels.NOT_FREE, (from_word(word).first_page, pages))
            return
        if frame is None:
            words = (max(node - 1, 0), pages)
            context.send(message.sender, labels.EXHAUSTED, words)
            return
        context.send(message.sender, labels.CHUNK, (frame, pages), (chunk_item(frame, pages),))

    def _choose(self, word: int, pages: int, node: int, owner: int) -> int | None:
        if not wants_any(word):
            return self._give(from_word(word).first_page, pages, owner)
        nodes = range(len(self._limits)) if node < 0 else (node,)
        for each in nodes:
            found = self.allot(each, pages, owner) if each < len(self._limits) else None
            if found is not None:
                return found
        return None

    def _give(self, frame: int, pages: int, owner: int) -> int | None:
        """Exactly these frames, if they are memory and nobody else's."""
        node, first = frame >> NODE_SHIFT, frame & INDEX_MASK
        if node >= len(self._limits) or first + pages > self._limits[node]:
            return None
        owned = self._overlapping(frame, pages)
        if any(self._owner.rows[each][1] != owner for each in owned):
            return None
        if not any(each <= frame and frame + pages <= each + self._pieces(each) for each in owned):
            for each in owned:  # they are all its own, and are part of what it has now
                self._owner.drop(each)
            self._owner.put(frame, (pages, owner))
        return frame

    def _pieces(self, first: int) -> int:
        """How many frames were given in one piece from `first` on."""
        pages: int = self._owner.rows[first][0]
        return pages

    def _overlapping(self, frame: int, pages: int) -> list[int]:
        return [
            first
            for first, (size, _) in self._owner.rows.items()
            if first < frame + pages and frame < first + size
        ]


def chunk_item(frame: int, pages: int) -> MapItem:
    """The item that maps `pages` frames, a power of two, at their own addresses."""
    log2 = PAGE_LOG2 + pages.bit_length() - 1
    base = frame << PAGE_LOG2
    return MapItem(Fpage(base, log2, ALL), base)
