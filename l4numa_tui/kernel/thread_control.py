"""ThreadControl, SpaceControl and Schedule: system calls about threads.

The checks and their error codes are Pistachio's, in its order. The first two are privileged: only
threads of sigma0's space and of spaces marked so at boot (as the root task's) may make them.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel import ipc, threads
from l4numa_tui.kernel.errors import (
    INVALID_KIP,
    INVALID_PARAMETER,
    INVALID_SCHEDULER,
    INVALID_SPACE,
    INVALID_THREAD,
    INVALID_UTCB,
    NO_PRIVILEGE,
    KernelError,
)
from l4numa_tui.kernel.fpage import ADDRESS_BITS, WHOLE_BYTES, Fpage
from l4numa_tui.kernel.ipc import ANY_THREAD
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.memory import UTCB_BYTES
from l4numa_tui.kernel.records import SCHEDULE, SPACE_CONTROL, THREAD_CONTROL
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import (
    INACTIVE,
    READY,
    RECEIVING,
    changed,
    code_of,
)
from l4numa_tui.machine.machine import PAGE_LOG2


class ThreadRequest(NamedTuple):
    """What ThreadControl is asked for; 0 leaves a thing as it is.

    `space` is a thread that names its space: the thread itself for a fresh one, 0 to delete it.
    `utcb` is the UTCB's address + 1, `node` the home node of a fresh space + 1.
    """

    thread: int
    space: int = 0
    scheduler: int = 0
    pager: int = 0
    utcb: int = 0
    node: int = 0


def thread_control(kernel: KernelState, caller: int, request: ThreadRequest) -> None:
    """Make, change, move or delete a thread; KernelError says what is wrong, and nothing changes.

    A thread becomes active when it is given a pager, and starts when that pager sends it a message.
    """
    _need_privilege(kernel, caller)
    thread = request.thread
    if not 0 < thread < ANY_THREAD or _is_sigma0(kernel, thread):
        raise KernelError(INVALID_THREAD, f"{thread} is no thread that could be controlled")
    exists = thread in kernel.threads.rows
    if not request.space:
        if thread == caller:
            raise KernelError(INVALID_THREAD, "a thread cannot delete itself")
        if exists:
            threads.delete_thread(kernel, thread)
        return
    if request.scheduler and request.scheduler not in (thread, *kernel.threads.rows):
        raise KernelError(INVALID_SCHEDULER, f"there is no thread {request.scheduler}")
    if request.pager and request.pager not in kernel.threads.rows:
        raise KernelError(INVALID_THREAD, f"there is no thread {request.pager} to be the pager")
    if exists:
        _modify(kernel, request)
    else:
        _create(kernel, caller, request)


def _create(kernel: KernelState, caller: int, request: ThreadRequest) -> None:
    thread, fresh = request.thread, request.space == request.thread
    if not request.scheduler:
        raise KernelError(INVALID_THREAD, "a new thread needs a scheduler")
    if not fresh and request.space not in kernel.threads.rows:
        raise KernelError(INVALID_SPACE, f"there is no thread {request.space} to name a space")
    if request.pager:
        if fresh or space_of_thread(kernel, request.space) in kernel.unready.rows:
            raise KernelError(INVALID_SPACE, "the space has not been set up by SpaceControl")
        if not request.utcb:
            raise KernelError(INVALID_UTCB, "an active thread needs a place for its UTCB")
    cpu = kernel.threads.rows[caller][1]
    if fresh:
        space = _fresh_space(kernel, cpu, request.node)
    else:
        space = space_of_thread(kernel, request.space)
        if request.utcb:
            _check_utcb(kernel, space, request.utcb - 1)
    threads.create_thread(kernel, thread, space, cpu, 0)
    kernel.scheduler.put(thread, request.scheduler)
    if thread in kernel.gone.rows:
        kernel.gone.drop(thread)
    if request.utcb:
        kernel.utcb.put(thread, request.utcb - 1)
    kernel.state.put(thread, INACTIVE)
    kernel.record(THREAD_CONTROL, thread, space, threads.MADE)
    if request.pager:
        _activate(kernel, thread, request.pager)


def _fresh_space(kernel: KernelState, cpu: int, node: int) -> int:
    """The home node is the one named, else that of the creator's CPU (the paper's one change)."""
    home = node - 1 if node else kernel.cpu_node[cpu]
    if home >= kernel.machine.nodes:
        raise KernelError(INVALID_PARAMETER, f"there is no node {home} to be the home node")
    space = threads.create_space(kernel, home)
    kernel.unready.put(space, 1)
    return space


def _modify(kernel: KernelState, request: ThreadRequest) -> None:
    thread = request.thread
    active = code_of(kernel.state.rows.get(thread, READY)) != INACTIVE
    if request.space not in kernel.threads.rows:
        raise KernelError(INVALID_SPACE, f"there is no thread {request.space} to name a space")
    space = space_of_thread(kernel, request.space)
    if request.utcb:
        if active:
            raise KernelError(INVALID_UTCB, "the UTCB of an active thread stays where it is")
        _check_utcb(kernel, space, request.utcb - 1)
        kernel.utcb.put(thread, request.utcb - 1)
    if space != space_of_thread(kernel, thread):
        if active:
            _check_move(kernel, thread, space)
        threads.move_to_space(kernel, thread, space)
    if request.pager:
        if active:
            own, cpu, _ = kernel.threads.rows[thread]
            kernel.threads.put(thread, (own, cpu, request.pager))
        else:
            _check_activation(kernel, thread)
            _activate(kernel, thread, request.pager)
    if request.scheduler:
        kernel.scheduler.put(thread, request.scheduler)
    kernel.record(THREAD_CONTROL, thread, space, threads.CHANGED)


def _check_move(kernel: KernelState, thread: int, space: int) -> None:
    if space in kernel.unready.rows:
        raise KernelError(INVALID_UTCB, "the space has not been set up by SpaceControl")
    if thread in kernel.utcb.rows:
        _check_utcb(kernel, space, kernel.utcb.rows[thread])


def _check_activation(kernel: KernelState, thread: int) -> None:
    space = space_of_thread(kernel, thread)
    if space in kernel.unready.rows:
        raise KernelError(INVALID_SPACE, "the space has not been set up by SpaceControl")
    if thread not in kernel.utcb.rows:
        raise KernelError(INVALID_UTCB, "an active thread needs a place for its UTCB")
    _check_utcb(kernel, space, kernel.utcb.rows[thread])


def _activate(kernel: KernelState, thread: int, pager: int) -> None:
    """Let the thread wait for its pager's start message, as if it had called for it."""
    space, cpu, _ = kernel.threads.rows[thread]
    kernel.threads.put(thread, (space, cpu, pager))
    kernel.unstarted.put(thread, 1)
    kernel.state.put(thread, changed(0, RECEIVING, pager))
    ipc.receive_next(kernel, thread)


