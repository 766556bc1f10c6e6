"""The lint's part for texts: who says what to which answer, and whether it fits the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from l4numa_tui.course.answers import hints_of
from l4numa_tui.course.folder import read_file
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.lesson_model import QuestionSpec
from l4numa_tui.course.lesson_text import ELSE, Item
from l4numa_tui.course.player import LessonPlayer

COLUMNS = 76
HINTS = 3
P = TypeVar("P")
Report = Callable[[str, str], P]


def check(lesson: Lesson, report: Report[P]) -> Iterator[P]:
    """What can be said of a lesson's texts without running it."""
    where = lesson.folder.name
    for what in (
        *_columns(lesson),
        *_words(lesson),
        *_objectives(lesson),
        *_questions(lesson),
        *_challenge(lesson),
    ):
        yield report(where, what)


def _columns(lesson: Lesson) -> Iterator[str]:
    rows = read_file(lesson.folder / "lesson.en.md").split("\n")
    for number, row in enumerate(rows, 1):
        if len(row) > COLUMNS:
            yield f"lesson.en.md:{number}: {len(row)} columns, at most {COLUMNS}"
        odd = row.replace("**", "").count("*") or row.count("**") % 2 or row.count("`") % 2
        if odd and not row.startswith("```"):
            yield f"lesson.en.md:{number}: a mark that is not paired in its row"


def _words(lesson: Lesson) -> Iterator[str]:
    text = " ".join(
        line
        for item in lesson.text.items
        for line in (*item.lines, *(line for option in item.options for line in option.feedback))
    ).lower()
    for term in lesson.spec.terms:
        if term not in lesson.course.terms:
            yield f"term {term!r} is not in the glossary"
        if term.lower() not in text:
            yield f"term {term!r} is not in the text"
    known = lesson.course.misconceptions
    used = {c.misconception for q in lesson.spec.question for c in q.choices if c.misconception}
    for name in sorted(used ^ set(lesson.spec.misconceptions)):
        listed = "no question leads to it" if name not in used else "lesson.toml does not list it"
        yield f"misconception {name!r}: {listed}"
    for name in sorted(used - set(known)):
        yield f"misconception {name!r} is not in misconceptions.toml"


def _objectives(lesson: Lesson) -> Iterator[str]:
    spec = lesson.spec
    asked = {question.objective for question in spec.question}
    checked = {name for check in spec.check for name in check.objectives}
    for name, text in lesson.objectives:
        if text == name:
            yield f"objective {name!r} has no text"
        if name not in asked:
            yield f"objective {name!r} has no question"
        if spec.challenge and name not in checked:
            yield f"objective {name!r} has no check"
    for name in sorted((asked | checked) - set(spec.objectives)):
        yield f"there is no objective {name!r}"


def _questions(lesson: Lesson) -> Iterator[str]:
    for spec in lesson.spec.question:
        item = lesson.text.of("predict", spec.id) or lesson.text.of("observe", spec.id)
        if item is None:
            yield f"question {spec.id!r} is never asked"
            continue
        yield from _options(spec, item)
        rungs = len(hints_of(lesson.text.of("hints", spec.id)))
        if rungs != HINTS:
            yield f"question {spec.id!r} has {rungs} hints, not {HINTS}"


def _options(spec: QuestionSpec, item: Item) -> Iterator[str]:
    said = {option.key: option for option in item.options}
    keys = {choice.key for choice in spec.choices}
    for key in sorted(set(said) ^ keys - {ELSE}):
        if key != ELSE:
            yield f"question {spec.id!r}: {key!r} is only in one of lesson.toml and the text"
    for option in item.options:
        if not option.feedback:
            yield f"question {spec.id!r}: nothing is said to {option.key!r}"
        shown = bool(option.text)
        if option.key != ELSE and shown == (spec.kind == "number"):
            yield f"question {spec.id!r}: {option.key!r} has {'a' if shown else 'no'} text"
    if spec.kind != "choice" and ELSE not in said:
        yield f"question {spec.id!r}: nothing is said to other answers (`{ELSE})`)"


def _challenge(lesson: Lesson) -> Iterator[str]:
    item, spec = lesson.text.of("challenge"), lesson.spec
    if (item is None) != (spec.challenge is None) or bool(spec.check) != bool(spec.challenge):
        yield "a challenge needs its text, `[challenge]` and checks, or none of them"
        return
    if item is None:
        return
    said = {option.key for option in item.options}
    for name in sorted(said ^ {check.id for check in spec.check}):
        yield f"check {name!r} is only in one of lesson.toml and the text"
    if len(hints_of(lesson.text.of("hints", "challenge"))) != HINTS:
        yield f"the challenge has not {HINTS} hints"


def answers(player: LessonPlayer, where: str, report: Report[P]) -> Iterator[P]:
    """Whether each question's right answer is foreseen, and no wrong one is it."""
    for name, right in player.judge.right.items():
        spec = player.lesson.question(name)
        if spec.kind == "number":
            if not isinstance(right, int):
                yield report(where, f"question {name!r}: the answer {right!r} is no number")
                continue
            same = [choice for choice in spec.choices if choice.equals == right]
            if len(same) != 1:
                yield report(where, f"question {name!r}: {len(same)} choices are the answer")
            if any(choice.misconception for choice in same):
                yield report(where, f"question {name!r}: a misconception is the answer")
        elif spec.kind == "order" and isinstance(right, tuple):
            if sorted(right) != sorted(choice.key for choice in spec.choices):
                yield report(where, f"question {name!r}: only {right} happen")
        elif spec.kind == "choice":
            key = [choice for choice in spec.choices if choice.key == right]
            if any(choice.misconception for choice in key):
                yield report(where, f"question {name!r}: a misconception is the answer")
