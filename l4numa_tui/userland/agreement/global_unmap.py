"""Global unmap: a pager can only unmap what it established, so all pagers must be told.

The order matters and is fixed here: first the directory rows are marked, so that no fault can
bring the page back; then the own node is unmapped and the others are notified; only when all have
acknowledged are the rows removed and the frames free to be used again. 2(n-1) messages, however
they fan out; with sharer sets 2(k-1) for the k pagers that have mapped a page.

The pager that is asked leads the unmap. Where every page has a pager of its own, the leader for a
page is that one, and the pager that was asked asks it.
"""

from __future__ import annotations

from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.directory import UNMAPPING
from l4numa_tui.userland.agreement.options import (
    CALLS,
    IPC,
    NO_SERVICE,
    NO_WAITING,
    NOTIFY_FIRST,
    OWNER,
)
from l4numa_tui.userland.agreement.transport import Transport, shares
from l4numa_tui.userland.pager_books import (
    GLOBAL_REPLICA,
    DirectoryKey,
    PagerBooks,
    Pages,
    page_pager,
)
from l4numa_tui.userland.placement.moving import Mover
from l4numa_tui.userland.regions import Application
from l4numa_tui.userland.server import Context, Message

_NOBODY = 0  # the client of an unmap that the pagers need for themselves
_NO_PAGE = (-1, -1, -1)


