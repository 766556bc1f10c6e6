"""Threads that do anything at random: IPC, ThreadControl and its relatives, faults, migration.

No model says here what must come out; but nothing may break the invariants of the kernel's tables,
leave somebody waiting for a thread that is no more, or fail to be undone.
"""

from __future__ import annotations

import os
import random

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import NO_PARTNER, RECEIVE_PHASE
from l4numa_tui.kernel.fpage import NIL, WHOLE, fpage
from l4numa_tui.kernel.ipc import ANY_THREAD, IpcCall
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.thread_state import (
    FAULTING,
    INACTIVE,
    READY,
    RECEIVING,
    RETURNING,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.kernel.transfer import REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.mmu import CPU_SHIFT
from l4numa_tui.userland.sigma0 import request_word
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import DO, Action, IpcOperation, Op, Operation
from l4numa_tui.world.schedulers import Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World
from tests.kernel import invariants
from tests.worlds import machine

SIGMA0_THREAD, MANAGER, CPUS = 1, 2, 4
KIP, UTCBS = fpage(0x40000, 12), fpage(0x20000, 13)
UTCB, UTCB_SIZE = 0x20000, 1024
TAG_MASK = (1 << CPU_SHIFT) - 1
WAITING_FOR_ONE = (SENDING, FAULTING, RECEIVING)
CONTROL_BITS = (1, 2, 4, 1 << 4, 1 << 7, 1 << 8)
RUNS, STEPS = 60, 60
FULL_RUNS, FULL_STEPS = 3000, 150


def bare_session(seed: int) -> Session:
    """A privileged space M and an ordinary one on each node; two threads are made by the run."""
    system = System(Kernel(Journal(), machine()), bare=True)
    for name, node, threads in (("M", 0, 1), ("A", 0, 2), ("B", 1, 2)):
        space = system.add_space(name, node)
        for slot in range(threads):
            pager = SIGMA0_THREAD if name == "M" else MANAGER
            system.add_kernel_thread(f"{name}{slot}", space, node, slot, pager)
    system.kernel.make_privileged(1)
    for name in ("new", "newer"):
        system.reserve_thread(name)
    return Session(World(system, {}), Seeded(seed))


class Draw:
    """Draws actions that a student could ask for."""

    def __init__(self, seed: int, session: Session) -> None:
        self._draw = random.Random(seed)
        self._world = session.world
        self._all = [SIGMA0_THREAD, *session.world.programs]

    def action(self) -> Action | None:
        """What comes next: mostly an operation of some thread that is ready for one."""
        draw, kernel = self._draw, self._world.kernel
        enabled = self._world.enabled()
        ready = [
            thread
            for thread in self._world.programs
            if thread in kernel.threads.rows and self._world.can_do((DO, thread, Op.WORK, 1))
        ]
        if enabled and (not ready or draw.random() < 0.5):
            return draw.choice(enabled)
        return (DO, thread, *self._operation(thread)) if (thread := self._one(ready)) else None

    def _one(self, threads: list[int]) -> int:
        """One of the threads, the privileged manager more often than others; 0 if there is none."""
        return self._draw.choice([*threads, *threads[:1] * 2]) if threads else 0

    def _operation(self, thread: int) -> Operation:
        draw, target = self._draw, self._draw.choice(self._all)
        kinds = (
            ("access", 4), ("ipc", 10), ("sigma0", 2), ("unmap", 2), ("thread_control", 5),
            ("space_control", 1), ("schedule", 1), ("exchange_registers", 1),
        )  # fmt: skip
        kind = draw.choices([name for name, _ in kinds], [weight for _, weight in kinds])[0]
        if thread == MANAGER and kind == "access":  # nobody answers its faults
            kind = "sigma0"
        operation: Operation = getattr(self, f"_{kind}")(thread, target)
        return operation

    def _access(self, *_: int) -> Operation:
        return (self._draw.choice((Op.READ, Op.WRITE, Op.EXECUTE)), self._page() << 12)

    def _sigma0(self, *_: int) -> Operation:
        draw = self._draw
        word = request_word(draw.choice((1, 4)), draw.choice((None, 4 * draw.randrange(4))))
        words = (word, 0, draw.randrange(3))
        to = SIGMA0_THREAD
        return IpcOperation(to, to, SIGMA0_PROTOCOL, words, (), WHOLE).operation()

    def _unmap(self, *_: int) -> Operation:
        draw = self._draw
        region = fpage(self._page() << 12, draw.choice((12, 13, 48)), draw.choice((7, 2, 0)))
        return (draw.choice((Op.UNMAP, Op.FLUSH)), region.word())

    def _space_control(self, _: int, target: int) -> Operation:
        return (Op.SPACE_CONTROL, target, KIP.word(), UTCBS.word())

    def _schedule(self, _: int, target: int) -> Operation:
        return (Op.SCHEDULE, target, self._draw.randrange(CPUS + 1))

    def _exchange_registers(self, _: int, target: int) -> Operation:
        control = sum(bit for bit in CONTROL_BITS if self._draw.random() < 0.4)
        return (Op.EXCHANGE_REGISTERS, target, control, 0, self._draw.choice(self._all))

    def _ipc(self, thread: int, target: int) -> Operation:
        draw = self._draw
        items = tuple(
            MapItem(
                fpage(self._page() << 12, draw.choice((12, 13, 14)), draw.choice((7, 4, 6))),
                self._page() << 12,
                draw.random() < 0.2,
            )
            for _ in range(draw.randrange(3))
        )
        waiting = self._world.kernel.queue.rows.get(thread)
        to = waiting[0] if waiting and draw.random() < 0.3 else draw.choice((0, target, target))
        source = draw.choice((0, 0, ANY_THREAD, ANY_THREAD, draw.choice(self._all)))
        return IpcOperation(
            to, source, draw.choice((1, 1, 1, REJECT)), (0,) * draw.randrange(3), items,
            draw.choice((WHOLE, WHOLE, NIL, fpage(0x4000, 14))),
            no_wait_send=draw.random() < 0.7,
            no_wait_receive=thread == MANAGER or draw.random() < 0.6,
        ).operation()  # fmt: skip

    def _thread_control(self, _: int, target: int) -> Operation:
        draw = self._draw
        space = draw.choice((target, target, 0, draw.choice(self._all)))
        scheduler, pager = draw.choice((0, 2, 2)), draw.choice((0, 2, draw.choice(self._all)))
        utcb = draw.choice((0, UTCB + UTCB_SIZE * draw.randrange(8) + 1))
        return (Op.THREAD_CONTROL, target, space, scheduler, pager, utcb, draw.randrange(4))

    def _page(self) -> int:
        return self._draw.randrange(8)


def check_threads(kernel: Kernel) -> None:
    """What the tables say of threads fits together, and nobody waits for one that is gone."""
    threads = kernel.threads.rows
    assert kernel.tcb.rows.keys() == threads.keys(), "each thread has its control block"
    for table in (kernel.inbox, kernel.outgoing, kernel.acceptor, kernel.scheduler, kernel.utcb):
        assert table.rows.keys() <= threads.keys(), f"{table.name} of threads that are gone"
    for thread, (space, cpu, _) in threads.items():
        assert space in kernel.spaces.rows, f"thread {thread} in a space that has ended"
        assert 0 <= cpu < CPUS
        word = kernel.state.rows.get(thread, READY)
        code, partner = code_of(word), partner_of(word)
        assert (code == SENDING) == (thread in kernel.outgoing.rows), f"thread {thread} offers"
        if code in WAITING_FOR_ONE and partner and thread not in kernel.inbox.rows:
            assert partner in threads, f"thread {thread} waits for {partner}, which is gone"
        if thread in kernel.saved_registers.rows:
            assert code in (FAULTING, SENDING), "24: registers saved outside of a fault"
    offers: dict[int, set[int]] = {}
    for sender, offer in kernel.outgoing.rows.items():
        offers.setdefault(offer[0], set()).add(sender)
    assert {to: set(senders) for to, senders in kernel.queue.rows.items()} == offers
    gone = [thread for thread in kernel.state.rows if thread not in threads]
    assert all(code_of(kernel.state.rows[thread]) == INACTIVE for thread in gone)
    alive = {space for space, _, _ in threads.values()}
    assert kernel.spaces.rows.keys() - {0} <= alive | {0}, "a space ends with its last thread"
    for cpu, space in kernel.running.rows.items():
        here = [thread for thread, row in threads.items() if row[:2] == (space, cpu)]
        assert here, f"32: CPU {cpu} runs space {space}, of which no thread is there"
    for key in kernel.mmu.tlb.rows:
        cpu, space = key >> CPU_SHIFT, invariants.place_of(key & TAG_MASK)[0]
        assert any(row[:2] == (space, cpu) for row in threads.values()), "32: left in a TLB"


def check_all(kernel: Kernel) -> None:
    state = invariants.check(kernel)
    _, tables = invariants.table_leaves(kernel)
    invariants.memory_29(kernel, state, tables)
    check_threads(kernel)


def run_one(seed: int, steps: int) -> int:
    """One random run; how many steps it came to."""
    run = bare_session(seed)
    journal, draw = run.world.journal, Draw(seed, run)
    start, digests = journal.digest(), []
    for _ in range(steps):
        action = draw.action()
        if action is None:
            break
        digests.append(journal.digest())
        run.step(action)
        check_all(run.world.kernel)
    last = journal.digest()
    for at in reversed(range(len(digests))):
        run.seek(at)
        assert journal.digest() == digests[at], "36: undo restores the digest"
    assert journal.digest() == start
    run.seek(len(digests))
    assert journal.digest() == last, "36: redo restores the digest"
    return len(digests)


def test_threads_may_do_anything(full: bool) -> None:
    runs, steps = (FULL_RUNS, FULL_STEPS) if full else (RUNS, STEPS)
    first = int(os.environ.get("L4NUMA_SEED", random.randrange(1 << 32) if full else 1))
    done = 0
    for seed in range(first, first + runs):
        try:
            done += run_one(seed, steps)
        except Exception as error:
            pytest.fail(f"L4NUMA_SEED={seed} is the run that fails: {error!r}")
    assert done > runs * steps // 3, "the runs end too early to mean anything"


def test_a_receive_from_a_thread_that_is_not_there_fails_after_a_send_that_waited() -> None:
    kernel, nobody = Kernel(Journal(), machine()), 9
    sender, receiver = (kernel.create_thread(kernel.create_space(0), 0, 1) for _ in range(2))
    assert not kernel.ipc(sender, IpcCall(to=receiver, source=nobody))
    kernel.ipc(receiver, IpcCall(source=ANY_THREAD))
    assert kernel.error.rows[sender] == (RECEIVE_PHASE + 1, NO_PARTNER)
    assert code_of(kernel.state.rows[sender]) == RETURNING
