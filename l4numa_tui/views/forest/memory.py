"""One node's memory in the forest, and what a row of the forest shows."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.views.forest.runs import Rows, Run, RunList
from l4numa_tui.views.forest.shapes import Shape


class Memory:
    """A node's frames in runs, and sums: mapping entries, what meets the limit, marks by kind."""

    def __init__(self, rows: Rows) -> None:
        self.runs = RunList(rows)
        self.entries = 0
        self.hits = 0
        self.marks = [0, 0, 0]

    def count(self, shape: Shape, frames: int) -> None:
        """Count frames of a shape in, or with a negative number out."""
        self.entries += frames * shape.entries
        self.hits += frames * shape.hits
        for at, marked in enumerate(shape.marks):
            self.marks[at] += frames * marked


class Place(NamedTuple):
    """What a row shows: a node's heading, a run's line, or row `line` of the tree of `frame`."""

    node: int
    run: Run | None = None
    frame: int = -1
    line: int = 0
