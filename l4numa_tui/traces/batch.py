"""What a trace is read into: batches of page touches, and the options of reading."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text

READ, WRITE, EXECUTE = 0, 1, 2

ADDRESS_BITS = 48
"""Bits of a virtual address; x86-64 with four levels of page table translates no more."""

PAGE_LOG2_MIN, PAGE_LOG2_MAX = 8, 30
"""Page sizes from 256 bytes (toy machines) to 1 GiB (the largest page of x86-64)."""

KINDS: dict[str, tuple[int, ...]] = {
    "all": (READ, WRITE, EXECUTE),
    "data": (READ, WRITE),
    "instructions": (EXECUTE,),
}
"""Which kinds of touch each value of the option `kinds` keeps."""


class Batch(NamedTuple):
    """Consecutive page touches of one thread on one CPU.

    `thread` counts the threads from 0 in the order they first appear in the trace. `cpu` is the
    CPU the trace names, -1 where it names none. `touches` holds `vpn << 2 | kind` for each page
    touched, vpn being the address without its offset in the page. `repeats` says how often each
    touch is repeated in place; None stands for once each.
    """

    thread: int
    cpu: int
    touches: list[int]
    repeats: list[int] | None = None


class TraceOptions(NamedTuple):
    """How to read a trace.

    `page_log2` is the page size as a power of two, in bytes. `limit` stops after so many
    references that were kept (None: read all). `kinds` is a key of `KINDS`. `fold_bits` keeps only
    that many low bits of every address, so that a large program fits a small machine. `lenient`
    skips and counts malformed lines instead of refusing the file.
    """

    page_log2: int = 12
    limit: int | None = None
    kinds: str = "all"
    fold_bits: int | None = None
    lenient: bool = False


class TraceStatistics(NamedTuple):
    """What has been read so far.

    `lines` counts every line, comments too; `references` and `touches` what was delivered (a
    reference that straddles pages touches each of them); `filtered` the references that `kinds`
    left out; `skipped` the malformed lines; `threads` the trace's names of the threads, by number.
    """

    lines: int
    references: int
    touches: int
    filtered: int
    skipped: int
    threads: tuple[str, ...]


def check_options(options: TraceOptions) -> None:
    """Raise UserError when an option is out of its range."""
    page_log2, limit, kinds, fold_bits, _ = options
    if not PAGE_LOG2_MIN <= page_log2 <= PAGE_LOG2_MAX:
        expected = f"a power of two from 2^{PAGE_LOG2_MIN} to 2^{PAGE_LOG2_MAX} bytes"
        raise UserError(f"page size 2^{page_log2} cannot be used", expected)
    if limit is not None and limit < 1:
        raise UserError(f"limit of {limit} references", "at least 1")
    if kinds not in KINDS:
        raise UserError(f'unknown kind of reference "{safe_text(kinds, limit=40)}"', _any_of(KINDS))
    if fold_bits is not None and not page_log2 <= fold_bits <= ADDRESS_BITS:
        expected = f"from the {page_log2} bits of a page to {ADDRESS_BITS}"
        raise UserError(f"addresses cannot be folded to {fold_bits} bits", expected)


def _any_of(names: dict[str, tuple[int, ...]]) -> str:
    return "one of " + ", ".join(names)
