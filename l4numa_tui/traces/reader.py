"""Opening a trace: find out its format, then read it as a stream of batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.traces import runs
from l4numa_tui.traces.batch import Batch, TraceOptions, TraceStatistics, check_options
from l4numa_tui.traces.collector import Collector, quote
from l4numa_tui.traces.course import Course
from l4numa_tui.traces.lackey import Lackey
from l4numa_tui.traces.lines import read_lines
from l4numa_tui.traces.perf import Perf
from l4numa_tui.traces.stream import CHUNK_BYTES, MAX_LINE_BYTES, TraceFile

_LINE_FORMATS: dict[str, type[Lackey | Course | Perf]] = {
    Lackey.name: Lackey,
    Course.name: Course,
    Perf.name: Perf,
}
FORMATS = ("runs", *_LINE_FORMATS)
"""The names of the formats, as `open_trace` takes them and `Trace.format` says them."""

_HEAD_BYTES = 1 << 16


class Trace:
    """A trace on disk; iterating it reads it from the start and yields its batches in order.

    `path` and `format` say what is read and how. The file is streamed: memory does not grow with
    it. Iterating raises UserError at a malformed line (unless lenient), at damage in a compressed
    file, and at the end when there was no reference at all.
    """

    def __init__(self, file: TraceFile, trace_format: str, options: TraceOptions) -> None:
        self.path = file.path
        self.format = trace_format
        self.options = options
        self._file = file
        self._collector = Collector(file.path, options)

    def __iter__(self) -> Iterator[Batch]:
        chunks = self._file.line_chunks()
        if self.format == "runs":
            self._collector = Collector(self.path, self.options, with_repeats=True)
            return runs.read_runs(self.path, self.options, chunks, self._collector)
        self._collector = Collector(self.path, self.options)
        return read_lines(_LINE_FORMATS[self.format](self.options), chunks, self._collector)

    def statistics(self) -> TraceStatistics:
        """Return the counts of the latest iteration, as far as it has come."""
        return self._collector.statistics()

    def progress(self) -> tuple[int, int]:
        """Return the bytes read so far and the size of the file, both as stored (compressed)."""
        return self._file.done_bytes, self._file.total_bytes


def open_trace(
    path: str | os.PathLike[str],
    *,
    format: str = "auto",  # noqa: A002 - the word users know from the command line
    options: TraceOptions = TraceOptions(),  # noqa: B008 - immutable
    _chunk_bytes: int = CHUNK_BYTES,
) -> Trace:
    """Return the trace in the file, plain or compressed with gzip or xz.

    `format` is one of FORMATS, or "auto" to tell it from the first lines. Raises UserError when
    the file is missing, not regular, empty, binary, or in no format known, and for options out of
    range.
    """
    check_options(options)
    if format not in ("auto", *FORMATS):
        expected = "one of auto, " + ", ".join(FORMATS)
        raise UserError(f'unknown trace format "{safe_text(format, limit=40)}"', expected)
    file = TraceFile(os.fspath(path), _chunk_bytes)
    head = _head(file)
    if not head:
        raise UserError("is empty", "a trace", source=file.path)
    if b"\0" in head:
        raise UserError("is a binary file", "text, plain or as gzip or xz", source=file.path)
    return Trace(file, _detect(file.path, head) if format == "auto" else format, options)


def _head(file: TraceFile) -> bytes:
    head = b""
    for piece in file.pieces():
        head += piece
        if len(head) >= _HEAD_BYTES:
            break
    file.done_bytes = 0
    return head[:_HEAD_BYTES]


def _detect(path: str, head: bytes) -> str:
    tests: dict[str, Callable[[bytes], bool]] = {"runs": runs.recognises}
    tests |= {name: reader.recognises for name, reader in _LINE_FORMATS.items()}
    lines = head.split(b"\n")
    for line in lines:
        if len(line) > MAX_LINE_BYTES:
            continue
        for name, recognises in tests.items():
            if recognises(line):
                return name
    number = next((number for number, line in enumerate(lines) if line.strip()), 0)
    what = f"no trace format known begins like {quote(lines[number])}"
    raise UserError(what, "one of " + ", ".join(FORMATS), source=path, line=number + 1)
