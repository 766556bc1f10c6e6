"""The node pager: one per node, serves that node's pagefaults and keeps global pages in agreement.

Agreement is lazy unless it is told to be eager: a page appears on a node when that node faults. The
pagers exchange which frame backs which page, never mappings. How, is `userland.agreement`'s.
"""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.backing import Backing, PagePagers, SharedDirectory
from l4numa_tui.userland.agreement.global_unmap import GlobalUnmap
from l4numa_tui.userland.agreement.options import IPC
from l4numa_tui.userland.agreement.recovery import Recovery
from l4numa_tui.userland.agreement.transport import Transport
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.placement.moving import Mover
from l4numa_tui.userland.placement.placer import Placer
from l4numa_tui.userland.placement.policies import policy_of
from l4numa_tui.userland.placement.sampling import Sampler
from l4numa_tui.userland.regions import FIRST_TOUCH, PRIVATE, Region
from l4numa_tui.userland.server import Context, Message, Server
from l4numa_tui.userland.supply import Supply

REFUSE = 8  # an answer that is no set of rights: refuse the fault
_FROM_THREADS = (labels.UNMAP_CALL, labels.RECOVER)


class NodePager(Server):
    """The pager of one node."""

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self.books = books
        self._transport = Transport(books.roster, books.agreement)
        self._supply = Supply(kernel, books)
        mover = Mover(kernel, books, self._supply)
        self._unmapper = GlobalUnmap(kernel, books, self._transport, mover)
        placer = Placer(kernel, books, self._supply, mover, self._unmapper)
        kind = PagePagers if books.agreement.protocol == IPC else SharedDirectory
        self._backing: Backing = kind(kernel, books, self._supply, self._transport, placer)
        self._sampler = Sampler(kernel, books)
        self._recovery = Recovery(kernel, books, self._unmapper)
        self.seal()

    def on_message(self, context: Context, message: Message) -> None:
        """Serve a fault, another pager, a thread's call, or memory that has come.

        Anything else, and the same from anybody else, is ignored: a sender cannot be forged.
        """
        context.work(context.kernel.costs.pager_work)
        label, sender, roster = message.label, message.sender, self.books.roster
        if label >> 4 == PAGEFAULT_PROTOCOL:
            self.on_fault(context, message)
        elif sender == roster.root_thread:
            self._from_root(context, message)
        elif sender in roster.pager_threads.values() or self._may_call(message):
            self._serve(context, message)

    def _from_root(self, context: Context, message: Message) -> None:
        if message.label == labels.CHUNK:
            self._supply.on_chunk(*message.words)
            self._retry(context)
        elif message.label == labels.EXHAUSTED:
            self._on_exhausted(context, message.words[0])
        elif message.label == labels.TAKEN and self._recovery.on_taken(context, message.words[0]):
            self._retry(context)

    def _serve(self, context: Context, message: Message) -> None:
        label = message.label
        if label == labels.WANT:
            if not self._supply.on_want(context, message):
                context.defer(message)
        elif label == labels.SHOW:
            self._on_show(context, message)
        elif label == labels.CHUNK:
            self._supply.on_chunk(*message.words)
            self._retry(context)
        elif label == labels.RECOVER:
            self._recovery.ask(context, message)
        elif (
            label in (labels.WAKE, labels.GO_ON)
            or self._backing.on_message(context, message)
            or self._unmapper.on_message(context, message)
        ):
            self._retry(context)

    def _may_call(self, message: Message) -> bool:
        """Whether it is a thread of an application that asks for something about its pages."""
        if message.label not in _FROM_THREADS or len(message.words) != 2:
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
        allowed = region.rights
        if region.moves:
            grant = self._backing.grant_for(context, application, region, vpn, message)
            frame, allowed = grant or (None, 0)
        else:
            frame = self._backing.frame_for(context, application, region, vpn, message)
        if frame is None:
            return
        if not self._supply.ensure_held(context, frame):
            context.defer(message)
            return
        rights = answer or (access if region.as_asked else region.rights)
        if region.moves:
            rights &= allowed
        item = page_item(frame, vpn << PAGE_LOG2, rights)
        context.reply(message.sender, labels.MAP_REPLY, (vpn << PAGE_LOG2,), (item,))
        if region.placement and policy_of(region).samples:
            self._sampler.after_fault(context, (application.number, vpn), frame)

    def _on_show(self, context: Context, message: Message) -> None:
        """Map a page here before anybody faults on it, if it still is what it was said to be."""
        number, vpn, frame, serial = message.words
        application = self.books.roster.applications[number]
        region, space = application.region_of(vpn), application.spaces.get(self.books.node)
        if region is None or space is None:
            return
        key = self.books.key_of(number, region, vpn)
        owner = self.books.roster.node_of_pager(message.sender)
        if not self._backing.may_show(context, key, frame, owner, serial):
            return
        if not self._supply.ensure_held(context, frame):
            context.defer(message)
            return
        context.map_into(space, page_item(frame, vpn << PAGE_LOG2, region.rights))

    def _on_exhausted(self, context: Context, node: int) -> None:
        """No memory left, or none to map it with: whoever waits for a frame is refused.

        If it was only wanted for a copy, whoever waits for that node's memory asks once more.
        """
        if self._supply.spare_ended(node):
            self._retry(context)
            return
        self._supply.give_up()
        for waiting in context.take_deferred():
            if waiting.label >> 4 == PAGEFAULT_PROTOCOL:
                context.reply(waiting.sender, REJECT)
            elif waiting.label != labels.SHOW:
                context.defer(waiting)

    def _retry(self, context: Context) -> None:
        for waiting in context.take_deferred():
            if waiting.label >> 4 == PAGEFAULT_PROTOCOL:
                self.on_fault(context, waiting)
            else:
                self._serve(context, waiting)


def _may_use(region: Region, node: int) -> bool:
    return region.kind != PRIVATE or region.node in (FIRST_TOUCH, node)
