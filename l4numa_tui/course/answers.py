"""Judging an answer, and what is said to it: you said X, the machine did Y, and why."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.course.blocks import DONT_KNOW, Answer, Feedback, Question
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.lesson_text import ELSE, Item
from l4numa_tui.course.oracle import Oracle
from l4numa_tui.course.queries import Value
from l4numa_tui.course.stages import Stage
from l4numa_tui.errors import UserError

MAX_ANSWER = 200


class Given(NamedTuple):
    """An answer as it was given; `revealed` if the student had it given away."""

    value: Answer
    revealed: bool = False


def read_answer(question: Question, value: object) -> Answer:
    """An answer in its one form; UserError, one line, where it cannot be an answer at all.

    Texts are taken as typed: `b`, `B)`, `a c`, `a, c`, `ac`, `none`, `0x10`, `two`, `node 2`.
    """
    if isinstance(value, str) and value.strip() == DONT_KNOW:
        return DONT_KNOW
    what = f"{_shown(value)!r} could not be read as an answer; nothing is counted"
    bad = UserError(what, question.expects())
    if question.kind == "number":
        return _number(value, bad)
    keys = [key for key, _ in question.choices]
    if isinstance(value, str):
        words = value[:MAX_ANSWER].lower().replace(",", " ").replace(")", " ").split()
        if not words:
            raise bad
        value = _keys(question, words, keys)
    if not isinstance(value, list | tuple | set | frozenset):
        raise bad
    given = [str(each) for each in value]
    if any(each not in keys for each in given) or len(set(given)) != len(given):
        raise bad
    if question.kind == "choice":
        if len(given) != 1:
            raise bad
        return given[0]
    if question.kind == "order":
        if len(given) != len(keys):
            raise bad
        return tuple(given)
    return tuple(key for key in keys if key in given)


def _keys(question: Question, words: list[str], keys: list[str]) -> list[str]:
    """Typed words as keys: letters written together are taken apart."""
    if question.kind == "set" and words == ["none"] and "none" not in keys:
        return []
    if question.kind in ("set", "order") and len(words) == 1 and words[0] not in keys:
        return list(words[0])
    return words


_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def _number_word(text: str) -> int:
    """A number as somebody types it: `2`, `0x10`, `two`, `none`, `N2`, `node 2`."""
    word = text.strip().lower()[:40].removeprefix("node").strip()
    if word[:1] == "n" and word[1:].isdecimal():
        word = word[1:]
    if word in _NUMBERS:
        return _NUMBERS.index(word)
    return 0 if word in ("none", "no") else int(word, 0)


def _number(value: object, bad: UserError) -> int:
    if isinstance(value, bool):
        raise bad
    if isinstance(value, str):
        try:
            value = _number_word(value)
        except ValueError:
            raise bad from None
    if not isinstance(value, int) or not -(1 << 62) < value < 1 << 62:
        raise bad
    return value


def _shown(value: object) -> str:
    return value[:40].strip() if isinstance(value, str) else str(value)[:40]


def is_right(question: Question, right: Value, given: Answer) -> bool:
    """Whether an answer is the machine's."""
    if given == DONT_KNOW:
        return False
    if question.kind == "set":
        return isinstance(given, tuple) and frozenset(given) == right
    return given == right


def answer_text(question: Question, value: Value) -> str:
    """An answer in words: a choice's own text, a number, keys in order."""
    texts = dict(question.choices)
    if isinstance(value, str):
        return f"{value}) {texts[value]}" if value in texts else value
    if isinstance(value, frozenset):
        value = tuple(key for key, _ in question.choices if key in value)
    if isinstance(value, tuple):
        return " ".join(value) if value else "none of them"
    return str(value)


