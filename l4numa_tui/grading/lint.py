"""The check of the lessons themselves: whatever a student or grader could stumble over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from l4numa_tui.course.folder import Course, load_course
from l4numa_tui.course.lesson import Lesson, load_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.scripts import Script, play, read_script
from l4numa_tui.errors import UserError
from l4numa_tui.grading import lint_text
from l4numa_tui.grading.same_digest import digests_elsewhere, digests_of

MAX_DRAWS = 12
_FILES = ("lesson.toml", "scenario.toml", "lesson.en.md")
_FOLDERS = ("solutions", "wrong")


class Problem(NamedTuple):
    """One thing that is wrong with the lessons, and where."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def lint_lessons(folder: Path | None = None, *, other_process: bool = True) -> list[Problem]:
    """Check all lessons of a course; an empty list means that nothing is wrong.

    For every draw of the parameters: the lesson loads, every question has one right answer, the
    solutions earn everything, the wrong sessions fail on just what they name, and doing nothing
    earns nothing. Once: texts, files, glossary. With `other_process`, the worlds are built again
    under another PYTHONHASHSEED and have to come out the same.
    """
    problems: list[Problem] = []
    try:
        course = load_course(folder)
    except UserError as error:
        return [Problem("course", str(error))]
    problems += _shared_files(course)
    for name in course.spec.lessons:
        problems += _guarded(name, lambda name=name: _lesson(course, name))  # type: ignore[misc]
    if not problems:
        problems += _required(course)
    if not problems and other_process:
        here, there = digests_of(course.folder), digests_elsewhere(course.folder)
        problems += [
            Problem(
                name, f"the run's digest is {digest}, under another hash seed {there.get(name)}"
            )
            for name, digest in here.items()
            if there.get(name) != digest
        ]
    return problems


def _guarded(where: str, check: Callable[[], Iterator[Problem]]) -> list[Problem]:
    """All problems of a check; an error that ends it is one, too."""
    problems: list[Problem] = []
    try:
        problems.extend(check())
    except UserError as error:
        problems.append(Problem(where, str(error)))
    return problems


def _shared_files(course: Course) -> Iterator[Problem]:
    expected = {"course.toml", "misconceptions.toml", *course.spec.lessons}
    for path in sorted(course.folder.iterdir()):
        if path.name not in expected and not path.match("glossary.*.toml"):
            yield Problem(str(path), "unexpected here")
    for name, term in course.terms.items():
        for other in term.see:
            if other not in course.terms:
                yield Problem("glossary", f"{name!r} refers to {other!r}, which is not there")


def _required(course: Course) -> Iterator[Problem]:
    """Lessons are required by their ids, which come before in the course."""
    before: set[str] = set()
    for name in course.spec.lessons:
        lesson = load_lesson(course.folder / name, course)
        if lesson.id in before:
            yield Problem(name, f"another lesson has the id {lesson.id!r}, too")
        for other in lesson.spec.requires:
            if other not in before:
                yield Problem(name, f"requires {other!r}, which no earlier lesson is")
        before.add(lesson.id)


def _lesson(course: Course, name: str) -> Iterator[Problem]:
    folder = course.folder / name
    yield from _files(folder)
    first = load_lesson(folder, course)
    yield from lint_text.check(first, Problem)
    for values in draws(first):
        lesson = load_lesson(folder, course, values=values)
        drawn = ", ".join(f"{key} {value:#x}" for key, value in values.items())
        where = f"{name} ({drawn})" if drawn else name
        yield from _guarded(where, lambda lesson=lesson, where=where: _sessions(lesson, where))  # type: ignore[misc]


def _files(folder: Path) -> Iterator[Problem]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        known = path.name in _FILES or path.match("lesson.*.md") if len(inside) == 1 else False
        script = len(inside) == 2 and inside[0] in _FOLDERS and path.suffix == ".toml"
        if not (known or script or (len(inside) == 1 and path.name in _FOLDERS)):
            yield Problem(str(path), "unexpected here")
    for each in _FOLDERS:
        if not list((folder / each).glob("*.toml")):
            yield Problem(str(folder / each), "holds no session")


def draws(lesson: Lesson) -> Iterator[dict[str, int]]:
    """Combinations of the parameters' values: all, or MAX_DRAWS of them spread over all.

    Whatever the number, each value of each parameter is among them.
    """
    params = lesson.spec.params
    total = 1
    for param in params.values():
        total *= len(param.one_of)
    picked = set(range(total) if total <= MAX_DRAWS else range(0, total, -(-total // MAX_DRAWS)))
    for name, param in params.items():
        picked |= {_alone(lesson, name, at) for at in range(len(param.one_of))}
    for number in sorted(picked):
        values, rest = {}, number
        for name, param in params.items():
            rest, at = divmod(rest, len(param.one_of))
            values[name] = param.one_of[at]
        yield values


def _alone(lesson: Lesson, which: str, at: int) -> int:
    """The number of the combination of one parameter's value and the first of all others."""
    factor = 1
    for name, param in lesson.spec.params.items():
        if name == which:
            return factor * at
        factor *= len(param.one_of)
    return 0


def _sessions(lesson: Lesson, where: str) -> Iterator[Problem]:
    """Play all sessions with one draw of the numbers."""
    player = LessonPlayer(lesson)
    yield from _points(player, where)
    yield from lint_text.answers(player, where, Problem)
    for others in ("none", "unknown"):
        player = LessonPlayer(lesson)
        play(player, Script(about="", others=others))
        if player.score()[0]:
            yield Problem(where, f"knowing nothing earns {player.score()[0]} points")
    for kind in _FOLDERS:
        for path in sorted((lesson.folder / kind).glob("*.toml")):
            yield from _session(lesson, path, f"{where}: {kind}/{path.name}")


def _session(lesson: Lesson, path: Path, where: str) -> Iterator[Problem]:
    script = read_script(path, lesson)
    player = LessonPlayer(lesson)
    try:
        play(player, script)
    except UserError as error:
        yield Problem(where, str(error))
        return
    lost = {each.id for each in player.earned() if each.points < each.most}
    if path.parent.name == "wrong" and not script.fails:
        yield Problem(where, "names nothing that it fails on")
    for name in sorted(lost ^ set(script.fails)):
        yield Problem(where, f"{name!r} {'is not earned' if name in lost else 'is earned'}")


def _points(player: LessonPlayer, where: str) -> Iterator[Problem]:
    _, most = player.score()
    if most != player.lesson.spec.points:
        yield Problem(where, f"points are {most}, lesson.toml says {player.lesson.spec.points}")
