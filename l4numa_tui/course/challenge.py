"""The challenge: from a step on the student may act, and checks look at what came of it."""

from __future__ import annotations

from l4numa_tui.course.blocks import CheckState
from l4numa_tui.course.commands import COMMANDS, parse_command, why_not
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.lesson_text import Item
from l4numa_tui.course.oracle import Oracle
from l4numa_tui.course.queries import Evidence, holds
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.ipc import PAGEFAULT_PROTOCOL
from l4numa_tui.world.operations import RUN, Action
from l4numa_tui.world.session import Session, StepChange

MAX_ACTIONS = 2_000  # steps of a challenge, known at a time


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
        self.best = 0
        self.solved = False
        self._held: frozenset[str] = frozenset()
        spec = lesson.spec.challenge
        self._allowed = spec.commands if spec else ()
        self._play = spec.play if spec else ()

    def begin_anew(self, session: Session) -> None:
        """Go on with a fresh session that stands at the start."""
        self._session = session
        self._held = frozenset()

    def look(self) -> None:
        """Evaluate the checks where the session stands now."""
        session, checks = self._session, self._lesson.spec.check
        if session.cursor < self.start:
            return
        evidence = Evidence(session, self.start, self._before)
        self._held = frozenset(check.id for check in checks if holds(check.when, evidence))
        self.best = max(self.best, sum(c.points for c in checks if c.id in self._held))
        self.solved = self.solved or len(self._held) == len(checks)

    def checks(self) -> list[CheckState]:
        """The checks as they stand now; all passed for good once they held together."""
        texts = {option.key: option.text for option in self._item.options}
        return [
            CheckState(
                check.id,
                texts.get(check.id, check.id),
                check.points,
                "pass" if self.solved or check.id in self._held else "open",
            )
            for check in self._lesson.spec.check
        ]

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
        refused = why_not(session, action)
        if refused is not None:
            raise refused
        if session.cursor - self.start >= MAX_ACTIONS:
            raise UserError(f"the challenge is {MAX_ACTIONS} steps long already", "a new beginning")
        change = session.step(action)
        if change is None:
            raise UserError("nothing can be done any more", "a step back")
        return change

    def block_reason(self) -> str:
        """Why stepping is stopped: the student is to answer for a pager; "" if it is not."""
        session = self._session
        if session.cursor < session.length or session.cursor < self.start:
            return ""
        if session.cursor - self.start >= MAX_ACTIONS:
            return f"The challenge is {MAX_ACTIONS} steps long already: begin it anew."
        action = session.next_action()
        if action is None or action[0] != RUN:
            return ""
        name = session.world.system.thread_names.get(action[1], "")
        row = session.world.kernel.inbox.rows.get(action[1])
        if name not in self._play or row is None or row[1] >> 4 != PAGEFAULT_PROTOCOL:
            return ""
        return f"You are {name} now, and a pagefault waits for your answer: `reply …`."
