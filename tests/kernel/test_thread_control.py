"""ThreadControl, SpaceControl, Schedule, ExchangeRegisters: what they do and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import errors, memory
from l4numa_tui.kernel.errors import KernelError, KernelMisuse
from l4numa_tui.kernel.exchange_registers import ABORT_RECEIVE, APPLY_HALT, HALT, SET_IP, SET_PAGER
from l4numa_tui.kernel.fpage import NIL, WHOLE, Fpage, fpage, page
from l4numa_tui.kernel.ipc import ANY_THREAD, IpcCall
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.rights import READ
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.kernel.thread_state import (
    FAULTING,
    HALTED,
    INACTIVE,
    NO_PAGER,
    READY,
    RECEIVING,
    RETURNING,
    code_of,
    ip_of,
    partner_of,
)
from tests.worlds import machine

ROOT, OTHER, NEW = 1, 2, 10
KIP, UTCBS = fpage(0x10000, 12), fpage(0x20000, 14)
UTCB = 0x20000


def fresh() -> Kernel:
    """Thread 1 in a privileged space on node 0, thread 2 in an ordinary one on node 1."""
    kernel = Kernel(Journal(), machine(2))
    for node in (0, 1):
        kernel.create_thread(kernel.create_space(node), kernel.machine.cpu_on(node, 0), ROOT)
    kernel.make_privileged(1)
    kernel.dispatch(ROOT)
    return kernel


def started(kernel: Kernel, thread: int = NEW, node: int = 1) -> int:
    """Make an active thread in a fresh space as a root task does; its space."""
    kernel.thread_control(ROOT, ThreadRequest(thread, thread, ROOT, node=node + 1))
    kernel.space_control(ROOT, thread, KIP, UTCBS)
    kernel.thread_control(ROOT, ThreadRequest(thread, thread, pager=ROOT, utcb=UTCB + 1))
    kernel.ipc(ROOT, IpcCall(to=thread, words=(0,)))
    return int(kernel.threads.rows[thread][0])


def code(kernel: Kernel, thread: int) -> int:
    return code_of(kernel.state.rows.get(thread, READY))


def objects(kernel: Kernel) -> list[list[tuple[int, int, int]]]:
    return [kernel.memory.objects_on(node) for node in range(kernel.machine.nodes)]


def test_a_thread_is_made_set_up_activated_and_started_in_that_order() -> None:
    kernel = fresh()
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW, ROOT))
    space = kernel.threads.rows[NEW][0]
    assert kernel.spaces.rows[space][0] == 0, "home node: that of the creator's CPU"
    assert code(kernel, NEW) == INACTIVE
    kernel.space_control(ROOT, NEW, KIP, UTCBS)
    assert kernel.is_exempt(space, KIP.first_page)
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW, pager=ROOT, utcb=UTCB + 1))
    assert (code(kernel, NEW), partner_of(kernel.state.rows[NEW])) == (RECEIVING, ROOT)
    kernel.ipc(OTHER, IpcCall(to=NEW, words=(3,)))
    assert code(kernel, NEW) == RECEIVING, "only its pager can start it"
    kernel.ipc(ROOT, IpcCall(to=NEW, words=(5,)))
    assert (code(kernel, NEW), ip_of(kernel.state.rows[NEW])) == (READY, 5)


def test_the_creator_may_name_the_home_node() -> None:
    kernel = fresh()
    before = objects(kernel)
    space = started(kernel, node=1)
    assert kernel.spaces.rows[space][0] == 1
    assert objects(kernel)[0] == before[0], "all its kernel memory lies on node 1"


REFUSED: dict[str, tuple[int, Callable[[Kernel], None]]] = {
    "an ordinary space": (
        errors.NO_PRIVILEGE,
        lambda k: k.thread_control(OTHER, ThreadRequest(NEW, NEW, ROOT)),
    ),
    "thread 0": (
        errors.INVALID_THREAD,
        lambda k: k.thread_control(ROOT, ThreadRequest(0, 1, ROOT)),
    ),
    "oneself": (errors.INVALID_THREAD, lambda k: k.thread_control(ROOT, ThreadRequest(ROOT))),
    "no scheduler": (
        errors.INVALID_THREAD,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, NEW)),
    ),
    "an unknown scheduler": (
        errors.INVALID_SCHEDULER,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, NEW, 77)),
    ),
    "an unknown space": (
        errors.INVALID_SPACE,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, 77, ROOT)),
    ),
    "active in a fresh space": (
        errors.INVALID_SPACE,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, NEW, ROOT, ROOT, UTCB + 1)),
    ),
    "active without a UTCB": (
        errors.INVALID_UTCB,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, OTHER, ROOT, ROOT)),
    ),
    "a UTCB outside the area": (
        errors.INVALID_UTCB,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, OTHER, ROOT, ROOT, UTCB + 1)),
    ),
    "a UTCB of an active thread": (
        errors.INVALID_UTCB,
        lambda k: k.thread_control(ROOT, ThreadRequest(OTHER, OTHER, utcb=UTCB + 1)),
    ),
    "an unknown pager": (
        errors.INVALID_THREAD,
        lambda k: k.thread_control(ROOT, ThreadRequest(OTHER, OTHER, pager=77)),
    ),
    "an unknown home node": (
        errors.INVALID_PARAMETER,
        lambda k: k.thread_control(ROOT, ThreadRequest(NEW, NEW, ROOT, node=9)),
    ),
    "areas of no space": (
        errors.INVALID_SPACE,
        lambda k: k.space_control(ROOT, 77, KIP, UTCBS),
    ),
    "areas by an ordinary space": (
        errors.NO_PRIVILEGE,
        lambda k: k.space_control(OTHER, OTHER, KIP, UTCBS),
    ),
    "schedule an unknown thread": (errors.INVALID_THREAD, lambda k: k.schedule(ROOT, 77, 0)),
    "schedule as a stranger": (errors.NO_PRIVILEGE, lambda k: k.schedule(OTHER, ROOT, 0)),
    "schedule to no CPU": (errors.INVALID_PARAMETER, lambda k: k.schedule(OTHER, OTHER, 99)),
    "registers of another space": (
        errors.INVALID_THREAD,
        lambda k: k.exchange_registers(ROOT, OTHER, APPLY_HALT | HALT),
    ),
    "a pager that is not there": (
        errors.INVALID_THREAD,
        lambda k: k.exchange_registers(ROOT, ROOT, SET_PAGER, pager=77),
    ),
    "an instruction pointer too far": (
        errors.INVALID_PARAMETER,
        lambda k: k.exchange_registers(ROOT, ROOT, SET_IP, ip=1 << 40),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_call_has_its_code_and_changes_nothing(name: str) -> None:
    kernel = fresh()
    before = kernel.journal.digest()
    expected, call = REFUSED[name]
    with pytest.raises(KernelError) as refused:
        call(kernel)
    assert refused.value.code == expected
    assert errors.MEANINGS[expected] in str(refused.value)
    assert kernel.journal.digest() == before


@pytest.mark.parametrize(("kip", "utcb", "expected"), [
    (NIL, UTCBS, errors.INVALID_KIP),
    (WHOLE, UTCBS, errors.INVALID_KIP),
    (KIP, NIL, errors.INVALID_UTCB),
    (fpage(0x20000, 13), UTCBS, errors.INVALID_UTCB),
])  # fmt: skip
def test_areas_that_cannot_be(kip: Fpage, utcb: Fpage, expected: int) -> None:
    kernel = fresh()
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW, ROOT))
    before = kernel.journal.digest()
    with pytest.raises(KernelError) as refused:
        kernel.space_control(ROOT, NEW, kip, utcb)
    assert refused.value.code == expected
    assert kernel.journal.digest() == before


def test_a_space_ends_with_its_last_thread_and_returns_everything() -> None:
    kernel = fresh()
    before, entries = objects(kernel), dict(kernel.database.entries.rows)
    space = started(kernel)
    kernel.thread_control(ROOT, ThreadRequest(NEW + 1, NEW, ROOT, ROOT, UTCB + 1024 + 1))
    kernel.map(SIGMA0, space, MapItem(fpage(0x4000, 14), 0))
    kernel.map(space, 2, MapItem(page(1), 0x9000))
    kernel.thread_control(ROOT, ThreadRequest(NEW))
    assert space in kernel.spaces.rows
    kernel.thread_control(ROOT, ThreadRequest(NEW + 1))
    assert space not in kernel.spaces.rows
    assert kernel.translate(2, 9) is None, "what was derived from it is gone"
    assert kernel.database.entries.rows == entries
    # Only the page tables that the other space needed for its page have stayed.
    left = {kind: count for kind, count, _ in objects(kernel)[1]}
    had = {kind: count for kind, count, _ in before[1]}
    assert {kind: count for kind, count in left.items() if kind != memory.TABLE} == {
        kind: count for kind, count in had.items() if kind != memory.TABLE
    }
    assert objects(kernel)[0] == before[0]


def test_whoever_waits_for_a_deleted_thread_is_told() -> None:
    kernel = fresh()
    space = started(kernel)
    sender, listener, client = (kernel.create_thread(space, 1, NEW) for _ in range(3))
    kernel.ipc(sender, IpcCall(to=NEW))
    kernel.ipc(listener, IpcCall(source=NEW))
    kernel.dispatch(client)
    kernel.access(client, 0x5000, READ)
    assert code(kernel, client) == FAULTING or client in kernel.outgoing.rows
    kernel.thread_control(ROOT, ThreadRequest(NEW))
    assert (code(kernel, sender), kernel.error.rows[sender]) == (RETURNING, (1, errors.NO_PARTNER))
    assert (code(kernel, listener), kernel.error.rows[listener]) == (
        RETURNING, (2, errors.NO_PARTNER),
    )  # fmt: skip
    assert (code(kernel, client), partner_of(kernel.state.rows[client])) == (HALTED, NO_PAGER)
    assert not kernel.queue.rows
    assert not kernel.outgoing.rows


def test_a_migrating_thread_keeps_its_utcb_and_leaves_no_translation_behind() -> None:
    kernel = fresh()
    first, second = started(kernel, NEW, 0), started(kernel, NEW + 1, 1)
    kernel.schedule(ROOT, NEW, 1)  # made on the creator's CPU 0, as its colleague was
    kernel.schedule(ROOT, NEW + 1, 2)
    kernel.ipc(NEW, IpcCall(source=ROOT))
    kernel.ipc(ROOT, IpcCall(to=NEW, label=4, words=(1, 2)))
    kernel.take_message(NEW)
    kernel.complete(NEW, 1)
    kernel.map(SIGMA0, first, MapItem(page(7), 0x7000))
    kernel.dispatch(NEW)
    assert kernel.access(NEW, 0x7000, READ)
    assert kernel.mmu.tlb.rows
    before = kernel.registers.rows[NEW]
    held = objects(kernel)
    kernel.schedule(ROOT, NEW, 3)
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW + 1, pager=OTHER))
    assert kernel.threads.rows[NEW] == (second, 3, OTHER)
    assert kernel.registers.rows[NEW] == before
    assert not kernel.mmu.tlb.rows
    assert first not in kernel.spaces.rows, "it was the last one there"
    kernel.dispatch(NEW)
    assert not kernel.access(NEW, 0x7000, READ), "the new space maps what its own pager maps"
    tcbs = [{k: n for k, n, _ in each}[memory.TCB] for each in objects(kernel)]
    had = [{k: n for k, n, _ in each}[memory.TCB] for each in held]
    assert tcbs == [had[0] - 1, had[1] + 1], "its control block follows to the new home"


def test_moving_aborts_pending_ipc() -> None:
    kernel = fresh()
    started(kernel, NEW, 0)
    started(kernel, NEW + 1, 1)
    kernel.ipc(NEW, IpcCall(source=ANY_THREAD))
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW + 1))
    assert (code(kernel, NEW), kernel.error.rows[NEW]) == (RETURNING, (2, errors.ABORTED))


def test_registers_are_exchanged_within_a_space() -> None:
    kernel = fresh()
    space = kernel.threads.rows[OTHER][0]
    sibling = kernel.create_thread(space, 2, ROOT)
    kernel.exchange_registers(OTHER, sibling, APPLY_HALT | HALT)
    assert code(kernel, sibling) == HALTED
    kernel.exchange_registers(OTHER, sibling, APPLY_HALT | SET_IP | SET_PAGER, ip=4, pager=OTHER)
    assert (code(kernel, sibling), ip_of(kernel.state.rows[sibling])) == (READY, 4)
    assert kernel.threads.rows[sibling][2] == OTHER
    kernel.ipc(sibling, IpcCall(source=ANY_THREAD))
    with pytest.raises(KernelError, match="not supported"):
        kernel.exchange_registers(OTHER, sibling, APPLY_HALT | HALT)
    kernel.exchange_registers(OTHER, sibling, ABORT_RECEIVE)
    assert (code(kernel, sibling), kernel.error.rows[sibling]) == (RETURNING, (2, errors.ABORTED))


def test_an_untagged_tlb_is_emptied_by_a_switch() -> None:
    lost = {}
    for tagged in (1, 0):
        plain = machine(2)
        plain.costs.tlb_tagged = tagged
        kernel = Kernel(Journal(), plain)
        threads = [kernel.create_thread(kernel.create_space(0), 0, ROOT) for _ in range(2)]
        kernel.map(SIGMA0, 1, MapItem(page(1), 0))
        kernel.dispatch(threads[0])
        assert kernel.access(threads[0], 0, READ)
        kernel.dispatch(threads[1])
        lost[tagged] = not kernel.mmu.tlb.rows
    assert lost == {1: False, 0: True}


def test_python_misuse_is_a_typed_error() -> None:
    kernel = fresh()
    with pytest.raises(KernelMisuse, match="node 9"):
        kernel.create_space(9)
    with pytest.raises(KernelMisuse, match="CPU 99"):
        kernel.create_thread(1, 99, ROOT)
    before = kernel.journal.digest()
    calls: tuple[Callable[[], object], ...] = (
        lambda: kernel.map(77, 1, MapItem(page(1), 0)),
        lambda: kernel.map(SIGMA0, 77, MapItem(page(1), 0)),
        lambda: kernel.map(SIGMA0, 1, MapItem(Fpage(0x1234, 12, 7), 0)),
        lambda: kernel.map(SIGMA0, 1, MapItem(Fpage(0, 12, 8), 0)),
        lambda: kernel.map(SIGMA0, 1, MapItem(page(1), -1)),
        lambda: kernel.unmap(77, page(1)),
        lambda: kernel.unmap(1, Fpage(-4096, 12, 7)),
        lambda: kernel.access(77, 0, READ),
        lambda: kernel.access(ROOT, 0, 3),
        lambda: kernel.access(ROOT, -1, READ),
    )
    for call in calls:
        with pytest.raises(KernelMisuse):
            call()
    assert kernel.journal.digest() == before


def test_a_fault_that_waits_to_be_taken_is_raised_anew_in_the_new_space() -> None:
    kernel = fresh()
    first = started(kernel, NEW, 0)
    second = started(kernel, NEW + 1, 1)
    kernel.dispatch(NEW)
    assert not kernel.access(NEW, 0x7000, READ)
    assert NEW in kernel.outgoing.rows, "its pager is not receiving"
    kernel.thread_control(ROOT, ThreadRequest(NEW, NEW + 1))
    assert kernel.threads.rows[NEW][0] == second
    assert first not in kernel.spaces.rows
    assert (code(kernel, NEW), ip_of(kernel.state.rows[NEW])) == (READY, 0)
    assert NEW not in kernel.error.rows
    assert not kernel.queue.rows
