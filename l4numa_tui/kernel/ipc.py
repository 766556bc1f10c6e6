"""Synchronous IPC: a message passes when the sender sends and the receiver waits, never before.

The system call has a send phase and a receive phase, either of which may be left out: send,
receive, call and reply-and-wait are one call. A receive is open (from anyone) or closed (from one
thread); a phase waits for ever or, with a zero timeout, not at all.

Tables: `state` holds each thread's state word (`kernel.thread_state`); `inbox` the message a thread
has received and not yet looked at, (sender, label, words...); `registers` the last one that a
program has looked at; `acceptor` a thread's receive window; `outgoing` what a blocked sender
offers, (receiver, label, words, state word to take on when it is delivered, item words, whether
the receive phase may wait); `queue` who waits to send to a thread, first come first served; `error`
how a thread's last call failed, (phase + 1 or 0 for other calls, code).
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.errors import (
    INVALID_THREAD,
    NO_PARTNER,
    OVERFLOW,
    RECEIVE_PHASE,
    SEND_PHASE,
    TIMEOUT,
    KernelError,
)
from l4numa_tui.kernel.fpage import NIL, Fpage
from l4numa_tui.kernel.mapping import item_from_words
from l4numa_tui.kernel.records import (
    IPC_ERROR,
    IPC_LISTEN,
    IPC_RECV,
    IPC_WAIT,
)
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    CODE_MASK,
    FAULTING,
    INACTIVE,
    PARTNER_MASK,
    PARTNER_SHIFT,
    READY,
    RECEIVING,
    RETURNING,
    SENDING,
    changed,
    code_of,
    partner_of,
)
from l4numa_tui.kernel.transfer import (
    PAGEFAULT_PROTOCOL,
    Items,
    Words,
    restore_registers,
    transfer,
)

NIL_THREAD = 0  # no partner: the phase of the system call is left out
ANY_THREAD = PARTNER_MASK  # as a sender: an open receive
MAX_REGISTERS = 63  # message registers besides the tag (X.2)


class IpcCall(NamedTuple):
    """The system call IPC as its thread makes it.

    The send phase goes to thread `to` (NIL_THREAD: none), the receive phase takes a message from
    `source` (NIL_THREAD: none, ANY_THREAD: an open receive). `no_wait_send` and `no_wait_receive`
    are zero timeouts; otherwise the thread waits for ever. `acceptor` is the receive window.
    """

    to: int = NIL_THREAD
    source: int = NIL_THREAD
    label: int = 0
    words: Words = ()
    items: Items = ()
    acceptor: Fpage = NIL
    no_wait_send: bool = False
    no_wait_receive: bool = False


def fault_label(access: int) -> int:
    """The label of a pagefault message: protocol -2 with the wanted rights in its low bits."""
    return PAGEFAULT_PROTOCOL << 4 | access


def ipc(kernel: KernelState, thread: int, message: IpcCall) -> bool:
    """Send, then receive; True if the call has ended, well or not, False if the thread waits.

    How it failed is in `error`. KernelError if a typed item cannot be carried out.
    """
    if message.source:
        _accept(kernel, thread, message.acceptor.word())
    to = message.to
    if to:
        if not _can_take_part(kernel, to):
            return fail(kernel, thread, to, NO_PARTNER, SEND_PHASE)
        if not try_send(kernel, thread, to, message.label, message.words, message.items):
            if message.no_wait_send:
                return fail(kernel, thread, to, TIMEOUT, SEND_PHASE)
            _wait_to_send(kernel, thread, message)
            return False
    if not message.source:
        return True
    return _receive(kernel, thread, message.source, wait=not message.no_wait_receive)


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
        transfer(kernel, sender, to, label, words, items)
        return True
    if to not in kernel.threads.rows:
        raise KernelError(INVALID_THREAD, f"there is no thread {to} to send to")
    return False


def call(kernel: KernelState, sender: int, to: int, label: int, words: Words, waiting: int) -> None:
    """Send, blocking if need be, then wait in the state `waiting`, a state word."""
    if try_send(kernel, sender, to, label, words):
        kernel.state.put(sender, waiting)
        return
    _queue_up(kernel, sender, (to, label, words, waiting, (), 1))


def take_message(kernel: KernelState, thread: int) -> None:
    """Let a program look at the message it has received: it is in its message registers now."""
    row = kernel.inbox.rows[thread]
    kernel.inbox.drop(thread)
    kernel.registers.put(thread, row)
    kernel.record(IPC_RECV, row[0], row[1], row[2] if len(row) > 2 else 0)


def receive_next(kernel: KernelState, thread: int) -> None:
    """Let the first waiting sender that `thread` listens to, if any, deliver its message.

    A sender that goes on to its own receive phase may release the next one, and so on.
    """
    pending = [thread]
    while pending:
        receiver = pending.pop()
        sender = _first_sender(kernel, receiver)
        if not sender:
            continue
        _, label, words, then, item_words, wait = kernel.outgoing.rows[sender]
        items = tuple(
            item_from_words(item_words[at], item_words[at + 1])
            for at in range(0, len(item_words), 2)
        )
        mark, noted = kernel.begin_call()
        try:
            withdraw(kernel, sender)
            transfer(kernel, sender, receiver, label, words, items)
        except KernelError as refused:  # its items cannot be carried out: the sender is told
            kernel.take_back(mark, noted, refused)
            withdraw(kernel, sender)
            fail(kernel, sender, receiver, OVERFLOW, SEND_PHASE)
            kernel.state.put(sender, changed(kernel.state.rows[sender], RETURNING))
            pending.append(receiver)
            continue
        kernel.state.put(sender, then)
        if then & CODE_MASK == RECEIVING and not _ends_at_once(kernel, sender, then, wait):
            pending.append(sender)


def _ends_at_once(kernel: KernelState, thread: int, word: int, wait: int) -> bool:
    """Whether the receive phase that a sender comes to has failed: nobody there, or no time."""
    partner = partner_of(word)
    if partner and not _can_take_part(kernel, partner):
        code = NO_PARTNER
    elif not wait and not _first_sender(kernel, thread):
        code = TIMEOUT
    else:
        return False
    fail(kernel, thread, partner, code, RECEIVE_PHASE)
    kernel.state.put(thread, changed(word, RETURNING))
    return True


def withdraw(kernel: KernelState, thread: int) -> None:
    """Take back a message that could not be delivered yet, if the thread offers one."""
    if thread not in kernel.outgoing.rows:
        return
    to = kernel.outgoing.rows[thread][0]
    kernel.outgoing.drop(thread)
    others = tuple(other for other in kernel.queue.rows[to] if other != thread)
    if others:
        kernel.queue.put(to, others)
    else:
        kernel.queue.drop(to)


def is_faulting(kernel: KernelState, thread: int) -> bool:
    """Whether what a thread waits in is a pagefault, be it that its message waits to be taken."""
    if code_of(kernel.state.rows.get(thread, READY)) == FAULTING:
        return True
    offer = kernel.outgoing.rows.get(thread)
    return offer is not None and code_of(offer[3]) == FAULTING


def abort(kernel: KernelState, thread: int) -> None:
    """Make a thread ready that waits to send or receive; an unsent message is withdrawn."""
    withdraw(kernel, thread)
    restore_registers(kernel, thread)
    kernel.state.put(thread, changed(kernel.state.rows.get(thread, READY), READY))


def fail(kernel: KernelState, thread: int, partner: int, code: int, phase: int) -> bool:
    """Note that a phase of a thread's IPC has failed; True, for its call has ended."""
    kernel.error.put(thread, (phase + 1, code))
    kernel.record(IPC_ERROR, partner, code, phase)
    return True


