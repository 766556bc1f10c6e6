"""Traces as paging courses hand them out: an address and R or W on each line."""

from __future__ import annotations

import re

from l4numa_tui.traces.batch import ADDRESS_BITS, READ, WRITE, TraceOptions
from l4numa_tui.traces.collector import OTHER
from l4numa_tui.traces.lines import CachedLines, PageCoder

_KINDS = {b"R": READ, b"r": READ, b"W": WRITE, b"w": WRITE}
_REFERENCE = re.compile(rb"(?:0x)?([0-9a-fA-F]{1,16})[ \t]{1,64}([RrWw])\r?")


# One line; both groups are empty unless it is a reference of at most 48 bits.
_CHUNK_LINE = re.compile(rb"(?:0x)?0{0,4}([0-9a-fA-F]{1,12})[ \t]{1,64}([RrWw])\r?\n|.*\n")


class Course(CachedLines):
    """The reader of lines like `0041f7a0 R`; the size of a reference is not known, one byte."""

    name = "course"
    example = "0041f7a0 R"
    thread = "1"
    cpu = -1

    def __init__(self, options: TraceOptions) -> None:
        self._coder = PageCoder(options)
        self._kinds = {text: self._coder.kinds[kind] for text, kind in _KINDS.items()}
        super().__init__(self._decode, self._decode_chunk)

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Tell whether the line is a reference of this format."""
        return _REFERENCE.fullmatch(line) is not None

    def other(self, line: bytes) -> list[int] | None:
        """Read a reference that the pattern for whole chunks left, such as one of leading zeros."""
        touch = self._decode(line)
        return None if touch == OTHER else [touch]

    def _decode(self, line: bytes) -> int:
        reference = _REFERENCE.fullmatch(line)
        if reference is None:
            return OTHER
        address = int(reference[1], 16)
        if address >> ADDRESS_BITS:
            return OTHER
        vpn = address >> self._coder.page_log2 & self._coder.vpn_mask
        return vpn << 2 | self._kinds[reference[2]]

    def _decode_chunk(self, chunk: bytes) -> list[int]:
        page_log2, mask, kinds = self._coder.page_log2, self._coder.vpn_mask, self._kinds
        return [
            (int(address, 16) >> page_log2 & mask) << 2 | kinds[letter] if letter else OTHER
            for address, letter in _CHUNK_LINE.findall(chunk)
        ]
