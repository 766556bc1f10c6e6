"""`l4numa`, `l4numa lesson`, `l4numa open`: the screen, or the same as a conversation."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from l4numa_tui.cli.sources import trace_of, wants_trace
from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.world.session import Session

if TYPE_CHECKING:
    from l4numa_tui.course.overview import LessonStatus
    from l4numa_tui.course.player import LessonPlayer
    from l4numa_tui.scenario.about import About
    from l4numa_tui.scenario.building.sandbox import Sandbox

FIRST_LESSON = "1"
TRACE_STEPS = 20_000  # so many references of a trace are stepped through unless --limit says more


def open_world(options: argparse.Namespace) -> int:
    """Explore a scenario, a machine of one's own, or the beginning of a trace."""
    if options.list:
        return _list_scenarios()
    if options.bare and (options.scenario or options.trace):
        raise UserError("--bare starts a world of its own", "no scenario and no trace")
    if options.trace:
        return _open_trace(options)
    sandbox, key = _sandbox(options)
    if options.plain:
        from l4numa_tui.plain.sandbox import explore_sandbox

        return explore_sandbox(sandbox, sys.stdin, sys.stdout, ascii_only=options.ascii)
    from l4numa_tui.tui.entry import run_sandbox

    return run_sandbox(
        sandbox,
        choosing=not (options.scenario or options.machine or options.bare),
        theme=options.theme,
        ascii_only=options.ascii,
        key=key,
        fresh=options.fresh,
    )


def _open_trace(options: argparse.Namespace) -> int:
    session, about = _trace_session(options)
    if options.plain:
        from l4numa_tui.plain.explore import explore

        return explore(session, about, sys.stdin, sys.stdout, ascii_only=options.ascii)
    from l4numa_tui.tui.entry import run_session

    # A trace's steps are the file's and the options': nothing short says that they are the same.
    return run_session(session, about, theme=options.theme, ascii_only=options.ascii)


def _sandbox(options: argparse.Namespace) -> tuple[Sandbox, str]:
    """The scenario that was named, or a new world, and what its content is remembered by."""
    from l4numa_tui.scenario.building.fresh import DEFAULT_NODES, fresh_scenario
    from l4numa_tui.scenario.building.sandbox import Sandbox
    from l4numa_tui.scenario.load import scenario_digest
    from l4numa_tui.scenario.shipped import open_scenario

    if not options.scenario:
        machine = options.machine or DEFAULT_NODES
        return Sandbox(fresh_scenario(machine, bare=options.bare)), ""
    wants_trace(options)
    scenario = open_scenario(options.scenario)
    return Sandbox(scenario), scenario_digest(scenario)


def _list_scenarios() -> int:
    """Name the scenarios that came with the program, by topic, with their titles."""
    from l4numa_tui.scenario.shipped import open_scenario, shipped_topics

    topics = shipped_topics()
    width = max((len(name) for _, names in topics for name in names), default=0)
    for number, (title, names) in enumerate(topics):
        print(f"{chr(10) if number else ''}{title}")
        for name in names:
            print(f"  {name:{width}}  {open_scenario(name).title}")
    return 0


def _trace_session(options: argparse.Namespace) -> tuple[Session, About]:
    from l4numa_tui.machine.machine import Machine
    from l4numa_tui.replay.placement import placement
    from l4numa_tui.replay.trace_world import trace_session
    from l4numa_tui.scenario.about import About

    wants_trace(options)
    if options.limit is None:
        options.limit = TRACE_STEPS
    trace, topology, costs = trace_of(options)
    where = placement(Machine(topology, costs), options.threads_by)
    return trace_session(topology, costs, trace, where), About(f"trace {trace.path}")


def lesson(options: argparse.Namespace) -> int:
    """Take a lesson where its student left it; without a name the last one, or the first."""
    from l4numa_tui.course.overview import open_lesson, overview
    from l4numa_tui.course.progress import FOLDER
    from l4numa_tui.folders import data_folder

    student = getattr(options, "student", "")
    if getattr(options, "list", False):
        for status in overview(student):
            print(_status_line(status))
        return 0
    name = getattr(options, "lesson", None) or _last_lesson(data_folder() / FOLDER)
    player, progress, note = open_lesson(name, student, again=getattr(options, "again", False))
    try:
        if getattr(options, "export", None):
            return _export(player, options.export)
        if note:
            print(note, file=sys.stderr)
        if getattr(options, "plain", False):
            from l4numa_tui.plain.conversation import run_plain

            ascii_only = getattr(options, "ascii", False)
            run_plain(player, sys.stdin, sys.stdout, ascii_only=ascii_only)
            return 0
        from l4numa_tui.tui.entry import run_lesson

        theme, ascii_only = getattr(options, "theme", ""), getattr(options, "ascii", False)
        return run_lesson(player, _saved_already, theme=theme, ascii_only=ascii_only)
    finally:
        progress.close()


def _saved_already() -> None:
    """Every record is on the disk before the player returns from what made it."""


def _export(player: LessonPlayer, path: str) -> int:
    from l4numa_tui.grading.submission import write_submission

    events = write_submission(player, path)
    earned, most = player.score()
    print(safe_text(f"{path}: {events} events, {earned} of {most} points so far"))
    return 0


def _status_line(status: LessonStatus) -> str:
    how = "finished" if status.finished else "begun" if status.begun else "new"
    where = f"{status.lesson.number:2}  {status.lesson.title}"
    return f"{where:44}{how:10}{status.points}/{status.most} points"


def _last_lesson(folder: Path) -> str:
    """The lesson whose progress was saved last; the course's first where there is none."""
    with suppress(OSError):
        files = sorted(folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime)
        if files:
            return files[-1].name.split(".")[0]
    return FIRST_LESSON
