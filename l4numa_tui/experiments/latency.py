"""How long a piece of a run takes if every CPU works for itself and waits only for messages.

Steps are taken one at a time; on a machine they overlap. A step begins when its CPU is free and the
message it serves has arrived, and lasts as many cycles as it cost. Messages arrive at the cycle of
the sender's step at which they were sent.
"""

from __future__ import annotations

from l4numa_tui.kernel.records import IPC_SEND
from l4numa_tui.world.session import Session


def waiting_time(session: Session, thread: int, first: int) -> int:
    """Cycles from the beginning of step `first` to the end of the newest step of `thread`."""
    threads = session.world.kernel.threads.rows
    free: dict[int, int] = {}
    arrived: dict[int, int] = {}
    end = 0
    for index in range(first, session.cursor + 1):
        step = session.change(index)
        actor = step.action[1]
        cpu = threads[actor][1]
        start = max(free.get(cpu, 0), arrived.get(actor, 0))
        for record in step.records():
            if record.event == IPC_SEND:
                arrived[record.a] = start + record.cycles
        free[cpu] = start + step.cycles
        if actor == thread:
            end = free[cpu]
    return end
