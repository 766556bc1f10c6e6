"""Synchronous IPC between threads of the bare kernel: phases, windows, errors, deadlock."""

from __future__ import annotations

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import (
    NO_PARTNER,
    OVERFLOW,
    RECEIVE_PHASE,
    SEND_PHASE,
    TIMEOUT,
    KernelError,
)
from l4numa_tui.kernel.fpage import WHOLE, fpage, page
from l4numa_tui.kernel.ipc import ANY_THREAD, IpcCall
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import READ, WRITE
from l4numa_tui.kernel.thread_state import (
    FAULTING,
    HALTED,
    NO_PAGER,
    READY,
    RECEIVING,
    RETRYING,
    RETURNING,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT
from tests.worlds import machine


def kernel_with(threads: int, nodes: int = 2) -> Kernel:
    """Threads 1, 2, ... each in a space of its own on the nodes in turn; thread 1 pages them."""
    kernel = Kernel(Journal(), machine(nodes))
    for index in range(threads):
        space = kernel.create_space(index % nodes)
        kernel.create_thread(space, kernel.machine.cpu_on(index % nodes, index // nodes), 1)
    kernel.dispatch(1)
    return kernel


def state(kernel: Kernel, thread: int) -> tuple[int, int]:
    word = kernel.state.rows.get(thread, READY)
    return code_of(word), partner_of(word)


def test_a_message_passes_only_when_both_are_there() -> None:
    kernel = kernel_with(2)
    assert not kernel.ipc(1, IpcCall(to=2, label=7, words=(11, 12)))
    assert state(kernel, 1) == (SENDING, 2)
    assert 2 not in kernel.inbox.rows
    assert kernel.ipc(2, IpcCall(source=ANY_THREAD))
    assert kernel.registers.rows[2] == (1, 7, 11, 12)
    assert state(kernel, 1)[0] == RETURNING
    assert not kernel.queue.rows
    assert not kernel.outgoing.rows


def test_a_receiver_that_waits_is_given_the_message_at_once() -> None:
    kernel = kernel_with(2)
    assert not kernel.ipc(2, IpcCall(source=1))
    assert state(kernel, 2) == (RECEIVING, 1)
    assert kernel.ipc(1, IpcCall(to=2, label=3))
    assert kernel.inbox.rows[2] == (1, 3)


def test_a_closed_receive_passes_over_other_senders() -> None:
    kernel = kernel_with(3)
    kernel.ipc(2, IpcCall(to=1, label=2))
    kernel.ipc(3, IpcCall(to=1, label=3))
    assert kernel.ipc(1, IpcCall(source=3))
    assert kernel.registers.rows[1] == (3, 3)
    assert state(kernel, 2) == (SENDING, 1), "it goes on waiting"
    assert kernel.ipc(1, IpcCall(source=ANY_THREAD))
    assert kernel.registers.rows[1] == (2, 2)


def test_senders_are_served_in_the_order_they_came() -> None:
    kernel = kernel_with(4)
    for sender in (3, 2, 4):
        kernel.ipc(sender, IpcCall(to=1, label=sender))
    got = []
    for _ in range(3):
        kernel.ipc(1, IpcCall(source=ANY_THREAD))
        got.append(kernel.registers.rows[1][0])
    assert got == [3, 2, 4]


def test_zero_timeouts_fail_in_their_phase() -> None:
    kernel = kernel_with(2)
    assert kernel.ipc(1, IpcCall(to=2, no_wait_send=True))
    assert kernel.error.rows[1] == (SEND_PHASE + 1, TIMEOUT)
    assert kernel.ipc(1, IpcCall(source=2, no_wait_receive=True))
    assert kernel.error.rows[1] == (RECEIVE_PHASE + 1, TIMEOUT)
    assert kernel.ipc(1, IpcCall(to=99))
    assert kernel.error.rows[1] == (SEND_PHASE + 1, NO_PARTNER)
    assert kernel.ipc(1, IpcCall(source=99))
    assert kernel.error.rows[1] == (RECEIVE_PHASE + 1, NO_PARTNER)
    assert not kernel.queue.rows


def test_a_call_that_had_to_wait_goes_on_to_its_receive_phase() -> None:
    kernel = kernel_with(3)
    assert not kernel.ipc(2, IpcCall(to=1, source=1, label=5))
    kernel.ipc(1, IpcCall(source=ANY_THREAD))
    assert state(kernel, 2) == (RECEIVING, 1)
    # Somebody else's message does not end a closed receive.
    assert not kernel.ipc(3, IpcCall(to=2))
    assert kernel.ipc(1, IpcCall(to=2, label=6, no_wait_send=True))
    assert kernel.inbox.rows[2] == (1, 6)


def test_one_delivery_releases_the_next() -> None:
    # 3 waits to send to 2, which calls 1 with an open receive phase: taking 2's message frees both.
    kernel = kernel_with(3)
    kernel.ipc(3, IpcCall(to=2, label=3))
    kernel.ipc(2, IpcCall(to=1, source=ANY_THREAD, label=2))
    assert kernel.ipc(1, IpcCall(source=ANY_THREAD))
    assert kernel.inbox.rows[2] == (3, 3)
    assert state(kernel, 3)[0] == RETURNING


def test_a_receive_phase_with_zero_timeout_fails_after_a_send_that_waited() -> None:
    kernel = kernel_with(2)
    kernel.ipc(2, IpcCall(to=1, source=1, no_wait_receive=True))
    kernel.ipc(1, IpcCall(source=ANY_THREAD))
    assert state(kernel, 2)[0] == RETURNING
    assert kernel.error.rows[2] == (RECEIVE_PHASE + 1, TIMEOUT)


@pytest.mark.parametrize("sender_first", [False, True])
def test_items_land_in_the_window_in_order(*, sender_first: bool) -> None:
    kernel = kernel_with(2)
    kernel.map(SIGMA0, 1, MapItem(fpage(0x40000, 14), 0x40000))
    items = (MapItem(page(0x40), 0x5000), MapItem(page(0x41, READ), 0x5000))
    send, receive = IpcCall(to=2, items=items), IpcCall(source=1, acceptor=fpage(0x10000, 13))
    for thread, call in ((1, send), (2, receive))[:: 1 if sender_first else -1]:
        kernel.ipc(thread, call)
    # Hot spot 0x5000 in a window of two pages is its second; the second item replaces the first.
    assert kernel.translate(2, 0x11) == (0x41, READ)
    assert kernel.translate(2, 0x10) is None


def test_a_nil_window_accepts_nothing() -> None:
    kernel = kernel_with(2)
    kernel.map(SIGMA0, 1, MapItem(page(1), 0x1000))
    kernel.ipc(2, IpcCall(source=1))
    kernel.ipc(1, IpcCall(to=2, items=(MapItem(page(1), 0),)))
    assert kernel.translate(2, 0) is None
    assert kernel.inbox.rows[2] == (1, 0), "the message itself arrives"


def test_an_item_that_cannot_be_carried_out_fails_the_send_and_changes_nothing() -> None:
    kernel = kernel_with(2)
    kernel.map(SIGMA0, 1, MapItem(page(1), 0x1000))
    ring = [kernel.create_space(0), kernel.create_space(0)]
    kernel.map(1, ring[0], MapItem(page(1), 0))
    for depth in range(253):
        at = MapItem(page(depth), depth + 1 << 12)
        kernel.map(ring[depth % 2], ring[(depth + 1) % 2], at)
    deepest = kernel.create_thread(ring[253 % 2], 0, 1)
    send = IpcCall(to=2, items=(MapItem(page(253), 0),))
    # The receiver is there: the sender's own call is refused.
    kernel.ipc(2, IpcCall(source=ANY_THREAD, acceptor=WHOLE))
    before = kernel.journal.digest()
    with pytest.raises(KernelError, match="too deep"):
        kernel.ipc(deepest, send)
    assert kernel.journal.digest() == before
    # The sender has to wait: it learns of the failure later, the receiver goes on waiting.
    kernel.abort_ipc(2)
    kernel.ipc(deepest, send)
    assert not kernel.ipc(2, IpcCall(source=ANY_THREAD, acceptor=WHOLE))
    assert kernel.error.rows[deepest] == (SEND_PHASE + 1, OVERFLOW)
    assert state(kernel, deepest)[0] == RETURNING
    assert state(kernel, 2)[0] == RECEIVING
    assert kernel.translate(2, 0) is None


def test_a_pagefault_saves_the_message_registers_and_restores_them() -> None:
    kernel = kernel_with(2)
    kernel.map(SIGMA0, 1, MapItem(page(1), 0x1000))
    kernel.ipc(2, IpcCall(source=1))
    kernel.ipc(1, IpcCall(to=2, label=9, words=(1, 2, 3)))
    kernel.take_message(2)
    kernel.complete(2, 1)
    before = kernel.registers.rows[2]
    kernel.ipc(1, IpcCall(source=ANY_THREAD))
    kernel.dispatch(2)
    assert not kernel.access(2, 0x7000, WRITE)
    assert state(kernel, 2) == (FAULTING, 1)
    fault = (PAGEFAULT_PROTOCOL << 4 | WRITE, 0x7000, 1)
    assert kernel.inbox.rows[1] == (2, *fault)
    assert kernel.registers.rows[2] == (1, *fault)
    kernel.take_message(1)
    assert kernel.ipc(1, IpcCall(to=2, items=(MapItem(page(1), 0x7000),), no_wait_send=True))
    assert state(kernel, 2)[0] == RETRYING
    assert kernel.registers.rows[2] == before
    assert not kernel.saved_registers.rows
    assert kernel.access(2, 0x7000, WRITE)


def test_a_thread_whose_pager_refuses_or_is_not_there_is_halted() -> None:
    kernel = kernel_with(3)
    kernel.ipc(1, IpcCall(source=ANY_THREAD))
    kernel.dispatch(2)
    assert not kernel.access(2, 0x7000, READ)
    kernel.take_message(1)
    kernel.ipc(1, IpcCall(to=2, label=REJECT))
    assert state(kernel, 2)[0] == HALTED
    orphan = kernel.create_thread(kernel.threads.rows[3][0], 1, 0)
    kernel.dispatch(orphan)
    assert not kernel.access(orphan, 0x7000, READ)
    assert state(kernel, orphan) == (HALTED, NO_PAGER)


def test_threads_that_wait_in_a_circle_are_a_deadlock() -> None:
    kernel = kernel_with(4)
    kernel.ipc(1, IpcCall(to=2, source=2))
    assert kernel.deadlocks() == []
    kernel.ipc(2, IpcCall(to=3, source=3))
    kernel.ipc(4, IpcCall(to=1))  # waits for the circle, is none of it
    assert kernel.deadlocks() == []
    kernel.ipc(3, IpcCall(to=1, source=1))
    assert kernel.deadlocks() == [(1, 2, 3)]
    kernel.abort_ipc(2)
    assert kernel.deadlocks() == []


def test_a_thread_that_waits_for_itself_is_a_deadlock_of_one() -> None:
    kernel = kernel_with(1)
    kernel.ipc(1, IpcCall(to=1))
    assert kernel.deadlocks() == [(1,)]


def test_a_message_across_nodes_costs_more_and_is_counted_apart() -> None:
    kernel = kernel_with(3)  # threads 1 and 3 on node 0, thread 2 on node 1
    costs = {}
    for to in (2, 3):
        kernel.ipc(to, IpcCall(source=1))
        kernel.account.clear()
        kernel.ipc(1, IpcCall(to=to))
        costs[to] = kernel.account.cycles
        kernel.account.settle(0)
    assert costs[2] > 5 * costs[3]
    counted = kernel.account.of(0)
    assert (counted.messages, counted.cross_messages) == (2, 1)


def test_what_happened_is_recorded() -> None:
    kernel = kernel_with(2)
    kernel.ipc(1, IpcCall(to=2, source=2))
    kernel.ipc(2, IpcCall(source=1))
    kernel.ipc(2, IpcCall(to=1))
    events = [each.event for each in kernel.records.between(0, kernel.records.end)]
    for event in (Event.IPC_WAIT, Event.IPC_SEND, Event.IPC_RECV):
        assert event in events
