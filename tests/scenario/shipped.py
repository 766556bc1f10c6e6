"""A shipped scenario, run to its end, with its moments and mappings by their names."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.thread_state import READY, ip_of
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.session import Session

LIMIT = 400  # steps: a scenario to be read in a few minutes is shorter by far


class Shipped:
    """Names instead of numbers. A step of the file is `(thread, op, nth)`, nth from 1."""

    def __init__(self, name: str) -> None:
        self.scenario: Scenario = open_scenario(name)
        self.session: Session = build_session(self.scenario)
        assert self.session.run(LIMIT) < LIMIT
        system = self.session.world.system
        self.kernel = system.kernel
        self.space = {name: number for number, name in system.space_names.items()}
        self.thread = {name: number for number, name in system.thread_names.items()}

    def place(self, thread: str, op: str, nth: int = 1) -> int:
        """The place in the thread's program of the last operation of a step."""
        steps = self.scenario.spec.step
        found = [at for at, s in enumerate(steps) if (s.thread, s.op) == (thread, op)][nth - 1]
        names = [plan.name for plan in self.scenario.threads]
        program = self.scenario.programs[names.index(thread)]
        first = self.scenario.about.starts[found]
        return program.order.index(first) + steps[found].times - 1

    def after(self, thread: str, op: str, nth: int = 1) -> Shipped:
        """Go to where a step has just been completed."""
        place, number = self.place(thread, op, nth), self.thread[thread]
        for at in range(self.session.length + 1):
            self.session.seek(at)
            if ip_of(self.kernel.state.rows.get(number, READY)) > place:
                return self
        raise AssertionError(f"{thread} never comes to the end of {op}")

    def end(self) -> Shipped:
        """Go to the end."""
        self.session.seek(self.session.length)
        return self

    def page(self, space: str, address: int) -> tuple[int, int] | None:
        """(frame, rights) of a page now."""
        return self.kernel.translate(self.space[space], address >> PAGE_LOG2)

    def frame(self, space: str, address: int) -> int:
        """The frame of a page that must be there."""
        found = self.page(space, address)
        assert found is not None
        return found[0]

    def parent(self, space: str, address: int) -> tuple[int, int]:
        """(space, address) that a page's mapping was derived from."""
        entry = self.kernel.database.find(entry_id(self.space[space], address >> PAGE_LOG2))
        assert entry is not None
        return space_of(entry.parent), vpn_of(entry.parent) << PAGE_LOG2

    def records(self, thread: str, op: str, nth: int = 1) -> list[Record]:
        """What was recorded while the thread worked on a step, in all its goes."""
        place, number = self.place(thread, op, nth), self.thread[thread]
        found: list[Record] = []
        for at in range(1, self.session.length + 1):
            self.session.seek(at - 1)
            ip = ip_of(self.kernel.state.rows.get(number, READY))
            change = self.session.change(at)
            if change.action[1] == number and ip == place:
                found += change.records()
        assert found, f"{thread} did nothing in {op}"
        return found

    def events(self, thread: str, op: str, nth: int = 1) -> list[Event]:
        """The events of `records`."""
        return [record.event for record in self.records(thread, op, nth)]

    def all_records(self) -> list[Record]:
        """Everything that was recorded."""
        return [record for _, record in self.session.records(1, self.session.length)]
