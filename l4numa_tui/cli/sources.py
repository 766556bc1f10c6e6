"""What `run` and `open` are to look at: a scenario file, or a trace on a machine."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from l4numa_tui.errors import UserError

if TYPE_CHECKING:
    from l4numa_tui.machine.costs import CostProfile
    from l4numa_tui.machine.topology import Topology
    from l4numa_tui.traces.reader import Trace

DEFAULT_MACHINE = "opteron-8347he-4s"


def wants_trace(options: argparse.Namespace) -> bool:
    """Whether a trace was given; UserError if there is nothing to look at, or both."""
    if options.trace and options.scenario:
        raise UserError("a scenario and a trace cannot be run at once", "one of them")
    if not options.trace and options.machine:
        raise UserError("--machine goes with --trace", "a scenario names its own machine")
    return bool(options.trace)


def trace_of(options: argparse.Namespace) -> tuple[Trace, Topology, CostProfile]:
    """The trace, the machine it is to run on, and the costs."""
    from l4numa_tui.machine.costs import cost_profile
    from l4numa_tui.topology.load import load_topology
    from l4numa_tui.traces.batch import TraceOptions
    from l4numa_tui.traces.reader import open_trace

    trace = open_trace(
        options.trace,
        format=options.format,
        options=TraceOptions(
            limit=options.limit,
            kinds=options.only,
            fold_bits=options.fold_bits,
            lenient=options.lenient,
        ),
    )
    topology = load_topology(options.machine or DEFAULT_MACHINE)
    return trace, topology, cost_profile(options.costs)
