"""`l4numa`, `l4numa lesson`, `l4numa open`: the screen, or the same as a conversation."""

from __future__ import annotations

import argparse
import sys

from l4numa_tui.cli.sources import trace_of, wants_trace
from l4numa_tui.errors import UserError
from l4numa_tui.world.session import Session

TRACE_STEPS = 20_000  # so many references of a trace are stepped through unless --limit says more


def open_world(options: argparse.Namespace) -> int:
    """Explore a scenario or the beginning of a trace."""
    session, title = _session(options)
    if options.plain:
        from l4numa_tui.plain.conversation import explore

        return explore(session, title, sys.stdin, sys.stdout)
    from l4numa_tui.tui.entry import run_session

    return run_session(session, title)


def _session(options: argparse.Namespace) -> tuple[Session, str]:
    if wants_trace(options):
        from l4numa_tui.machine.machine import Machine
        from l4numa_tui.replay.placement import placement
        from l4numa_tui.replay.trace_world import trace_session

        if options.limit is None:
            options.limit = TRACE_STEPS
        trace, topology, costs = trace_of(options)
        where = placement(Machine(topology, costs), options.threads_by)
        return trace_session(topology, costs, trace, where), f"trace {trace.path}"
    if not options.scenario:
        raise UserError("nothing to open", "a scenario file, or --trace FILE")
    from l4numa_tui.scenario.build import build_session
    from l4numa_tui.scenario.load import load_scenario

    scenario = load_scenario(options.scenario)
    return build_session(scenario), scenario.title or scenario.source
