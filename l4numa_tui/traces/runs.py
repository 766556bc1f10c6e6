"""Page runs, the project's own form of a trace: short, sorted as it happened, good to compare.

A CSV file with the header `tid,op,vpn,count`: thread `tid` touches the 4 KiB page `vpn`
(hexadecimal) `count` times in a row, to read it (R), write it (W) or execute it (X).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from l4numa_tui.errors import UserError
from l4numa_tui.traces.batch import ADDRESS_BITS, EXECUTE, READ, WRITE, Batch, TraceOptions
from l4numa_tui.traces.collector import OTHER, Collector, quote
from l4numa_tui.traces.lines import Memo, PageCoder

HEADER = "tid,op,vpn,count"
RUN_PAGE_LOG2 = 12
MAX_COUNT = 10**12 - 1

_OPS = "RWX"
_KINDS = {b"R": READ, b"W": WRITE, b"X": EXECUTE}
_ROW = re.compile(rb"(0|[1-9][0-9]{0,9}),([RWX]),([0-9a-fA-F]{1,16}),([1-9][0-9]{0,11})\r?")
_OTHER_ROW = ("", OTHER, 0)


class TextFile(Protocol):
    """Whatever text can be written to."""

    def write(self, text: str, /) -> object:
        """Take the text."""
        ...


def recognises(line: bytes) -> bool:
    """Tell whether the line is the header of page runs."""
    return line.rstrip() == HEADER.encode()


def read_runs(
    source: str, options: TraceOptions, chunks: Iterator[bytes], collector: Collector
) -> Iterator[Batch]:
    """Yield the batches of a file of page runs, all of them with repeats.

    Pages larger than 4 KiB are formed from the runs; smaller ones cannot be: UserError.
    """
    if options.page_log2 < RUN_PAGE_LOG2:
        raise UserError(
            "page runs are of 4096-byte pages", "a page size not smaller", source=source
        )
    rows = Memo(_row_decoder(options), _OTHER_ROW)
    header_due = True
    for chunk in chunks:
        lines = chunk.split(b"\n")
        lines.pop()
        if header_due:
            _check_header(source, lines.pop(0))
            collector.add_comment()
            header_due = False
        _read_chunk(lines, rows, collector)
        yield from collector.take()
        if not collector.left:
            break
    yield from collector.finish()


def write_page_runs(
    batches: Iterable[Batch], file: TextFile, *, page_log2: int = RUN_PAGE_LOG2
) -> int:
    """Write batches as page runs and return the number of runs.

    Consecutive equal touches of a thread become one run; the thread's number is its tid.
    `page_log2` is the page size the batches were read with, at least 12. CPUs are not kept.
    """
    shift = page_log2 - RUN_PAGE_LOG2
    file.write(HEADER + "\n")
    written = 0
    for thread, touch, count in _merged(batches):
        head = f"{thread},{_OPS[touch & 3]},{touch >> 2 << shift:x},"
        left = count
        while left:
            part = min(left, MAX_COUNT)
            file.write(f"{head}{part}\n")
            left -= part
            written += 1
    return written


def _row_decoder(options: TraceOptions) -> Callable[[bytes], tuple[str, int, int]]:
    coder = PageCoder(options)
    shift = options.page_log2 - RUN_PAGE_LOG2

    def decode(line: bytes) -> tuple[str, int, int]:
        row = _ROW.fullmatch(line)
        if row is None:
            return _OTHER_ROW
        tid, op, vpn_text, count = row.groups()
        vpn = int(vpn_text, 16)
        if vpn >> ADDRESS_BITS - RUN_PAGE_LOG2:
            return _OTHER_ROW
        touch = (vpn >> shift & coder.vpn_mask) << 2 | coder.kinds[_KINDS[op]]
        return tid.decode(), touch, int(count)

    return decode


def _check_header(source: str, line: bytes) -> None:
    if not recognises(line):
        raise UserError(f"cannot read {quote(line)}", f'"{HEADER}"', source=source, line=1)


def _read_chunk(lines: list[bytes], rows: Memo[tuple[str, int, int]], collector: Collector) -> None:
    index = 0
    for tid, group in groupby(map(rows.__getitem__, lines), itemgetter(0)):
        members = list(group)
        if tid:
            _, touches, counts = zip(*members, strict=True)
            collector.add_runs(tid, touches, counts)
            if not collector.left:
                return
        else:
            for line in lines[index : index + len(members)]:
                _read_other(line, collector)
        index += len(members)


def _read_other(line: bytes, collector: Collector) -> None:
    if line.strip():
        collector.add_malformed(line, 'a line such as "1,W,1fff000,9"')
    else:
        collector.add_comment()


def _merged(batches: Iterable[Batch]) -> Iterator[tuple[int, int, int]]:
    """Yield (thread, touch, count) for every run of equal touches, across batches too."""
    last, total = (-1, -1), 0
    for batch in batches:
        for touch, count in _runs_of(batch):
            if (batch.thread, touch) != last:
                if total:
                    yield *last, total
                last, total = (batch.thread, touch), 0
            total += count
    if total:
        yield *last, total


def _runs_of(batch: Batch) -> Iterator[tuple[int, int]]:
    if batch.repeats is not None:
        return zip(batch.touches, batch.repeats, strict=True)
    return ((touch, len(list(run))) for touch, run in groupby(batch.touches))
