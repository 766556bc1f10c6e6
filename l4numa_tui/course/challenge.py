"""The challenge: from a step on the student may act, and checks look at what came of it."""

from __future__ import annotations

from l4numa_tui.course.blocks import CheckState
from l4numa_tui.course.commands import COMMANDS, command_of, parse_command, why_not
from l4numa_tui.course.goals import goals_of
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.lesson_text import Item
from l4numa_tui.course.oracle import Oracle
from l4numa_tui.course.queries import Evidence, holds
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.world.operations import RUN, Action
from l4numa_tui.world.session import Session, StepChange

MAX_STEPS = 500  # how long a challenge may become before it has to be begun anew


class ChallengeState:
    """The challenge of a lesson, begun at step `start`.

    Checks look at the state at the cursor and the records since the start. What counts is the best
    moment so far, so neither an error nor undo ever spoils a solution.
    """

    def __init__(self, lesson: Lesson, session: Session, oracle: Oracle, item: Item, at: int):
        self._lesson = lesson
        self._session = session
        self._before = oracle.totals(at)
        self._item = item
        self.start = at
        self.solved = False
        self.best: frozenset[str] = frozenset()  # the checks that held at the best moment so far
        self._held: list[frozenset[str]] = []  # those that hold after each step of the known path
        self._lost: list[frozenset[str]] = []  # those that no step after it can pass, likewise
        self._points = {check.id: check.points for check in lesson.spec.check}
        spec = lesson.spec.challenge
        self._allowed = spec.commands if spec else ()
        self._play = spec.play if spec else ()

    def begin_anew(self, session: Session) -> None:
        """Go on with a fresh session that stands at the start."""
        self._session = session
        self._held.clear()
        self._lost.clear()

    def look(self) -> None:
        """Evaluate the checks where the session stands now, if it was not there before."""
        session = self._session
        if session.cursor - self.start != len(self._held):
            return  # before the start, or a step taken back, or taken again
        evidence = Evidence(session, self.start, self._before)
        checks = self._lesson.spec.check
        held = frozenset(check.id for check in checks if holds(check.when, evidence))
        self._held.append(held)
        lost = (check.id for check in checks if check.lost and holds(check.lost, evidence))
        self._lost.append(frozenset(lost) - held)
        if self.points_of(held) > self.points_of(self.best):
            self.best = held
        self.solved = self.solved or len(held) == len(checks)

    def points_of(self, checks: frozenset[str]) -> int:
        """What checks are worth together."""
        return sum(self._points[each] for each in checks)

    def _status(self, check: str) -> str:
        at = self._session.cursor - self.start
        known = 0 <= at < len(self._held)
        if self.solved or (known and check in self._held[at]):
            return "pass"
        return "fail" if known and check in self._lost[at] else "open"

    def checks(self) -> list[CheckState]:
        """The checks as they stand now; all passed for good once they held together."""
        texts = {option.key: option.text for option in self._item.options}
        evidence = Evidence(self._session, self.start, self._before)
        reached = self._session.cursor >= self.start
        out = []
        for check in self._lesson.spec.check:
            status = self._status(check.id)
            goals = goals_of(check.when, evidence) if reached and status != "pass" else ()
            text = texts.get(check.id, check.id)
            out.append(CheckState(check.id, text, check.points, status, goals))
        return out

    def commands(self) -> list[tuple[str, str]]:
        """What may be typed: (form, what it does)."""
        return [(COMMANDS[name].form, COMMANDS[name].help) for name in self._allowed]

    def parse(self, text: str) -> Action:
        """The action that a typed command means; UserError where it has none."""
        return parse_command(self._session, text, self._allowed, self._play)

    def act(self, action: Action) -> StepChange:
        """Take an action of the student's choice; UserError, and nothing changed, if impossible."""
        session = self._session
        if session.cursor < self.start:
            raise UserError("the challenge begins further on", f"step {self.start} or later")
        if command_of(session, action, self._play) not in self._allowed:
            raise UserError("that action is not part of this challenge", self._forms())
        refused = why_not(session, action)
        if refused is not None:
            raise refused
        if session.cursor - self.start >= MAX_STEPS:
            raise UserError(f"the challenge is {MAX_STEPS} steps long already", "a new beginning")
        del self._held[session.cursor - self.start + 1 :]
        del self._lost[session.cursor - self.start + 1 :]
        change = session.step(action)
        if change is None:
            raise UserError("nothing can be done any more", "a step back")
        return change

    def switch(self, index: int) -> None:
        """Go into another future of the session: its steps are looked at like any others."""
        session = self._session
        at, here = session.futures()[index].at, session.cursor
        session.switch(index)
        del self._held[max(at - self.start, 0) + 1 :]
        del self._lost[max(at - self.start, 0) + 1 :]
        session.seek(max(at, self.start))
        while session.cursor < session.length:
            session.step()
            self.look()
        session.seek(min(here, session.length))

    def _forms(self) -> str:
        return ", ".join(f"`{form}`" for form, _ in self.commands())

    def block_reason(self) -> str:
        """Why stepping is stopped: the student is to answer for a pager; "" if it is not."""
        session = self._session
        if session.cursor < session.length or session.cursor < self.start:
            return ""
        if session.cursor - self.start >= MAX_STEPS:
            return f"The challenge is {MAX_STEPS} steps long already: begin it anew."
        action = session.next_action()
        if action is None or action[0] != RUN:
            return ""
        names = session.world.system.thread_names
        name = names.get(action[1], "")
        row = session.world.kernel.inbox.rows.get(action[1])
        if name not in self._play or row is None or row[1] >> 4 != PAGEFAULT_PROTOCOL:
            return ""
        wish = _WISHES.get(row[1] & 7, "access")
        return (
            f"You are {name}: {names.get(row[0], '')} wants to {wish} {row[2]:#x}. "
            f"Type `{COMMANDS['reply'].form}`."
        )


_WISHES = {READ: "read", WRITE: "write", EXECUTE: "execute"}
