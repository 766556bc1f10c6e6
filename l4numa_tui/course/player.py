"""One student in one lesson: what is shown, what is asked, what may be done next. No input, output.

Everything a student does goes through a handful of methods, each appends one record, and the whole
state is a function of these records: progress, submissions and grading replay them.
"""

from __future__ import annotations

from typing import Any

from l4numa_tui.course.blocks import Answer, Block, CheckState, Feedback, Question
from l4numa_tui.world.operations import Action
from l4numa_tui.world.session import Session, StepChange

Record = dict[str, Any]


class LessonPlayer:
    """One student in one lesson; pure engine, no I/O.

    `lesson` has `.id .number .title .minutes .objectives`; `session` is what the screen shows. It
    is replaced by another one where the challenge has a world of its own: ask for it anew after
    every call. `student` and `attempt` choose the numbers drawn.
    """

    lesson: Any
    session: Session
    student: str
    attempt: int

    # Moving

    def block_reason(self) -> str:
        """Why stepping forward is stopped, "" if it is not. Looking back is always possible."""
        raise NotImplementedError

    def step(self) -> StepChange | None:
        """One action forward; None if stepping is stopped (`block_reason`) or nothing is left."""
        raise NotImplementedError

    def back(self) -> StepChange | None:
        """Take the last step back and return it; None at the beginning."""
        raise NotImplementedError

    def seek(self, index: int) -> int:
        """Go to step `index`, forward at most to the next question; returns where it ended up."""
        raise NotImplementedError

    def macro_step(self) -> int:
        """Step until nothing is under way (a fault as one stride) or a question stops; how many."""
        raise NotImplementedError

    # The challenge

    @property
    def in_challenge(self) -> bool:
        """Whether the student may act: the challenge has been reached."""
        raise NotImplementedError

    def act(self, action: Action) -> StepChange:
        """Take an action of the student's own choice.

        Raises UserError, one line that says why and what is possible, and nothing has changed then.
        """
        raise NotImplementedError

    def commands(self) -> list[tuple[str, str]]:
        """What may be typed in the challenge: (form, what it does), `touch A.2 0x402000 w`."""
        raise NotImplementedError

    def parse(self, text: str) -> Action:
        """The action that a typed command means; UserError with the right form where it has none."""
        raise NotImplementedError

    def restart_challenge(self) -> None:
        """Begin the challenge anew; what was passed stays passed."""
        raise NotImplementedError

    # Questions

    @property
    def pending(self) -> Question | None:
        """The question that stops stepping now."""
        raise NotImplementedError

    def answer(self, value: Answer) -> Feedback:
        """Answer the pending question. UserError, and nothing counted, if the value cannot be one."""
        raise NotImplementedError

    def hint(self, now: float | None = None) -> str | None:
        """The next of three hints for the pending question or the challenge; None if none is left.

        With `now` (seconds, any clock), the next rung comes 15 seconds after the last at the
        earliest; before that the last one is repeated.
        """
        raise NotImplementedError

    def reveal(self) -> str:
        """Give the pending question's answer away, with its explanation; costs its points.

        Raises UserError if no question is pending.
        """
        raise NotImplementedError

    # What is shown

    def blocks(self) -> list[Block]:
        """What the lesson pane shows, in order: all that has been reached, the newest last.

        Stepping back takes nothing away.
        """
        raise NotImplementedError

    def checks(self) -> list[CheckState]:
        """The challenge's checks; empty before the challenge is reached."""
        raise NotImplementedError

    def score(self) -> tuple[int, int]:
        """Points earned so far, and all there are."""
        raise NotImplementedError

    @property
    def finished(self) -> bool:
        """Whether the end of the lesson has been reached."""
        raise NotImplementedError

    def export(self) -> list[Record]:
        """The records so far, for progress and submissions; `replay` brings them back."""
        raise NotImplementedError
