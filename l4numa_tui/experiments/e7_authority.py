"""E7: a pager can only unmap what it established; who forgets the others leaves stale mappings."""

from __future__ import annotations

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, Row, Settings, Verdict, whole
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld, Script, access, finished
from l4numa_tui.kernel.fpage import page
from l4numa_tui.machine.machine import Machine
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager import NodePager
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.world.operations import Op
from l4numa_tui.world.stale import stale_mappings

RIGHT, WRONG, ALONE = "all notified", "wrong pager", "nobody notified"
_POOL = 8


class LonePager(NodePager):
    """A pager with a fault: it unmaps for itself and frees the frame, and tells nobody."""

    def on_message(self, context: Context, message: Message) -> None:
        """Serve a global unmap as if there were no other nodes, everything else rightly."""
        if message.label != labels.UNMAP_CALL:
            super().on_message(context, message)
            return
        application, _ = self.books.roster.of_thread(message.sender)
        first, count = message.words
        for key, frame in self.books.backed(application, range(first, first + count)):
            context.unmap(page(frame))
            self.books.directory.remove(context, key)
            self.books.pools.give(context, frame)
        context.send(message.sender, labels.UNMAP_DONE, (first, count))


def run(settings: Settings) -> list[Row]:
    """A page mapped on every node: who can take it back, and what is left if only one does."""
    return [
        measured(machine_of(settings, nodes), who)
        for who in (RIGHT, WRONG, ALONE)
        for nodes in settings.nodes
    ]


def measured(machine: Machine, who: str) -> Row:
    """Map a page everywhere, then unmap it as `who` says; the entries left, and the stale ones.

    WRONG: each other node's pager in turn unmaps the very frame, which it holds as well; counted is
    what the first node loses by that.
    """
    nodes = machine.nodes
    touch: Script = [access(node, FIRST_PAGE) for node in range(nodes)]
    script = [*touch, (0, (int(Op.UNMAP_GLOBAL), FIRST_PAGE, 1))]
    world = NodeWorld(machine, pool_frames=_POOL)
    pagers = world.system.roster.pager_threads
    if who == ALONE:
        honest = world.system.servers[pagers[0]]
        assert isinstance(honest, NodePager)
        world.system.servers[pagers[0]] = LonePager(world.system.kernel, honest.books)
    session = finished(world.session(touch if who == WRONG else script))
    kernel = world.system.kernel
    spaces = world.application.spaces
    lost = 0
    if who == WRONG:
        mapping = kernel.translate(spaces[0], FIRST_PAGE)
        assert mapping is not None
        for node in range(1, nodes):
            kernel.unmap(kernel.threads.rows[pagers[node]][0], page(mapping[0]))
        lost = int(kernel.translate(spaces[0], FIRST_PAGE) != mapping)
    left = [node for node in spaces if kernel.translate(spaces[node], FIRST_PAGE)]
    stale = stale_mappings(session.world)
    return {
        "unmap": who, "nodes": nodes, "faults": session.world.totals().faults,
        "messages": session.world.totals().messages, "first_lost": lost,
        "mapped_left": len(left), "stale": len(stale),
        "stale_nodes": " ".join(str(each.node) for each in stale) or "-",
    }  # fmt: skip


def judge(rows: list[Row]) -> Verdict:
    """Only the establishing pager's unmap has an effect; alone it leaves n-1 stale mappings."""
    for row in rows:
        nodes = whole(row, "nodes")
        lost, left, stale = {
            RIGHT: (0, 0, 0), WRONG: (0, 1, 0), ALONE: (0, nodes - 1, nodes - 1),
        }[str(row["unmap"])]  # fmt: skip
        for key, value in (("first_lost", lost), ("mapped_left", left), ("stale", stale)):
            if row[key] != value:
                where = f"{row['unmap']}, {nodes} nodes"
                return Verdict(FAILS, f"{where}: {key} is {row[key]}, not {value}")
    nodes = max(whole(row, "nodes") for row in rows)
    return Verdict(
        HOLDS,
        f"the unmaps of {nodes - 1} other pagers took nothing from the first node; a pager that"
        f" tells nobody leaves {nodes - 1} of {nodes} nodes with a stale mapping of a freed frame,"
        " which the checker names; one that notifies all leaves none",
    )
