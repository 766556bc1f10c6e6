"""A lesson for the tests of the screen: two questions on a small session, then a challenge."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from l4numa_tui.course.blocks import Answer, Block, CheckState, Feedback, Question
from l4numa_tui.course.lesson_model import Term
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.errors import UserError
from l4numa_tui.world.operations import Action
from l4numa_tui.world.session import Session, StepChange

CHOICE = Question(
    "q1", "choice", ("How many **faults** will there be?",),
    (("a", "none at all"), ("b", "one, because of `0x400`"), ("c", "one for each node")),
)  # fmt: skip
NUMBER = Question("q2", "number", ("How many messages cross nodes?",), points=2)


class FakePlayer:
    """Asks CHOICE before step 2 and NUMBER before step 4; the challenge begins at step 6."""

    def __init__(self, session: Session) -> None:
        self.session = session
        course = SimpleNamespace(terms={"page": Term(text="4096 bytes of a space.")})
        title = "Global mappings, lazily"
        self.lesson = SimpleNamespace(id="fake", number=8, title=title, course=course)
        self.given: dict[str, Answer] = {}
        self.asked_hints = 0
        self.did: list[str] = []

    @property
    def pending(self) -> Question | None:
        if self.session.cursor >= 1 and "q1" not in self.given:
            return CHOICE
        if self.session.cursor >= 3 and "q2" not in self.given:
            return NUMBER
        return None

    @property
    def in_challenge(self) -> bool:
        return self.session.cursor >= 6

    def block_reason(self) -> str:
        return "Answer the question first; `?` if you do not know." if self.pending else ""

    def step(self) -> StepChange | None:
        return None if self.block_reason() else self.session.step()

    def back(self) -> StepChange | None:
        return self.session.back()

    def seek(self, index: int) -> int:
        if index < self.session.cursor:
            return self.session.seek(index)
        while self.session.cursor < index and self.step():
            pass
        return self.session.cursor

    def switch(self, index: int) -> None:
        self.session.switch(index)

    def macro_step(self, until: Callable[[Session], bool] | None = None) -> int:
        done = 0
        while self.step():
            done += 1
            if (until or Session.at_rest)(self.session):
                break
        return done

    def answer(self, value: Answer) -> Feedback:
        pending = self.pending
        assert pending is not None
        self.given[pending.id] = value
        return Feedback(pending.id, None, ("noted",))

    def hint(self, now: float | None = None) -> str | None:
        assert now is not None
        self.asked_hints += 1
        return "look at the home nodes" if self.asked_hints < 4 else None

    def blocks(self) -> list[Block]:
        out = [
            Block(
                "text", ("A **global** page must look the same in `A.0` and `A.1`.", "", "- one")
            ),
            Block("todo", ("touch `0x402` on N2",), "done" if self.session.cursor else "open"),
        ]
        for question in (CHOICE, NUMBER):
            if question.id in self.given:
                out.append(Block("question", question.prompt, "done", question.id))
                out.append(Block("feedback", ("You said so.",), "wrong", question.id))
        if self.pending:
            hints = ("look at the home nodes", "hint 2", "hint 3")[: self.asked_hints]
            hinted = [Block("hint", (hint,), "", self.pending.id) for hint in hints]
            out.append(Block("question", self.pending.prompt, "open", self.pending.id))
            out += hinted
        return out

    def checks(self) -> list[CheckState]:
        return [CheckState("c", "three faults", 1, "open")] if self.in_challenge else []

    def commands(self) -> list[tuple[str, str]]:
        return [("touch THREAD ADDRESS r", "let a thread read")] if self.in_challenge else []

    def score(self) -> tuple[int, int]:
        return 0, 3

    def parse(self, text: str) -> Action:
        if not text.startswith("touch"):
            raise UserError(f"cannot do {text!r}", "`touch THREAD ADDRESS r`")
        self.did.append(text)
        return (0, 0)

    def act(self, action: Action) -> StepChange | None:
        assert action == (0, 0)
        return self.session.step()

    def restart_challenge(self) -> None:
        self.session.seek(6)


def fake_player(session: Session) -> LessonPlayer:
    """The fake with the type of the real one."""
    return cast(LessonPlayer, FakePlayer(session))
