"""One student in one lesson: what is shown, what is asked, what may be done next. No input, output.

Everything a student does goes through a handful of methods, each appends one record, and the whole
state is a function of these records: progress, submissions and grading replay them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from l4numa_tui.course.answers import Given, Judge, answer_text, hints_of, read_answer
from l4numa_tui.course.blocks import DONT_KNOW, Answer, Block, CheckState, Feedback, Question
from l4numa_tui.course.challenge import ChallengeState
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.oracle import Oracle
from l4numa_tui.course.queries import jsonable
from l4numa_tui.course.shown import blocks_of
from l4numa_tui.course.stages import CHALLENGE, FEEDBACK, Stage, stages_of
from l4numa_tui.course.worlds import session_of
from l4numa_tui.errors import UserError
from l4numa_tui.world.operations import Action
from l4numa_tui.world.session import Session, StepChange

Record = dict[str, Any]
"""One thing the student did: `do` is `move`, `act`, `switch` (into another future), `restart`,
`answer`, `hint` or `reveal`; `at` and `digest` are the step and the world's state after it."""

HINT_PAUSE_SECONDS = 15.0


class Earned(NamedTuple):
    """What one `question` or `check` has earned so far, of how many points."""

    kind: str
    id: str
    points: int
    most: int


class LessonPlayer:
    """One student in one lesson; pure engine, no I/O.

    `lesson` has `.id .number .title .minutes .objectives` and the numbers drawn; `session` is what
    the screen shows. Ask for it anew after every call: beginning the challenge anew replaces it.
    `on_record`, where it is set, is given every record as it is made (to save it); where that fails
    with a UserError, the lesson goes on and `unsaved` says why, for the student to be told.
    """

    def __init__(self, lesson: Lesson, *, student: str = "", attempt: int = 0) -> None:
        self.lesson = lesson
        self.student = student
        self.attempt = attempt
        self.session: Session = session_of(lesson)
        self.on_record: Callable[[Record], None] | None = None
        self.unsaved = ""
        self.given: dict[str, Given] = {}
        self.hints: dict[str, int] = {}
        self.passed = 0  # how many stages lie behind the student
        self.challenge: ChallengeState | None = None
        self._reached = 0
        self._records: list[Record] = []
        self._hint_at: float | None = None
        source = str(lesson.folder / "lesson.toml")
        self.oracle = Oracle(session_of(lesson), lesson.spec.moments, source)
        self.stages = stages_of(lesson, self.oracle)
        self.judge = Judge(lesson, self.oracle, self.stages)
        self._arrive()

    # Moving

    def block_reason(self) -> str:
        """Why stepping forward is stopped, "" if it is not. Looking back is always possible."""
        if self.challenge is not None:
            return self.challenge.block_reason()
        if self.session.cursor < self._reached:
            return ""
        if self.pending is not None:
            return "Answer the question first; `?` if you do not know."
        return "The lesson is finished." if self.finished else ""

    def step(self) -> StepChange | None:
        """One action forward; None if stepping is stopped (`block_reason`) or nothing is left."""
        change = self._forward()
        if change is not None:
            self._note_move()
        return change

    def back(self) -> StepChange | None:
        """Take the last step back and return it; None at the beginning."""
        change = self.session.back()
        if change is not None:
            self._note_move()
        return change

    def seek(self, index: int) -> int:
        """Go to step `index`, forward at most to where something new is shown or asked.

        Returns where it ended up.
        """
        before = self.session.cursor
        if index < before:
            self.session.seek(index)
        passed = self.passed
        while self.session.cursor < index and self.passed == passed:
            if self._forward() is None:
                break
        if self.session.cursor != before:
            self._note_move()
        return self.session.cursor

    def move_to(self, index: int) -> int:
        """Go to step `index` as somebody who has read everything on the way; where it ended up."""
        here = self.seek(index)
        while here < index and not self.block_reason():
            further = self.seek(index)
            if further == here:
                break
            here = further
        return here

    def macro_step(self, until: Callable[[Session], bool] | None = None) -> int:
        """Step until nothing is under way (a fault as one stride), or something new is shown.

        With `until`, to where that holds instead. Returns how many steps it took.
        """
        ends = until or Session.at_rest
        steps, passed = 0, self.passed
        while self.passed == passed and self._forward() is not None:
            steps += 1
            if ends(self.session):
                break
        if steps:
            self._note_move()
        return steps

    def _forward(self) -> StepChange | None:
        if self.block_reason():
            return None
        change = self.session.step()
        self._arrive()
        return change

    # The challenge

    @property
    def in_challenge(self) -> bool:
        """Whether the student may act: the challenge has been reached."""
        return self.challenge is not None

    def act(self, action: Action) -> StepChange:
        """Take an action of the student's own choice.

        Raises UserError, one line that says why and what is possible, and nothing has changed then.
        """
        change = self._challenge().act(action)
        self._arrive()
        self._note({"do": "act", "action": list(action)})
        return change

    def switch(self, index: int) -> None:
        """Go into one of the session's `futures`, as `Session.switch` does.

        Raises UserError for a future that is none.
        """
        challenge = self._challenge()
        futures = self.session.futures()
        if not 0 <= index < len(futures):
            raise UserError(f"there is no other future {index + 1}", f"1 to {len(futures)}")
        challenge.switch(index)
        self._arrive()
        self._note({"do": "switch", "future": index})

    def commands(self) -> list[tuple[str, str]]:
        """What may be typed in the challenge: (form, what it does), `touch A.2 0x402000 w`."""
        return self.challenge.commands() if self.challenge else []

    def parse(self, text: str) -> Action:
        """The action that a typed command means; UserError with the right form if it has none."""
        return self._challenge().parse(text)

    def restart_challenge(self) -> None:
        """Begin the challenge anew, on a fresh session; what was passed stays passed."""
        challenge = self._challenge()
        self.session = session_of(self.lesson)
        self.session.seek(challenge.start)
        challenge.begin_anew(self.session)
        self._arrive()
        self._note({"do": "restart"})

    def _challenge(self) -> ChallengeState:
        if self.challenge is None:
            raise UserError("the challenge has not been reached", "the steps of the lesson first")
        return self.challenge

    # Questions

    @property
    def pending(self) -> Question | None:
        """The question that stops stepping now."""
        if self.passed == len(self.stages):
            return None
        stage = self.stages[self.passed]
        if not stage.question or stage.name == FEEDBACK:
            return None
        return self.judge.questions[stage.question]

    def answer(self, value: object) -> Feedback:
        """Answer the pending question. UserError, and nothing counted, if the value cannot be one.

        `value` is an Answer or what was typed.
        """
        question = self._asked()
        given = Given(read_answer(question, value))
        self.given[question.id] = given
        self._arrive()
        self._note({"do": "answer", "question": question.id, "value": jsonable(given.value)})
        return self.feedback_to(question.id)

    def reveal(self) -> str:
        """Give the pending question's answer away, with its explanation; costs its points.

        Raises UserError if no question is pending.
        """
        question = self._asked()
        right = self.judge.right[question.id]
        value: Answer = DONT_KNOW if isinstance(right, frozenset | bool) or right is None else right
        self.given[question.id] = Given(value, revealed=True)
        self._arrive()
        self._note({"do": "reveal", "question": question.id})
        return f"The answer: {answer_text(question, right)}"

    def feedback_to(self, question: str) -> Feedback:
        """What is said to the answer given to a question, as far as it can be known yet."""
        given = self.given[question]
        if self.is_judged(question):
            return self.judge.feedback(question, given)
        return self.judge.noted(question, given.value)

    def is_judged(self, question: str) -> bool:
        """Whether the machine has shown the answer to a question that was answered."""
        return any(
            stage.question == question and stage.name == FEEDBACK
            for stage in self.stages[: self.passed]
        )

    def hint(self, now: float | None = None) -> str | None:
        """The next of three hints for the pending question or the challenge; None if none is left.

        With `now` (seconds, any clock), the next rung comes 15 seconds after the last at the
        earliest; before that the last one is repeated.
        """
        pending = self.pending
        name = pending.id if pending else CHALLENGE if self.challenge else ""
        rungs = hints_of(self.lesson.text.of("hints", name)) if name else []
        taken = self.hints.get(name, 0)
        soon = now is not None and self._hint_at is not None
        if taken and soon and now - self._hint_at < HINT_PAUSE_SECONDS:  # type: ignore[operator]
            return rungs[taken - 1]
        if taken == len(rungs):
            return None
        self._hint_at = now
        self.hints[name] = taken + 1
        self._note({"do": "hint", "question": name})
        return rungs[taken]

    def _asked(self) -> Question:
        pending = self.pending
        if pending is None:
            raise UserError("nothing is asked now", "a step")
        return pending

    # What is shown

    def blocks(self) -> list[Block]:
        """What the lesson pane shows, in order: all that has been reached, the newest last.

        Stepping back takes nothing away.
        """
        return blocks_of(self)

    def checks(self) -> list[CheckState]:
        """The challenge's checks; empty before the challenge is reached."""
        return self.challenge.checks() if self.challenge else []

    def score(self) -> tuple[int, int]:
        """Points earned so far, and all there are. A prediction counts once it has been judged."""
        earned = self.earned()
        return sum(each.points for each in earned), sum(each.most for each in earned)

    def earned(self) -> list[Earned]:
        """What each question and each check of the challenge has earned."""
        out = []
        for name, question in self.judge.questions.items():
            given = self.given.get(name)
            right = given and self.is_judged(name) and self.judge.is_right(name, given)
            out.append(Earned("question", name, question.points if right else 0, question.points))
        best = self.challenge.best if self.challenge else frozenset()
        for check in self.lesson.spec.check:
            got = check.points if check.id in best else 0
            out.append(Earned("check", check.id, got, check.points))
        return out

    @property
    def furthest(self) -> int:
        """The furthest step reached before the challenge: up to there, going on asks nothing."""
        return self._reached

    @property
    def finished(self) -> bool:
        """Whether the end of the lesson has been reached."""
        return self.passed == len(self.stages)

    # Records

    def export(self) -> list[Record]:
        """The records so far, for progress and submissions; `course.records` replays them."""
        return list(self._records)

    def _note_move(self) -> None:
        self._note({"do": "move"})

    def _note(self, record: Record) -> None:
        record["at"] = self.session.cursor
        record["digest"] = f"{self.session.digest():016x}"
        self._records.append(record)
        if self.on_record is not None:
            try:
                self.on_record(record)
                self.unsaved = ""
            except UserError as error:
                self.unsaved = str(error)

    def _arrive(self) -> None:
        """Pass every stage that needs nothing more from the student."""
        if self.challenge is not None:
            self.challenge.look()
        else:
            self._reached = max(self._reached, self.session.cursor)
        while self.passed < len(self.stages) and self._is_passed(self.stages[self.passed]):
            self.passed += 1

    def _is_passed(self, stage: Stage) -> bool:
        if stage.name == "todo":
            return self._reached >= stage.at
        if stage.name in ("predict", "observe"):
            return stage.question in self.given
        if stage.name == CHALLENGE:
            if self.challenge is None:
                self.challenge = ChallengeState(
                    self.lesson, self.session, self.oracle, stage.item, stage.at
                )
                self.challenge.look()
            return self.challenge.solved
        return True
