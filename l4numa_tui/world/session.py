"""The session: a world, the actions done in it, and a cursor that moves both ways."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from l4numa_tui.journal import Change, NoHistoryError
from l4numa_tui.kernel.records import Record
from l4numa_tui.world.operations import RUN, Action
from l4numa_tui.world.schedulers import Scheduler
from l4numa_tui.world.world import World


class StepChange(NamedTuple):
    """What one step did: a range of the journal and a range of the records."""

    world: World
    action: Action
    log_start: int
    log_stop: int
    record_start: int
    record_stop: int
    cycles: int

    def changes(self) -> Iterator[Change]:
        """Every write to every table, in order."""
        return self.world.journal.changes(self.log_start, self.log_stop)

    def records(self) -> Iterator[Record]:
        """The micro-events, in order."""
        return self.world.kernel.records.between(self.record_start, self.record_stop)


_PLACES = 4


class Branch(NamedTuple):
    """A future that was left behind when somebody acted in the past: from `at`, these actions."""

    at: int
    actions: tuple[Action, ...]


class Session:
    """Steps a world forwards and backwards. Step 0 is the world as booted.

    `cursor` counts the steps taken to where the world stands now; `length` how many are known.
    Acting at an earlier cursor forks: the old future is kept in `branches`, not lost.

    In a world without a log (`UnloggedJournal`) a session only runs on and counts its steps: there
    is no way back, and the changes of a step cannot be asked for. What must be taken back, as a
    refused system call, ends such a run with NoHistoryError.
    """

    def __init__(self, world: World, scheduler: Scheduler) -> None:
        self.world = world
        self.scheduler = scheduler
        self.cursor = 0
        self.branches: list[Branch] = []
        # Four places per step, flat: action, cycles, where journal and records ended after it.
        # The booted state is step 0: what boot wrote can never be undone.
        self._steps: list[Any] = [None, 0, world.journal.mark(), world.kernel.records.end]
        self._known = 0
        self._journal = world.journal
        self._keeps_history = world.journal.logged
        self._records = world.kernel.records.flat

    @property
    def length(self) -> int:
        """How many steps are known, from the beginning to the newest."""
        return self._known

    @property
    def actions(self) -> list[Action]:
        """The actions of all known steps."""
        return self._steps[_PLACES::_PLACES]

    def change(self, index: int) -> StepChange:
        """What step `index` did; the first step is 1."""
        _, _, log_start, record_start = self._place(index - 1)
        action, cycles, log_stop, record_stop = self._place(index)
        return StepChange(
            self.world, action, log_start, log_stop, record_start, record_stop, cycles
        )

    def _place(self, index: int) -> list[Any]:
        if not self._keeps_history:
            raise NoHistoryError("this session keeps no history")
        return self._steps[index * _PLACES : (index + 1) * _PLACES]

    def _action(self, index: int) -> Action:
        action: Action = self._steps[index * _PLACES]
        return action

    def _mark(self, index: int) -> int:
        mark: int = self._place(index)[2]
        return mark

    @property
    def last(self) -> StepChange | None:
        """The step that led to where the world stands now, None at the beginning."""
        return self.change(self.cursor) if self.cursor else None

    def next_action(self) -> Action | None:
        """What `step` would do: redo the known future, else what the scheduler picks."""
        if self.cursor < self.length:
            return self._action(self.cursor + 1)
        return self.scheduler.pick(self.world)

    def step(self, action: Action | None = None) -> StepChange | None:
        """Take one step: `action`, or the next one. None if there is nothing left to do.

        ValueError if `action` is not possible now; nothing has changed then.
        """
        known = self._action(self.cursor + 1) if self.cursor < self._known else None
        if action is not None and action != known:
            self._act(action)
        elif not self._advance():
            return None
        return self.change(self.cursor)

    def _advance(self) -> bool:
        """Redo the next known step, or perform what the scheduler picks; False if nothing."""
        world = self.world
        if self.cursor < self._known:
            self.cursor += 1
            world.journal.move_to(self._mark(self.cursor))
            return True
        action = self.scheduler.pick(world)
        if action is None:
            return False
        self._append(action, world.perform(action))
        return True

    def _act(self, action: Action) -> None:
        if not self.world.can_do(action):
            raise ValueError(f"action {action} is not possible now")
        if self.cursor < self.length:
            self.branches.append(Branch(self.cursor, tuple(self.actions[self.cursor :])))
            self._journal.cut()
            self.world.kernel.records.cut(self._place(self.cursor)[3])
            del self._steps[(self.cursor + 1) * _PLACES :]
            self._known = self.cursor
        self.scheduler.rewind()
        self._append(action, self.world.perform(action))

    def _append(self, action: Action, cycles: int) -> None:
        if not self._keeps_history:
            self._known = self.cursor = self.cursor + 1
            return
        mark = len(self._journal.log)
        self._steps += (action, cycles, mark, len(self._records))
        self._known = self.cursor = self.cursor + 1
        if mark >= self._journal.next_frame:
            self._journal.keep_key_frame()

    def back(self) -> StepChange | None:
        """Take the last step back and return it; None at the beginning."""
        last = self.last
        if last is not None:
            self.cursor -= 1
            self.world.journal.move_to(last.log_start)
        return last

    def seek(self, index: int) -> int:
        """Go to step `index`, running on where it is not known yet; returns where it ended up."""
        if index < self.length or index == self.cursor:
            index = max(index, 0)
            self.world.journal.move_to(self._mark(index))
            self.cursor = index
            return index
        self.world.journal.move_to(self._mark(self._known))
        self.cursor = self.length
        while self.cursor < index and self._advance():
            pass
        return self.cursor

    def run(self, limit: int, until: Callable[[Session], bool] | None = None) -> int:
        """Step until `until` holds, nothing is left, or `limit` steps are done; how many were."""
        if until is None:
            return self._run(limit)
        for done in range(limit):
            if not self._advance():
                return done
            if until is not None and until(self):
                return done + 1
        return limit

    def _run(self, limit: int) -> int:
        """Step until nothing is left or `limit` steps are done: `_advance` in one loop."""
        world, pick, journal = self.world, self.scheduler.pick, self._journal
        perform, log, records = world.fast_perform, journal.log, self._records
        start = self.cursor
        while self.cursor < self._known:
            if self.cursor - start == limit:
                return limit
            self._advance()
        extend = self._steps.extend
        if not self._keeps_history:
            while self.cursor - start < limit:
                action = pick(world)
                if action is None:
                    break
                perform(action)
                self._known = self.cursor = self.cursor + 1
            return self.cursor - start
        try:
            for _ in range(limit - (self.cursor - start)):
                action = pick(world)
                if action is None:
                    break
                cycles = perform(action)
                mark = len(log)
                extend((action, cycles, mark, len(records)))
                if mark >= journal.next_frame:
                    journal.keep_key_frame()
        finally:
            self._known = self.cursor = len(self._steps) // _PLACES - 1
        return self.cursor - start

    def macro_step(self, limit: int = 10_000) -> int:
        """Step until no server is busy and no thread waits for a pager: a fault as one stride."""
        return self.run(limit, lambda session: session.at_rest())

    def at_rest(self) -> bool:
        """Whether nothing is under way: the next action is a program's fresh operation."""
        world = self.world
        if world.busy_server() or world.program_serves():
            return False
        action = self.next_action()
        return action is None or (
            action[0] == RUN
            and action[1] in world.programs
            and not world.kernel.is_retrying(action[1])
        )

    def digest(self) -> int:
        """The fingerprint of the world where it stands now."""
        return self.world.journal.digest()

    def who_made(self, table: str, key: object) -> int | None:
        """The step that made the row of `key` anew, last time; 0 for boot, None for nobody."""
        journal = self.world.journal
        mark = journal.last_write(table, key)
        while mark is not None and journal.log[mark + 2] is not None:
            mark = journal.last_write(table, key, mark)
        return None if mark is None else bisect_right(self._steps[2::_PLACES], mark)

    def records(self, first: int, last: int) -> list[tuple[int, Record]]:
        """(step, record) of the steps from `first` to `last`, both counted from 1."""
        return [
            (index, record)
            for index in range(max(first, 1), min(last, self.length) + 1)
            for record in self.change(index).records()
        ]

    def who_changed(self, table: str, key: object) -> int | None:
        """The newest step up to now that wrote `key` of `table`; 0 for boot, None for nobody."""
        mark = self.world.journal.last_write(table, key)
        if mark is None:
            return None
        return bisect_right(self._steps[2::_PLACES], mark)
