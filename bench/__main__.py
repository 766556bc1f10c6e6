"""`python -m bench [--full] [--json]`: every workload as ratios within this one run.

Each row names what was measured, the figure, and the goal it is held against. Absolute times mean
nothing on a shared machine, so none is printed without its reference.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

from bench import forest, replay, screen, startup, time_travel, unmap


class Row(NamedTuple):
    """One measured ratio and the goal it is held against."""

    workload: str
    what: str
    value: float
    goal: str
    met: bool


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large sizes as well")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[Row] = []
    for workload in (w1_storm, w2_replay, w3_unmap, w4_time_travel, w6_w7_screen, start):
        # The collector would run at moments that depend on what ran before.
        gc.collect()
        gc.freeze()
        gc.disable()
        rows += workload(options.full)
        gc.enable()
    if options.json:
        json.dump([row._asdict() for row in rows], sys.stdout, indent=1)
        return 0
    for row in rows:
        verdict = "" if row.met else "  not met"
        print(f"{row.workload:8}{row.what:58}{row.value:10.3f}   {row.goal:10}{verdict}")
    return 0


def w1_storm(full: bool) -> list[Row]:
    """Pagefaults per second beside simpy, and beside engines as one writes them first."""
    rows = []
    per_fault = {}
    for nodes, pages in ((4, 2048), (8, 8192)) if full else ((4, 2048),):
        median = _storm_medians(nodes, pages)
        per_fault[nodes] = median["stride"] / (nodes * pages)
        for reference, name, goal in (
            ("simpy", "stride", 2), ("simpy", "step", 2), ("simpy", "bulk", 6),
            ("naive", "stride", 4), ("naive", "step", 4), ("plain", "stride", 0),
        ):  # fmt: skip
            ratio = median[reference] / median[name]
            what = f"{reference} / {name}, time per pagefault, {nodes}x{pages}"
            rows.append(
                Row("W1", what, ratio, f">= {goal}" if goal else "(no undo)", ratio >= goal)
            )
    if full:
        flat = per_fault[8] / per_fault[4]
        rows.append(Row("W1", "time per fault, 8x8192 / 4x2048", flat, "<= 1.3", flat <= 1.3))
    few, many = (unmap.fault_time(mappings) for mappings in (10_000, 100_000))
    rows.append(
        Row("W1", "collector on, a fault at 10^5 / 10^4 mappings", many / few, "<= 1.3",
            many / few <= 1.3)
    )  # fmt: skip
    return rows


def _storm_medians(nodes: int, pages: int) -> dict[str, float]:
    engines = ("stride", "step", "bulk", "simpy", "naive", "plain")
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(5):
        for name in engines:
            command = [sys.executable, "-m", "bench.storm", name, str(nodes), str(pages)]
            answer = subprocess.run(command, capture_output=True, text=True, check=True)
            times[name].append(float(answer.stdout))
    return {name: statistics.median(values) for name, values in times.items()}


def w3_unmap(full: bool) -> list[Row]:  # noqa: ARG001 - the workload has one size
    """Revoking a derivation tree, and taking pages back from all nodes."""
    few, many, chain = unmap.revoke_ratios()
    large = unmap.global_unmap(64) / unmap.global_unmap(8)
    return [
        Row("W3", "revoke a tree, per mapping, in dict increments", few, "<= 10", few <= 10),
        Row("W3", "the same, a chain of 254", chain, "<= 10", chain <= 10),
        Row("W3", "the same among 10^5 / 10^2 unrelated mappings", many / few, "<= 1.3",
            many / few <= 1.3),
        Row("W3", "global unmap, 64 / 8 nodes", large, "7..11", 7 <= large <= 11),
    ]  # fmt: skip


def w2_replay(full: bool) -> list[Row]:  # noqa: ARG001 - the workload has one size
    """Replay of a trace beside the bare counting loop."""
    accesses = 4_000_000
    rows = []
    for name, batches, tlb in (
        ("Zipf pages, unlimited TLB", replay.zipf_batches(accesses), 0),
        ("48-page phases, 64-entry FIFO TLB", replay.phase_batches(accesses), 64),
    ):
        tuned, bare = [], []
        for _ in range(5):
            gc.collect()
            run = replay.fresh(tlb)
            start_time = time.process_time()
            run.run(batches)
            run.finish()
            tuned.append(time.process_time() - start_time)
            bare.append(replay.bare_loop(batches))
        ratio = statistics.median(tuned) / statistics.median(bare)
        rows.append(Row("W2", f"replay / bare loop, {name}", ratio, "<= 1.6", ratio <= 1.6))
    return rows


def w4_time_travel(full: bool) -> list[Row]:
    """Undo's price forward, a step back, a leap."""
    large = 1_000_000 if full else 100_000
    small, big = time_travel.measure(10_000), time_travel.measure(100_000)
    huge = time_travel.measure(large) if full else big
    backs = huge["back_us"] / small["back_us"]
    size = time_travel.bytes_per_event(100_000)
    return [
        Row("W4", "forward, logged / not logged, 10^5", big["forward_ratio"], "<= 2",
            big["forward_ratio"] <= 2),
        Row("W4", f"a step back at {large:.0e} / at 10^4 events", backs, "<= 3", backs <= 3),
        Row("W4", "a random seek / a re-run, 10^5", big["seek_share"], "<= 0.05",
            big["seek_share"] <= 0.05),
        Row("W4", "bytes of history per event, 10^5", size, "<= 600", size <= 600),
    ]  # fmt: skip


def w6_w7_screen(full: bool) -> list[Row]:
    """The forest of mappings when it is large beside when it is small."""
    keys = 200 if full else 100
    share = 100 * forest.mirror_share(10_000)
    rows = [
        Row("W6", "networkx mirror, update / rebuild at 10^4, percent", share, "<= 1", share <= 1)
    ]
    for zoom in ("chip", "card", "lanes"):
        few = forest.key_times(200, "n", keys, zoom=zoom)
        many = forest.key_times(20_000, "n", keys, zoom=zoom)
        flat = many.median / few.median
        what = f"a step, whole screen, {zoom}, 20 000 / 200 entries"
        rows.append(Row("W7", what, flat, "<= 1.5", flat <= 1.5))
        p95 = many.p95
        rows.append(Row("W7", "the same at 20 000, p95, ms of CPU", p95, "<= 50", p95 <= 50))
    down = forest.key_times(10_000, "down", keys, open_all=True).median
    rows.append(
        Row("W7", "Down in 10 000 entries, unfolded, p50 in ms of CPU", down, "<= 10", down <= 10)
    )
    return rows


def start(full: bool) -> list[Row]:
    """Starting the program beside starting Python, and the screen beside another screen."""
    ratios = startup.measure(15 if full else 7)
    rows = [
        Row("start", f"l4numa {name} / python -c pass", ratio, "<= 6", ratio <= 6)
        for name, ratio in ratios.items()
    ]
    ours, minimal = screen.first_paint(9 if full else 5)
    ratio = ours / minimal
    what = "first paint, l4numa open / a minimal Textual application"
    return [*rows, Row("start", what, ratio, "<= 2.5", ratio <= 2.5)]


if __name__ == "__main__":
    sys.exit(main())
