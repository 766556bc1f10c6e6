"""A log of a running session on disk, so that nothing done is lost when the program is killed."""

from __future__ import annotations

import os
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.files import unwritable
from l4numa_tui.scenario.load import Scenario
from l4numa_tui.scenario.record_lines import (
    EXPECTED,
    MAX_FILE_BYTES,
    BackLine,
    Chain,
    HeaderLine,
    RawLine,
    StepLine,
    parse_line,
    raw_lines,
)
from l4numa_tui.scenario.recording import digest_text, header_of, save_recording
from l4numa_tui.scenario.script import is_bounded
from l4numa_tui.world.session import Session


class Recorder:
    """Keeps the log of one session; `update` appends what has been done since it was last called.

    A log that is there already is taken up again: a line that a killed process left half written is
    cut off, and the steps before it are done in `session`, which must be fresh from
    `build_session(scenario)`. `restored` tells how many they were. What is acknowledged (`update`
    has returned) is on the disk.

    Raises UserError where the log cannot be read or written, belongs to another scenario, or was
    changed by somebody else.
    """

    def __init__(self, path: str, session: Session, scenario: Scenario) -> None:
        if session.length:
            raise ValueError("a log is begun before the session's first step")
        self.path = path
        self._session = session
        self._scenario = scenario
        header = header_of(session, scenario)
        log = _read_log(path, header)
        self._chain = log.chain
        self._size = log.size
        self._cuts = 0
        self._written = self.restored = _restore(path, session, log)
        self._file = _open(path)
        try:
            if os.fstat(self._file).st_size != log.size:
                self._cut()
            if not log.size:
                self._append(self._chain.write(header))
        except UserError:
            os.close(self._file)
            raise

    def update(self) -> int:
        """Append the steps that are new, and return how many there were; 0 costs next to nothing.

        Where the session went back and acted anew, the log says so, and the steps left behind no
        longer count.
        """
        session = self._session
        left = session.cuts[self._cuts :]
        kept = min([self._written, *left])
        if kept == self._written == session.length:
            self._cuts = len(session.cuts)
            return 0
        before = self._chain.last
        lines = [self._chain.write(BackLine(kept))] if kept < self._written else []
        cursor = session.cursor
        for step in range(kept + 1, session.length + 1):
            session.seek(step)
            lines.append(
                self._chain.write(StepLine(session.change(step).action, digest_text(session)))
            )
        session.seek(cursor)
        try:
            self._append(b"".join(lines))
        except UserError:
            self._chain.last = before
            raise
        new = session.length - kept
        self._written, self._cuts = session.length, len(session.cuts)
        return new

    def save(self, path: str) -> None:
        """Write what has been done as a finished recording, whole or not at all."""
        save_recording(path, self._session, self._scenario)

    def close(self) -> None:
        """Write what is new, and close the log."""
        if self._file >= 0:
            try:
                self.update()
            finally:
                os.close(self._file)
                self._file = -1

    def _append(self, data: bytes) -> None:
        if self._size + len(data) > MAX_FILE_BYTES:
            limit = f"at most {MAX_FILE_BYTES} bytes"
            raise UserError("the log is full", limit, source=self.path)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            self._cut()  # half a line, as on a full disk: nothing of it counts
            raise unwritable(self.path, error) from None
        self._size += len(data)

    def _cut(self) -> None:
        try:
            os.ftruncate(self._file, self._size)
            os.fsync(self._file)
        except OSError as error:
            raise unwritable(self.path, error) from None


class _Log(NamedTuple):
    """What a log says: its steps that still count, the bytes that are whole, the chain there."""

    steps: list[tuple[int, StepLine]]  # with the number of the line
    size: int
    chain: Chain


def _read_log(path: str, header: HeaderLine) -> _Log:
    """Read a log up to where it is whole; UserError where more than its end is wrong."""
    log = _Log([], 0, Chain())
    if not os.path.lexists(path):
        return log
    chain, size = Chain(), 0
    broken: UserError | None = None
    for raw in raw_lines(path):
        if broken:
            raise broken  # there are lines after it: it was not torn
        if not raw.ended:
            _check_torn(raw, path, header)
            break
        last = chain.last
        broken = _take(raw, path, chain, log.steps, header)
        if broken:
            _check_torn(raw, path, header)
            chain.last = last
        else:
            size += len(raw.data) + 1
    return _Log(log.steps, size, chain)


def _check_torn(raw: RawLine, path: str, header: HeaderLine) -> None:
    """Refuse to cut a first line that is not the beginning of a header: it is no log of ours."""
    if raw.number == 1 and not Chain().write(header).startswith(raw.data):
        raise UserError("the file is no log of this scenario", EXPECTED, source=path, line=1)


def _take(
    raw: RawLine, path: str, chain: Chain, steps: list[tuple[int, StepLine]], header: HeaderLine
) -> UserError | None:
    """Take one line in; the error to raise if it is none, and not merely torn."""
    try:
        line = parse_line(raw, path)
    except UserError as error:
        return error
    if not chain.follows(line):
        what = "the line was changed after it was written"
        return UserError(what, EXPECTED, source=path, line=raw.number)
    if isinstance(line, HeaderLine):
        if (line.scenario, line.digest) != (header.scenario, header.digest):
            what = "the log is that of another scenario, or of another version of the program"
            raise UserError(what, "a log of this scenario", source=path, line=raw.number)
    elif isinstance(line, BackLine):
        del steps[line.back :]
    elif isinstance(line, StepLine):
        steps.append((raw.number, line))
    else:
        what = "the log is finished"
        raise UserError(what, "an unfinished log", source=path, line=raw.number)
    return None


def _restore(path: str, session: Session, log: _Log) -> int:
    """Do the log's steps again in a fresh session."""
    for number, line in log.steps:
        if not is_bounded(line.action) or not session.world.can_do(line.action):
            what = f"the action {list(line.action)} is not possible"
            raise UserError(what, EXPECTED, source=path, line=number)
        session.step(line.action)
        here = digest_text(session)
        if here != line.digest:
            what = f"the digest is {here}, recorded is {line.digest[:16]}"
            raise UserError(what, EXPECTED, source=path, line=number)
    return len(log.steps)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o666)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from None
