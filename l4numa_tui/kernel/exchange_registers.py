"""ExchangeRegisters: halt, resume, abort and redirect a thread of one's own space.

Checks and control bits are Pistachio's, as built without its option for pagers.
"""

from __future__ import annotations

from l4numa_tui.kernel import ipc
from l4numa_tui.kernel.errors import (
    ABORTED,
    INVALID_PARAMETER,
    INVALID_THREAD,
    RECEIVE_PHASE,
    SEND_PHASE,
    KernelError,
)
from l4numa_tui.kernel.records import EXCHANGE_REGISTERS
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_control import space_of_thread
from l4numa_tui.kernel.thread_state import (
    FAULTING,
    HALTED,
    INACTIVE,
    IP_SHIFT,
    LOW_MASK,
    READY,
    RECEIVING,
    RETRYING,
    RETURNING,
    SENDING,
    STOPPED,
    changed,
    code_of,
    ip_of,
    partner_of,
)
from l4numa_tui.kernel.transfer import MAX_IP

# The control word of ExchangeRegisters (Pistachio): what is to be done.
HALT, ABORT_RECEIVE, ABORT_SEND, SET_IP, SET_PAGER, APPLY_HALT = 1, 2, 4, 1 << 4, 1 << 7, 1 << 8


def exchange_registers(
    kernel: KernelState, caller: int, thread: int, control: int, ip: int, pager: int
) -> None:
    """Halt or resume a thread of one's own space, abort its IPC, set its pager or where it goes on.

    Stopping a thread in the midst of an IPC that is not aborted is refused, as in Pistachio, which
    does not support it.
    """
    known = thread in kernel.threads.rows
    word = kernel.state.rows.get(thread, READY)
    if not known or space_of_thread(kernel, thread) != space_of_thread(kernel, caller):
        raise KernelError(INVALID_THREAD, f"{thread} is no thread of the caller's space")
    if code_of(word) == INACTIVE:
        raise KernelError(INVALID_THREAD, f"thread {thread} is not active")
    if control & SET_PAGER:
        if pager not in kernel.threads.rows:
            raise KernelError(INVALID_THREAD, f"there is no thread {pager} to be the pager")
        space, cpu, _ = kernel.threads.rows[thread]
        kernel.threads.put(thread, (space, cpu, pager))
    kernel.record(EXCHANGE_REGISTERS, thread, control, ip_of(word))
    _abort(kernel, thread, control)
    if control & SET_IP:
        _set_ip(kernel, thread, ip)
    if control & APPLY_HALT:
        _halt_or_resume(kernel, thread, halt=bool(control & HALT))


def _abort(kernel: KernelState, thread: int, control: int) -> None:
    word = kernel.state.rows.get(thread, READY)
    code, sending = code_of(word), code_of(word) == SENDING
    wanted = control & (ABORT_SEND if sending else ABORT_RECEIVE)
    if code not in (SENDING, RECEIVING, FAULTING) or not wanted or thread in kernel.inbox.rows:
        return
    faulting = ipc.is_faulting(kernel, thread)
    ipc.abort(kernel, thread)
    if not faulting:  # an aborted fault is simply raised anew
        phase = SEND_PHASE if sending else RECEIVE_PHASE
        ipc.fail(kernel, thread, partner_of(word), ABORTED, phase)
        kernel.state.put(thread, changed(word, RETURNING))


def _set_ip(kernel: KernelState, thread: int, ip: int) -> None:
    word = kernel.state.rows.get(thread, READY)
    if ip > MAX_IP:
        raise KernelError(INVALID_PARAMETER, f"{ip:#x} is no instruction pointer")
    code = code_of(word)
    if code in (SENDING, RECEIVING, FAULTING):
        raise KernelError(INVALID_PARAMETER, "the thread is in an IPC that is not aborted")
    low = READY if code in (RETURNING, RETRYING) else word & LOW_MASK
    kernel.state.put(thread, ip << IP_SHIFT | low)


def _halt_or_resume(kernel: KernelState, thread: int, *, halt: bool) -> None:
    word = kernel.state.rows.get(thread, READY)
    code = code_of(word)
    if halt and code in (READY, RETRYING):
        kernel.state.put(thread, changed(word, HALTED, STOPPED))
    elif halt and code != HALTED:
        raise KernelError(INVALID_PARAMETER, "halting a thread within an IPC is not supported")
    elif not halt and code == HALTED:
        kernel.state.put(thread, changed(word, READY))
