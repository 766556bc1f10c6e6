"""W2, trace replay: the tuned loop beside the barest loop that counts anything."""

from __future__ import annotations

import bisect
import random
import time
from itertools import accumulate

from l4numa_tui.journal import UnloggedJournal
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.replay.loop import Replay
from l4numa_tui.replay.placement import RoundRobinNodes
from l4numa_tui.replay.trace_world import TraceSystem
from l4numa_tui.traces.batch import Batch

CPUS, SWITCH, PAGES = 4, 64, 1024
PHASE_PAGES, PHASE_LENGTH = 48, 16384


def zipf_batches(accesses: int) -> list[Batch]:
    """Four threads in turns of 64 accesses, pages drawn from Zipf(1.2) over 1024."""
    draw = random.Random(1)
    weights = list(accumulate(1 / rank**1.2 for rank in range(1, PAGES + 1)))
    pages = [bisect.bisect(weights, draw.random() * weights[-1]) for _ in range(accesses)]
    return _batches(pages)


def phase_batches(accesses: int) -> list[Batch]:
    """As above, but each stretch of 16384 accesses stays within 48 pages: kind to a small TLB."""
    draw = random.Random(2)
    pages = []
    for at in range(accesses):
        base = at // PHASE_LENGTH % (PAGES // PHASE_PAGES) * PHASE_PAGES
        pages.append(base + draw.randrange(PHASE_PAGES))
    return _batches(pages)


def _batches(pages: list[int]) -> list[Batch]:
    touches = [page << 2 for page in range(PAGES + 1)]  # shared, as a reader's are
    return [
        Batch(at // SWITCH % CPUS, -1, [touches[page] for page in pages[at : at + SWITCH]], None)
        for at in range(0, len(pages), SWITCH)
    ]


def bare_loop(batches: list[Batch]) -> float:
    """CPU seconds to count every touch in a dict: what no replay can beat in plain Python."""
    count = dict.fromkeys((touch for batch in batches for touch in batch.touches), 0)
    begin = time.process_time()
    for batch in batches:
        for touch in batch.touches:
            count[touch] += 1
    return time.process_time() - begin


def fresh(tlb_entries: int) -> Replay:
    """A replay on four nodes, ready to run."""
    size = range(CPUS)
    topology = Topology(
        "replay",
        tuple(Node(n, (n,), 1 << 16) for n in size),
        tuple(tuple(10 if a == b else 20 for b in size) for a in size),
    )
    booted = TraceSystem(topology, CostProfile(tlb_entries=tlb_entries), UnloggedJournal())
    return Replay(booted, RoundRobinNodes(booted.machine))
