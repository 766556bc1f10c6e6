"""A trace made small: each thread's first access of a kind to each page, with its number of times.

The order of first touches stays, so placement, faults and the counts of local and remote accesses
are those of the whole trace; only TLB misses, which depend on what came between, are not.
"""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.traces.batch import Batch


def reduced(batches: Iterable[Batch]) -> list[Batch]:
    """One batch per stretch of first touches by one thread; CPUs are not kept."""
    times: dict[tuple[int, int], int] = {}
    for batch in batches:
        thread = batch.thread
        repeats = batch.repeats or [1] * len(batch.touches)
        for touch, count in zip(batch.touches, repeats, strict=True):
            key = (thread, touch)
            times[key] = times.get(key, 0) + count
    out: list[Batch] = []
    for (thread, touch), count in times.items():
        if not out or out[-1].thread != thread:
            out.append(Batch(thread, -1, [], []))
        out[-1].touches.append(touch)
        repeats_of = out[-1].repeats
        assert repeats_of is not None
        repeats_of.append(count)
    return out