def _can_take_part(kernel: KernelState, thread: int) -> bool:
    exists = thread in kernel.threads.rows
    return exists and code_of(kernel.state.rows.get(thread, READY)) != INACTIVE


def _accept(kernel: KernelState, thread: int, window: int) -> None:
    if window != kernel.acceptor.rows.get(thread, 0):
        if window:
            kernel.acceptor.put(thread, window)
        else:
            kernel.acceptor.drop(thread)


def _receive(kernel: KernelState, thread: int, source: int, *, wait: bool) -> bool:
    """The receive phase: take a message that is offered, else wait for one or fail."""
    partner = ANYONE if source == ANY_THREAD else source
    if partner and not _can_take_part(kernel, partner):
        return fail(kernel, thread, partner, NO_PARTNER, RECEIVE_PHASE)
    word = kernel.state.rows.get(thread, READY)
    kernel.state.put(thread, changed(word, RECEIVING, partner))
    receive_next(kernel, thread)
    if thread in kernel.inbox.rows:
        take_message(kernel, thread)
        return True
    if not wait:
        return fail(kernel, thread, partner, TIMEOUT, RECEIVE_PHASE)
    kernel.record(IPC_LISTEN, partner, 0, 0)
    return False


def _wait_to_send(kernel: KernelState, thread: int, message: IpcCall) -> None:
    """Block in the send phase; the state to take on afterwards is the receive phase's, if any."""
    word = kernel.state.rows.get(thread, READY)
    if message.source:
        then = changed(word, RECEIVING, message.source % ANY_THREAD)
    else:
        then = changed(word, RETURNING)
    item_words = tuple(word for item in message.items for word in item.words())
    wait = int(not message.no_wait_receive)
    _queue_up(kernel, thread, (message.to, message.label, message.words, then, item_words, wait))


def _queue_up(
    kernel: KernelState, sender: int, offer: tuple[int, int, Words, int, Words, int]
) -> None:
    to, label, _, then, _, _ = offer
    kernel.outgoing.put(sender, offer)
    kernel.queue.put(to, (*kernel.queue.rows.get(to, ()), sender))
    kernel.state.put(sender, changed(then, SENDING, to))
    kernel.record(IPC_WAIT, to, label, 0)


def _first_sender(kernel: KernelState, receiver: int) -> int:
    """The first thread that waits to send to the receiver and would be listened to; 0 if none."""
    for sender in kernel.queue.rows.get(receiver, ()):
        if can_receive(kernel, receiver, sender):
            return int(sender)
    return 0
