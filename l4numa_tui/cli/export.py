"""`l4numa export`: the mapping database at one step, as text for people who know real kernels."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from itertools import chain

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.world.session import Session

EXPECTED = "a scenario, a recording of one, or a lesson's export"
_PEEK = 512  # bytes in which the format of a JSON file is named


def export(options: argparse.Namespace) -> int:
    """Print the dump, or write it to a file: whole or not at all."""
    from l4numa_tui.export.jdb import jdb_lines
    from l4numa_tui.export.kdb import kdb_lines
    from l4numa_tui.export.trees import heading, parse_frame

    session, runs_on = _session(options.scenario)
    _go_to(session, options.step, runs_on=runs_on)
    frame = parse_frame(session.world, options.frame) if options.frame else None
    dump = kdb_lines if options.format == "kdb" else jdb_lines
    lines = chain((heading(session, options.scenario), ""), dump(session, frame))
    if options.output:
        from l4numa_tui.scenario.files import write_atomically

        write_atomically(options.output, _encoded(lines))
        print(safe_text(f"{options.output}: step {session.cursor} as {options.format}"))
    else:
        for line in lines:
            print(line)
    return 0


def _encoded(lines: Iterable[str]) -> Iterable[bytes]:
    return (f"{line}\n".encode() for line in lines)


def _go_to(session: Session, step: int | None, *, runs_on: bool) -> None:
    """To the wanted step, or to the end; UserError where the run ends before."""
    from l4numa_tui.scenario.summary import DEFAULT_LIMIT, run_scenario

    if step is None:
        if runs_on:
            run_scenario(session)
        return
    if 0 <= step <= (DEFAULT_LIMIT if runs_on else session.length):
        reached = session.seek(step)
    else:
        reached = DEFAULT_LIMIT if runs_on else session.length
    if reached != step:
        raise UserError(f"there is no step {step}", f"0 to {reached}")


def _session(path: str) -> tuple[Session, bool]:
    """A session of whatever the file is, and whether it goes on beyond the steps it knows."""
    head = _head(path) if os.path.lexists(path) else b""
    if not head.lstrip().startswith(b"{"):
        from l4numa_tui.scenario.build import build_session
        from l4numa_tui.scenario.shipped import open_scenario

        return build_session(open_scenario(path)), True
    if b'"l4numa.submission/' in head:
        from l4numa_tui.grading.grade import repeat_file

        return repeat_file(path).session, False
    if b'"l4numa.trace-recording/' in head:
        raise UserError("the recording is of a trace", EXPECTED, source=path, line=1)
    return _recorded(path), False


def _head(path: str) -> bytes:
    from l4numa_tui.scenario.files import unreadable

    try:
        with open(path, "rb") as file:
            return file.read(_PEEK)
    except (OSError, ValueError) as error:
        raise unreadable(path, error, EXPECTED) from None


def _recorded(path: str) -> Session:
    """The session of a recording, once it has been repeated and every digest has come out."""
    from l4numa_tui.scenario.build import build_session
    from l4numa_tui.scenario.load import parse_scenario
    from l4numa_tui.scenario.recording import read_recording, replay_recording

    recording = read_recording(path)
    report = replay_recording(recording)
    if report.mismatch is not None:
        wrong = report.mismatch
        what = f"the recording does not hold: {wrong.what}"
        raise UserError(what, "one that `l4numa replay` accepts", source=path, line=wrong.line)
    session = build_session(parse_scenario(recording.header.scenario_text, path))
    for action in recording.actions:
        session.step(action)
    return session
