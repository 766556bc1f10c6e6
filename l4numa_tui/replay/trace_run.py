"""`l4numa run --trace`: a whole trace, with progress, a recording if asked, and the counts."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from l4numa_tui.errors import UserError
from l4numa_tui.journal import UnloggedJournal
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.topology import Topology
from l4numa_tui.replay.loop import Replay
from l4numa_tui.replay.placement import placement
from l4numa_tui.replay.trace_world import TraceSystem
from l4numa_tui.traces.batch import Batch
from l4numa_tui.traces.reader import Trace

CHECKPOINT_ACCESSES = 1 << 16  # a recording holds a digest about every so many accesses
_SHOW_EVERY_S = 0.2

Checkpoint = Callable[[int, int], None]  # accesses so far, digest


def run_trace(
    trace: Trace,
    topology: Topology,
    costs: CostProfile,
    threads_by: str = "round-robin",
    checkpoint: Checkpoint | None = None,
) -> Replay:
    """Replay a whole trace and return the finished replay.

    `checkpoint` is called at fixed places of the trace and at its end: the same calls in every run.
    """
    booted = TraceSystem(topology, costs, UnloggedJournal())
    replay = Replay(booted, placement(booted.machine, threads_by))
    due = CHECKPOINT_ACCESSES

    def after(so_far: Replay) -> None:
        nonlocal due
        if checkpoint is not None and so_far.accesses >= due:
            due = so_far.accesses + CHECKPOINT_ACCESSES
            checkpoint(so_far.accesses, so_far.digest())

    replay.run(_shown(trace), after)
    replay.finish()
    if checkpoint is not None:
        checkpoint(replay.accesses, replay.digest())
    return replay


def _shown(trace: Trace) -> Iterator[Batch]:
    """The trace's batches, with a progress bar on a terminal's stderr if it takes a while."""
    if not sys.stderr.isatty():
        yield from trace
        return
    begin = shown = time.monotonic()
    for batch in trace:
        yield batch
        now = time.monotonic()
        if now - begin > 1 and now - shown > _SHOW_EVERY_S:
            shown = now
            done, total = trace.progress()
            share = done / total if total else 0
            bar = "#" * int(30 * share)
            sys.stderr.write(f"\r[{bar:30}] {100 * share:3.0f} %")
            sys.stderr.flush()
    if shown > begin:
        sys.stderr.write("\r" + " " * 40 + "\r")
        sys.stderr.flush()


def file_digest(path: str) -> str:
    """The SHA-256 of a file in hexadecimal; UserError if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", "a trace", source=path) from None
