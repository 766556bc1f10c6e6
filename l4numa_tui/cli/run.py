"""`l4numa run` and `l4numa replay`: counts without a screen, recorded and verified."""

from __future__ import annotations

import argparse
import gc

from l4numa_tui.cli.sources import DEFAULT_MACHINE, trace_of, wants_trace
from l4numa_tui.errors import UserError
from l4numa_tui.scenario.summary import RunSummary, run_scenario, summary, summary_of

MISMATCH = 1


def run(options: argparse.Namespace) -> int:
    """Run a scenario or a trace to its end and print the summary."""
    # The simulator makes no cycles of objects; the collector would only look for some.
    gc.disable()
    if options.design != "per-node":
        from l4numa_tui.cli.compare import run_under

        counts = run_under(options.design, options)
    elif wants_trace(options):
        counts = _run_trace(options)
    elif options.scenario:
        counts = _run_scenario(options)
    else:
        raise UserError("nothing to run", "a scenario's name or file, or --trace FILE")
    if options.json:
        import json

        print(json.dumps(counts.to_json(), indent=1))
    else:
        print("\n".join(counts.lines()))
    return 0


def _run_scenario(options: argparse.Namespace) -> RunSummary:
    from l4numa_tui.journal import NoHistoryError
    from l4numa_tui.scenario.build import build_session
    from l4numa_tui.scenario.shipped import open_scenario

    scenario = open_scenario(options.scenario)
    try:
        session = build_session(scenario, history=bool(options.record))
        run_scenario(session)
    except NoHistoryError:  # a system call was refused, or the order hangs on the log's length
        session = build_session(scenario)
        run_scenario(session)
    counts = summary(session)
    if options.record:
        from l4numa_tui.scenario.recording import save_recording

        save_recording(options.record, session, scenario)
    return counts


def _run_trace(options: argparse.Namespace) -> RunSummary:
    from l4numa_tui.replay.trace_run import run_trace

    trace, topology, costs = trace_of(options)
    checkpoints: list[tuple[int, int]] = []
    wanted = (lambda count, digest: checkpoints.append((count, digest))) if options.record else None
    replay = run_trace(trace, topology, costs, options.threads_by, wanted)
    if options.record:
        from l4numa_tui.replay.trace_recording import header_of, lines_of
        from l4numa_tui.scenario.files import write_atomically

        run_on = (options.machine or DEFAULT_MACHINE, topology, costs, options.threads_by)
        header = header_of(options.trace, trace.format, trace.options, run_on)
        write_atomically(options.record, lines_of(header, checkpoints))
    return summary_of(replay.world, steps=replay.accesses)._replace(unit="accesses")


def replay(options: argparse.Namespace) -> int:
    """Repeat a recording; status 1 and the first difference if it does not come out again."""
    gc.disable()
    from l4numa_tui.replay.trace_recording import is_trace_recording, replay_trace
    from l4numa_tui.safe_text import safe_text

    path = options.recording
    if is_trace_recording(path):
        done = replay_trace(path)
        if done.mismatch:
            print(safe_text(f"{path}:{done.checked + 2}: {done.mismatch}"))
            return MISMATCH
        print(safe_text(f"{path}: {done.accesses} accesses, {done.checked} digests as recorded"))
        return 0
    from l4numa_tui.scenario.recording import read_recording, replay_recording

    report = replay_recording(read_recording(path))
    print(report.text())
    return 0 if report.holds else MISMATCH
