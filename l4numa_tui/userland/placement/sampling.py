"""Sampling by pagefaults: a pager takes pages away on its own node and sees who comes back.

As AutoNUMA of Linux does it by its hinting faults, but driven by faults served and not by a clock:
after every k-th, the next k pages in turn are unmapped, the one just served excepted.
"""

from __future__ import annotations

from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.server import Context

Page = tuple[int, int]  # application, page


class Sampler:
    """One pager's part in it.

    `sampled` holds the frames of pages that a pager has mapped and may take away, by (node,
    application, page); `sample_turn` the (faults since it last did, application and page that it
    took last), by node.
    """

    def __init__(self, kernel: Kernel, books: PagerBooks) -> None:
        self._books = books
        self._mapped = kernel.journal.table("sampled")
        self._turn = kernel.journal.table("sample_turn")

    def after_fault(self, context: Context, served: Page, frame: int) -> None:
        """Note that a page was mapped, and take others away if it is time."""
        me, every = self._books.node, self._books.agreement.sample_every
        if not every:
            return
        self._mapped.put((me, *served), frame)
        faults, *last = self._turn.rows.get(me, (0, -1, -1))
        if faults + 1 < every:
            self._turn.put(me, (faults + 1, *last))
            return
        for each in self._next(served, (last[0], last[1]), every):
            last = [*each]
            context.unmap(page(self._mapped.rows[(me, *each)]))
            self._mapped.drop((me, *each))
        self._turn.put(me, (0, *last))

    def _next(self, served: Page, last: Page, count: int) -> list[Page]:
        """The next pages in turn, after the one that was taken last."""
        me = self._books.node
        mine = sorted(key[1:] for key in self._mapped.rows if key[0] == me)
        turn = [each for each in mine if each > last] + [each for each in mine if each <= last]
        return [each for each in turn if each != served][:count]
