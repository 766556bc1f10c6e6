"""Global unmap: a pager can only unmap what it established, so all pagers must be told.

The order matters and is fixed here: first the directory rows are marked, so that no fault can
bring the page back; then the own node is unmapped and the others are notified; only when all have
acknowledged are the rows removed and the frames free to be used again. 2(n-1) messages.
"""

from __future__ import annotations

from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.userland import labels
from l4numa_tui.userland.directory import UNMAPPING
from l4numa_tui.userland.pager_books import DirectoryKey, PagerBooks, Pages
from l4numa_tui.userland.regions import Application
from l4numa_tui.userland.server import Context, Message


class GlobalUnmap:
    """The unmap side of a node pager.

    `unmap_job` holds, for a node whose pager leads an unmap, (client, first page and pages it asked
    for, application, bit set of nodes yet to acknowledge, the pages concerned...). A pager leads
    one unmap at a time; the next waits.
    """

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self._books = books
        self._jobs = kernel.journal.table("unmap_job")

    def on_message(self, context: Context, message: Message) -> bool:
        """Serve UNMAP_CALL from a thread, NOTIFY and ACK from other pagers.

        True if an unmap has just been finished: what waited for it may be tried again.
        """
        if message.label == labels.UNMAP_CALL:
            return self._start(context, message)
        if message.label == labels.NOTIFY:
            number, *pages = message.words
            self._unmap_here(context, self._books.roster.applications[number], pages)
            context.send(message.sender, labels.ACK, (self._books.node,))
            return False
        return message.label == labels.ACK and self._acknowledged(context, message.words[0])

    def _start(self, context: Context, message: Message) -> bool:
        books, me = self._books, self._books.node
        application, _ = books.roster.of_thread(message.sender)
        first, count = message.words
        backed = books.backed(application, range(first, first + count))
        if me in self._jobs.rows or self._busy(context, backed):
            context.defer(message)
            return False
        for key, frame in backed:
            books.directory.publish(context, key, frame, UNMAPPING)
        # Only these pages are this unmap's: one that gets a frame meanwhile is somebody else's.
        pages = [key[1] for key, _ in backed]
        self._unmap_here(context, application, pages)
        # Replica 0 is the global one; node-local pages concern nobody else.
        shared = [key[1] for key, _ in backed if key[2] == 0]
        others = [node for node in books.roster.pager_threads if node != me] if shared else []
        missing = sum(1 << node for node in others)
        self._jobs.put(me, (message.sender, first, count, application.number, missing, *pages))
        for node in others:
            words = (application.number, *shared)
            context.send(books.roster.pager_threads[node], labels.NOTIFY, words)
        return not others and self._finish(context)

    def _busy(self, context: Context, backed: list[tuple[DirectoryKey, int]]) -> bool:
        """Whether another pager is unmapping one of the pages; then this one asks to be woken."""
        directory = self._books.directory
        for key, _ in backed:
            backing = directory.look_up(context, key)
            if backing is not None and backing.state == UNMAPPING:
                directory.wait_for(context, key, self._books.node)
                return True
        return False

    def _unmap_here(self, context: Context, application: Application, pages: Pages) -> None:
        """Unmap what this pager established: the pages' frames, named in its own space."""
        books = self._books
        for key, _ in books.backed(application, pages):
            backing = books.directory.look_up(context, key)
            if backing is not None and books.holds(backing.frame):
                context.unmap(page(backing.frame))

    def _acknowledged(self, context: Context, node: int) -> bool:
        me = self._books.node
        client, first, count, application, missing, *pages = self._jobs.rows[me]
        missing &= ~(1 << node)
        self._jobs.put(me, (client, first, count, application, missing, *pages))
        return not missing and self._finish(context)

    def _finish(self, context: Context) -> bool:
        """Nobody holds the pages any more: only now may their frames be used again."""
        books, me = self._books, self._books.node
        client, first, count, number, _, *pages = self._jobs.rows[me]
        self._jobs.drop(me)
        woken: set[int] = set()
        for key, frame in books.backed(books.roster.applications[number], pages):
            books.directory.remove(context, key)
            books.pools.give(context, frame)
            woken.update(books.directory.take_waiters(key))
        context.send(client, labels.UNMAP_DONE, (first, count))
        for node in sorted(woken - {me}):
            context.send(books.roster.pager_threads[node], labels.WAKE)
        return True
