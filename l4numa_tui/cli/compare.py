"""`l4numa compare`, and `l4numa run --design`: one workload under several designs."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from typing import TYPE_CHECKING

from l4numa_tui.cli.sources import trace_of, wants_trace
from l4numa_tui.errors import UserError

if TYPE_CHECKING:
    from l4numa_tui.designs.sources import Source
    from l4numa_tui.scenario.summary import RunSummary


def compare(options: argparse.Namespace) -> int:
    """Run a scenario or a trace under several designs, and print what became of it."""
    gc.disable()
    from l4numa_tui.designs.catalogue import designs_named, run_design
    from l4numa_tui.designs.l4 import PER_NODE
    from l4numa_tui.designs.table import Comparison

    names = designs_named(options.designs)
    source = source_of(options)
    results = {name: run_design(name, source) for name in dict.fromkeys((PER_NODE, *names))}
    comparison = Comparison(source, tuple(results[name] for name in names), results[PER_NODE])
    if options.json:
        print(json.dumps(comparison.to_json(), indent=1))
    elif options.csv:
        print("\n".join(comparison.csv_lines()))
    else:
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        ascii_only = options.ascii or not _takes_glyphs()
        print("\n".join(comparison.lines(colours=colours, ascii_only=ascii_only)))
    return 0


def run_under(design: str, options: argparse.Namespace) -> RunSummary:
    """What `l4numa run` prints for another design than the paper's."""
    from l4numa_tui.designs.catalogue import check_design, run_design

    check_design(design)
    if options.record:
        raise UserError(f"a run under {design} cannot be recorded", "--design per-node")
    source = source_of(options)
    return source.summary(run_design(design, source))


def source_of(options: argparse.Namespace) -> Source:
    """The workload that the options name; UserError if they name none, or two."""
    from l4numa_tui.designs.sources import scenario_source, trace_source

    if wants_trace(options):
        trace, topology, costs = trace_of(options)
        return trace_source(trace, topology, costs, options.threads_by)
    if not options.scenario:
        raise UserError("nothing to run", "a scenario's name or file, or --trace FILE")
    from l4numa_tui.scenario.shipped import open_scenario

    return scenario_source(open_scenario(options.scenario))


def _takes_glyphs() -> bool:
    """Whether the output can take the bars' glyph."""
    try:
        "█".encode(sys.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
