"""A lesson ready to be taken: its files read, a student's numbers drawn and filled in."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from l4numa_tui.course.blocks import Question
from l4numa_tui.course.draw import draw
from l4numa_tui.course.folder import LANGUAGE, Course, load_course, read_file
from l4numa_tui.course.lesson_model import LessonSpec, Param, QuestionSpec
from l4numa_tui.course.lesson_text import Item, LessonText, parse_lesson_text
from l4numa_tui.errors import UserError
from l4numa_tui.toml_lines import decode_toml

_PLACE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
_FOLDER = re.compile(r"([0-9]{2})-[a-z0-9-]+$")


class Lesson(NamedTuple):
    """One lesson of a course with one student's numbers.

    `number` is its place in the course as its folder names it; `objectives` are (id, text);
    `values` the numbers drawn; `digest` a fingerprint of the files that decide on answers and
    points, the same for all students and languages. `scenario` is the scenario file's text.
    """

    course: Course
    folder: Path
    number: int
    spec: LessonSpec
    text: LessonText
    scenario: str
    values: dict[str, int]
    digest: str

    @property
    def id(self) -> str:
        """The lesson's stable name; never an index."""
        return self.spec.id

    @property
    def title(self) -> str:
        """The title, in the language of the text."""
        return self.text.title

    @property
    def minutes(self) -> int:
        """How long it takes, roughly."""
        return self.spec.minutes

    @property
    def objectives(self) -> tuple[tuple[str, str], ...]:
        """(id, text) of what the student can do afterwards."""
        item = self.text.of("objectives")
        said = dict(_keyed(line) for line in item.lines if line) if item else {}
        return tuple((each, said.get(each, each)) for each in self.spec.objectives)

    def question(self, name: str) -> QuestionSpec:
        """The specification of a question; KeyError if there is none."""
        for spec in self.spec.question:
            if spec.id == name:
                return spec
        raise KeyError(name)

    def ask(self, item: Item) -> Question:
        """The question that a `predict` or `observe` container puts to the student."""
        spec = self.question(item.argument)
        shown = tuple((option.key, option.text) for option in item.options if option.text)
        return Question(spec.id, spec.kind, item.lines, shown, spec.points, item.name == "observe")


def load_lesson(
    folder: Path,
    course: Course,
    student: str = "",
    attempt: int = 0,
    *,
    language: str = LANGUAGE,
    key: str | None = None,
    values: dict[str, int] | None = None,
) -> Lesson:
    """Read a lesson's folder and fill in a student's numbers, or `values` where they are given.

    A student without a name gets the first number of each list. `key` takes the place of the
    course's own. Raises UserError with file and line.
    """
    found = _FOLDER.match(folder.name)
    if not found:
        raise UserError(f"{folder.name!r} is no lesson's folder", "a name such as 08-lazy-global")
    raw = read_file(folder / "lesson.toml")
    scenario = read_file(folder / "scenario.toml")
    digest = hashlib.sha256(f"{len(raw)}\n{raw}{scenario}".encode()).hexdigest()[:16]
    params = _params(raw, str(folder / "lesson.toml"))
    if values is None:
        frame = (course.spec.id, folder.name, student, attempt)
        values = draw_values(params, course.spec.key if key is None else key, frame)
    texts = {name: param.text(values[name]) for name, param in params.items()}
    spec_file, text_file = folder / "lesson.toml", folder / f"lesson.{language}.md"
    text = fill(read_file(text_file), texts, str(text_file))
    return Lesson(
        course,
        folder,
        int(found[1]),
        decode_toml(fill(raw, texts, str(spec_file)), LessonSpec, str(spec_file)),
        parse_lesson_text(text, str(text_file)),
        fill(scenario, texts, str(folder / "scenario.toml")),
        values,
        digest,
    )


def draw_values(
    params: dict[str, Param], key: str, frame: tuple[str, str, str, int]
) -> dict[str, int]:
    """A student's numbers; `frame` is (course, lesson's folder, student, attempt)."""
    out = {}
    for name, param in params.items():
        size = len(param.one_of)
        first = not frame[2] and not frame[3]
        out[name] = param.one_of[0 if first else draw(key, (*frame, name), size)]
    return out


def find_lesson(
    name: str, student: str = "", attempt: int = 0, *, folder: Path | None = None
) -> Lesson:
    """A lesson of the course by its id, folder or number (`pagefault`, `01-pagefault`, `1`)."""
    course = load_course(folder)
    for each in course.spec.lessons:
        number = each.partition("-")[0]
        if name in (each, each.partition("-")[2], number, str(int(number))):
            return load_lesson(course.folder / each, course, student, attempt)
    for each in course.spec.lessons:
        lesson = load_lesson(course.folder / each, course, student, attempt)
        if lesson.id == name:
            return lesson
    raise UserError(f"there is no lesson {name!r}", f"one of {', '.join(course.spec.lessons)}")


def fill(text: str, texts: dict[str, str], source: str) -> str:
    """Put the numbers into their places `{{name}}`; UserError with its line for an unknown one."""

    def number(found: re.Match[str]) -> str:
        if found[1] not in texts:
            line = text.count("\n", 0, found.start()) + 1
            known = ", ".join(texts) or "none"
            raise UserError(
                f"`{{{{{found[1]}}}}}` is no parameter", known, source=source, line=line
            )
        return texts[found[1]]

    return _PLACE.sub(number, text)


def _params(raw: str, source: str) -> dict[str, Param]:
    """The parameters, read before they are filled in: a place is written 1 meanwhile."""
    return decode_toml(_PLACE.sub("1", raw), LessonSpec, source).params


def _keyed(line: str) -> tuple[str, str]:
    key, _, text = line.removeprefix("- ").partition(": ")
    return key, text
