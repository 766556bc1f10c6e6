"""Pagefaults recorded by `perf record -e page-faults -d`, printed by `perf script`."""

from __future__ import annotations

import re

from l4numa_tui.traces.batch import READ, TraceOptions
from l4numa_tui.traces.collector import OTHER
from l4numa_tui.traces.lines import PageCoder

# [command] tid [cpu] [time:] [[period] event:] address [instruction pointer ...]
# Every repetition is bounded: a hostile line must not cost more than a few milliseconds.
_FAULT = re.compile(
    rb"[ \t]{0,64}(?:[^ \t].{0,30}?[ \t]{1,64})??"
    rb"(?:[0-9]{1,10}/)?([0-9]{1,10})[ \t]{1,64}\[([0-9]{1,5})\][ \t]{1,64}"
    rb"(?:[0-9]{1,12}\.[0-9]{1,9}:[ \t]{1,64})?"
    rb"(?:(?:[0-9]{1,20}[ \t]{1,64})?[A-Za-z][A-Za-z0-9_./:-]{0,63}:[ \t]{1,64})?"
    rb"(?:0x)?([0-9a-f]{1,16})(?:[ \t].*)?\r?"
)


class Perf:
    """The reader of `perf script -F tid,cpu,time,addr,ip`, with or without `comm` and `event`.

    perf does not say whether a fault was a read or a write: all count as READ.
    """

    name = "perf"
    example = "mt 24965 [001]  1206.570039: page-faults: 55f96e9ca038 ffffffff817554ea"

    def __init__(self, options: TraceOptions) -> None:
        self.thread = ""
        self.cpu = -1
        self._coder = PageCoder(options)

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Tell whether the line is a fault as perf prints it."""
        return _FAULT.fullmatch(line) is not None

    def read(self, chunk: bytes) -> list[int]:
        """Leave every line to `other`: no two are equal, for each has its own time."""
        return [OTHER] * chunk.count(b"\n")

    def other(self, line: bytes) -> list[int] | None:
        """Read one fault, or a comment of `perf script --header`."""
        if fault := _FAULT.fullmatch(line):
            tid, cpu, address = fault.groups()
            touches = self._coder.touches(int(address, 16), 1, READ)
            if touches:
                self.thread, self.cpu = tid.decode(), int(cpu)
            return touches
        return [] if line.startswith(b"#") else None
