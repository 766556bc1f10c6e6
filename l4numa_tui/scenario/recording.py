"""Recordings: a scenario's text, the actions done in it, and the world's digest after each.

A recording is repeated, never believed: `replay_recording` builds the scenario anew, does every
action again where it is possible, and compares what comes out with what the file says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from l4numa_tui import __version__
from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.files import write_atomically
from l4numa_tui.scenario.load import Scenario, parse_scenario, scenario_digest
from l4numa_tui.scenario.record_lines import (
    EXPECTED,
    FORMAT,
    MAX_FILE_BYTES,
    Chain,
    FooterLine,
    HeaderLine,
    StepLine,
    parse_line,
    raw_lines,
)
from l4numa_tui.scenario.script import is_bounded, weight
from l4numa_tui.world.operations import DO, Action
from l4numa_tui.world.session import Session

MAX_WORK = 1_000_000
"""How many pages the operations that somebody chose may concern, in all (`script.weight`)."""

_MAX_SOURCE = 200


class Recording(NamedTuple):
    """A recording as a file has it: well formed, and nothing in it believed yet.

    `digests[i]` is the text written beside `actions[i]`. `broken` is the number of the first line
    that does not follow from those before, 0 if there is none.
    """

    path: str
    header: HeaderLine
    actions: list[Action]
    digests: list[str]
    footer: FooterLine
    broken: int


class Mismatch(NamedTuple):
    """Where a recording and the world part: 0 is the header, the footer comes after the last step.

    `line` is the line of the file, and `what` says what is wrong there.
    """

    step: int
    line: int
    what: str


class ReplayReport(NamedTuple):
    """What came of repeating a recording: how many steps held, and the first thing that did not."""

    path: str
    steps: int
    mismatch: Mismatch | None

    @property
    def holds(self) -> bool:
        """Whether everything in the recording came out again."""
        return self.mismatch is None

    def text(self) -> str:
        """The report in one line."""
        wrong = self.mismatch
        if wrong is None:
            return safe_text(f"{self.path}: {self.steps} steps, every one as recorded")
        at = f"step {wrong.step}: " if wrong.step else ""
        return safe_text(f"{self.path}:{wrong.line}: {at}{wrong.what}")


def digest_text(session: Session) -> str:
    """The world's digest as recordings write it: sixteen hexadecimal digits."""
    return f"{session.digest():016x}"


def header_of(session: Session, scenario: Scenario) -> HeaderLine:
    """The first line of a recording of `session`, which must stand at step 0."""
    return HeaderLine(
        FORMAT,
        f"l4numa_tui {__version__}",
        scenario_digest(scenario),
        safe_text(scenario.source, limit=_MAX_SOURCE),
        digest_text(session),
        scenario.text,
    )


def save_recording(path: str, session: Session, scenario: Scenario) -> None:
    """Write all known steps of a session that `build_session(scenario)` began; whole or not at all.

    The session is walked through from the beginning, and stands afterwards where it stood. Raises
    UserError where the file cannot be written, or the run is too long for a recording.
    """
    cursor = session.cursor
    try:
        write_atomically(path, _limited(path, _lines(session, scenario)))
    finally:
        session.seek(cursor)


def _lines(session: Session, scenario: Scenario) -> Iterator[bytes]:
    length, chain = session.length, Chain()
    session.seek(0)
    yield chain.write(header_of(session, scenario))
    for step in range(1, length + 1):
        session.seek(step)
        yield chain.write(StepLine(session.change(step).action, digest_text(session)))
    yield chain.write(FooterLine(length, digest_text(session)))


def _limited(path: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    left = MAX_FILE_BYTES
    for line in lines:
        left -= len(line)
        if left < 0:
            limit = f"at most {MAX_FILE_BYTES} bytes"
            raise UserError("the run is too long for a recording", limit, source=path)
        yield line


def read_recording(path: str) -> Recording:
    """Read a whole recording; raises UserError with the line where it is none, or cut off."""
    header: HeaderLine | None = None
    footer: FooterLine | None = None
    actions: list[Action] = []
    digests: list[str] = []
    broken = number = 0
    chain = Chain()
    for raw in raw_lines(path):
        number = raw.number
        if footer is not None:
            raise UserError("there is more after the footer", "its end", source=path, line=number)
        if not raw.ended and number == 1:
            break
        line = parse_line(raw, path)
        if not chain.follows(line) and not broken:
            broken = number
        if isinstance(line, HeaderLine):
            header = line
        elif isinstance(line, StepLine):
            actions.append(line.action)
            digests.append(line.digest)
        elif isinstance(line, FooterLine):
            footer = line
        else:
            what = "the session went back here, as only an unfinished log says"
            raise UserError(what, EXPECTED, source=path, line=number)
    if header is None or footer is None:
        what = "the recording is cut off" if number else "the file is empty"
        raise UserError(what, EXPECTED, source=path, line=number)
    return Recording(path, header, actions, digests, footer, broken)


def replay_recording(recording: Recording) -> ReplayReport:
    """Do a recording's actions again in a fresh session, and compare the digest after every step.

    The first step that does not hold ends it: one whose line was changed, whose action is not
    possible, or whose digest comes out otherwise. Raises UserError where the scenario in the
    recording cannot be used at all.
    """
    if recording.broken == 1:
        return ReplayReport(recording.path, 0, Mismatch(0, 1, _CHANGED))
    header = recording.header
    scenario = parse_scenario(header.scenario_text, f"{recording.path} (scenario)")
    session = build_session(scenario)
    found = (scenario_digest(scenario), digest_text(session))
    for name, here, there in zip(
        ("scenario", "booted world"), found, (header.scenario, header.digest), strict=True
    ):
        if here != there:
            what = f"the digest of the {name} is {here[:16]}, recorded is {there[:16]}"
            return ReplayReport(recording.path, 0, Mismatch(0, 1, what))
    return _repeat(recording, session)


_CHANGED = "the line was changed after it was written"


def _repeat(recording: Recording, session: Session) -> ReplayReport:
    """The steps one by one, then the footer."""
    work = 0
    for step, action in enumerate(recording.actions, 1):
        what = ""
        if recording.broken == step + 1:
            what = _CHANGED
        elif not is_bounded(action) or not session.world.can_do(action):
            what = f"the action {list(action)} is not possible"
        else:
            work += weight(action[2:]) if action[0] == DO else 0
            what = _step(session, action, recording.digests[step - 1])
        if work > MAX_WORK:
            what = f"the operations concern more than {MAX_WORK} pages"
        if what:
            return ReplayReport(recording.path, step - 1, Mismatch(step, step + 1, what))
    steps, footer = session.length, recording.footer
    what = ""
    if recording.broken:
        what = _CHANGED
    elif (footer.steps, footer.digest) != (steps, digest_text(session)):
        what = f"the footer tells of {footer.steps} steps, digest {footer.digest[:16]}"
    wrong = Mismatch(steps + 1, steps + 2, what) if what else None
    return ReplayReport(recording.path, steps, wrong)


def _step(session: Session, action: Action, digest: str) -> str:
    """Take one step; what is wrong with its digest, empty if nothing is."""
    session.step(action)
    here = digest_text(session)
    return "" if here == digest else f"the digest is {here}, recorded is {digest[:16]}"
