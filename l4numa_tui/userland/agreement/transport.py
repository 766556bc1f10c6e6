"""How one pager tells another something: by IPC, or through a mailbox in shared memory."""

from __future__ import annotations

from l4numa_tui.kernel.transfer import Words
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.options import SHARED_MEMORY, TREE, Agreement
from l4numa_tui.userland.roster import Roster
from l4numa_tui.userland.server import Context


class Transport:
    """Tells pagers things, in the way that the protocol prescribes."""

    def __init__(self, roster: Roster, agreement: Agreement) -> None:
        self._roster = roster
        self._by_mail = agreement.protocol == SHARED_MEMORY

    def tell(self, context: Context, node: int, label: int, words: Words = ()) -> None:
        """Tell the pager of `node`; what is told to oneself goes through one's own mailbox."""
        thread = self._roster.pager_threads[node]
        if self._by_mail or thread == context.thread:
            context.post(thread, label, words)
        else:
            context.send(thread, label, words)

    def note_to_self(self, context: Context) -> None:
        """See to it that this pager runs once more and tries again what it has put aside."""
        context.post(context.thread, labels.GO_ON)


def shares(nodes: list[int], fan_out: str) -> list[tuple[int, list[int]]]:
    """Whom to tell oneself, and whom each of those is to tell on.

    Sequentially: everybody oneself. By a tree: each told node takes half of what is left, so that
    all are reached in about log2 of their number of rounds; the messages are as many.
    """
    if fan_out != TREE:
        return [(node, []) for node in nodes]
    out = []
    rest = nodes
    while rest:
        half = (len(rest) + 1) // 2
        out.append((rest[0], rest[1:half]))
        rest = rest[half:]
    return out
