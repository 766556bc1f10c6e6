"""Synchronous IPC: a message passes when the sender sends and the receiver waits, never before.

`state` holds each thread's state word (`kernel.thread_state`); `inbox` the message a thread has
received and not yet looked at, (sender, label, words...); `outgoing` what a blocked sender offers,
(receiver, label, words, state word to take on when it is delivered); `queue` who waits to send to
a thread, first come first served.
"""

from __future__ import annotations

from l4numa_tui.kernel.errors import INVALID_THREAD, KernelError
from l4numa_tui.kernel.fpage import WHOLE
from l4numa_tui.kernel.mapping import MapItem, map_fpage
from l4numa_tui.kernel.records import HALT, IPC_SEND, IPC_WAIT, RESUME
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    CODE_MASK,
    COUNT_MASK,
    COUNT_SHIFT,
    ENDLESS,
    FAULTING,
    HALTED,
    PARTNER_MASK,
    PARTNER_SHIFT,
    READY,
    RECEIVING,
    REJECTED,
    RETRYING,
    SENDING,
    changed,
)

ENDLESS_REFAULTS = 8  # so many replies in a row that did not help: reported as endless

PAGEFAULT_PROTOCOL = -2
SIGMA0_PROTOCOL = -6
REJECT = -1  # a pager's answer that refuses: the faulting thread is halted

NIL_THREAD = 0  # no partner: the phase of the system call is left out
ANY_THREAD = PARTNER_MASK  # as a sender: an open receive
MAX_REGISTERS = 63  # message registers besides the tag (X.2)

Words = tuple[int, ...]
Items = tuple[MapItem, ...]


def fault_label(access: int) -> int:
    """The label of a pagefault message: protocol -2 with the wanted rights in its low bits."""
    return PAGEFAULT_PROTOCOL << 4 | access


def can_receive(kernel: KernelState, thread: int, sender: int) -> bool:
    """Whether `thread` waits for a message and would take one from `sender` now."""
    word = kernel.state.rows.get(thread, READY)
    code = word & CODE_MASK
    if code != RECEIVING and code != FAULTING:
        return False
    partner = word >> PARTNER_SHIFT & PARTNER_MASK
    return (partner == sender or partner == ANYONE) and thread not in kernel.inbox.rows


def try_send(
    kernel: KernelState, sender: int, to: int, label: int, words: Words = (), items: Items = ()
) -> bool:
    """Send with a zero timeout: deliver now if the receiver waits, else do nothing; delivered?"""
    word = kernel.state.rows.get(to, READY)
    code = word & CODE_MASK
    partner = word >> PARTNER_SHIFT & PARTNER_MASK
    if (
        (code == FAULTING or code == RECEIVING)
        and (partner == sender or partner == ANYONE)
        and to not in kernel.inbox.rows
    ):
        _transfer(kernel, sender, to, label, words, items)
        return True
    if to not in kernel.threads.rows:
        raise KernelError(INVALID_THREAD, f"there is no thread {to} to send to")
    return False


def call(kernel: KernelState, sender: int, to: int, label: int, words: Words, waiting: int) -> None:
    """Send, blocking if need be, then wait in the state `waiting`, a state word."""
    if try_send(kernel, sender, to, label, words):
        kernel.state.put(sender, waiting)
        return
    kernel.outgoing.put(sender, (to, label, words, waiting))
    kernel.queue.put(to, (*kernel.queue.rows.get(to, ()), sender))
    kernel.state.put(sender, changed(waiting, SENDING, to))
    kernel.record(IPC_WAIT, to, label, 0)


def receive_next(kernel: KernelState, thread: int) -> None:
    """Let the first waiting sender, if any, deliver to `thread`, which waits for anyone."""
    waiting = kernel.queue.rows.get(thread)
    if not waiting or thread in kernel.inbox.rows:
        return
    sender = waiting[0]
    if len(waiting) == 1:
        kernel.queue.drop(thread)
    else:
        kernel.queue.put(thread, waiting[1:])
    _, label, words, then = kernel.outgoing.rows[sender]
    kernel.outgoing.drop(sender)
    kernel.state.put(sender, then)
    _transfer(kernel, sender, thread, label, words, ())


def abort(kernel: KernelState, thread: int) -> None:
    """Make a thread ready that waits to send or receive; an unsent message is withdrawn."""
    if thread in kernel.outgoing.rows:
        to = kernel.outgoing.rows[thread][0]
        kernel.outgoing.drop(thread)
        others = tuple(other for other in kernel.queue.rows[to] if other != thread)
        if others:
            kernel.queue.put(to, others)
        else:
            kernel.queue.drop(to)
    kernel.state.put(thread, changed(kernel.state.rows.get(thread, READY), READY))


def _transfer(
    kernel: KernelState, sender: int, to: int, label: int, words: Words, items: Items
) -> None:
    """Move one message: charge it by distance, carry out its map items, wake the receiver."""
    account, threads = kernel.account, kernel.threads.rows
    from_space, from_cpu, _ = threads[sender]
    to_space, to_cpu, _ = threads[to]
    cycles, events = kernel.message_price[kernel.cpu_node[from_cpu]][kernel.cpu_node[to_cpu]]
    account.cycles += cycles
    account.events += events
    kernel.note((IPC_SEND, sender, to, label, words[0] if words else 0, account.cycles))
    for item in items:
        map_fpage(kernel, from_space, to_space, item, WHOLE)
    word = kernel.state.rows[to]
    if word & CODE_MASK == FAULTING:
        _end_fault(kernel, to, word, label)
    else:
        kernel.inbox.put(to, (sender, label, *words))


def _end_fault(kernel: KernelState, thread: int, word: int, label: int) -> None:
    """The pager answered: its map item is carried out, the thread's registers are as they were."""
    refaults = word >> COUNT_SHIFT & COUNT_MASK
    if label == REJECT or refaults >= ENDLESS_REFAULTS:
        reason = REJECTED if label == REJECT else ENDLESS
        kernel.state.put(thread, changed(word, HALTED, reason, refaults))
        kernel.record(HALT, thread, reason, 0)
    else:
        kernel.state.put(thread, changed(word, RETRYING, 0, refaults))
        kernel.record(RESUME, thread, 0, 0)
