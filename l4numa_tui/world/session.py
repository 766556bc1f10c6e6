"""The session: a world, the actions done in it, and a cursor that moves both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from l4numa_tui.journal import FIELDS, Change, Key, NoHistoryError
from l4numa_tui.kernel.records import Record
from l4numa_tui.kernel.thread_state import READY, code_of
from l4numa_tui.world.branches import Branch, Plan, beside, left_behind
from l4numa_tui.world.history import History
from l4numa_tui.world.operations import RUN, Action, Program
from l4numa_tui.world.schedulers import Scheduler
from l4numa_tui.world.stops import Ending, Stop, Stops, Watched
from l4numa_tui.world.subjects import Net, subject_of
from l4numa_tui.world.world import World


class StepChange(NamedTuple):
    """What one step did: a range of the journal and a range of the records.

    Several steps in a row have one as well (`Session.span`); its action is the last one's.
    """

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

    def net(self) -> Net:
        """What differs between before and after, by table and key.

        What was written and written back is no difference.
        """
        journal = self.world.journal
        part = journal.log[self.log_start : self.log_stop]
        tables: dict[int, dict[Any, tuple[Any, Any]]] = {}
        for index, key, old, new in zip(
            part[::FIELDS], part[1::FIELDS], part[2::FIELDS], part[3::FIELDS], strict=True
        ):
            rows = tables.get(index)
            if rows is None:
                rows = tables[index] = {}
            before = rows.get(key)
            rows[key] = (old if before is None else before[0], new)
        net = {}
        for index, rows in tables.items():
            same = [key for key, pair in rows.items() if pair[0] == pair[1]]
            for key in same:
                del rows[key]
            if rows:
                net[journal.tables[index].name] = rows
        return net


_PLACES = 4


class Session:
    """Steps a world forwards and backwards. Step 0 is the world as booted.

    `cursor` counts the steps taken to where the world stands now; `length` how many are known.
    Acting at an earlier cursor forks: the old future is kept in `branches`, not lost, and `switch`
    goes back into it. `cuts` lists, in order, the step at which each such change of the future
    began: whoever remembers something of a step asks it what to forget. `stops` are breakpoints.

    In a world without a log (`UnloggedJournal`) a session only runs on and counts its steps: there
    is no way back, and the changes of a step cannot be asked for. What must be taken back, as a
    refused system call, ends such a run with NoHistoryError.
    """

    def __init__(self, world: World, scheduler: Scheduler) -> None:
        self.world = world
        self.scheduler = scheduler
        self.cursor = 0
        self.branches: list[Branch] = []
        self.cuts: list[int] = []
        self.stops = Stops()
        self._history: History | None = None
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

    def span(self, first: int, last: int) -> StepChange:
        """What the known steps after `first` up to `last` did together; `first` <= `last`."""
        _, _, log_start, record_start = self._place(first)
        action, _, log_stop, record_stop = self._place(last)
        cycles = sum(self.costs()[first:last])
        return StepChange(
            self.world, action, log_start, log_stop, record_start, record_stop, cycles
        )

    def net(self, step: int) -> Net:
        """The net changes of a known step; of step 0, all that boot wrote."""
        if step:
            return self.change(step).net()
        _, _, log_stop, record_stop = self._place(0)
        return StepChange(self.world, (), 0, log_stop, 0, record_stop, 0).net()

    def costs(self) -> list[int]:
        """The cycles of all known steps, in order."""
        return self._steps[_PLACES + 1 :: _PLACES]

    @property
    def history(self) -> History:
        """Which steps changed what."""
        if self._history is None:
            if not self._keeps_history:
                raise NoHistoryError("this session keeps no history")
            self._history = History(self)
        return self._history

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
        self._leave_future()
        self._append(action, self.world.perform(action))

    def reprogram(self, programs: dict[int, Program], scheduler: Scheduler) -> None:
        """Go on from here with other programs, which must begin with all that has been begun.

        The known future is left behind with the programs it had; `scheduler` must be theirs.
        """
        old, new = Plan(self.world.programs, self.scheduler), Plan(programs, scheduler)
        self._leave_future()
        self.branches = [each.replanned(old, new) for each in self.branches]
        self.world.reprogram(programs)
        self.scheduler = scheduler
        scheduler.rewind()

    def _leave_future(self) -> None:
        """Make the cursor the end of all that is known; what came after it becomes a branch."""
        self.scheduler.rewind()
        at = self.cursor
        if at == self.length:
            return
        self.branches = left_behind(self.branches, self.actions, at)
        self.cuts.append(at)
        if self._history is not None:
            self._history.cut(at)
        self._journal.cut()
        self.world.kernel.records.cut(self._place(at)[3])
        del self._steps[(at + 1) * _PLACES :]
        self._known = at

    def futures(self) -> list[Branch]:
        """The futures beside the present one, in the order in which they were left.

        Each forks off at a step of the present one; those that have become part of it are gone.
        """
        self.branches = beside(self.branches, self.actions)
        return self.branches

    def switch(self, index: int) -> None:
        """Go into one of `futures`, by taking its steps anew; the present one becomes a branch.

        The cursor stays at its step, or at the last one where that future is shorter. IndexError
        for a future that is none.
        """
        branch = self.futures()[index]
        here = self.cursor
        self.seek(branch.at)
        self._leave_future()
        if branch.plan is not None:
            self.reprogram(*branch.plan)
        for action in branch.actions:
            self._append(action, self.world.do(action))
        self.futures()
        self.seek(min(here, self.length))

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

    def run_to_stop(
        self, limit: int, until: Callable[[Session], bool] | None = None
    ) -> tuple[int, Stop | None]:
        """Step as `run` does, or until one of `stops`; how many steps, and the stop that ended it.

        A stop where the session stands already does not count.
        """
        if not self.stops:
            return self.run(limit, until), None
        ending = Ending(until)
        return self.run(limit, ending), ending.stop

    def at_rest(self) -> bool:
        """Whether nothing is under way: the next action is a program's fresh operation."""
        world = self.world
        if world.busy_server() or world.program_serves():
            return False
        action = self.next_action()
        return action is None or (
            action[0] == RUN
            and action[1] in world.programs
            # Whoever is to retry, or to take up what it waited for, is in the midst of something.
            and code_of(world.kernel.state.rows.get(action[1], READY)) == READY
        )

    def digest(self) -> int:
        """The fingerprint of the world where it stands now."""
        return self.world.journal.digest()

    def records(self, first: int, last: int) -> list[tuple[int, Record]]:
        """(step, record) of the steps from `first` to `last`, both counted from 1."""
        return [
            (index, record)
            for index in range(max(first, 1), min(last, self.length) + 1)
            for record in self.change(index).records()
        ]

    def changed_last(self, thing: Watched) -> int | None:
        """The newest step up to now that changed a thing, named as selections are; 0 for boot."""
        return self.history.last(subject_of(self.world, *thing), self.cursor)

    def writers(self, table: str, keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
        """For each key of `table`: the step that put it there, and the newest that changed it.

        Up to now; 0 is boot. Of a key that is gone: the step that put it there last, and the one
        that dropped it. Keys that nobody has written are left out.
        """
        found = {key: self.history.written(table, key, self.cursor) for key in keys}
        return {key: steps for key, steps in found.items() if steps is not None}

    def made(self, entry: int) -> int | None:
        """The step that made a mapping entry, the last time; 0 for boot, None for none.

        A page inside a 2 MiB entry was made with it.
        """
        key = self.world.kernel.database.large_around(entry) or entry
        steps = self.history.written("mdb", key, self.cursor)
        return steps[0] if steps else None
