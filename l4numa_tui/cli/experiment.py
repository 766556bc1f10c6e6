"""`l4numa experiment`: the paper's claims, measured and judged."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
from typing import TYPE_CHECKING

from l4numa_tui.errors import UserError

if TYPE_CHECKING:
    from l4numa_tui.experiments.model import Result, Settings

_ALL = "all"
_COLOURS = (34, 31, 32, 35, 33, 36)


def experiment(options: argparse.Namespace) -> int:
    """Run one experiment or all, and print or write what came out."""
    from l4numa_tui.experiments.model import run_experiment
    from l4numa_tui.experiments.registry import EXPERIMENTS, experiment_of

    if options.list:
        for each in EXPERIMENTS:
            print(f"{each.id}  {each.title}")
        return 0
    if not options.experiment:
        raise UserError("no experiment was named", "E1, E2, … or all; `--list` has them")
    settings = _settings(options)
    gc.disable()
    if options.experiment.lower() == _ALL:
        _check_all(options)
        results = [run_experiment(each, settings) for each in EXPERIMENTS]
        if options.output:
            from l4numa_tui.experiments.report import write_report

            for path in write_report(results, options.output):
                print(path)
        else:
            for result in results:
                _print(result, options)
        return 0
    if options.output:
        raise UserError("-o is for a report of all experiments", "`all -o FILE`, or --svg FILE")
    _give(run_experiment(experiment_of(options.experiment), settings), options)
    return 0


def _check_all(options: argparse.Namespace) -> None:
    for name in ("json", "csv", "svg", "trace", "pages"):
        if getattr(options, name):
            raise UserError(f"--{name} is for one experiment", "`all` with -o, --nodes, --machine")


def _settings(options: argparse.Namespace) -> Settings:
    from l4numa_tui.experiments.machines import parse_nodes
    from l4numa_tui.experiments.model import MAX_PAGES, Settings
    from l4numa_tui.machine.costs import cost_profile
    from l4numa_tui.topology.load import load_topology

    pages = options.pages
    if pages is not None and not 1 <= pages <= MAX_PAGES:
        raise UserError(f"--pages: {pages} pages", f"1 to {MAX_PAGES}")
    return Settings(
        nodes=() if options.nodes is None else parse_nodes(options.nodes),
        topology=load_topology(options.machine) if options.machine else None,
        costs=cost_profile(options.costs),
        trace=options.trace or "",
        pages=pages or 0,
    )


def _give(result: Result, options: argparse.Namespace) -> None:
    from l4numa_tui.experiments.text import to_csv, to_json

    if options.svg:
        from l4numa_tui.experiments.svg import svg_of
        from l4numa_tui.scenario.files import write_atomically

        write_atomically(options.svg, [svg_of(result).encode()])
    if options.json:
        print(to_json(result))
    elif options.csv:
        print(to_csv(result), end="")
    elif not options.svg:
        _print(result, options)


def _print(result: Result, options: argparse.Namespace) -> None:
    from l4numa_tui.experiments.chart import chart_lines
    from l4numa_tui.experiments.text import heading, table_lines, verdict_lines

    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = min(shutil.get_terminal_size().columns, 100)
    chart = chart_lines(result, width=width, ascii_only=options.ascii)
    painted = [
        "".join(_paint(text, index, coloured=coloured) for text, index in line) for line in chart
    ]
    lines = [*heading(result), "", *table_lines(result), "", *painted, ""]
    print("\n".join(line.rstrip() for line in [*lines, *verdict_lines(result), ""]))


def _paint(text: str, series: int, *, coloured: bool) -> str:
    if series < 0 or not coloured:
        return text
    return f"\x1b[{_COLOURS[series % len(_COLOURS)]}m{text}\x1b[0m"
