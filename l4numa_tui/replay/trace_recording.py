"""Recordings of trace runs: what was run on what, and the world's digest at fixed places.

JSON lines. A header names the trace (with its SHA-256), the machine, the costs and the options;
then one line per checkpoint, about every 65 536 accesses and at the end, with the digest there.
The trace itself is not copied: it must still be where it was, unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import CostProfile, cost_profile
from l4numa_tui.machine.topology import Topology
from l4numa_tui.replay.trace_run import file_digest, run_trace
from l4numa_tui.scenario.files import read_text
from l4numa_tui.topology.load import load_topology
from l4numa_tui.traces.batch import TraceOptions
from l4numa_tui.traces.reader import open_trace

L = TypeVar("L")
FORMAT = "l4numa.trace-recording/1"
MAX_BYTES = 64 << 20


class TraceHeader(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What was run: enough to run it again, and to notice that it is not the same any more."""

    format: str
    trace: str
    sha256: str
    trace_format: str
    limit: int | None
    kinds: str
    fold_bits: int | None
    lenient: bool
    threads_by: str
    costs: str
    fingerprint: str
    machine: str
    topology: str


class CheckpointLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The world's digest after so many accesses."""

    accesses: int
    digest: str


class TraceReplay(NamedTuple):
    """How repeating a trace run went: checkpoints that held, and the first that did not."""

    checked: int
    accesses: int
    mismatch: str


def header_of(
    trace: str,
    trace_format: str,
    options: TraceOptions,
    run_on: tuple[str, Topology, CostProfile, str],
) -> TraceHeader:
    """The header for a run; `run_on` is machine as named, topology, costs and `--threads-by`."""
    machine, topology, costs, threads_by = run_on
    return TraceHeader(
        format=FORMAT,
        trace=trace,
        sha256=file_digest(trace),
        trace_format=trace_format,
        limit=options.limit,
        kinds=options.kinds,
        fold_bits=options.fold_bits,
        lenient=options.lenient,
        threads_by=threads_by,
        costs=costs.name,
        fingerprint=costs.fingerprint(),
        machine=machine,
        topology=topology_text(topology),
    )


def topology_text(topology: Topology) -> str:
    """What of a topology matters to a run, as one line: equal machines have equal texts."""
    nodes = [[node.os_id, list(node.cpus), node.memory_kib] for node in topology.nodes]
    return msgspec.json.encode([nodes, topology.slit, topology.latency_ns]).decode()


def lines_of(header: TraceHeader, checkpoints: list[tuple[int, int]]) -> Iterator[bytes]:
    """The lines of a recording, each with its newline."""
    yield msgspec.json.encode(header) + b"\n"
    for accesses, digest in checkpoints:
        yield (
            msgspec.json.encode(CheckpointLine(accesses=accesses, digest=f"{digest:016x}")) + b"\n"
        )


def is_trace_recording(path: str) -> bool:
    """Whether a recording is of a trace; False for anything else, readable or not."""
    try:
        with open(path, "rb") as file:
            return FORMAT.encode() in file.readline(256)
    except (OSError, ValueError):
        return False


def read_trace_recording(path: str) -> tuple[TraceHeader, list[CheckpointLine]]:
    """Read a recording; UserError with its line for whatever is wrong."""
    first, *rest = read_text(path, MAX_BYTES, "a recording").splitlines() or [""]
    header = _decode(first, TraceHeader, path, 1)
    if header.format != FORMAT:
        raise UserError(f"format {header.format!r}", FORMAT, source=path, line=1)
    lines = [_decode(line, CheckpointLine, path, at) for at, line in enumerate(rest, 2)]
    if not lines:
        raise UserError("no checkpoint", "at least the one at the end", source=path, line=2)
    return header, lines


def replay_trace(path: str) -> TraceReplay:
    """Run the recorded trace again and compare the digest at every checkpoint."""
    header, lines = read_trace_recording(path)
    topology, costs = load_topology(header.machine), cost_profile(header.costs)
    for what, now, then in (
        (f"the trace {header.trace}", file_digest(header.trace), header.sha256),
        (f"the machine {header.machine}", topology_text(topology), header.topology),
        (f"the costs {header.costs}", costs.fingerprint(), header.fingerprint),
    ):
        if now != then:
            raise UserError(f"{what} changed since", "what was recorded", source=path, line=1)
    options = TraceOptions(
        limit=header.limit, kinds=header.kinds, fold_bits=header.fold_bits, lenient=header.lenient
    )
    trace = open_trace(header.trace, format=header.trace_format, options=options)
    seen: list[tuple[int, int]] = []
    replay = run_trace(
        trace,
        topology,
        costs,
        header.threads_by,
        lambda count, digest: seen.append((count, digest)),
    )
    for checked, (line, (accesses, digest)) in enumerate(zip(lines, seen, strict=False)):
        if (line.accesses, line.digest) != (accesses, f"{digest:016x}"):
            return TraceReplay(
                checked, replay.accesses, f"after {accesses} accesses the digest differs"
            )
    if len(lines) != len(seen):
        return TraceReplay(
            min(len(lines), len(seen)), replay.accesses,
            f"{len(lines)} checkpoints recorded, {len(seen)} reached",
        )  # fmt: skip
    return TraceReplay(len(seen), replay.accesses, "")


def _decode(line: str, kind: type[L], path: str, number: int) -> L:
    try:
        return msgspec.json.decode(line.encode(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        what = f"not a line of a trace recording: {str(error)[:120]}"
        raise UserError(what, "one JSON object a line", source=path, line=number) from None
