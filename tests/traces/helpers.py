"""A second, slow and obvious reader of every format, to hold the fast one against."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from l4numa_tui.traces.batch import EXECUTE, READ, WRITE, Batch, TraceOptions
from l4numa_tui.traces.reader import Trace, open_trace

DATA = Path(__file__).parent.parent / "data" / "traces"
SAMPLES = {
    "ls.lackey.gz": "lackey",
    "mt.lackey-sched.gz": "lackey",
    "mt.course.gz": "course",
    "mt.perfscript.gz": "perf",
    "mt.pageruns.csv.gz": "runs",
}

Reference = tuple[str, int, int, int, int]
"""Thread's name, CPU, address, size, kind; once for each reference."""
Touch = tuple[str, int, int]
"""Thread's name, CPU, `vpn << 2 | kind`; once for each touch."""


def sample_lines(name: str) -> list[str]:
    return gzip.decompress((DATA / name).read_bytes()).decode().splitlines()


def slow_references(trace_format: str, lines: Iterable[str]) -> Iterator[Reference]:
    yield from {"lackey": _lackey, "course": _course, "perf": _perf, "runs": _runs}[trace_format](
        lines
    )


def slow_touches(references: Iterable[Reference], options: TraceOptions) -> list[Touch]:
    page = 2**options.page_log2
    kinds = {"all": "RWX", "data": "RW", "instructions": "X"}[options.kinds]
    touches: list[Touch] = []
    count = 0
    for thread, cpu, address, size, kind in references:
        if "RWX"[kind] not in kinds:
            continue
        vpns: list[int] = []
        for byte in range(address, address + size):
            if byte // page not in vpns:
                vpns.append(byte // page)
        for vpn in vpns:
            folded = vpn
            if options.fold_bits is not None:
                folded = vpn * page % 2**options.fold_bits // page
            touches.append((thread, cpu, folded * 4 + kind))
        count += 1
        if count == options.limit:
            break
    return touches


def touches_of(trace: Trace) -> list[Touch]:
    batches = list(trace)
    names = trace.statistics().threads
    return [
        (names[batch.thread], batch.cpu, touch) for batch in batches for touch in _expanded(batch)
    ]


def read_text(
    directory: Path, text: str, options: TraceOptions | None = None, **keywords: int
) -> list[Touch]:
    return touches_of(open_text(directory, text, options, **keywords))


def open_text(
    directory: Path, text: str, options: TraceOptions | None = None, **keywords: int
) -> Trace:
    path = directory / "some.trace"
    path.write_bytes(text.encode())
    return open_trace(path, options=options or TraceOptions(), **keywords)  # type: ignore[arg-type]


def _expanded(batch: Batch) -> Iterator[int]:
    for index, touch in enumerate(batch.touches):
        for _ in range(batch.repeats[index] if batch.repeats is not None else 1):
            yield touch


def _lackey(lines: Iterable[str]) -> Iterator[Reference]:
    thread = "1"
    starts: dict[str, int] = {}
    for line in lines:
        if match := re.match(r"^(I | [LSM]) ([0-9a-f]+),(\d+)$", line):
            kind = {"I ": EXECUTE, " L": READ, " S": WRITE, " M": WRITE}[match[1]]
            yield thread, -1, int(match[2], 16), int(match[3]), kind
            continue
        assert line[:2] in ("==", "--")
        if match := re.search(r"SCHED\[(\d+)\]: entering", line):
            starts[match[1]] = starts.get(match[1], 0) + 1
        elif match := re.search(r"SCHED\[(\d+)\]:  acquired lock", line):
            pass
        else:
            continue
        thread = match[1]
        if starts.get(thread, 0) > 1:
            thread += f".{starts[thread]}"


def _course(lines: Iterable[str]) -> Iterator[Reference]:
    for line in lines:
        address, letter = line.split()
        yield "1", -1, int(address, 16), 1, READ if letter in "Rr" else WRITE


def _perf(lines: Iterable[str]) -> Iterator[Reference]:
    for line in lines:
        _, tid, cpu, _, _, address, _ = line.split()
        yield tid, int(cpu.strip("[]")), int(address, 16), 1, READ


def _runs(lines: Iterable[str]) -> Iterator[Reference]:
    header, *rows = lines
    assert header == "tid,op,vpn,count"
    for row in rows:
        tid, op, vpn, count = row.split(",")
        for _ in range(int(count)):
            yield tid, -1, int(vpn, 16) * 4096, 1, "RWX".index(op)
