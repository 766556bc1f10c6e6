"""One action of the commonest kind in a single function: a program running, or a server serving.

It does what `World.perform` does, in the same order and with the same log and records, for an
action (RUN, thread) on a CPU that runs the thread's space already; anything else goes there. What
makes a pagefault's own steps quick is `kernel.fast_path`; this is the same for what surrounds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from l4numa_tui.kernel import ipc
from l4numa_tui.kernel.fast_access import accesses
from l4numa_tui.kernel.records import IPC_RECV, THREAD_DONE
from l4numa_tui.kernel.thread_state import CODE_MASK, IP_SHIFT, READY, RETRYING
from l4numa_tui.userland.server import Context, Message, Server
from l4numa_tui.world.operations import ACCESS_RIGHT, Action

if TYPE_CHECKING:
    from l4numa_tui.world.world import World

Perform = Callable[[Action], int]
Servers = Mapping[int, tuple[Server, Context]]

_READY_CODES = (READY, RETRYING)


def fast_perform(world: World, servers: Servers) -> Perform:  # noqa: C901 - all in one, to be fast
    """Make `perform(action)`: carry out an action known to be possible; returns its cycles."""
    kernel, account, general = world.kernel, world.kernel.account, world.perform
    adhoc, outbox, inbox = world.journal.table("adhoc").rows, world.outbox, world.inbox
    threads, running, cpu_node = kernel.threads.rows, kernel.running.rows, kernel.cpu_node
    state, queue, note = kernel.state.rows, kernel.queue.rows, kernel.note
    logged, log, inbox_at = world.journal.logged, world.journal.log.extend, kernel.inbox.index
    others, rows, account_at = account.others, account.table.rows, account.table.index
    programs = {thread: program.operations for thread, program in world.programs.items()}
    strides, run = world.strides, accesses(kernel, ACCESS_RIGHT)

    def perform(action: Action) -> int:  # noqa: PLR0911 - what is not plain leaves at once
        if len(action) != 2 or adhoc:
            return general(action)
        thread = action[1]
        space, cpu, _ = threads[thread]
        if running.get(cpu) != space:
            return general(action)
        kernel.cpu = cpu
        kernel.node = cpu_node[cpu]
        kernel.thread = thread
        operations = programs.get(thread)
        if operations is None:
            row = inbox.get(thread)
            if row is None or thread in outbox:
                return general(action)
            if logged:
                log((inbox_at, thread, row, None))
            del inbox[thread]
            sender, label, words = row[0], row[1], row[2:]
            note((IPC_RECV, thread, sender, label, words[0] if words else 0, 0))
            server, context = servers[thread]
            server.on_message(context, Message(sender, label, words))
            if thread in queue:
                ipc.receive_next(kernel, thread)
        else:
            word = state.get(thread, READY)
            if word & CODE_MASK not in _READY_CODES:
                return general(action)
            at, size = word >> IP_SHIFT, len(operations)
            stop = size if strides or at == size else at + 1
            at = run(thread, operations, at, stop)
            if 0 <= at < stop:
                return general(action)
            if at == size:
                kernel.record(THREAD_DONE, 0, 0, 0)
        if others:
            return account.settle(cpu)
        spent = account.cycles
        had = rows.get(cpu)
        now = (had or 0) + (account.events + spent)
        account.cycles = account.events = 0
        if logged:
            log((account_at, cpu, had, now))
        rows[cpu] = now
        return spent

    return perform