class GlobalUnmap:
    """The unmap side of a node pager.

    `unmap_job` holds, for a node whose pager leads an unmap, (client, first page and pages it asked
    for, application, bit set of nodes yet to acknowledge, the pages concerned...), or where a page
    is only to be settled (0, node, what it shall be, ...). A pager leads one unmap at a time; the
    next waits. `unmap_wait` holds, for a pager that has asked the pages'
    pagers, (client, first page, pages, bit set of those yet to answer); `unmap_relay` the (thread
    to acknowledge to, bit set of nodes yet to acknowledge) under (node, leader). `unmap_serial`
    counts the unmaps that a pager has led; `serial_seen` the newest of a leader that a pager knows.
    """

    def __init__(
        self, kernel: Kernel, books: PagerBooks, transport: Transport, mover: Mover
    ) -> None:
        self._books = books
        self._mover = mover
        self._transport = transport
        self._bugs = books.agreement.bugs
        self._jobs = kernel.journal.table("unmap_job")
        self._waits = kernel.journal.table("unmap_wait")
        self._relays = kernel.journal.table("unmap_relay")
        self._serials = kernel.journal.table("unmap_serial")
        self._seen = kernel.journal.table("serial_seen")
        self._sampled = kernel.journal.table("sampled")

    def on_message(self, context: Context, message: Message) -> bool:
        """Serve a thread's call, and the other pagers' notifications and acknowledgements.

        True if an unmap has just been finished: what waited for it may be tried again.
        """
        label = message.label
        if label == labels.UNMAP_CALL:
            return self._on_call(context, message)
        if label == labels.UNMAP_ASK:
            number, *pages = message.words
            return self._lead(context, message, number, pages, 0, 0)
        if label == labels.NOTIFY:
            self._on_notify(context, message)
        elif label == labels.ACK:
            return self._on_ack(context, *message.words)
        elif label == labels.UNMAP_OK:
            return self._on_answer(context, *message.words)
        return False

    def is_leading(self) -> bool:
        """Whether this pager leads an unmap that has not ended yet."""
        return self._books.node in self._jobs.rows

    def _on_call(self, context: Context, message: Message) -> bool:
        books, me = self._books, self._books.node
        application, _ = books.roster.of_thread(message.sender)
        first, count = message.words
        pages = range(first, first + count)
        if books.agreement.protocol != IPC:
            return self._lead(context, message, application.number, list(pages), first, count)
        if me in self._waits.rows:
            context.defer(message)
            return False
        own = [vpn for vpn in pages if not books.is_global(application, vpn)]
        self._drop_own(context, application, own)
        asked: dict[int, list[int]] = {}
        for vpn in pages:
            if books.is_global(application, vpn):
                asked.setdefault(page_pager(books, application.number, vpn), []).append(vpn)
        if not asked:
            context.send(message.sender, labels.UNMAP_DONE, (first, count))
            return True
        missing = sum(1 << node for node in asked)
        self._waits.put(me, (message.sender, first, count, missing))
        for node, group in sorted(asked.items()):
            words = (application.number, *group)
            self._transport.tell(context, node, labels.UNMAP_ASK, words)
        return False

    def _drop_own(self, context: Context, application: Application, pages: Pages) -> None:
        """Unmap pages that concern this node alone, and free their frames."""
        self._unmap_here(context, application, pages)
        for key, frame in self._books.backed(application, pages):
            self._books.directory.remove(context, key, self._home(context))
            self._books.pools.give(context, frame)

    def _on_answer(self, context: Context, node: int) -> bool:
        """A page's pager has unmapped its pages everywhere."""
        me = self._books.node
        if me not in self._waits.rows:
            return False
        client, first, count, missing = self._waits.rows[me]
        missing &= ~(1 << node)
        if missing:
            self._waits.put(me, (client, first, count, missing))
            return False
        self._waits.drop(me)
        context.send(client, labels.UNMAP_DONE, (first, count))
        return True

    def _lead(
        self,
        context: Context,
        message: Message,
        number: int,
        pages: list[int],
        first: int,
        count: int,
    ) -> bool:
        """Begin an unmap as its leader; True if it has ended already."""
        books = self._books
        application = books.roster.applications[number]
        backed = books.backed(application, pages)
        if self.is_leading() or self._busy(context, backed):
            context.defer(message)
            return False
        return self._begin(context, (message.sender, first, count, number), application, backed)

    def remap(self, context: Context, key: DirectoryKey, goal: int, mode: int) -> bool:
        """Unmap a page everywhere, not to free its frame but to settle on one on node `goal`.

        True if it has ended already. This pager must lead no other unmap, nor anyone this page's.
        """
        application = self._books.roster.applications[key[0]]
        backed = self._books.backed(application, [key[1]])
        return self._begin(context, (_NOBODY, goal, mode, key[0]), application, backed)

    def _begin(
        self,
        context: Context,
        job: tuple[int, int, int, int],
        application: Application,
        backed: list[tuple[DirectoryKey, int]],
    ) -> bool:
        books, me = self._books, self._books.node
        number = application.number
        if NOTIFY_FIRST not in self._bugs:
            for key, frame in backed:
                if books.is_replica(key):
                    continue
                books.directory.publish(context, key, frame, UNMAPPING, self._home(context))
        # Only these pages are this unmap's: one that gets a frame meanwhile is somebody else's.
        held = list(dict.fromkeys(key[1] for key, _ in backed))
        self._unmap_here(context, application, held)
        concerned = [(key, frame) for key, frame in backed if key[2] == GLOBAL_REPLICA]
        targets = self._targets(concerned) if concerned else []
        shared = [key[1] for key, _ in concerned]
        self._jobs.put(me, (*job, 0, *held))
        serial = self._serials.rows.get(me, 0) + 1
        self._serials.put(me, serial)
        self._seen.put((me, me), serial)
        self._expect(targets[:1] if CALLS in self._bugs else [], targets)
        self._notify(context, number, targets, shared)
        if NO_WAITING in self._bugs or not targets:
            return self._finish(context)
        return False

    def _expect(self, called: list[int], targets: list[int]) -> None:
        """Note who is to acknowledge: those that this pager tells itself."""
        agreement, me = self._books.agreement, self._books.node
        direct = targets if called else [node for node, _ in shares(targets, agreement.fan_out)]
        client, first, count, number, _, *held = self._jobs.rows[me]
        missing = sum(1 << node for node in direct)
        self._jobs.put(me, (client, first, count, number, missing, *held))

    def _targets(self, concerned: list[tuple[DirectoryKey, int]]) -> list[int]:
        """The nodes of the pagers that must unmap, without this one."""
        books = self._books
        if books.agreement.derivation == OWNER:
            # Whoever hands a frame on can take it from all to whom it was handed.
            return sorted({books.owner_of(frame) for _, frame in concerned} - {books.node})
        if books.agreement.sharers:
            return sorted(books.directory.sharers([key for key, _ in concerned]) - {books.node})
        return books.others()

    def _notify(self, context: Context, number: int, targets: list[int], pages: list[int]) -> None:
        me = self._books.node
        if CALLS in self._bugs and targets:
            words = (number, me, self._serials.rows[me], 0, *pages)
            context.call(self._books.roster.pager_threads[targets[0]], labels.NOTIFY, words)
            return
        for node, below in shares(targets, self._books.agreement.fan_out):
            words = (number, me, self._serials.rows[me], len(below), *below, *pages)
            self._transport.tell(context, node, labels.NOTIFY, words)

    def _busy(self, context: Context, backed: list[tuple[DirectoryKey, int]]) -> bool:
        """Whether another pager is unmapping one of the pages; then this one asks to be woken."""
        directory, home = self._books.directory, self._home(context)
        for key, _ in backed:
            if self._books.is_replica(key):
                continue
            backing = directory.look_up(context, key, home)
            if backing is not None and backing.state == UNMAPPING:
                directory.wait_for(context, key, self._books.node, home)
                return True
        return False

    def _home(self, context: Context) -> int:
        """Where the books of the pages lie that this pager leads the unmap of."""
        if self._books.agreement.protocol == IPC:
            return context.node
        return self._books.directory.home

    def _unmap_here(self, context: Context, application: Application, pages: Pages) -> None:
        """Unmap what this pager established: the pages' frames, named in its own space."""
        books = self._books
        for key, frame in books.backed(application, pages):
            if not books.may_map(key):
                continue
            if (books.node, *key[:2]) in self._sampled.rows:
                self._sampled.drop((books.node, *key[:2]))
            if books.agreement.protocol != IPC:
                books.directory.look_up(context, key)
            if books.holds(frame):
                context.unmap(page(frame))
                if books.agreement.derivation == OWNER and books.owner_of(frame) == books.node:
                    books.forget_handed_on(frame)

    def _on_notify(self, context: Context, message: Message) -> None:
        books, me = self._books, self._books.node
        if me in books.agreement.deaf:
            return
        if NO_SERVICE in self._bugs and self.is_leading():
            context.defer(message)
            return
        number, leader, serial, size, *rest = message.words
        below, pages = rest[:size], rest[size:]
        self._seen.put((me, leader), serial)
        self._unmap_here(context, books.roster.applications[number], pages)
        told = shares(below, books.agreement.fan_out)
        for node, further in told:
            words = (number, leader, serial, len(further), *further, *pages)
            self._transport.tell(context, node, labels.NOTIFY, words)
        if told:
            missing = sum(1 << node for node, _ in told)
            self._relays.put((me, leader), (message.sender, missing))
        else:
            self._acknowledge(context, message.sender, leader)

    def _acknowledge(self, context: Context, thread: int, leader: int) -> None:
        node = self._books.roster.node_of_pager(thread)
        self._transport.tell(context, node, labels.ACK, (self._books.node, leader))

    def _on_ack(self, context: Context, node: int, leader: int) -> bool:
        me = self._books.node
        if leader == me:
            return self._acknowledged(context, node)
        relay = self._relays.rows.get((me, leader))
        if relay is None:
            return False
        thread, missing = relay[0], relay[1] & ~(1 << node)
        if missing:
            self._relays.put((me, leader), (thread, missing))
        else:
            self._relays.drop((me, leader))
            self._acknowledge(context, thread, leader)
        return False

    def _acknowledged(self, context: Context, node: int) -> bool:
        me = self._books.node
        if me not in self._jobs.rows:
            return False
        client, first, count, number, missing, *pages = self._jobs.rows[me]
        missing &= ~(1 << node)
        self._jobs.put(me, (client, first, count, number, missing, *pages))
        if not missing:
            if CALLS in self._bugs:
                context.listen()
            return self._finish(context)
        if CALLS in self._bugs:
            rest = [each for each in range(missing.bit_length()) if missing >> each & 1]
            application = self._books.roster.applications[number]
            shared = [vpn for vpn in pages if self._books.is_global(application, vpn)]
            self._notify(context, number, rest, shared)
        return False

    def _finish(self, context: Context, lost: int = -1) -> bool:
        """Nobody holds the pages any more: only now may their frames be used again.

        All but the frame `lost`, which the root pager keeps.
        """
        books, me, home = self._books, self._books.node, self._home(context)
        client, first, count, number, _, *pages = self._jobs.rows[me]
        self._jobs.drop(me)
        woken: set[int] = set()
        page = (number, pages[0], GLOBAL_REPLICA) if pages else _NO_PAGE
        if client == _NOBODY and lost < 0 and page in books.directory.rows.rows:
            self._mover.settle(context, page, first, count, home)
            woken.update(books.directory.take_waiters(page))
            pages = []
        for key, frame in books.backed(books.roster.applications[number], pages):
            books.directory.remove(context, key, home)
            if frame != lost:
                books.pools.give(context, frame)
            woken.update(books.directory.take_waiters(key))
        if client == _NOBODY:
            pass
        elif count:
            context.send(client, labels.UNMAP_DONE, (first, count))
        else:
            self._transport.tell(
                context, books.roster.node_of_pager(client), labels.UNMAP_OK, (me,)
            )
        for node in sorted(woken - {me}):
            self._transport.tell(context, node, labels.WAKE)
        return True

    def on_taken(self, context: Context, frame: int) -> bool:
        """The root pager has taken a frame back from everybody: nobody need acknowledge any more.

        True if an unmap that waited for an acknowledgement has ended with that.
        """
        job = self._jobs.rows.get(self._books.node)
        if job is None:
            return False
        application = self._books.roster.applications[job[3]]
        frames = {each for _, each in self._books.backed(application, job[5:])}
        return frames == {frame} and self._finish(context, frame)
