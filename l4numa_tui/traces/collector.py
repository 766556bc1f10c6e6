"""Where every reader puts what it has read: counts it, limits it, cuts it into batches."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.traces.batch import Batch, TraceOptions, TraceStatistics
from l4numa_tui.traces.stream import MAX_LINE_BYTES

OTHER = -1
"""In place of a touch: the line is not simply one touch of one page."""

DROPPED = -2
"""In place of a touch: the option `kinds` leaves it out.

Both markers survive `vpn << 2 | marker` unchanged, so a table of kinds may hold them.
"""

BATCH_TOUCHES = 1 << 16
MAX_THREADS = 1 << 16
_QUOTED_CHARACTERS = 60


class Collector:
    """Counts references, stops at the limit and cuts batches of one thread on one CPU.

    `left` is the number of references still wanted. `with_repeats` makes batches that carry
    repeats. The line being read is always number `lines + 1`.
    """

    def __init__(self, source: str, options: TraceOptions, *, with_repeats: bool = False) -> None:
        self.lines = 0
        self.left = sys.maxsize if options.limit is None else options.limit
        self._source = source
        self._options = options
        self._with_repeats = with_repeats
        self._references = self._touched = self._filtered = self._skipped = 0
        self._numbers: dict[str, int] = {}
        self._owner = (-1, -1)
        self._touches: list[int] = []
        self._repeats: list[int] = []
        self._ready: list[Batch] = []

    def add_lines(self, thread: str, cpu: int, touches: list[int]) -> None:
        """Add lines of one reference each: a touch of one page, or DROPPED."""
        if len(touches) > self.left:
            touches = self._until_limit(touches)
        self.lines += len(touches)
        kept = touches
        if self._options.kinds != "all":
            kept = [touch for touch in touches if touch >= 0]
            self._filtered += len(touches) - len(kept)
        self._count(len(kept), len(kept))
        self._put(thread, cpu, kept)

    def add_reference(self, thread: str, cpu: int, touches: list[int]) -> None:
        """Add one line with one reference that touches all of `touches`, which may be DROPPED."""
        self.lines += 1
        if touches[0] == DROPPED:
            self._filtered += 1
            touches = []
        else:
            self._count(1, len(touches))
        self._put(thread, cpu, touches)

    def add_runs(self, thread: str, touches: Sequence[int], counts: Sequence[int]) -> None:
        """Add lines of one page run each: `counts[i]` references that touch `touches[i]`."""
        kept: list[int] = []
        repeats: list[int] = []
        for touch, count in zip(touches, counts, strict=True):
            self.lines += 1
            if touch == DROPPED:
                self._filtered += count
                continue
            kept.append(touch)
            repeats.append(min(count, self.left))
            self._count(repeats[-1], repeats[-1])
            if not self.left:
                break
        self._put(thread, -1, kept, repeats)

    def add_comment(self) -> None:
        """Count a line that means nothing to the reader."""
        self.lines += 1

    def add_malformed(self, line: bytes, expected: str) -> None:
        """Skip and count the line when lenient; raise UserError otherwise."""
        self.lines += 1
        if self._options.lenient:
            self._skipped += 1
            return
        if len(line) > MAX_LINE_BYTES:
            what, expected = "the line is too long", f"at most {MAX_LINE_BYTES} bytes"
        else:
            what = f"cannot read {quote(line)}"
        raise UserError(what, expected, source=self._source, line=self.lines)

    def take(self) -> list[Batch]:
        """Return the batches that are complete, and forget them."""
        ready, self._ready = self._ready, []
        return ready

    def finish(self) -> list[Batch]:
        """Return the last batches; raise UserError when no reference was read at all."""
        self._cut(1)
        if not self._references:
            kinds = self._options.kinds
            what = "no references" if kinds == "all" else f"no references of kind {kinds}"
            raise UserError(what, "at least one", source=self._source)
        return self.take()

    def statistics(self) -> TraceStatistics:
        """Return the counts so far."""
        return TraceStatistics(
            self.lines,
            self._references,
            self._touched,
            self._filtered,
            self._skipped,
            tuple(self._numbers),
        )

    def _count(self, references: int, touches: int) -> None:
        self._references += references
        self._touched += touches
        self.left -= references

    def _until_limit(self, touches: list[int]) -> list[int]:
        kept = 0
        for index, touch in enumerate(touches):
            kept += touch >= 0
            if kept == self.left:
                return touches[: index + 1]
        return touches

    def _put(self, thread: str, cpu: int, touches: list[int], repeats: Sequence[int] = ()) -> None:
        number = self._numbers.setdefault(thread, len(self._numbers))
        if number == MAX_THREADS:
            what = f"more than {MAX_THREADS} threads"
            raise UserError(what, "fewer", source=self._source, line=self.lines)
        if not touches:
            return
        if self._owner != (number, cpu):
            self._cut(1)
            self._owner = (number, cpu)
        self._touches += touches
        self._repeats += repeats
        self._cut(BATCH_TOUCHES)

    def _cut(self, at_least: int) -> None:
        """Move pending touches into batches while there are `at_least` so many."""
        while len(self._touches) >= at_least:
            repeats = self._repeats[:BATCH_TOUCHES] if self._with_repeats else None
            self._ready.append(Batch(*self._owner, self._touches[:BATCH_TOUCHES], repeats))
            del self._touches[:BATCH_TOUCHES], self._repeats[:BATCH_TOUCHES]


def quote(line: bytes) -> str:
    """Return a line of a foreign file in quotes, shortened and safe to print."""
    text = line[: 4 * _QUOTED_CHARACTERS].decode("utf-8", "replace").rstrip("\r")
    return f'"{safe_text(text, limit=_QUOTED_CHARACTERS)}"'
