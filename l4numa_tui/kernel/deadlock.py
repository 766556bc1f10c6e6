"""Deadlock: threads that wait for each other in a circle, and so for ever.

Without timeouts a circle of waiting threads can never end. It is a property of a state, nothing
that happens: the kernel does not notice it.
"""

from __future__ import annotations

from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import ANYONE, BLOCKED, READY, code_of, partner_of


def waits_for(kernel: KernelState, thread: int) -> int:
    """The one thread that could let `thread` go on, 0 if it does not wait for a certain one."""
    word = kernel.state.rows.get(thread, READY)
    if code_of(word) not in BLOCKED or thread in kernel.inbox.rows:
        return ANYONE
    return partner_of(word)


def deadlocks(kernel: KernelState) -> list[tuple[int, ...]]:
    """The circles of threads that wait for each other, each from its lowest number on."""
    found = []
    settled: set[int] = set()
    for start in sorted(kernel.threads.rows):
        path: list[int] = []
        at = start
        while at and at not in settled:
            settled.add(at)
            path.append(at)
            at = waits_for(kernel, at)
        if at in path:
            circle = path[path.index(at) :]
            low = circle.index(min(circle))
            found.append((*circle[low:], *circle[:low]))
    return found
