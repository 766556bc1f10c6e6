"""E2: mostly local work faults about as often as with one space, measured on real programs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import (
    FAILS,
    HOLDS,
    LIMITED,
    OPEN,
    Row,
    Settings,
    Verdict,
    number,
    whole,
)
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld
from l4numa_tui.traces.batch import READ, WRITE, Batch
from l4numa_tui.traces.reader import open_trace

ABOUT = 1.10
"""So many times the faults of one space still count as "about as often": this project's bound."""

TRACES = {
    "mt": "mt.pageruns.csv.gz",
    "zstd -T4": "zstd-t4.pageruns.csv.gz",
    "xz -T4": "xz-t4.pageruns.csv.gz",
}
_EVEN_THREADS = 64
_SHARED_PERCENT = 1


def run(settings: Settings) -> list[Row]:
    """Replay each program on per-node spaces and on one space, at every number of nodes."""
    rows = []
    for name, batches in _programs(settings):
        pages = pages_by_thread(batches)
        for nodes in settings.nodes:
            rows.append(_on(settings, nodes, name, batches, pages))
    return rows


def _programs(settings: Settings) -> list[tuple[str, Iterable[Batch]]]:
    if settings.trace:
        return [(Path(settings.trace).name, open_trace(settings.trace))]
    folder = resources.files("l4numa_tui.experiments").joinpath("data")
    programs: list[tuple[str, Iterable[Batch]]] = [
        (name, open_trace(str(folder.joinpath(file)))) for name, file in TRACES.items()
    ]
    return [*programs, ("even", even_work(settings.pages))]


def even_work(pages: int) -> list[Batch]:
    """64 threads of about `pages` pages in all, of which one in a hundred is used by everybody."""
    shared = max(pages * _SHARED_PERCENT // 100, 1)
    own = max((pages - shared) // _EVEN_THREADS, 1)
    batches = []
    for thread in range(_EVEN_THREADS):
        first = FIRST_PAGE + shared + thread * own
        touches = [vpn << 2 | WRITE for vpn in range(first, first + own)]
        touches += [vpn << 2 | READ for vpn in range(FIRST_PAGE, FIRST_PAGE + shared)]
        batches.append(Batch(thread, -1, touches))
    return batches


def pages_by_thread(batches: Iterable[Batch]) -> dict[int, set[int]]:
    """The distinct pages that each thread touches."""
    pages: dict[int, set[int]] = {}
    for batch in batches:
        pages.setdefault(batch.thread, set()).update(touch >> 2 for touch in batch.touches)
    return pages


def _on(
    settings: Settings,
    nodes: int,
    name: str,
    batches: Iterable[Batch],
    pages: dict[int, set[int]],
) -> Row:
    machine = machine_of(settings, nodes)
    per_node = NodeWorld(machine, logged=False).replayed_trace(batches)
    one = NodeWorld(machine, one_space=True, logged=False).replayed_trace(batches)
    totals, single = per_node.world.totals(), one.world.totals()
    on_node: dict[int, set[int]] = {}
    for thread, touched in pages.items():
        on_node.setdefault(thread % nodes, set()).update(touched)
    everywhere = set().union(*on_node.values())
    times: dict[int, int] = dict.fromkeys(everywhere, 0)
    for touched in on_node.values():
        for vpn in touched:
            times[vpn] += 1
    return {
        "program": name, "threads": len(pages), "nodes": nodes, "pages": len(everywhere),
        "shared_pages": sum(count > 1 for count in times.values()),
        "faults": totals.faults, "expected": sum(map(len, on_node.values())),
        "one_space": single.faults, "ratio": totals.faults / single.faults,
        "messages": totals.messages,
    }  # fmt: skip


def judge(rows: list[Row]) -> Verdict:
    """At most a tenth more faults than with one space: for which programs, up to how many nodes?"""
    several: dict[str, list[Row]] = {}
    for row in rows:
        if row["faults"] != row["expected"]:
            what = f"{row['program']} on {row['nodes']} nodes: {row['faults']} faults"
            return Verdict(FAILS, f"{what}, not the {row['expected']} pages its nodes touch")
        if whole(row, "nodes") > 1:
            several.setdefault(str(row["program"]), []).append(row)
    if not several:
        return Verdict(OPEN, "on one node there is nothing to compare")
    within = {name: [row for row in own if _is_about(row)] for name, own in several.items()}
    told = "; ".join(_said(name, own, within[name]) for name, own in several.items())
    outcome = LIMITED if any(within.values()) else FAILS
    if within == several:
        outcome = HOLDS
    return Verdict(outcome, f"bound {ABOUT:.2f} times one space. {told}")


def _is_about(row: Row) -> bool:
    return number(row, "ratio") <= ABOUT


def _said(name: str, rows: list[Row], within: list[Row]) -> str:
    last = rows[-1]
    figure = f"{number(last, 'ratio'):.2f} at {last['nodes']}"
    if within == rows:
        return f"{name} keeps it up to {last['nodes']} nodes ({figure})"
    share = 100 * number(last, "shared_pages") / number(last, "pages")
    why = (
        f"{figure}, as {share:.1f} % of its {last['pages']} pages are touched on more than one node"
        " and each of them faults there"
    )
    if within:
        return f"{name} keeps it up to {within[-1]['nodes']} nodes, not beyond ({why})"
    return f"{name} exceeds it on any number of nodes ({why})"
