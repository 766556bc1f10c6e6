"""The node pager: one per node, serves that node's pagefaults and keeps global pages in agreement.

Agreement is lazy: a page appears on a node when that node faults. The pagers exchange which frame
backs which page, through a directory in shared memory; a global unmap is a matter of messages.
"""

from __future__ import annotations

from l4numa_tui.kernel.ipc import PAGEFAULT_PROTOCOL, REJECT
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.directory import UNMAPPING, VALID
from l4numa_tui.userland.global_unmap import GlobalUnmap
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.regions import FIRST_TOUCH, PRIVATE, Region
from l4numa_tui.userland.server import Context, Message, Server

REFUSE = 8  # an answer that is no set of rights: refuse the fault


class NodePager(Server):
    """The pager of one node; `asked` holds its requests that the root pager has not answered."""

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self.books = books
        self._asked = kernel.journal.table("asked")
        self._unmapper = GlobalUnmap(kernel, books)
        self.seal()

    def on_message(self, context: Context, message: Message) -> None:
        """Serve a fault, a step of a global unmap, or memory that the root pager sent.

        Anything else, and the same from anybody else, is ignored: a sender cannot be forged.
        """
        context.work(context.kernel.costs.pager_work)
        label, sender, roster = message.label, message.sender, self.books.roster
        if label >> 4 == PAGEFAULT_PROTOCOL:
            self.on_fault(context, message)
        elif sender == roster.root_thread:
            if label == labels.CHUNK:
                self._on_chunk(context, *message.words)
            elif label == labels.EXHAUSTED:
                self._on_exhausted(context)
        elif (sender in roster.pager_threads.values() or self._may_call(message)) and (
            label == labels.WAKE or self._unmapper.on_message(context, message)
        ):
            self._retry(context)

    def _may_call(self, message: Message) -> bool:
        """Whether it is a thread of an application that asks for a global unmap of some pages."""
        if message.label != labels.UNMAP_CALL or len(message.words) != 2:
            return False
        in_bounds = 1 <= message.words[1] <= labels.MAX_UNMAP_PAGES
        return in_bounds and message.sender in self.books.roster.member.rows

    def answer(self, context: Context, message: Message, rights: int) -> None:
        """Answer a pagefault as somebody else decides: with `rights`, 0 for nothing, or REFUSE."""
        context.work(context.kernel.costs.pager_work)
        if rights == REFUSE:
            context.reply(message.sender, REJECT)
        elif rights:
            self.on_fault(context, message, rights)
        else:
            context.reply(message.sender, labels.MAP_REPLY)

    def on_fault(self, context: Context, message: Message, answer: int = 0) -> None:
        """Answer a pagefault: find or choose the frame, and map it from this pager's own space.

        The rights mapped are the region's, or `answer` where somebody else decided on them.
        """
        if len(message.words) != 2 or message.sender not in self.books.roster.member.rows:
            context.reply(message.sender, REJECT)  # of no application, or no fault at all
            return
        address = message.words[0]
        access = message.label & 7
        application, node = self.books.roster.of_thread(message.sender)
        vpn = address >> PAGE_LOG2
        region = application.region_of(vpn)
        if region is None or access & ~region.rights or not _may_use(region, node):
            context.reply(message.sender, REJECT)
            return
        frame = self._frame_for(context, application.number, region, vpn, message)
        if frame is None:
            return
        if not self._holds(context, frame):
            context.defer(message)
            return
        rights = answer or (access if region.as_asked else region.rights)
        item = page_item(frame, vpn << PAGE_LOG2, rights)
        context.reply(message.sender, labels.MAP_REPLY, (vpn << PAGE_LOG2,), (item,))

    def _frame_for(
        self, context: Context, application: int, region: Region, vpn: int, message: Message
    ) -> int | None:
        """The frame behind the page, chosen now if nobody has; None if the fault has to wait."""
        key = self.books.key_of(application, region, vpn)
        backing = self.books.directory.look_up(context, key)
        if backing is not None:
            if backing.state == UNMAPPING:
                self.books.directory.wait_for(context, key, self.books.node)
                context.defer(message)
                return None
            return backing.frame
        node = self.books.node if region.node == FIRST_TOUCH else region.node
        frame = self.books.pools.take(context, node)
        if frame is None:
            self._ask_root(context, labels.REFILL, node)
            context.defer(message)
            return None
        context.work(context.kernel.costs.page_zero)
        self.books.directory.publish(context, key, frame, VALID)
        return frame

    def _holds(self, context: Context, frame: int) -> bool:
        if self.books.holds(frame):
            return True
        self._ask_root(context, labels.WANT, self.books.chunk_of(frame))
        return False

    def _ask_root(self, context: Context, label: int, word: int) -> None:
        # One request for the same thing at a time, however many faults wait for it.
        key = (self.books.node, label, word)
        if key not in self._asked.rows:
            self._asked.put(key, 1)
            context.send(self.books.roster.root_thread, label, (word,))

    def _on_chunk(self, context: Context, frame: int, pages: int, for_pool: int) -> None:
        self.books.note_held(frame)
        wanted = (self.books.node, labels.WANT, frame)
        if for_pool:
            wanted = (self.books.node, labels.REFILL, frame >> 28)
            for each in range(frame + pages - 1, frame - 1, -1):
                self.books.pools.add(each)
        if wanted in self._asked.rows:
            self._asked.drop(wanted)
        self._retry(context)

    def _on_exhausted(self, context: Context) -> None:
        """No memory left, or none to map it with: whoever waits for a frame is refused."""
        for key in [key for key in self._asked.rows if key[0] == self.books.node]:
            self._asked.drop(key)
        for waiting in context.take_deferred():
            if waiting.label >> 4 == PAGEFAULT_PROTOCOL:
                context.reply(waiting.sender, REJECT)
            else:
                context.defer(waiting)

    def _retry(self, context: Context) -> None:
        for waiting in context.take_deferred():
            if waiting.label >> 4 == PAGEFAULT_PROTOCOL:
                self.on_fault(context, waiting)
            else:
                self._unmapper.on_message(context, waiting)


def _may_use(region: Region, node: int) -> bool:
    return region.kind != PRIVATE or region.node in (FIRST_TOUCH, node)
