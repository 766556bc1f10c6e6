"""Who acts next: a scheduler chooses among the enabled actions; nobody else knows which."""

from __future__ import annotations

from typing import Protocol

from l4numa_tui.journal import NoHistoryError
from l4numa_tui.kernel.thread_state import CODE_MASK, IP_SHIFT, READY, RETRYING
from l4numa_tui.world.operations import Action
from l4numa_tui.world.world import World


class Scheduler(Protocol):
    """Chooses the next action of a world, None when nothing is left to do.

    What it chooses depends on the world's state alone, so a step taken back is chosen again.
    """

    def pick(self, world: World) -> Action | None:
        """The next action."""

    def rewind(self) -> None:
        """The world has gone another way than picked: forget whatever was remembered of it."""


class ScriptOrder:
    """The scenario's own order: servers finish what they have, then the earliest operation runs."""

    def __init__(self) -> None:
        self._script: list[tuple[int, int]] = []
        self._done = 0  # all operations before this place of the script are complete

    def rewind(self) -> None:
        """Start looking from the beginning of the script again."""
        self._done = 0

    def pick(self, world: World) -> Action | None:
        """A busy server, else the ready thread whose next operation comes first in the script."""
        if world.inbox or world.outbox or world.mail:
            server = world.busy_server()
            if server:
                return world.runs[server]
        script, words, at = self._script or self._read(world), world.words, self._done
        size = len(script)
        while at < size:
            thread, index = script[at]
            word = words.get(thread, READY)
            if word >> IP_SHIFT <= index:
                self._done = at
                code = word & CODE_MASK
                if code == READY or code == RETRYING:
                    return world.runs[thread]
                break
            at += 1
        self._done = at
        return self._search(world, script[at:])

    def _read(self, world: World) -> list[tuple[int, int]]:
        """The script as (thread, its how-manieth operation), in order."""
        places = [
            (order, thread, index)
            for thread, program in world.programs.items()
            for index, order in enumerate(program.order)
        ]
        self._script = [(thread, index) for _, thread, index in sorted(places)]
        return self._script

    @staticmethod
    def _search(world: World, rest: list[tuple[int, int]]) -> Action | None:
        """The earliest operation stands still: whoever else can run, earliest first."""
        ready = {thread for thread in world.programs if world.program_ready(thread)}
        for thread, index in rest:
            if thread in ready and world.kernel.ip_of(thread) <= index:
                return world.runs[thread]
        return world.runs[min(ready)] if ready else None


class RoundRobin:
    """Servers first, then the threads side by side: whoever is furthest behind runs next."""

    def rewind(self) -> None:
        """Nothing is remembered."""

    def pick(self, world: World) -> Action | None:
        """A busy server, else the ready thread with the fewest operations done."""
        server = world.busy_server()
        if server:
            return world.runs[server]
        ready = [thread for thread in world.programs if world.program_ready(thread)]
        if not ready:
            return None
        return world.runs[min(ready, key=lambda thread: (world.kernel.ip_of(thread), thread))]


class Seeded:
    """A random order that one seed repeats: a small generator of its own, the same everywhere."""

    def __init__(self, seed: int) -> None:
        self.seed = seed & 0xFFFFFFFFFFFFFFFF

    def rewind(self) -> None:
        """Nothing is remembered."""

    def pick(self, world: World) -> Action | None:
        """Any enabled action; the choice depends on the seed and on how far the world has come.

        NoHistoryError in a world without a log, whose length tells how far that is.
        """
        if not world.journal.logged:
            raise NoHistoryError("a seeded order needs the log")
        enabled = world.enabled()
        if not enabled:
            return None
        return enabled[_mix(self.seed ^ len(world.journal.log)) % len(enabled)]


def _mix(number: int) -> int:
    # SplitMix64 (Steele, Lea and Flood 2014): one multiply-shift round is enough for a choice.
    number = (number + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    number = (number ^ number >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return number ^ number >> 31
