"""The sandbox: a session whose scenario is still being written.

Whoever acts adds a step to the script, and the session goes on by it. So the session is at all
times the one that its scenario gives: saved and run, the file ends where the session ends.

Acting in the past leaves what came after behind, in the session as a branch and in the script. What
is under way when somebody acts, a fault that a pager serves, is finished first, as the order of a
script wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.thread_state import CODE_MASK, READY, ip_of
from l4numa_tui.scenario.build import build_session, scheduler_of
from l4numa_tui.scenario.building.begun import (
    begun_places,
    kept_steps,
    reached_places,
    steps_in_order,
)
from l4numa_tui.scenario.building.typed import STEP, Request, check, parse_line
from l4numa_tui.scenario.building.writing import scenario_text
from l4numa_tui.scenario.files import read_text, write_atomically
from l4numa_tui.scenario.load import Scenario, parse_scenario, scenario_of
from l4numa_tui.scenario.model import ApplicationTable, RunTable, ScenarioSpec, ThreadTable
from l4numa_tui.scenario.step_model import StepTable
from l4numa_tui.scenario.where import Where
from l4numa_tui.toml_lines import MAX_BYTES
from l4numa_tui.world.operations import RUN, Program
from l4numa_tui.world.session import Session

MAX_STEPS = 10_000
"""So many steps are taken at most until what was asked for begins."""

SUFFIX = ".toml"


class Done(NamedTuple):
    """What came of a request: where the session stands now, and what there is to say about it.

    `began` is False where the thread has to wait until it can do what it was asked for.
    """

    step: int
    began: bool
    said: str = ""


class _Version(NamedTuple):
    """A script, and the programs that it is for the threads.

    `ours`: what it has beyond what has been begun was asked for here, and waits for its turn.
    """

    programs: dict[int, Program]
    scenario: Scenario
    ours: bool


class Sandbox:
    """A session and the scenario that it is: act, add, save.

    `session` is another one after something has been added that is made at boot. Raises UserError
    where the scenario cannot be booted.
    """

    def __init__(self, scenario: Scenario, session: Session | None = None) -> None:
        self.session = session or build_session(scenario)
        self._versions = [_Version(self.session.world.programs, scenario, ours=False)]
        self._written: dict[str, str] = {}  # path: the text that was written there
        self._warned = ""  # the path that is there already, and was asked for once
        self._base: tuple[Scenario | None, dict[str, str]] = (None, {})

    @property
    def scenario(self) -> Scenario:
        """The scenario of the session's present branch."""
        return self._version().scenario

    def _version(self) -> _Version:
        programs = self.session.world.programs
        return next(each for each in reversed(self._versions) if each.programs is programs)

    @property
    def thread_names(self) -> tuple[str, ...]:
        """The threads that can be told to do something."""
        return tuple(thread.name for thread in self.scenario.threads)

    def text(self) -> str:
        """The present branch as a scenario file."""
        return scenario_text(self.scenario.spec)

    # Asking.
    def check(self, request: Request, fields: Mapping[str, str]) -> dict[str, UserError]:
        """What is wrong with a request, by field; "" for what is wrong with it as a whole."""
        return check(self._base_text(request), request, fields)[1]

    def do(self, request: Request, fields: Mapping[str, str]) -> Done:
        """Do what a request asks for; UserError, and nothing has changed, if it cannot be done."""
        asked, wrong = check(self._base_text(request), request, fields)
        if asked is None:
            raise next(iter(wrong.values()))
        if request.table == STEP:
            return self.act(asked.spec.step[-1])
        return self._add(request, asked.spec)

    def do_line(self, line: str) -> Done:
        """Do what a typed line asks for: `A.0 write 0x402000`, `add thread B node=1`."""
        return self.do(*parse_line(line))

    def _base_text(self, request: Request) -> str:
        """The scenario without its steps, as a text that a table can be written below."""
        scenario = self.scenario
        if self._base[0] is not scenario:
            self._base = (scenario, {})
        if request.table not in self._base[1]:
            spec = _spelt_out(scenario)
            spec = msgspec.structs.replace(spec, step=(), explanation="")
            self._base[1][request.table] = scenario_text(spec)
        return self._base[1][request.table]

    # Acting.
    def act(self, step: StepTable) -> Done:
        """Add a step to the script here, and go on until its thread begins it, if it can.

        UserError, and the script is as it was, where a limit or the scenario's order forbids it.
        """
        spec = self._as_script().spec
        session = self.session
        before = session.cursor
        waiting = before == session.length and self._version().ours
        self._finish(waiting=waiting)
        steps = spec.step
        if not waiting and session.next_action() is not None:
            starts = self.scenario.about.starts
            steps = kept_steps(steps, starts, reached_places(session))
        left = len(spec.step) - len(steps)
        spec = msgspec.structs.replace(spec, step=(*steps, step))
        scenario = scenario_of(spec, Where("", self.scenario.source))
        self._go_on_with(scenario)
        began = self._until_begun(scenario, len(steps))
        return Done(session.cursor, began, self._said(step, before, left, began=began))

    def _go_on_with(self, scenario: Scenario) -> None:
        programs = dict.fromkeys(self.session.world.programs, Program())
        for thread, program in zip(scenario.threads, scenario.programs, strict=True):
            programs[thread.number] = program
        self.session.reprogram(programs, scheduler_of(scenario))
        self._versions.append(_Version(programs, scenario, ours=True))

    def _finish(self, *, waiting: bool) -> None:
        """Go on with what has been begun, and with what is `waiting` for its turn, to its end."""
        session = self.session
        for _ in range(MAX_STEPS):
            if session.next_action() is None or (not waiting and self._fresh() is not None):
                return
            session.step()

    def _fresh(self) -> int | None:
        """The place in the script of the operation that the next action begins, if it does."""
        action, world = self.session.next_action(), self.session.world
        if action is None or action[0] != RUN or action[1] not in world.programs:
            return None
        word = world.kernel.state.rows.get(action[1], READY)
        order = world.programs[action[1]].order
        return (
            order[ip_of(word)] if word & CODE_MASK == READY and ip_of(word) < len(order) else None
        )

    def _until_begun(self, scenario: Scenario, step: int) -> bool:
        place = scenario.about.starts[step]
        for _ in range(MAX_STEPS):
            fresh = self._fresh()
            if self.session.step() is None:
                return False
            if fresh == place:
                return True
        return False

    def _said(self, step: StepTable, before: int, left: int, *, began: bool) -> str:
        said = []
        if left:
            plural = "s" if left > 1 else ""
            said.append(f"{left} later step{plural} of the script left behind")
        if not began:
            name = step.thread or self.thread_names[0]
            said.append(f"{name} cannot do it yet: it will, once it is free")
        elif self.session.cursor > before + 1:
            first = before + 1
            span = f"{first}–{self.session.cursor - 1}"
            which = f"step {first}" if self.session.cursor == first + 1 else f"steps {span}"
            said.append(f"{which} finished what was under way")
        return "; ".join(said)

    def _as_script(self) -> Scenario:
        """The scenario in the order of its script, if what has been done so far can be said so."""
        scenario, session = self.scenario, self.session
        if scenario.spec.run.order == "script":
            return scenario
        steps = steps_in_order(scenario.spec.step, scenario.about.starts, begun_places(session))
        spec = msgspec.structs.replace(scenario.spec, step=steps, run=RunTable())
        ordered = scenario_of(spec, Where("", scenario.source))
        there = build_session(ordered)
        there.run(session.cursor)
        if there.digest() != session.digest():
            order = scenario.spec.run.order
            what = f"the steps up to here were taken in the order {order}, not in that of a script"
            expected = "a request further back, or at step 0"
            raise UserError(what, expected)
        self._replace(ordered, there, session.cursor, ours=False)
        return ordered

    # Adding.
    def _add(self, request: Request, asked: ScenarioSpec) -> Done:
        """Build the world anew with something more in it, and do all again that was done."""
        old = self.session
        spec = msgspec.structs.replace(
            asked, step=_spelt_out(self.scenario).step, explanation=self.scenario.spec.explanation
        )
        scenario = scenario_of(spec, Where("", self.scenario.source))
        new = build_session(scenario)
        new.run(old.length)
        step = _first_difference(old, new)
        if step:
            what = f"with that {request.table}, step {step} would be another one"
            raise UserError(what, "an addition that what was done does not notice, or step 0")
        left = len(old.futures())
        self._replace(scenario, new, old.cursor, ours=self._version().ours)
        said = f"{request.table} added"
        if left:
            said += f"; {left} other future{'s' if left > 1 else ''} ended with the old world"
        return Done(new.cursor, began=True, said=said)

    def _replace(self, scenario: Scenario, session: Session, cursor: int, *, ours: bool) -> None:
        session.seek(cursor)
        session.stops = self.session.stops
        if not _numbers_kept(self.session, session):
            session.stops.watched.clear()
        self.session = session
        self._versions = [_Version(session.world.programs, scenario, ours)]

    # Saving.
    def save(self, path: str) -> str:
        """Write the present branch as a scenario file; returns the file's whole path.

        UserError where the file is there already and is not what was written last (asked for once
        more it is overwritten), or where the file would not lead to where the session is.
        """
        import os  # noqa: PLC0415 - only for the one who saves

        text = self.text()
        whole = os.path.abspath(path)
        if os.path.lexists(whole) and self._warned != whole and not self._is_ours(whole):
            self._warned = whole
            raise UserError("the file is there already", "another name, or the same once more",
                            source=path)  # fmt: skip
        self._verify(parse_scenario(text, path))
        write_atomically(whole, [text.encode()])
        self._written[whole] = text
        self._warned = ""
        return whole

    def _is_ours(self, path: str) -> bool:
        try:
            return self._written.get(path) == read_text(path, MAX_BYTES, "a scenario file")
        except UserError:
            return False

    def _verify(self, scenario: Scenario) -> None:
        """The file must come by the same way to the same state."""
        session = self.session
        cursor = session.cursor
        there = build_session(scenario)
        there.run(session.length)
        session.seek(session.length)
        same = there.digest() == session.digest() and there.cursor == session.cursor
        session.seek(cursor)
        if not same:
            what = "steps were taken in another order than the script's"
            raise UserError(what, "what a scenario file can say; go back and act anew")


