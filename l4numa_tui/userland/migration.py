"""A thread migrates to another node: to a CPU there, and into the space its application has there.

Only the root pager may do it: ThreadControl is privileged. The thread's pending IPC is aborted,
what its UTCB holds goes along, and from now on its faults go to the other node's pager.
"""

from __future__ import annotations

from l4numa_tui.kernel.errors import INVALID_PARAMETER
from l4numa_tui.userland import labels
from l4numa_tui.userland.roster import Roster
from l4numa_tui.userland.server import Context, Message


def migrate(context: Context, roster: Roster, message: Message) -> None:
    """Move the thread that asked to the node it named; refuse where its application is not."""
    thread, kernel = message.sender, context.kernel
    node = message.words[0] if message.words else -1
    application, _ = roster.of_thread(thread)
    if node not in application.spaces or node not in roster.pager_threads:
        context.send(thread, labels.EXHAUSTED, (INVALID_PARAMETER,))
        return
    space, pager = application.spaces[node], roster.pager_threads[node]
    if kernel.threads.rows[thread][0] == space:
        context.send(thread, labels.MIGRATE, (node,))  # it is there: nothing else ends its call
        return
    kernel.migrate(context.thread, thread, _emptiest_cpu(context, node), space, pager)
    roster.member.put(thread, (application.number, node))


def _emptiest_cpu(context: Context, node: int) -> int:
    """The CPU of the node with the fewest threads, the last of those: pagers have the first."""
    kernel = context.kernel
    cpus = kernel.machine.node_cpus[node]
    busy = [row[1] for row in kernel.threads.rows.values()]
    return min(reversed(cpus), key=busy.count)