class Judge:
    """Knows the right answers of a lesson, and puts the feedback into words."""

    def __init__(self, lesson: Lesson, oracle: Oracle, stages: list[Stage]) -> None:
        self._lesson = lesson
        self._oracle = oracle
        self._stages = {stage.question: stage for stage in stages if stage.question}
        self.questions = {name: lesson.ask(stage.item) for name, stage in self._stages.items()}
        self.right: dict[str, Value] = {
            name: oracle.right_answer(lesson.question(name), stage.start, stage.stop)
            for name, stage in self._stages.items()
        }

    def is_right(self, name: str, given: Given) -> bool:
        """Whether a question was answered rightly, and not with the answer given away."""
        right = is_right(self.questions[name], self.right[name], given.value)
        return right and not given.revealed

    def noted(self, name: str, value: Answer) -> Feedback:
        """What is said at once to a prediction that the machine has yet to judge."""
        if value == DONT_KNOW:
            said = "You do not know yet: that is a fair answer. Step, and watch."
        else:
            said = f"You say: {answer_text(self.questions[name], value)}"
        return Feedback(name, None, (said,))

    def feedback(self, name: str, given: Given) -> Feedback:
        """What is said once the machine has shown it."""
        question, right = self.questions[name], self.right[name]
        shown = f"The machine: {answer_text(question, right)}"
        explained = self._said(name, self._key(name, right))
        if given.revealed or given.value == DONT_KNOW:
            return Feedback(name, False, (shown, *explained))
        said = f"You said: {answer_text(question, given.value)}"
        if self.is_right(name, given):
            return Feedback(name, True, ("Right. " + said, *explained))
        key, lines = self._wrong(name, given.value)
        return Feedback(name, False, (said, shown, *lines), self._misconception(name, key))

    def _wrong(self, name: str, value: Answer) -> tuple[str, tuple[str, ...]]:
        """The feedback to a wrong answer, and the key of the choice that it is about."""
        question, right = self.questions[name], self.right[name]
        key = str(value)
        if question.kind == "number":
            stage = self._stages[name]
            spec = self._lesson.question(name)
            number = value if isinstance(value, int) else 0
            key = self._oracle.foreseen(spec, number, stage.start, stage.stop) or ELSE
        elif question.kind == "set" and isinstance(value, tuple) and isinstance(right, frozenset):
            # Of those wrongly in or left out, one that a misconception leads to, else the first.
            differ = sorted(right ^ frozenset(value))
            key = next((each for each in differ if self._misconception(name, each)), differ[0])
        elif isinstance(value, tuple) and isinstance(right, tuple):
            wrong = (mine for mine, its in zip(value, right, strict=False) if mine != its)
            key = next(wrong, "")
        said = self._said(name, key)
        if question.kind == "set" and isinstance(value, tuple) and isinstance(right, frozenset):
            said = self._each(name, right ^ frozenset(value), said)
        if question.kind in ("set", "order") and key != ELSE:
            said = (*said, "", *self._said(name, ELSE))
        return key, said

    def _each(self, name: str, keys: frozenset[str], first: tuple[str, ...]) -> tuple[str, ...]:
        """What is said to each choice wrongly in or left out, as one paragraph, nothing twice."""
        texts = list(dict.fromkeys(" ".join(self._said(name, key)) for key in sorted(keys)))
        return (" ".join(texts),) if len(texts) > 1 else first

    def _key(self, name: str, right: Value) -> str:
        if isinstance(right, str):
            return right
        if isinstance(right, int):
            stage, spec = self._stages[name], self._lesson.question(name)
            return self._oracle.foreseen(spec, right, stage.start, stage.stop)
        return ELSE

    def _said(self, name: str, key: str) -> tuple[str, ...]:
        options = self._stages[name].item.options
        for wanted in (key, ELSE):
            for option in options:
                if option.key == wanted:
                    return option.feedback
        return ()

    def _misconception(self, name: str, key: str) -> str:
        for choice in self._lesson.question(name).choices:
            if choice.key == key:
                return choice.misconception
        return ""


def hints_of(item: Item | None) -> list[str]:
    """The paragraphs of a `hints` container: its rungs."""
    rungs: list[list[str]] = [[]]
    for line in item.lines if item else ():
        if line:
            rungs[-1].append(line)
        elif rungs[-1]:
            rungs.append([])
    return ["\n".join(rung) for rung in rungs if rung]
