"""`l4numa`: which command was meant, and what becomes of its errors.

Exit status: 0 all is well, 1 partial marks or a recording that does not hold, 2 the input cannot be
used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from l4numa_tui import __version__
from l4numa_tui.errors import UserError

USAGE_ERROR = 2
THEMES = ("dark", "light", "contrast", "contrast-light", "terminal", "mono")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors a user can cause become one line on stderr and status 2."""
    options = parse(arguments)
    try:
        return _run(options)
    except UserError as error:
        print(f"l4numa: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say, to anyone.
        sys.stdout = sys.stderr
        return 0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of a command line, those of the process by default; errors end the process."""
    return _parser().parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    name: str = options.command or "app"
    if name == "machine":
        from l4numa_tui.cli.machine import show_machine as command
    elif name == "run":
        from l4numa_tui.cli.run import run as command
    elif name == "compare":
        from l4numa_tui.cli.compare import compare as command
    elif name == "experiment":
        from l4numa_tui.cli.experiment import experiment as command
    elif name == "replay":
        from l4numa_tui.cli.run import replay as command
    elif name == "grade":
        from l4numa_tui.cli.course import grade as command
    elif name == "lint":
        from l4numa_tui.cli.course import lint as command
    elif name == "export":
        from l4numa_tui.cli.export import export as command
    elif name == "doctor":
        from l4numa_tui.cli.doctor import doctor as command
    elif name == "serve":
        from l4numa_tui.cli.serve import serve as command
    elif name == "open":
        from l4numa_tui.cli.explore import open_world as command
    else:
        from l4numa_tui.cli.explore import lesson as command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="l4numa",
        description="Step through a simulated NUMA machine and an L4 microkernel, both ways.",
        epilog="Without a command: the course, where you left it.",
    )
    parser.add_argument("--version", action="version", version=f"l4numa {__version__}")
    # With `prog` given, argparse need not format a usage text (and import shutil) at every start.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="l4numa")
    _lesson(commands.add_parser("lesson", help="a lesson of the course, by number or name"))
    _open(commands.add_parser("open", help="explore a scenario, a trace, or a machine of your own"))
    _serve(commands.add_parser("serve", help="the screen in a browser, on this computer"))
    _run_options(commands.add_parser("run", help="run a scenario or a trace, print the counts"))
    _compare(commands.add_parser("compare", help="run a scenario or a trace under rival designs"))
    _experiment(commands.add_parser("experiment", help="the paper's claims, measured and judged"))
    _export(
        commands.add_parser("export", help="the mapping database, messages or screen as a file")
    )
    replay = commands.add_parser("replay", help="repeat a recording and check every step")
    replay.add_argument("recording", metavar="FILE")
    grade = commands.add_parser("grade", help="grade finished lessons")
    grade.add_argument("files", metavar="FILE", nargs="+")
    grade.add_argument("--json", action="store_true", help="print results as JSON")
    machine = commands.add_parser("machine", help="show a machine: nodes, memory, distances")
    machine.add_argument(
        "machine", metavar="live|NAME|FILE", nargs="?", default="live",
        help="this computer, a machine known by name, or a file that describes one",
    )  # fmt: skip
    machine.add_argument("--json", action="store_true", help="print it as JSON")
    machine.add_argument("--list", action="store_true", help="the machines known by name")
    machine.add_argument("--ascii", action="store_true", help="no glyphs beyond ASCII")
    commands.add_parser("lint", help="check the lessons themselves")
    doctor = commands.add_parser("doctor", help="terminal, paths, versions, and your settings")
    doctor.add_argument("--json", action="store_true", help="print it as JSON")
    doctor.add_argument("--keys", action="store_true", help="every action with its keys")
    return parser


def _lesson(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lesson", metavar="ID", nargs="?", help="such as 1, 08 or lazy-global")
    _screen_options(parser)
    parser.add_argument("--again", action="store_true", help="begin anew, with other numbers")
    parser.add_argument("--list", action="store_true", help="all lessons and how far you are")
    parser.add_argument("--student", default="", metavar="NAME", help="whose progress to keep")
    parser.add_argument("--export", metavar="FILE", help="write the finished session for grading")


def _screen_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plain", action="store_true", help="a conversation instead of a screen")
    parser.add_argument(
        "--theme", choices=THEMES, default="", metavar="|".join(THEMES),
        help="dark or light, high contrast, the terminal's own 16 colours, none; default: dark or "
        "light as the terminal says",
    )  # fmt: skip
    parser.add_argument("--ascii", action="store_true", help="no glyphs beyond ASCII")


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", nargs="?", help="a scenario's name or file")
    parser.add_argument("--list", action="store_true", help="the scenarios known by name")
    parser.add_argument("--fresh", action="store_true", help="at the start, not where you left it")
    parser.add_argument(
        "--bare", action="store_true", help="without a scenario: no pagers, only the kernel"
    )
    _screen_options(parser)
    machine = "without a scenario: a number of nodes, or the machine; or where the trace runs"
    _trace_options(parser, machine, "N|live|NAME|FILE")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, metavar="P", help="0: any free one")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS",
        help="where to listen; on any other than this one, others can drive the program",
    )  # fmt: skip
    parser.add_argument(
        "program", metavar="lesson N|open NAME ...", nargs=argparse.REMAINDER,
        help="what a tab shows; the course if left out",
    )  # fmt: skip


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", nargs="?", help="a scenario's name or file")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--record", metavar="FILE", help="write a recording for `l4numa replay`")
    parser.add_argument(
        "--design", default="per-node", metavar="NAME",
        help="who runs it: per-node (the paper's design, default), or one that `compare` knows",
    )  # fmt: skip
    _trace_options(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", nargs="?", help="a scenario's name or file")
    parser.add_argument(
        "--designs", default="all", metavar="all|A,B",
        help="per-node, spanning, disco, tornado-k42, mitosis, mitosis-lazy",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as JSON")
    form.add_argument("--csv", action="store_true", help="print it as CSV")
    parser.add_argument("--ascii", action="store_true", help="no glyphs beyond ASCII")
    _trace_options(parser)


def _experiment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("experiment", metavar="ID|all", nargs="?", help="such as E2, or all")
    parser.add_argument("--list", action="store_true", help="all experiments")
    parser.add_argument("--nodes", metavar="1,2,4", help="numbers of nodes, 1 to 64")
    parser.add_argument(
        "--machine", metavar="live|NAME|FILE",
        help="whose first nodes are used, instead of nodes that are all alike",
    )  # fmt: skip
    parser.add_argument("--costs", default="opteron-2009", metavar="PROFILE", help="cost profile")
    parser.add_argument("--pages", type=int, metavar="N", help="how many pages are worked on")
    parser.add_argument("--trace", metavar="FILE", help="a recorded program, for E2")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as JSON")
    form.add_argument("--csv", action="store_true", help="print it as CSV")
    parser.add_argument("--svg", metavar="FILE", help="write the chart as SVG")
    parser.add_argument("-o", "--output", metavar="REPORT.md", help="with all: a report")
    parser.add_argument("--ascii", action="store_true", help="no glyphs beyond ASCII")


def _export(parser: argparse.ArgumentParser) -> None:
    from l4numa_tui.export.formats import FORMATS, taking

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    rows = (f"  {each.name:{_NAME}}{each.what}" for each in FORMATS)
    parser.epilog = "\n".join(("formats:", *rows))
    parser.add_argument(
        "scenario", metavar="FILE",
        help="a scenario's name or file, a recording, or a lesson's export",
    )  # fmt: skip
    names = [each.name for each in FORMATS]
    parser.add_argument(
        "--format", choices=names, required=True, metavar="FORMAT", help="one of those below"
    )
    parser.add_argument("--step", type=int, metavar="N", help="at step N instead of at the end")
    parser.add_argument(
        "--frame", metavar="NODE:INDEX", help=f"only what maps this frame ({taking('frame')})"
    )
    parser.add_argument(
        "--all", dest="unfold", action="store_true", help=f"fold no run of frames ({taking('all')})"
    )
    parser.add_argument(
        "--from", dest="first", type=int, metavar="N",
        help=f"of several steps: begin with step N ({taking('first')})",
    )  # fmt: skip
    parser.add_argument("--to", type=int, metavar="M", help="of several steps: end with step M")
    parser.add_argument("--theme", choices=("dark", "light", "mono"), help="colours of a picture")
    parser.add_argument("--size", type=_size, metavar="120x40", help="columns and rows of a screen")
    parser.add_argument(
        "--pace", type=_milliseconds, metavar="MS",
        help=f"how long a step is shown, in milliseconds ({taking('pace')})",
    )  # fmt: skip
    parser.add_argument(
        "--ascii", action="store_true", help="no glyphs beyond ASCII, where glyphs are drawn"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="into a file instead of printing")


_NAME = 12  # columns for a format's name
_SIZES = (20, 1000), (5, 500)  # columns and rows that a screen may have
_MAX_PACE_MS = 3_600_000


def _size(text: str) -> tuple[int, int]:
    """Columns and rows from `120x40`."""
    sides = [int(part) for part in text.split("x") if part.isascii() and part.isdigit()]
    if len(sides) != 2 or not all(
        low <= side <= high for side, (low, high) in zip(sides, _SIZES, strict=True)
    ):
        most = "x".join(str(high) for _, high in _SIZES)
        raise argparse.ArgumentTypeError(f"expected a size such as 120x40, at most {most}")
    return sides[0], sides[1]


def _milliseconds(text: str) -> int:
    """A time in milliseconds that one can wait for."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_PACE_MS):
        raise argparse.ArgumentTypeError(f"expected milliseconds, 1 to {_MAX_PACE_MS}")
    return int(text)


def _trace_options(
    parser: argparse.ArgumentParser,
    machine: str = "where the trace runs",
    which: str = "live|NAME|FILE",
) -> None:
    group = parser.add_argument_group("traces")
    group.add_argument("--trace", metavar="FILE", help="memory accesses of a real program")
    group.add_argument("--machine", metavar=which, help=machine)
    group.add_argument(
        "--format", choices=("auto", "runs", "lackey", "course", "perf"), default="auto"
    )
    group.add_argument("--limit", type=int, metavar="N", help="at most so many references")
    group.add_argument("--only", choices=("all", "data", "instructions"), default="all")
    group.add_argument("--fold-bits", type=int, metavar="B", help="keep B low address bits")
    group.add_argument("--lenient", action="store_true", help="skip malformed lines")
    group.add_argument(
        "--threads-by", default="round-robin", metavar="cpu|FILE",
        help="node of each thread: round-robin (default), by its CPU, or as a file says",
    )  # fmt: skip
    group.add_argument("--costs", default="opteron-2009", metavar="PROFILE", help="cost profile")
