"""Traces of `valgrind --tool=lackey --trace-mem=yes`, with or without `--trace-sched=yes`."""

from __future__ import annotations

import re

from l4numa_tui.traces.batch import ADDRESS_BITS, EXECUTE, READ, WRITE, TraceOptions
from l4numa_tui.traces.collector import OTHER
from l4numa_tui.traces.lines import CachedLines, PageCoder

# A modify is one write: the processor asks for the line once, to own it.
_KINDS = {b"I ": EXECUTE, b" L": READ, b" S": WRITE, b" M": WRITE}
_MAX_SIZE_BYTES = 4096  # lackey itself asserts at most 512 for one data access
_REFERENCE = re.compile(rb"(I | [LSM]) ([0-9a-f]{1,16}),([1-9][0-9]{0,3})\r?")
# One line; both groups are empty unless the reference surely ends within the 256 bytes it starts in
# (its last byte is at most 0xf8 + 7, 0xfc + 3, 0xfe + 1, 0xff or 0xcf + 38 of them). The few others
# need a closer look.
_CHUNK_LINE = re.compile(
    rb"(I | [LSM]) ([0-9a-f]{1,12})"
    rb"(?:(?<!f[9a-f]),[1-8]|(?<!f[d-f]),[1-4]|(?<!ff),[12]|,1|(?<![d-f][0-9a-f]),(?:9|[1-3][0-9]))"
    rb"\r?\n|.*\n"
)
_SCHEDULER = re.compile(rb"--[0-9]{1,10}-- +SCHED\[([0-9]{1,5})\]: +(acquired lock|entering VG_)")
# Where a thread is jolted out of its code, by the end of the process for one, valgrind's scheduler
# prints a line without the usual marks.
_COMMENT = re.compile(rb"(==|--|\*\*)[0-9]{1,10}\1|SCHEDSETJMP\(line [0-9]{1,6}\) tid ")


class Lackey(CachedLines):
    """The reader of lackey's lines: fetch, load, store and modify.

    Without `--trace-sched` everything belongs to thread "1". Valgrind reuses the numbers of
    threads that have ended: the second thread of number 2 is called "2.2", and so on.
    """

    name = "lackey"
    example = " L 1fff000758,8"
    cpu = -1

    def __init__(self, options: TraceOptions) -> None:
        self.thread = "1"
        self._coder = PageCoder(options)
        self._entered: dict[str, int] = {}
        self._kinds = {text: self._coder.kinds[kind] for text, kind in _KINDS.items()}
        super().__init__(self._decode, self._decode_chunk)

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Tell whether the line can only come from lackey."""
        return bool(_REFERENCE.fullmatch(line) or _COMMENT.match(line))

    def other(self, line: bytes) -> list[int] | None:
        """Read what is not one reference to one page: straddling references and comments."""
        if reference := _REFERENCE.fullmatch(line):
            letter, address, size = reference.groups()
            if int(size) > _MAX_SIZE_BYTES:
                return None
            return self._coder.touches(int(address, 16), int(size), _KINDS[letter])
        if scheduler := _SCHEDULER.match(line):
            self._switch(scheduler[1].decode(), entering=scheduler[2] == b"entering VG_")
        return [] if _COMMENT.match(line) else None

    def _switch(self, tid: str, *, entering: bool) -> None:
        if entering:
            self._entered[tid] = self._entered.get(tid, 0) + 1
        times = self._entered.get(tid, 1)
        self.thread = f"{tid}.{times}" if times > 1 else tid

    def _decode(self, line: bytes) -> int:
        reference = _REFERENCE.fullmatch(line)
        if reference is None:
            return OTHER
        address = int(reference[2], 16)
        page_log2 = self._coder.page_log2
        end = (address & (1 << page_log2) - 1) + int(reference[3])
        if end > 1 << page_log2 or address >> ADDRESS_BITS:
            return OTHER
        return (address >> page_log2 & self._coder.vpn_mask) << 2 | self._kinds[reference[1]]

    def _decode_chunk(self, chunk: bytes) -> list[int]:
        page_log2, mask, kinds = self._coder.page_log2, self._coder.vpn_mask, self._kinds
        return [
            (int(address, 16) >> page_log2 & mask) << 2 | kinds[letter] if letter else OTHER
            for letter, address in _CHUNK_LINE.findall(chunk)
        ]
