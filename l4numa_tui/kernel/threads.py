"""Threads and address spaces: how they begin and end, and what of the kernel's memory they take.

Tables: `tcb` holds the frame of each thread's control block, `scheduler` the thread that may
schedule it, `utcb` the address of its UTCB where the creator chose one; `gone` the last CPU of a
thread that was deleted; `unstarted` the threads that wait for their pager's start message;
`unready` the spaces that lack their SpaceControl; `spaces_made` how many there have ever been.
"""

from __future__ import annotations

from l4numa_tui.kernel import ipc, memory
from l4numa_tui.kernel.errors import (
    ABORTED,
    INVALID_SPACE,
    NO_PARTNER,
    RECEIVE_PHASE,
    SEND_PHASE,
    KernelError,
)
from l4numa_tui.kernel.fpage import WHOLE
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.records import HALT, SPACE_END, THREAD_CONTROL
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import (
    FAULTING,
    HALTED,
    INACTIVE,
    NO_PAGER,
    READY,
    RECEIVING,
    RETURNING,
    SENDING,
    changed,
    code_of,
    partner_of,
)
from l4numa_tui.kernel.unmap import unmap
from l4numa_tui.machine.mmu import SPACE_BITS

MADE, CHANGED, DELETED, MOVED = range(4)  # what a THREAD_CONTROL record tells


def create_space(kernel: KernelState, home: int) -> int:
    """Make an empty address space whose home is node `home`; returns its number, used never again.

    It takes one descriptor and one root table of the home node's kernel memory.
    """
    space: int = kernel.spaces_made.rows.get(0, 0)
    if space >> SPACE_BITS:
        raise KernelError(INVALID_SPACE, f"there have been {space} spaces, and no more can be")
    descriptor = kernel.memory.frame(home, memory.SPACE)
    root = kernel.memory.frame(home, memory.TABLE)
    kernel.spaces_made.put(0, space + 1)
    kernel.spaces.put(space, (home, root, descriptor))
    return space


def create_thread(kernel: KernelState, thread: int, space: int, cpu: int, pager: int) -> None:
    """Make thread number `thread` in `space` on `cpu`; its TCB and UTCB lie on the space's home."""
    home = kernel.spaces.rows[space][0]
    kernel.tcb.put(thread, kernel.memory.frame(home, memory.TCB))
    kernel.memory.small(home, memory.UTCB, 1)
    kernel.threads.put(thread, (space, cpu, pager))


def threads_in(kernel: KernelState, space: int) -> list[int]:
    """The threads of a space."""
    return [thread for thread, row in kernel.threads.rows.items() if row[0] == space]


def delete_thread(kernel: KernelState, thread: int) -> None:
    """End a thread: its IPC is aborted, whoever waits for it is told, its memory returns.

    A space ends with its last thread.
    """
    space, cpu, _ = kernel.threads.rows[thread]
    ipc.abort(kernel, thread)
    kernel.gone.put(thread, cpu)
    kernel.threads.drop(thread)
    kernel.state.put(thread, changed(kernel.state.rows[thread], INACTIVE))
    for table in (
        kernel.inbox, kernel.acceptor, kernel.registers, kernel.error, kernel.unstarted,
        kernel.scheduler, kernel.utcb,
    ):  # fmt: skip
        if thread in table.rows:
            table.drop(thread)
    _release_blocks(kernel, thread, kernel.spaces.rows[space][0])
    kernel.record(THREAD_CONTROL, thread, space, DELETED)
    _tell_partners(kernel, thread)
    leave_cpu(kernel, space, cpu)
    if space != SIGMA0 and not threads_in(kernel, space):
        end_space(kernel, space)


def move_to_space(kernel: KernelState, thread: int, space: int) -> None:
    """Put a thread into another space: pending IPC is aborted, its UTCB's contents survive.

    TCB and UTCB follow to the new space's home. On the CPU it leaves no translation of the old
    space stays usable, unless another thread of that space runs there.
    """
    old, cpu, pager = kernel.threads.rows[thread]
    code = code_of(kernel.state.rows.get(thread, READY))
    if ipc.is_faulting(kernel, thread):  # it tries its access again, in the new space
        ipc.abort(kernel, thread)
    elif code in (RECEIVING, SENDING) and thread not in kernel.unstarted.rows:
        phase = SEND_PHASE if code == SENDING else RECEIVE_PHASE
        ipc.fail(kernel, thread, partner_of(kernel.state.rows[thread]), ABORTED, phase)
        ipc.abort(kernel, thread)
        kernel.state.put(thread, changed(kernel.state.rows[thread], RETURNING))
    _release_blocks(kernel, thread, kernel.spaces.rows[old][0])
    home = kernel.spaces.rows[space][0]
    kernel.tcb.put(thread, kernel.memory.frame(home, memory.TCB))
    kernel.memory.small(home, memory.UTCB, 1)
    kernel.threads.put(thread, (space, cpu, pager))
    kernel.record(THREAD_CONTROL, thread, space, MOVED)
    leave_cpu(kernel, old, cpu)
    if old != SIGMA0 and not threads_in(kernel, old):
        end_space(kernel, old)


def leave_cpu(kernel: KernelState, space: int, cpu: int) -> None:
    """A thread of `space` left `cpu`: unless another is there, the CPU forgets the space."""
    if not any(row[:2] == (space, cpu) for row in kernel.threads.rows.values()):
        kernel.shootdown.leave(cpu, space)


def end_space(kernel: KernelState, space: int) -> None:
    """End an address space: flush all it holds and return its kernel memory to its home node."""
    if space == SIGMA0 or space not in kernel.spaces.rows:
        raise KernelError(INVALID_SPACE, f"space {space} cannot end")
    for thread in threads_in(kernel, space):
        delete_thread(kernel, thread)
    if space not in kernel.spaces.rows:  # it ended with the last of them
        return
    unmap(kernel, space, WHOLE, flush=True)
    home, root, descriptor = kernel.spaces.rows[space]
    kernel.shootdown.end_space(space)
    kernel.tables.free_all(root)
    kernel.memory.release(descriptor, memory.SPACE)
    kernel.spaces.drop(space)
    for table in (kernel.exempt, kernel.privileged, kernel.unready):
        if space in table.rows:
            table.drop(space)
    kernel.record(SPACE_END, space, home, 0)


def _release_blocks(kernel: KernelState, thread: int, home: int) -> None:
    kernel.memory.release(kernel.tcb.rows[thread], memory.TCB)
    kernel.tcb.drop(thread)
    kernel.memory.small(home, memory.UTCB, -1)


def _tell_partners(kernel: KernelState, gone: int) -> None:
    """Nobody waits for a thread that is no more: IPC fails, a thread without pager is halted."""
    for thread in list(kernel.threads.rows):
        word = kernel.state.rows.get(thread, READY)
        code = code_of(word)
        if code not in (RECEIVING, SENDING, FAULTING) or thread in kernel.inbox.rows:
            continue
        offer = kernel.outgoing.rows.get(thread)
        if gone not in (partner_of(word), offer[0] if offer else 0):
            continue
        faulting = ipc.is_faulting(kernel, thread)
        ipc.abort(kernel, thread)
        if faulting:
            kernel.state.put(thread, changed(word, HALTED, NO_PAGER))
            kernel.record(HALT, thread, NO_PAGER, 0)
        else:
            phase = SEND_PHASE if code == SENDING else RECEIVE_PHASE
            ipc.fail(kernel, thread, gone, NO_PARTNER, phase)
            kernel.state.put(thread, changed(word, RETURNING))
