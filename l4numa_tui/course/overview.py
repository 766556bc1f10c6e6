"""All lessons with how far a student has come: what a menu shows."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from l4numa_tui.course.folder import load_course
from l4numa_tui.course.lesson import Lesson, find_lesson, load_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.progress import (
    FOLDER,
    Progress,
    file_name,
    open_player,
    read_progress,
)
from l4numa_tui.course.records import restore
from l4numa_tui.errors import UserError
from l4numa_tui.folders import data_folder
from l4numa_tui.scenario.files import read_text

_MAX_BYTES = 8 * 1024 * 1024
_MAX_ATTEMPTS = 1_000


class LessonStatus(NamedTuple):
    """One lesson of the course: `begun` and `finished` tell of the newest attempt."""

    lesson: Lesson
    attempt: int
    begun: bool
    finished: bool
    points: int
    most: int


def overview(
    student: str = "", *, lessons: Path | None = None, folder: Path | None = None
) -> list[LessonStatus]:
    """The status of every lesson, in the course's order; progress is looked for in `folder`.

    A progress file that cannot be read counts as not begun: opening the lesson will say why.
    """
    course = load_course(lessons)
    home = folder or data_folder()
    out = []
    for name in course.spec.lessons:
        lesson = load_lesson(course.folder / name, course, student)
        attempt = newest_attempt(lesson.id, student, folder=home)
        if attempt:
            lesson = load_lesson(course.folder / name, course, student, attempt)
        player = LessonPlayer(lesson, student=student, attempt=attempt)
        path = home / FOLDER / file_name(lesson.id, student, attempt)
        begun = path.is_file() and _restore(player, path)
        points, most = player.score()
        out.append(LessonStatus(lesson, attempt, begun, player.finished, points, most))
    return out


def open_lesson(
    name: str,
    student: str = "",
    *,
    again: bool = False,
    lessons: Path | None = None,
    folder: Path | None = None,
) -> tuple[LessonPlayer, Progress, str]:
    """Open a lesson where its student left the newest attempt; see `progress.open_player`.

    With `again` a new attempt begins, with other numbers: so a point lost to an answer given away
    can be earned after all. The attempts before stay as they are.
    """
    lesson = find_lesson(name, student, folder=lessons)
    attempt = newest_attempt(lesson.id, student, folder=folder)
    home = (folder or data_folder()) / FOLDER
    if again and (home / file_name(lesson.id, student, attempt)).exists():
        attempt += 1
    if attempt:
        lesson = find_lesson(name, student, attempt, folder=lessons)
    return open_player(lesson, student, attempt, folder=folder)


def newest_attempt(lesson: str, student: str = "", *, folder: Path | None = None) -> int:
    """The number of the student's newest attempt at a lesson; 0 for the first, or none yet."""
    home = (folder or data_folder()) / FOLDER
    for attempt in range(_MAX_ATTEMPTS):
        if not (home / file_name(lesson, student, attempt + 1)).exists():
            return attempt
    return _MAX_ATTEMPTS


def _restore(player: LessonPlayer, path: Path) -> bool:
    try:
        text = read_text(str(path), _MAX_BYTES, "a progress file")
        lines = text[: text.rfind("\n") + 1].encode().splitlines()
        _, records = read_progress(lines, str(path)) if lines else (None, [])
    except UserError:
        return False
    return restore(player, records) > 0
