"""E2: mostly local work faults about as often as with one space, measured on real programs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, LIMITED, Row, Settings, Verdict, number
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld
from l4numa_tui.traces.batch import READ, WRITE, Batch
from l4numa_tui.traces.reader import open_trace

ABOUT = 1.10
"""So many times the faults of one space still count as "about as often": this project's bound."""

TRACES = {"mt": "mt.pageruns.csv.gz", "xz -T4": "xz-t4.pageruns.csv.gz"}
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
    """At most a tenth more faults than with one space, at the most nodes, for every program."""
    last: dict[str, Row] = {}
    for row in rows:
        if row["faults"] != row["expected"]:
            what = f"{row['program']} on {row['nodes']} nodes: {row['faults']} faults"
            return Verdict(FAILS, f"{what}, not the {row['expected']} pages its nodes touch")
        last[str(row["program"])] = row
    good = {name for name, row in last.items() if number(row, "ratio") <= ABOUT}
    why = "; ".join(_said(name, row, name in good) for name, row in last.items())
    outcome = HOLDS if len(good) == len(last) else LIMITED if good else FAILS
    return Verdict(outcome, f"bound {ABOUT:.2f} times one space: {why}")


def _said(name: str, row: Row, good: bool) -> str:
    share = 100 * number(row, "shared_pages") / number(row, "pages")
    sharing = f"{share:.1f} % of its {row['pages']} pages are touched on more than one node"
    told = f"{name} {number(row, 'ratio'):.2f} at {row['nodes']} nodes"
    return f"{told} ({sharing})" if good else f"not for {told}: {sharing}, and each faults there"
