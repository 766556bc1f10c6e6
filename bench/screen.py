"""`python -m bench.screen [--json] [--runs N]`: the screen as its viewer feels it, on Linux.

Each figure stands beside that of a minimal Textual application in the same run: times mean little
on a shared machine, and nothing without such a reference. Frames and bytes repeat exactly; a test
holds them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench.terminal import ENVIRONMENT, Terminal
from l4numa_tui.folders import HOME

QUIET_S = 0.12  # without a byte: the screen has settled
DOWN = "\x1b[B"
MINIMAL = ["bench.minimal_app"]
SCENARIO = """
[machine]
nodes = 4
cpus_per_node = 2
memory_per_node = "16 MiB"
[memory]
pool_frames = {frames}
kernel_frames = {frames}
large_pages = false
[[region]]
name = "data"
at = 0x40_0000
pages = 32
[[step]]
thread = "A.1"
op = "write"
at = 0x40_0000
pages = 32
[[step]]
thread = "A.2"
op = "read"
at = 0x40_0000
pages = 32
"""
# A frame of the pool has an entry of the root pager's and one of every node pager's.
SMALL, LARGE = SCENARIO.format(frames=64), SCENARIO.format(frames=512)


class Figure(NamedTuple):
    """One measured figure: ours, the minimal application's (None: it has none), the most allowed.

    `times` is how many times the minimal application's ours may be at most, 0 for any.
    """

    what: str
    ours: float
    minimal: float | None
    most: float
    times: float = 0.0

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        related = not (self.times and self.minimal) or self.ours <= self.times * self.minimal
        return self.ours <= self.most and related


class Keys(NamedTuple):
    """What presses of a key did: ms until the frame was there, frames and bytes, of each."""

    ms: list[float]
    frames: list[int]
    sizes: list[int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.screen", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5, help="how often it is started")
    parser.add_argument("--size", default="120x40", metavar="COLUMNSxROWS")
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.runs, columns, rows)
    if options.json:
        json.dump([figure._asdict() | {"met": figure.met} for figure in figures], sys.stdout)
        return 0
    print(f"{'':44}{'ours':>9}{'minimal':>9}   goal")
    for figure in figures:
        minimal = "" if figure.minimal is None else f"{figure.minimal:.1f}"
        goal = f"<= {figure.most:g}" + (f", <= {figure.times:g}x" if figure.times else "")
        verdict = "" if figure.met else "   not met"
        print(f"{figure.what:44}{figure.ours:9.1f}{minimal:>9}   {goal}{verdict}")
    return 0


def measure(folder: Path, runs: int, columns: int, rows: int) -> list[Figure]:
    """All figures, ours and the minimal application's in turn."""
    large = folder / "large.toml"
    large.write_text(LARGE, encoding="ascii")

    def start(*module: str) -> Terminal:
        return _started(module, folder, columns, rows)

    figures = [Figure("first paint, ms", *first_paint(runs, columns, rows), 600, 2.5)]
    small = _small(folder)
    with closing(start(*small)) as program, closing(start(*MINIMAL)) as reference:
        both = (program, reference)
        for each in both:
            settled(each)
        figures += _idle(*both)
        figures += _stepping("a step", *(press(each, "n", 60) for each in both))
        figures += _stepping("a step back", *(press(each, "p", 40) for each in both))
        held = [hold(each, "n", 45) for each in both]
        figures.append(Figure("a key held at 30 Hz: ms behind the last", held[0], held[1], 60))
        sizes = (columns - 20, rows - 8)
        resized = [resize(each, *sizes) for each in both]
        figures.append(Figure("another size, ms", resized[0], resized[1], 150))
        figures.append(Figure("memory, MiB", program.memory_mib(), reference.memory_mib(), 60))
        left = [leave(each) for each in both]
        figures.append(Figure("leaving, ms", left[0], left[1], 600))
        lost = [0.0 if each.given_back() and not each.status else 1.0 for each in both]
        figures.append(Figure("terminals not given back", lost[0], lost[1], 0))
    with closing(start("l4numa_tui", "open", str(large))) as program:
        settled(program)
        figures += _large(program)
    return figures


def _started(module: Sequence[str], home: Path, columns: int, rows: int) -> Terminal:
    """A module with its arguments in a terminal; what it remembers is kept in `home`."""
    own = ENVIRONMENT | {HOME: str(home)}
    argv = [sys.executable, "-m", *module]
    return Terminal(argv, columns=columns, rows=rows, environment=own)


