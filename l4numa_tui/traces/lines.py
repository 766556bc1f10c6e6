"""Formats of one reference a line, and how they are read fast.

Programs loop, so most lines of a trace were seen before: a table from the whole line to its touch
costs less than half of what a regular expression does. Where lines do not repeat (one long pass
over memory), one expression is run over the whole chunk, which costs half of a match for each line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from l4numa_tui.traces.batch import ADDRESS_BITS, KINDS, Batch, TraceOptions
from l4numa_tui.traces.collector import DROPPED, OTHER, Collector
from l4numa_tui.traces.stream import MAX_LINE_BYTES

# About 3 MB. Larger tables miss the processor's caches more than they gain in hits.
_REMEMBERED_LINES = 1 << 14
# After a chunk in which most lines were new, so many chunks are read without the table.
_CHUNKS_WITHOUT_TABLE = 15

Value = TypeVar("Value")


class LineFormat(Protocol):
    """A format of one reference a line; `thread` and `cpu` are those of the line read last."""

    name: str
    example: str
    thread: str
    cpu: int

    def read(self, chunk: bytes) -> list[int]:
        """Return for each line of `chunk` a touch, DROPPED, or OTHER."""
        ...

    def other(self, line: bytes) -> list[int] | None:
        """Return the touches of a line that `read` called OTHER: empty for a comment, [DROPPED]
        for a reference left out, None for a malformed line."""
        ...


class Memo(dict[bytes, Value], Generic[Value]):
    """A table that computes what it lacks, and is emptied when full; `other` is not kept."""

    def __init__(self, decode: Callable[[bytes], Value], other: Value) -> None:
        self.misses = 0
        self._decode = decode
        self._other = other

    def __missing__(self, text: bytes) -> Value:
        self.misses += 1
        value = self._decode(text)
        if value != self._other:
            if len(self) >= _REMEMBERED_LINES:
                self.clear()
            self[text] = value
        return value


class PageCoder:
    """Turns addresses into touches, as the options say."""

    def __init__(self, options: TraceOptions) -> None:
        self.page_log2 = options.page_log2
        self.vpn_mask = (1 << (options.fold_bits or ADDRESS_BITS) - options.page_log2) - 1
        self.kinds = [kind if kind in KINDS[options.kinds] else DROPPED for kind in range(3)]

    def touches(self, address: int, size: int, kind: int) -> list[int] | None:
        """Return the touches of `size` bytes from `address`, one for each page; [DROPPED] when
        the kind is left out; None when an address is out of range."""
        last = address + size - 1
        if last >> ADDRESS_BITS:
            return None
        if self.kinds[kind] == DROPPED:
            return [DROPPED]
        vpns = range(address >> self.page_log2, (last >> self.page_log2) + 1)
        return [(vpn & self.vpn_mask) << 2 | kind for vpn in vpns]


class CachedLines:
    """What the formats share whose lines do not depend on the lines before them.

    `decode` reads one line, `decode_all` a whole chunk without the table of lines.
    """

    def __init__(
        self, decode: Callable[[bytes], int], decode_all: Callable[[bytes], list[int]]
    ) -> None:
        self._table = Memo(decode, OTHER)
        self._decode_all = decode_all
        self._without_table = 0

    def read(self, chunk: bytes) -> list[int]:
        """Return for each line of `chunk` a touch, DROPPED, or OTHER."""
        if self._without_table:
            self._without_table -= 1
            return self._decode_all(chunk)
        lines = chunk.split(b"\n")
        lines.pop()
        table = self._table
        table.misses = 0
        touches = list(map(table.__getitem__, lines))
        if table.misses > len(lines) // 2:
            self._without_table = _CHUNKS_WITHOUT_TABLE
        return touches


def read_lines(
    trace_format: LineFormat, chunks: Iterator[bytes], collector: Collector
) -> Iterator[Batch]:
    """Yield the batches of a trace in a format of one reference a line."""
    for chunk in chunks:
        _read_chunk(trace_format, chunk, collector)
        yield from collector.take()
        if not collector.left:
            break
    yield from collector.finish()


def _read_chunk(trace_format: LineFormat, chunk: bytes, collector: Collector) -> None:
    touches = trace_format.read(chunk)
    lines: list[bytes] = []
    start = 0
    while start < len(touches) and collector.left:
        try:
            stop = touches.index(OTHER, start)
        except ValueError:
            stop = len(touches)
        if stop > start:
            collector.add_lines(trace_format.thread, trace_format.cpu, touches[start:stop])
        if stop < len(touches) and collector.left:
            lines = lines or chunk.split(b"\n")
            _read_other(trace_format, lines[stop], collector)
        start = stop + 1


def _read_other(trace_format: LineFormat, line: bytes, collector: Collector) -> None:
    if len(line) > MAX_LINE_BYTES:
        touches = None
    else:
        touches = trace_format.other(line) if line.strip() else []
    if touches is None:
        collector.add_malformed(line, f'a line such as "{trace_format.example}"')
    elif touches:
        collector.add_reference(trace_format.thread, trace_format.cpu, touches)
    else:
        collector.add_comment()
