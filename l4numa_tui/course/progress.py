"""A student's progress: one append-only file per lesson and attempt, a line for each record.

A line is written whole and at once, so that a program that is killed loses nothing acknowledged; a
torn last line (a full disk, a power cut) is cut when the file is opened.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

from l4numa_tui.course.lesson import Lesson
from l4numa_tui.course.player import LessonPlayer, Record
from l4numa_tui.course.records import StudentRecord, merged, restore
from l4numa_tui.errors import UserError
from l4numa_tui.folders import HOME, data_folder
from l4numa_tui.scenario.files import write_atomically

FOLDER = "progress"
FORMAT = "l4numa.progress/1"
MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 200_000
_TIDY_ABOVE = 2_000  # records; a longer file is written anew, with moves merged, when it is opened
_LASTING = frozenset({"answer", "reveal", "hint", "act", "switch", "restart"})


class ProgressHeader(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The first line of a progress file: whose it is, and what lesson it was then."""

    format: str
    lesson: str
    version: int
    digest: str
    student: str = ""
    attempt: int = 0


class Progress:
    """The open file of one lesson and attempt; `save` is what a player's `on_record` calls.

    Raises UserError where the file cannot be read or written, or another program has it open.
    """

    def __init__(self, lesson: Lesson, student: str = "", attempt: int = 0, *, folder: Path | None):
        self.path = (folder or data_folder()) / FOLDER / file_name(lesson.id, student, attempt)
        self._header = ProgressHeader(
            FORMAT, lesson.id, lesson.spec.version, lesson.digest, student, attempt
        )
        self.records: list[StudentRecord] = []
        self._file = -1
        self._size = 0  # up to here the file is whole
        self._backlog: list[bytes] = []  # what could not be written yet, in order
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise self._unsaved(error) from None

    def _open(self) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        _lock(file, self.path)
        self._file = file
        data = self._read()
        self._size = data.rfind(b"\n") + 1
        if self._size < len(data):
            os.ftruncate(file, self._size)
        lines = data[: self._size].splitlines()
        if not lines:
            self._append(msgspec.json.encode(self._header))
            return
        header, self.records = read_progress(lines, str(self.path))
        if (header.student, header.attempt) != (self._header.student, self._header.attempt):
            whose = f"the progress of {header.student!r}, attempt {header.attempt}"
            raise UserError(f"this is {whose}", "a file of its own", source=str(self.path))

    def _read(self) -> bytes:
        size = os.fstat(self._file).st_size
        if size > MAX_BYTES:
            raise UserError("too large", f"at most {MAX_BYTES} bytes", source=str(self.path))
        os.lseek(self._file, 0, os.SEEK_SET)
        out = b""
        while len(out) < size:
            piece = os.read(self._file, size - len(out))
            if not piece:
                break
            out += piece
        return out

    def save(self, record: Record) -> None:
        """Append one record, and whatever could not be saved before.

        UserError if that fails; it is tried again with the next record.
        """
        self._backlog.append(msgspec.json.encode(record))
        try:
            while self._backlog:
                self._append(self._backlog[0])
                del self._backlog[0]
            if record["do"] in _LASTING:
                os.fsync(self._file)
        except OSError as error:
            raise self._unsaved(error) from None

    def _append(self, line: bytes) -> None:
        """Write a whole line, or nothing at all."""
        data = line + b"\n"
        if os.write(self._file, data) != len(data):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += len(data)

    def _unsaved(self, error: OSError) -> UserError:
        expected = f"a folder to write to; {HOME} names another"
        what = f"progress cannot be saved: {error.strerror}"
        return UserError(what, expected, source=str(self.path))

    def rewrite(self, records: list[Record], *, keep_old: bool = False) -> None:
        """Let the file hold just these records; at no moment is there less than one whole file.

        With `keep_old` the former file stays beside it, as `.old`.
        """
        lines = [msgspec.json.encode(self._header), *map(msgspec.json.encode, records)]
        if keep_old:
            write_atomically(str(self.path.with_suffix(".old")), [self._read()])
        write_atomically(str(self.path), [line + b"\n" for line in lines])
        self.close()
        self._open()

    def close(self) -> None:
        """Close the file; nothing is left to be written."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def file_name(lesson: str, student: str = "", attempt: int = 0) -> str:
    """The name of a progress file: lesson, the student, attempt; one for each student.

    The name's plain letters make the file easy to find, a fingerprint keeps it apart from others.
    """
    plain = "".join(each for each in student.lower() if each.isascii() and each.isalnum())[:20]
    who = hashlib.sha256(student.encode()).hexdigest()[:10] if student else ""
    who = f".{plain}-{who}" if plain else f".{who}" if who else ""
    return f"{lesson}{who}{f'.{attempt}' if attempt else ''}.jsonl"


def _lock(file: int, path: Path) -> None:
    """Keep a second program out: two would mix their records. Where there are no locks, trust."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise UserError(
            "this lesson is open in another window", "that one closed first", source=str(path)
        ) from None


def read_progress(lines: list[bytes], source: str) -> tuple[ProgressHeader, list[StudentRecord]]:
    """A progress file's header and records; UserError with its line for anything else."""
    if len(lines) > MAX_LINES:
        raise UserError("too many records", f"at most {MAX_LINES}", source=source)
    header = decode_line(lines[0], ProgressHeader, source, 1)
    if header.format != FORMAT:
        raise UserError(f"format {header.format!r}", FORMAT, source=source, line=1)
    records = [
        decode_line(line, StudentRecord, source, number) for number, line in enumerate(lines[1:], 2)
    ]
    return header, records


def decode_line(line: bytes, kind: type[Any], source: str, number: int) -> Any:
    """One line of JSON as a value of `kind`; UserError with its line number for anything else."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        what = str(error)[:160]
        raise UserError(f"not a record: {what}", source=source, line=number) from None


def open_player(
    lesson: Lesson, student: str = "", attempt: int = 0, *, folder: Path | None = None
) -> tuple[LessonPlayer, Progress, str]:
    """A player at the point where its student left off, its progress file, and a note.

    The note is "" unless something needs saying: that the lesson has changed since. Whatever the
    player records from now on is saved at once.
    """
    progress = Progress(lesson, student, attempt, folder=folder)
    player = LessonPlayer(lesson, student=student, attempt=attempt)
    done = restore(player, progress.records)
    note = ""
    if done < len(progress.records):
        note = (
            f"This lesson has changed since you left it: {done} of {len(progress.records)} of "
            "your actions could be restored."
        )
        progress.rewrite(merged(player.export()), keep_old=True)
    elif done > _TIDY_ABOVE:
        progress.rewrite(merged(player.export()))
    player.on_record = progress.save
    return player, progress, note
