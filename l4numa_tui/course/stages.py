"""The way through a lesson: its items in order, each with the step at which it comes up."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.lesson_model import QuestionSpec
from l4numa_tui.course.lesson_text import Item
from l4numa_tui.course.oracle import Oracle
from l4numa_tui.errors import UserError

FEEDBACK = "feedback"
CHALLENGE = "challenge"


class Stage(NamedTuple):
    """One item on the way. `at` is the step at which it comes up; for a `todo`, the one to reach.

    For a question (and the feedback to it), `start` and `stop` are the stretch of the run that
    answers it; `recall` says that feedback to several comes up at once, so that each needs to say
    to which question.
    """

    name: str
    item: Item
    at: int
    question: str = ""
    start: int = 0
    stop: int = 0
    recall: bool = False


def stages_of(lesson: Lesson, oracle: Oracle) -> list[Stage]:
    """All stages of a lesson, the feedback to each prediction after the task that shows it.

    Raises UserError, with the text's line, for an item that names what lesson.toml lacks, or a
    prediction that no later task lets come true.
    """
    out: list[Stage] = []
    waiting: list[Stage] = []
    at = earlier = 0
    for item in lesson.text.items:
        if item.name in ("objectives", "hints"):
            continue
        if item.name == "todo":
            moment = oracle.moment(item.argument)
            if moment < at:
                raise _error(lesson, item, "this moment is over when the task comes up")
            earlier, at = at, moment
            out.append(Stage("todo", item, at))
            ready = [stage for stage in waiting if stage.stop <= at]
            waiting = [stage for stage in waiting if stage.stop > at]
            several = len(ready) > 1
            out += [stage._replace(name=FEEDBACK, at=at, recall=several) for stage in ready]
        elif item.name in ("predict", "observe"):
            stage = _question(lesson, oracle, item, at, earlier)
            out.append(stage)
            if stage.stop > at:
                waiting.append(stage)
            else:
                out.append(stage._replace(name=FEEDBACK))
        else:
            out.append(Stage(item.name, item, at))
    for stage in waiting:
        raise _error(lesson, stage.item, "no later task lets this prediction come true")
    return out


def _question(lesson: Lesson, oracle: Oracle, item: Item, at: int, earlier: int) -> Stage:
    try:
        spec = lesson.question(item.argument)
    except KeyError:
        raise _error(lesson, item, f"lesson.toml has no question {item.argument!r}") from None
    observe = item.name == "observe"
    stop = oracle.moment(spec.until) if spec.until else at
    start = oracle.moment(spec.since) if spec.since else earlier if observe else at
    if stop < start or (observe and stop > at) or (not observe and stop <= at):
        raise _error(lesson, item, f"question {spec.id!r} asks about the wrong stretch of the run")
    return Stage(item.name, item, at, spec.id, start, stop)


def specs_asked(lesson: Lesson, stages: list[Stage]) -> list[QuestionSpec]:
    """The questions in the order in which they are asked."""
    return [
        lesson.question(stage.question)
        for stage in stages
        if stage.question and stage.name != FEEDBACK
    ]


def _error(lesson: Lesson, item: Item, what: str) -> UserError:
    source = str(lesson.folder / "lesson.en.md")
    return UserError(f"`{item.name} {item.argument}`: {what}", source=source, line=item.line)
