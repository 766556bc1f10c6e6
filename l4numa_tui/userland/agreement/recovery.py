"""Recovery: a frame that some pager does not give up is taken back by the common ancestor.

No node pager can take a frame from another: their mappings are siblings. The root pager, from which
all have theirs, can. It costs all pagers the frame, and the frame is used no more.
"""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.global_unmap import GlobalUnmap
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.server import Context, Message


class Recovery:
    """One pager's part in it; `recovering` holds (client, application, page) by (node, frame)."""

    def __init__(self, kernel: Kernel, books: PagerBooks, unmapper: GlobalUnmap) -> None:
        self._books = books
        self._unmapper = unmapper
        self._recovering = kernel.journal.table("recovering")

    def ask(self, context: Context, message: Message) -> None:
        """Have the root pager take back the frame behind a page of the calling thread."""
        books = self._books
        application, _ = books.roster.of_thread(message.sender)
        vpn = message.words[0]
        backed = books.backed(application, [vpn])
        if not backed:
            context.send(message.sender, labels.UNMAP_DONE, (vpn, 1))
            return
        frame = backed[0][1]
        row = (message.sender, application.number, vpn)
        self._recovering.put((books.node, frame), row)
        context.send(books.roster.root_thread, labels.TAKE_BACK, (frame,))

    def on_taken(self, context: Context, frame: int) -> bool:
        """Nobody has the frame any more; True if what was put aside may be tried again."""
        books = self._books
        ended = self._unmapper.on_taken(context, frame)
        row = self._recovering.rows.get((books.node, frame))
        if row is None:
            return ended
        client, number, vpn = row
        self._recovering.drop((books.node, frame))
        for key, each in books.backed(books.roster.applications[number], [vpn]):
            if each == frame:
                books.lose(context, key)
        context.send(client, labels.UNMAP_DONE, (vpn, 1))
        return True