def migrate(
    kernel: KernelState, caller: int, thread: int, cpu: int, space: int, pager: int
) -> None:
    """Move a thread to `cpu` and into `space`, with `pager`: the paper's migration, privileged."""
    _need_privilege(kernel, caller)
    schedule(kernel, caller, thread, cpu)
    if space != space_of_thread(kernel, thread):
        threads.move_to_space(kernel, thread, space)
    own, cpu, _ = kernel.threads.rows[thread]
    kernel.threads.put(thread, (own, cpu, pager))


def space_control(kernel: KernelState, caller: int, named: int, kip: Fpage, utcb: Fpage) -> None:
    """Give a fresh space its KIP and UTCB areas; for one that has them the call does nothing."""
    _need_privilege(kernel, caller)
    if named not in kernel.threads.rows:
        raise KernelError(INVALID_SPACE, f"there is no thread {named} to name a space")
    space = space_of_thread(kernel, named)
    if space in kernel.unready.rows:
        set_areas(kernel, space, kip, utcb)
        kernel.unready.drop(space)
    kernel.record(SPACE_CONTROL, space, kip.first_page, utcb.first_page)


def set_areas(kernel: KernelState, space: int, kip: Fpage, utcb: Fpage) -> None:
    """Set the areas of a space, which are never source, target or victim of a mapping.

    A nil fpage leaves the one area out, which only a space made at boot can do.
    """
    fresh = space in kernel.unready.rows
    if _is_bad_area(kernel, space, kip) or (fresh and kip.is_nil):
        raise KernelError(INVALID_KIP, f"{kip} cannot be a KIP area")
    if _is_bad_area(kernel, space, utcb) or (fresh and utcb.is_nil) or _overlap(kip, utcb):
        raise KernelError(INVALID_UTCB, f"{utcb} cannot be a UTCB area")
    kernel.exempt.put(space, ((kip.first_page, kip.pages), (utcb.first_page, utcb.pages)))


