"""The grader: repeats what a submission says was done, on its own copy of the lesson.

Nothing in the file is believed: not the score (there is none), not the digests (they are computed
anew), not the lesson. Points come from the repeated session alone.
"""

from __future__ import annotations

from pathlib import Path

from l4numa_tui.course.answers import answer_text
from l4numa_tui.course.blocks import DONT_KNOW
from l4numa_tui.course.draw import SCHEME
from l4numa_tui.course.folder import load_course
from l4numa_tui.course.lesson import Lesson, load_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.records import StudentRecord, apply
from l4numa_tui.errors import UserError
from l4numa_tui.grading.result import CheckResult, GradeResult
from l4numa_tui.grading.submission import Submission, read_submission

MAX_WORK = 50_000
"""Steps that a submission may make in all; a lesson takes some hundreds. Time never scores."""

_RESTART_WORK = 200  # a challenge begun anew, or another future of it, takes its steps again


def grade_file(path: str, *, folder: Path | None = None, key: str | None = None) -> GradeResult:
    """Grade one submission; `folder` holds the lessons, `key` draws the students' numbers.

    Raises UserError, one line with the file's name and line, for a submission that cannot be
    graded: not of the form, made for another lesson or version of it, or not what the lesson does
    when it is repeated. The first event that differs is named by its number.
    """
    return result_of(repeat_file(path, folder=folder, key=key))


def repeat_file(path: str, *, folder: Path | None = None, key: str | None = None) -> LessonPlayer:
    """Repeat one submission to its end; parameters and errors are those of `grade_file`."""
    submission = read_submission(path)
    lesson = _own_lesson(submission, folder, key)
    header = submission.header
    player = LessonPlayer(lesson, student=header.student, attempt=header.attempt)
    _repeat(player, submission)
    return player


def result_of(player: LessonPlayer) -> GradeResult:
    """The result of a session as it stands: all questions and checks with their points."""
    lesson = player.lesson
    task = lesson.text.of("challenge")
    texts = {option.key: option.text for option in task.options} if task else {}
    rows = []
    for each in player.earned():
        text = texts.get(each.id, each.id)
        given = right = ""
        if each.kind == "question":
            text = player.judge.questions[each.id].prompt[0]
            given, right = _answers(player, each.id)
        status = "pass" if each.points == each.most else "fail"
        if each.kind == "check" and player.challenge is None:
            status = "skipped"  # the lesson was left before its challenge
        rows.append(
            CheckResult(each.id, each.kind, text, each.points, each.most, status, given, right)
        )
    return GradeResult(
        lesson.id, lesson.spec.version, lesson.title, player.student, player.attempt, tuple(rows)
    )


def _answers(player: LessonPlayer, name: str) -> tuple[str, str]:
    """What was answered to a question, and what is right, in words."""
    question, given = player.judge.questions[name], player.given.get(name)
    right = answer_text(question, player.judge.right[name])
    if given is None:
        return "", right
    if given.revealed:
        return "had it given away", right
    if given.value == DONT_KNOW:
        return "I do not know", right
    return answer_text(question, given.value), right


def _own_lesson(submission: Submission, folder: Path | None, key: str | None) -> Lesson:
    """The grader's copy of the lesson, with the student's numbers drawn anew."""
    header, path = submission.header, submission.path
    course = load_course(folder)
    if header.course != course.spec.id:
        what = f"a submission to the course {header.course!r}"
        raise UserError(what, course.spec.id, source=path, line=1)
    if header.seeds != SCHEME:
        what = f"numbers drawn by {header.seeds!r}"
        raise UserError(what, SCHEME, source=path, line=1)
    for each in course.spec.lessons:
        lesson = load_lesson(course.folder / each, course, header.student, header.attempt, key=key)
        if lesson.id == header.lesson:
            break
    else:
        raise UserError(f"there is no lesson {header.lesson!r}", source=path, line=1)
    if (header.version, header.content) != (lesson.spec.version, lesson.digest):
        raise UserError(
            f"made with version {header.version} ({header.content}) of the lesson {lesson.id}",
            f"version {lesson.spec.version} ({lesson.digest})",
            source=path,
            line=1,
        )
    return lesson


def _repeat(player: LessonPlayer, submission: Submission) -> None:
    work = 0
    if submission.broken == 0:
        raise _at(submission, 0, "the header was changed")
    for number, record in enumerate(submission.records, 1):
        if submission.broken == number:
            # What follows was changed; say so rather than how it differs.
            raise _at(submission, number, "this line was changed, or one before it is missing")
        here = player.session.cursor
        work += _RESTART_WORK if record.do in ("restart", "switch") else abs(record.at - here) + 1
        if work > MAX_WORK:
            raise _at(submission, number, "too many steps", f"at most {MAX_WORK} in all")
        _repeat_one(player, record, submission, number)
    footer, count = submission.footer, len(submission.records)
    digest = f"{player.session.digest():016x}"
    if submission.broken >= 0 or (footer.records, footer.digest) != (count, digest):
        raise UserError(
            f"the footer ends with {footer.records} events and state {footer.digest}",
            f"{count} events and state {digest}",
            source=submission.path,
            line=count + 2,
        )


def _repeat_one(
    player: LessonPlayer, record: StudentRecord, submission: Submission, number: int
) -> None:
    if record.n != number:
        raise _at(submission, number, f"it bears the number {record.n}", str(number))
    try:
        apply(player, record)
    except UserError as error:
        raise _at(submission, number, error.what, error.expected) from None
    if record.at != player.session.cursor:
        what = f"it ends at step {record.at}"
        raise _at(submission, number, what, f"step {player.session.cursor}")
    digest = f"{player.session.digest():016x}"
    if record.digest != digest:
        what = f"the state after it is written as {record.digest or 'nothing'}"
        raise _at(submission, number, what, digest)


def _at(submission: Submission, number: int, what: str, expected: str = "") -> UserError:
    """An error that names the event, counted from 1, and its line."""
    if number:
        what = f"event {number}: {what}"
    return UserError(what, expected, source=submission.path, line=number + 1)
