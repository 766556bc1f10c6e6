"""`l4numa export`: a run at one step, or its steps, in any of the formats of `export.formats`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.world.session import Session

if TYPE_CHECKING:
    from l4numa_tui.export.formats import Format, Maker, Options
    from l4numa_tui.scenario.about import About

EXPECTED = "a scenario, a recording of one, or a lesson's export"
_PEEK = 512  # bytes in which the format of a JSON file is named


def export(options: argparse.Namespace) -> int:
    """Print what was asked for, or write it to a file: whole or not at all."""
    from l4numa_tui.export.formats import format_named, pieces, write

    of = format_named(options.format)
    _check(of, options)
    if not options.output and of.binary and sys.stdout.isatty():
        raise UserError(f"{of.name} is not for terminals", "a file: -o FILE")
    session, about, runs_on = _session(options.scenario)
    step = options.step if options.to is None else options.to
    _go_to(session, step, runs_on=runs_on)
    wanted, makers = _wanted(session, about, options), _makers(of)
    if options.output:
        write(session, of.name, options.output, wanted, makers)
        print(safe_text(f"{options.output}: step {session.cursor} as {of.name}"))
        return 0
    made = pieces(session, of.name, wanted, makers)
    sys.stdout.flush()
    if of.binary or not sys.stdout.isatty():
        # Documents are UTF-8, whatever the terminal's own encoding is.
        sys.stdout.buffer.writelines(made)
        sys.stdout.buffer.flush()
    else:
        encoding = sys.stdout.encoding
        text = b"".join(made).decode()
        print(text.encode(encoding, "replace").decode(encoding), end="")
    return 0


# Which option of the command line asks for which of the things that a format takes.
_NEEDS = {
    "frame": "frame", "unfold": "all", "theme": "theme", "size": "size", "ascii": "ascii",
    "first": "first", "to": "first", "pace": "pace",
}  # fmt: skip


def _check(of: Format, options: argparse.Namespace) -> None:
    """UserError for an option that the format has no use for, as for a step said twice."""
    from l4numa_tui.export.formats import taking

    for option, thing in _NEEDS.items():
        given = getattr(options, option) not in (None, False)
        if given and thing not in of.takes:
            flag = {"first": "from", "unfold": "all"}.get(option, option)
            raise UserError(f"{of.name} takes no --{flag}", f"it with {taking(thing)}")
    if options.step is not None and options.to is not None:
        raise UserError("--step and --to say the same", "one of them")


def _wanted(session: Session, about: About | None, options: argparse.Namespace) -> Options:
    from l4numa_tui.export.formats import Options
    from l4numa_tui.export.trees import parse_frame

    default = Options()
    width, height = options.size or (default.width, default.height)
    return Options(
        source=options.scenario,
        about=about,
        frame=parse_frame(session.world, options.frame) if options.frame else None,
        first=options.first,
        unfold=options.unfold,
        theme=options.theme or default.theme,
        width=width,
        height=height,
        ascii_only=options.ascii,
        pace_ms=default.pace_ms if options.pace is None else options.pace,
    )


def _makers(of: Format) -> Mapping[str, Maker]:
    """What shows the screen, where the format does: it brings in Textual."""
    if not of.screen:
        return {}
    from l4numa_tui.tui.pictures.screen_makers import SCREEN_MAKERS

    return SCREEN_MAKERS


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


def _session(path: str) -> tuple[Session, About | None, bool]:
    """A session of whatever the file is, what a scenario says of itself, and whether it goes on
    beyond the steps it knows.
    """
    head = _head(path) if os.path.lexists(path) else b""
    if not head.lstrip().startswith(b"{"):
        from l4numa_tui.scenario.build import build_session
        from l4numa_tui.scenario.shipped import open_scenario

        scenario = open_scenario(path)
        about = scenario.about._replace(title=scenario.title or scenario.source)
        return build_session(scenario), about, True
    if b'"l4numa.submission/' in head:
        from l4numa_tui.grading.grade import repeat_file

        return repeat_file(path).session, None, False
    if b'"l4numa.trace-recording/' in head:
        raise UserError("the recording is of a trace", EXPECTED, source=path, line=1)
    return *_recorded(path), False


def _head(path: str) -> bytes:
    from l4numa_tui.scenario.files import unreadable

    try:
        with open(path, "rb") as file:
            return file.read(_PEEK)
    except (OSError, ValueError) as error:
        raise unreadable(path, error, EXPECTED) from None


def _recorded(path: str) -> tuple[Session, About]:
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
    scenario = parse_scenario(recording.header.scenario_text, path)
    session = build_session(scenario)
    for action in recording.actions:
        session.step(action)
    return session, scenario.about._replace(title=scenario.title or path)
