"""Who has faulted on a page, and how near the pages of an application lie: counts of pagefaults."""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.rights import WRITE
from l4numa_tui.userland.pager_books import DirectoryKey
from l4numa_tui.userland.placement.policies import MIN_SAMPLES, SINGLE, Use
from l4numa_tui.userland.server import Context

WINDOW = 64  # faults of an application after which older ones count for half
_PAGE_WINDOW = 2 * MIN_SAMPLES


class Counts:
    """The counts beside a page's row in the directory, on the node where that lies.

    `placement_counts` holds, for a page, the reads of each node and then the writes of each;
    `placement_totals`, for an application, (local, all, faults by node of the frame...).
    """

    def __init__(self, kernel: Kernel) -> None:
        self._nodes = kernel.machine.nodes
        self._pages = kernel.journal.table("placement_counts")
        self._totals = kernel.journal.table("placement_totals")

    def use_of(self, key: DirectoryKey, node: int, access: int, where: int) -> Use:
        """The counts with one more fault in them, that of `node`, served by a frame on `where`."""
        nodes = self._nodes
        page = list(self._pages.rows.get(key, (0,) * (2 * nodes)))
        page[node + (nodes if access == WRITE else 0)] += 1
        local, total, *loads = self._totals.rows.get(key[0], (0,) * (2 + nodes))
        loads[where] += 1
        return Use(
            node, access, SINGLE, where, frozenset(), tuple(page[:nodes]), tuple(page[nodes:]),
            local + (where == node), total + 1, tuple(loads), where,
        )  # fmt: skip

    def note(self, context: Context, key: DirectoryKey, use: Use, home: int) -> None:
        """Write down what `use_of` has counted: one write to the memory of the books.

        When much has been counted, everything counts for half from now on.
        """
        context.shared_access(home, write=True)
        page = use.reads + use.writes
        if sum(page) >= _PAGE_WINDOW:
            page = tuple(count // 2 for count in page)
        self._pages.put(key, page)
        totals = (use.local, use.total, *use.loads)
        if use.total >= WINDOW:
            totals = tuple(count // 2 for count in totals)
        self._totals.put(key[0], totals)
