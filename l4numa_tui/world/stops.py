"""Where a run stops by itself: at a step, at an event of some kind, where a thing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from l4numa_tui.journal import Change
from l4numa_tui.kernel.records import (
    IPC_SEND,
    PAGEFAULT_USER,
    REFUSED,
    SYSCALL_UNMAP,
    TLB_SHOOTDOWN,
    Record,
)
from l4numa_tui.world.subjects import subject_of
from l4numa_tui.world.world import World

if TYPE_CHECKING:
    from l4numa_tui.world.session import Session

Watched = tuple[str, *tuple[int, ...]]
"""A thing as selections name it: a kind and its numbers, `("frame", 7)`."""


def _crosses(world: World, record: Record) -> bool:
    of = world.kernel.node_of
    return record.event == IPC_SEND and of(record.thread) != of(record.a)


KINDS: dict[str, Callable[[World, Record], bool]] = {
    "fault": lambda _, record: record.event == PAGEFAULT_USER,
    "message": _crosses,
    "unmap": lambda _, record: record.event == SYSCALL_UNMAP,
    "shootdown": lambda _, record: record.event == TLB_SHOOTDOWN,
    "refused": lambda _, record: record.event == REFUSED,
}
"""Events to stop at: a pagefault, a message to another node, a call of unmap, a TLB shootdown, a
system call that the kernel refused."""


class Stop(NamedTuple):
    """Why a run stops after step `at`: `step`, one of KINDS, or `watch` with what was watched.

    `changes` are the net changes of the watched thing.
    """

    why: str
    at: int
    watched: Watched | None = None
    changes: tuple[Change, ...] = ()


class Stops:
    """Breakpoints and watchpoints of a session. They choose nothing, so no digest knows of them."""

    def __init__(self) -> None:
        self.steps: set[int] = set()
        self.kinds: set[str] = set()
        self.watched: dict[Watched, None] = {}  # in the order in which they were set

    def __bool__(self) -> bool:
        return bool(self.steps or self.kinds or self.watched)

    def clear(self) -> None:
        """Stop nowhere any more."""
        self.steps.clear()
        self.kinds.clear()
        self.watched.clear()

    def toggle_step(self, step: int) -> bool:
        """Set or remove a breakpoint; whether there is one now."""
        self.steps ^= {step}
        return step in self.steps

    def toggle_kind(self, kind: str) -> bool:
        """Stop at an event of KINDS, or no longer; whether it does now."""
        self.kinds ^= {kind}
        return kind in self.kinds

    def toggle_watch(self, watched: Watched) -> bool:
        """Watch a thing, or no longer; whether it is watched now."""
        if watched in self.watched:
            del self.watched[watched]
            return False
        self.watched[watched] = None
        return True

    def hit(self, session: Session) -> Stop | None:
        """Why to stop where the session stands now, right after a step; None to go on.

        What was watched goes before a kind of event, and that before a step's number: the first
        says most.
        """
        at, world = session.cursor, session.world
        if not self or not at:
            return Stop("step", at) if at in self.steps else None
        if self.watched:
            net = session.net(at)
            large = world.kernel.database.large.rows
            for watched in self.watched:
                changes = tuple(subject_of(world, *watched).changes(net, large))
                if changes:
                    return Stop("watch", at, watched, changes)
        if self.kinds:
            chosen = [(kind, KINDS[kind]) for kind in KINDS if kind in self.kinds]
            for record in session.change(at).records():
                for kind, fits in chosen:
                    if fits(world, record):
                        return Stop(kind, at)
        return Stop("step", at) if at in self.steps else None


class Ending:
    """A condition that ends a run: at a stop of the session, or where `also` holds.

    `stop` is why it ended, None where it was no stop.
    """

    def __init__(self, also: Callable[[Session], bool] | None = None) -> None:
        self._also = also
        self.stop: Stop | None = None

    def __call__(self, session: Session) -> bool:
        """Whether the run ends where the session stands."""
        self.stop = session.stops.hit(session)
        return self.stop is not None or (self._also is not None and self._also(session))