def _is_bad_area(kernel: KernelState, space: int, area: Fpage) -> bool:
    """Whether an area is the whole space, leaves it, or covers something that is mapped."""
    if area.is_nil:
        return False
    if area.log2 >= ADDRESS_BITS or area.base >= WHOLE_BYTES:
        return True
    pieces = kernel.tables.pieces(kernel.root_of(space), area.first_page, area.pages)
    return next(pieces, None) is not None


def _overlap(one: Fpage, other: Fpage) -> bool:
    return (
        one.first_page < other.first_page + other.pages
        and other.first_page < one.first_page + one.pages
    )


def schedule(kernel: KernelState, caller: int, thread: int, cpu: int) -> None:
    """Move a thread to another CPU; the caller must be in the space of the thread's scheduler.

    The paper's migration to another node is this and a ThreadControl into the space there.
    """
    if thread not in kernel.threads.rows or _is_sigma0(kernel, thread):
        raise KernelError(INVALID_THREAD, f"there is no thread {thread} to schedule")
    scheduler = kernel.scheduler.rows.get(thread, thread)
    caller_space = space_of_thread(kernel, caller)
    alive = scheduler in kernel.threads.rows
    if not (alive and space_of_thread(kernel, scheduler) == caller_space) and not _is_privileged(
        kernel, caller_space
    ):
        raise KernelError(NO_PRIVILEGE, "the caller is not in the space of the thread's scheduler")
    if cpu >= len(kernel.cpu_node):
        raise KernelError(INVALID_PARAMETER, f"there is no CPU {cpu}")
    space, before, pager = kernel.threads.rows[thread]
    if kernel.cpu_node[cpu] != kernel.cpu_node[before]:
        # The kernels of the two nodes hand it over by a message.
        kernel.account.cycles += kernel.costs.ipc_cross_node
    kernel.threads.put(thread, (space, cpu, pager))
    kernel.record(SCHEDULE, thread, cpu, before)
    if cpu != before:
        threads.leave_cpu(kernel, space, before)


def _need_privilege(kernel: KernelState, caller: int) -> None:
    if not _is_privileged(kernel, space_of_thread(kernel, caller)):
        raise KernelError(NO_PRIVILEGE, "the caller's space is not privileged")


def _is_privileged(kernel: KernelState, space: int) -> bool:
    return space == SIGMA0 or space in kernel.privileged.rows


def _is_sigma0(kernel: KernelState, thread: int) -> bool:
    return thread in kernel.threads.rows and space_of_thread(kernel, thread) == SIGMA0


def space_of_thread(kernel: KernelState, thread: int) -> int:
    """The space that a thread which is there runs in."""
    space: int = kernel.threads.rows[thread][0]
    return space


def _check_utcb(kernel: KernelState, space: int, address: int) -> None:
    """A UTCB lies in the UTCB area of its space, at a multiple of its size."""
    first, pages = kernel.exempt.rows.get(space, ((0, 0), (0, 0)))[1]
    inside = first <= address >> PAGE_LOG2 < first + pages
    if space in kernel.unready.rows or not inside or address % UTCB_BYTES:
        raise KernelError(INVALID_UTCB, f"{address:#x} is no place in the space's UTCB area")