def _small(folder: Path) -> list[str]:
    """The module and arguments that open a small scenario, made in a folder."""
    file = folder / "small.toml"
    file.write_text(SMALL, encoding="ascii")
    return ["l4numa_tui", "open", str(file)]


def first_paint(runs: int, columns: int = 120, rows: int = 40) -> tuple[float, float]:
    """From the start to the first text on the screen, in ms: ours, the minimal application's.

    Medians of so many starts in turn.
    """
    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        both = (_small(Path(folder)), MINIMAL)
        for _ in range(runs):
            for module, found in zip(both, times, strict=True):
                with closing(_started(module, Path(folder), columns, rows)) as program:
                    settled(program)
                    found.append((program.first_paint() - program.started) * 1e3)
    return statistics.median(times[0]), statistics.median(times[1])


def _idle(program: Terminal, reference: Terminal, seconds: float = 4.0) -> list[Figure]:
    frames, load = [], []
    for each in (program, reference):
        seen, cpu = len(each.written), each.cpu_s()
        each.settle(seconds, seconds)
        load.append((each.cpu_s() - cpu) / seconds * 100)
        frames.append(float(len(each.frames(seen))))
    return [
        Figure("idle: frames", frames[0], frames[1], 0),
        Figure("idle: CPU, %", load[0], load[1], 1),
    ]


def _stepping(what: str, ours: Keys, minimal: Keys) -> list[Figure]:
    p50, p95 = [_at(keys.ms, 0.5) for keys in (ours, minimal)], _at(ours.ms, 0.95)
    return [
        Figure(f"{what}: ms, p50", p50[0], p50[1], 30),
        Figure(f"{what}: ms, p95", p95, _at(minimal.ms, 0.95), 90),
        Figure(f"{what}: frames, most", max(ours.frames), max(minimal.frames), 1),
        Figure(f"{what}: KB, most", max(ours.sizes) / 1e3, max(minimal.sizes) / 1e3, 30),
    ]


def _large(program: Terminal) -> list[Figure]:
    press(program, "2F", 1)
    down, steps = press(program, DOWN, 40), press(program, "n", 40)
    return [
        Figure("10 000 entries, Down: ms, p50", _at(down.ms, 0.5), None, 10),
        Figure("10 000 entries, Down: ms, p95", _at(down.ms, 0.95), None, 90),
        Figure("10 000 entries, a step: ms, p50", _at(steps.ms, 0.5), None, 30),
        Figure("10 000 entries, a step: ms, p95", _at(steps.ms, 0.95), None, 90),
        Figure("10 000 entries: memory, MiB", program.memory_mib(), None, 60),
    ]


def settled(program: Terminal) -> None:
    """Wait until a program that was just started has painted its screen."""
    end = time.monotonic() + 20
    while program.first_paint() == float("inf"):
        assert time.monotonic() < end, "nothing was painted"
        program.read(0.01)
    program.settle(0.4)


def press(program: Terminal, keys: str, times: int, quiet_s: float = QUIET_S) -> Keys:
    """Press keys, so often; each after the screen has settled. A press that shows nothing fails."""
    out = Keys([], [], [])
    for _ in range(times):
        seen = len(program.written)
        pressed = program.press(keys)
        program.settle(quiet_s, first_s=2.0)
        frames = program.frames(seen)
        assert frames, f"{keys!r} changed nothing"
        out.ms.append((frames[0] - pressed) * 1e3)
        out.frames.append(len(frames))
        out.sizes.append(len(program.written) - seen)
    return out


def hold(program: Terminal, key: str, times: int, hertz: float = 30.0) -> float:
    """Hold a key; how many ms after the last press the screen still changed."""
    begin = pressed = time.perf_counter()
    for number in range(times):
        while (left := begin + number / hertz - time.perf_counter()) > 0:
            program.read(left)
        pressed = program.press(key)
    program.settle(0.3)
    return max((program.frames()[-1] - pressed) * 1e3, 0.0)


def resize(program: Terminal, columns: int, rows: int) -> float:
    """Give the terminal another size; ms until the screen has settled."""
    seen = len(program.written)
    at = program.resize(columns, rows)
    program.settle(0.4, first_s=2.0)
    return (program.frames(seen)[-1] - at) * 1e3


def leave(program: Terminal) -> float:
    """Press `q`; ms until the process has ended."""
    at = program.press("q")
    program.ended()
    return (program.time_ended - at) * 1e3


def _at(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main())