def proposed_name(source: str, taken: frozenset[str]) -> str:
    """A file name to propose for what was opened as `source`, "" for a new world."""
    import os  # noqa: PLC0415 - only for the one who saves

    stem = os.path.splitext(os.path.basename(source))[0] or "sandbox"
    stem = "".join(each if each.isalnum() or each in "-_" else "-" for each in stem)
    number, name = 2, f"{stem}{SUFFIX}"
    while name in taken:
        name, number = f"{stem}-{number}{SUFFIX}", number + 1
    return name


def _spelt_out(scenario: Scenario) -> ScenarioSpec:
    """The specification with everything named that may be left out while there is only one."""
    spec = scenario.spec
    first = scenario.threads[0].name if scenario.threads else ""
    steps = tuple(
        step if step.thread else msgspec.structs.replace(step, thread=first) for step in spec.step
    )
    applications = spec.application or tuple(
        ApplicationTable(name=plan.name) for plan in scenario.applications
    )
    return msgspec.structs.replace(
        spec, step=steps, application=applications, thread=_listed_threads(scenario)
    )


def _listed_threads(scenario: Scenario) -> tuple[ThreadTable, ...]:
    """The threads' tables, those among them that an application has because none is listed."""
    spec, given = scenario.spec, {table.name for table in scenario.spec.thread}
    names = [plan.name for plan in scenario.applications]
    tables = []
    for table in spec.thread:
        plan = next(each for each in scenario.threads if each.name == table.name)
        known = {}
        if plan.application >= 0:
            known["application"] = names[plan.application]
        elif plan.space >= 0:
            known["space"] = scenario.spaces[plan.space].name
        tables.append(msgspec.structs.replace(table, **known))
    for plan in scenario.threads:
        if plan.name not in given:
            owner = names[plan.application]
            tables.append(ThreadTable(name=plan.name, application=owner, node=plan.node))
    return tuple(tables)


def _first_difference(old: Session, new: Session) -> int:
    """The first step that is not the same in two sessions, by who acted and what happened; or 0."""
    if new.length < old.length:
        return new.length + 1
    for index in range(1, old.length + 1):
        if _deed(old, index) != _deed(new, index):
            return index
    return 0


def _numbers_kept(old: Session, new: Session) -> bool:
    """Whether every thread and space has the number that it had: what is watched is a number."""
    before, after = old.world.system, new.world.system
    return (
        before.thread_names.items() <= after.thread_names.items()
        and before.space_names.items() <= after.space_names.items()
    )


def _deed(session: Session, index: int) -> tuple[object, ...]:
    change = session.change(index)
    name = session.world.system.thread_names.get(change.action[1])
    # Where a program ends is no deed: it goes on as soon as its thread is asked for more.
    events = [each.event for each in change.records() if each.event != Event.THREAD_DONE]
    return name, change.cycles, events
