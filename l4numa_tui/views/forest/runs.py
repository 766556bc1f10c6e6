"""The frames of one node's memory in runs of neighbours, and which row shows which of them.

A run is a range of neighbouring frames with the same key, kept as its first frame, length and key.
A step touches single frames: a run splits around them and joins again without being walked through.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

Rows = Callable[[int, int], int]


class Run(NamedTuple):
    """`size` neighbouring frames from `first` on; `row` is its first row, `rows` how many."""

    first: int
    size: int
    key: int
    row: int
    rows: int


class RunList:
    """Runs in order of their frames. `rows(key, count)` says how many rows a run takes.

    Keys are numbers from 0 on; frames with a negative key never join their neighbours.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows_of = rows
        self._firsts: list[int] = []
        self._counts: list[int] = []
        self._keys: list[int] = []
        self._rows: list[int] = []
        self._ends: list[int] = []  # prefix sums of `_rows`, made anew when asked for
        self._stale = False
        self.frames = 0

    def __len__(self) -> int:
        return len(self._firsts)

    @property
    def row_count(self) -> int:
        """Rows of all runs together."""
        ends = self._sums()
        return ends[-1] if ends else 0

    def run_at(self, row: int) -> Run | None:
        """The run that a row belongs to."""
        at = bisect_right(self._sums(), row)
        return self._run(at) if row >= 0 and at < len(self._firsts) else None

    def run_of(self, frame: int) -> Run | None:
        """The run that a frame belongs to."""
        at = self._index(frame)
        return None if at < 0 else self._run(at)

    def key_of(self, frame: int) -> int | None:
        """The key of a frame, None if it is not here."""
        at = self._index(frame)
        return None if at < 0 else self._keys[at]

    def put(self, frame: int, key: int) -> None:
        """Add a frame, or give one another key."""
        at = self._index(frame)
        if at >= 0:
            if self._keys[at] == key:
                return
            self._remove(at, frame)
        at = bisect_right(self._firsts, frame)
        self._insert(at, frame, 1, key)
        self.frames += 1
        if key >= 0:
            self._join(at)
            self._join(at - 1)

    def drop(self, frame: int) -> None:
        """Remove a frame; nothing if it is not here."""
        at = self._index(frame)
        if at >= 0:
            self._remove(at, frame)

    def load(self, frames: list[tuple[int, int]]) -> None:
        """Replace everything by these (frame, key), in order of the frames."""
        firsts: list[int] = []
        counts: list[int] = []
        keys: list[int] = []
        end = last = -1
        for frame, key in frames:
            if frame == end and key == last and key >= 0:
                counts[-1] += 1
            else:
                firsts.append(frame)
                counts.append(1)
                keys.append(key)
            end, last = frame + 1, key
        self._firsts, self._counts, self._keys = firsts, counts, keys
        self._rows = [self._rows_of(key, count) for key, count in zip(keys, counts, strict=True)]
        self._stale = True
        self.frames = len(frames)

    def recount(self) -> None:
        """Ask again how many rows each run takes."""
        pairs = zip(self._keys, self._counts, strict=True)
        self._rows = [self._rows_of(key, count) for key, count in pairs]
        self._stale = True

    def _sums(self) -> list[int]:
        if self._stale:
            self._ends = list(accumulate(self._rows))
            self._stale = False
        return self._ends

    def _run(self, at: int) -> Run:
        rows = self._rows[at]
        row = self._sums()[at] - rows
        return Run(self._firsts[at], self._counts[at], self._keys[at], row, rows)

    def _index(self, frame: int) -> int:
        at = bisect_right(self._firsts, frame) - 1
        return at if at >= 0 and frame < self._firsts[at] + self._counts[at] else -1

    def _remove(self, at: int, frame: int) -> None:
        first, count, key = self._firsts[at], self._counts[at], self._keys[at]
        del self._firsts[at], self._counts[at], self._keys[at], self._rows[at]
        if frame + 1 < first + count:
            self._insert(at, frame + 1, first + count - frame - 1, key)
        if frame > first:
            self._insert(at, first, frame - first, key)
        self.frames -= 1
        self._stale = True

    def _insert(self, at: int, first: int, count: int, key: int) -> None:
        self._firsts.insert(at, first)
        self._counts.insert(at, count)
        self._keys.insert(at, key)
        self._rows.insert(at, self._rows_of(key, count))
        self._stale = True

    def _join(self, at: int) -> None:
        """Join the run at `at` with the one after it, if they belong together."""
        firsts, counts, keys = self._firsts, self._counts, self._keys
        after = at + 1
        if at < 0 or after >= len(firsts) or keys[at] != keys[after]:
            return
        if firsts[at] + counts[at] != firsts[after]:
            return
        counts[at] += counts[after]
        del firsts[after], counts[after], keys[after], self._rows[after]
        self._rows[at] = self._rows_of(keys[at], counts[at])
        self._stale = True
