"""Which frames the forest shows, folded how, and in which rows: all but the drawing.

Only what a step names is looked at again: an update takes time with the step, not with the
database. What was updated step by step shows the same as what was made anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.folds import Folds
from l4numa_tui.views.forest.grants import Grants
from l4numa_tui.views.forest.light import Light, light_of
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.marks import Marks, marks_of, net_entries
from l4numa_tui.views.forest.memory import Memory, Place
from l4numa_tui.views.forest.runs import Run
from l4numa_tui.views.forest.shapes import Shape, Shapes
from l4numa_tui.views.forest.tree import Item, frame_items, target_of
from l4numa_tui.views.forest.zoom import CARD, CHIP, ZOOMS
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.world.session import StepChange

Steps = StepChange | Iterable[StepChange]


class ForestRows:
    """The rows of the forest, counted from 0.

    `folds` is what the viewer folded, `zoom` one of `ZOOMS`. With a `limit` only those trees are
    shown that have an entry which meets it.
    """

    def __init__(
        self,
        scene: Scene,
        folds: Folds | None = None,
        *,
        zoom: str = CHIP,
        limit: Limit | None = None,
    ) -> None:
        self.folds = folds or Folds.fresh()
        self._zoom = zoom
        self._limit = limit
        self._grants: Grants | None = None
        self.reset(scene)

    # What the viewer chose.
    @property
    def zoom(self) -> str:
        """How trees are drawn: one of `ZOOMS`."""
        return self._zoom

    @zoom.setter
    def zoom(self, zoom: str) -> None:
        if zoom == self._zoom:
            return
        self._zoom = zoom
        for memory in self.memories:
            memory.runs.recount()
        self.forget(None)
        self.settle()

    @property
    def limit(self) -> Limit | None:
        """What the viewer wants to see, None for everything."""
        return self._limit

    @limit.setter
    def limit(self, limit: Limit | None) -> None:
        self._limit = limit
        self.reset(self.scene)

    @property
    def hits(self) -> int:
        """How many entries meet the limit, ghosts included."""
        return sum(memory.hits for memory in self.memories)

    # Following the world.
    def reset(self, scene: Scene) -> None:
        """Show a scene from scratch, as after a seek. Takes time with the number of entries."""
        self.scene = scene
        self.facts = Facts(scene, self._grants)
        self._grants = self.facts.grants
        self._mark(scene)
        self._limit = self._limit and self._limit.at(scene)
        self.light: Light = light_of(scene, self.facts, self.marks)
        self.shapes = Shapes(self.facts)
        self.memories = [Memory(self.rows_of) for _ in range(self.facts.nodes)]
        frames = self.facts.derived_from()
        keys: list[list[tuple[int, int]]] = [[] for _ in self.memories]
        for frame in sorted(frames | self.marks.frames.keys()):
            items = self.items(frame)
            if not self._shows(items):
                continue
            key = self._key(frame, items)
            self._count(frame, key, 1)
            keys[self.facts.node_of_frame(frame)].append((frame, key))
        for memory, part in zip(self.memories, keys, strict=True):
            memory.runs.load(part)
        self.forget(None)
        self.settle()

    def update(self, change: Steps, scene: Scene) -> None:
        """Show a scene that lies the given step, or steps, after or before the one shown.

        With no steps at all only the selection may differ. Another world is shown from scratch.
        """
        if scene.world is not self.scene.world or scene.ascii_only != self.facts.ascii_only:
            self.reset(scene)
            return
        steps = [change] if isinstance(change, StepChange) else list(change)
        old_marks, old_light, last = self.marks, self.light, self.scene.last
        self.scene = scene
        touched: set[int] = set()
        if steps or scene.last != last:
            self._mark(scene)
            self._limit = self._limit and self._limit.at(scene)
            touched |= old_marks.frames.keys() | self.marks.frames.keys()
        for step in steps:
            touched |= self.frames_of(step)
            if self._zoom == CARD:
                # Cards show the entries' status bits.
                self.forget(self._frames_written(step, "mdb_used"))
        self.light = light_of(scene, self.facts, self.marks)
        if self.light != old_light:
            touched |= old_light.shown | self.light.shown
            everywhere = old_light.wide or self.light.wide
            self.forget(None if everywhere else old_light.frames | self.light.frames)
        for frame in sorted(touched):
            self.renew(frame)
        self.settle()

    def forget(self, frames: Iterable[int] | None) -> None:
        """The trees of these frames, of all for None, look different now."""

    def settle(self) -> None:
        """After any change: rows lie elsewhere."""
        self._bases: list[int] = []

    def _mark(self, scene: Scene) -> None:
        self.marks: Marks = marks_of(scene.last)
        self.facts.ended = self.marks.ended

    def frames_of(self, step: StepChange) -> set[int]:
        """The frames whose trees a step changes; those that only count its pages are forgotten."""
        # What was of 2 MiB and is no more, or the other way round, keeps its row.
        frames = set(self._frames_written(step, "mdb_large"))
        for entry, pair in net_entries(step.changes()).items():
            frames.update(row[0] for row in pair if row is not None)
            found = self.facts.members.get(space_of(entry))
            for space in found[0].spaces.values() if found else ():
                row = self.facts.rows.get(entry_id(space, vpn_of(entry)))
                if row is not None and self._limit:
                    frames.add(row[0])  # what meets the limit may depend on the others' entries
                elif row is not None:
                    self.forget((row[0],))
        return frames

    def _frames_written(self, step: StepChange, table: str) -> Iterator[int]:
        """The frames of the entries of which a step changed what a table says."""
        entries = {key for name, key, _, _ in step.changes() if name == table}
        for entry in entries:
            row = self.facts.rows.get(entry) or self.facts.database.row(entry)
            if row is not None:
                yield row[0]

    def renew(self, frame: int) -> None:
        """Look at a frame again: its shape, its place among the runs."""
        self.forget((frame,))
        runs = self.memories[self.facts.node_of_frame(frame)].runs
        old = runs.key_of(frame)
        items = self.items(frame)
        new = self._key(frame, items) if self._shows(items) else None
        if old == new:
            return
        if new is not None:
            self._count(frame, new, 1)
            runs.put(frame, new)
        else:
            runs.drop(frame)
        if old is not None:
            self._count(frame, old, -1)

    def _shows(self, items: list[Item]) -> bool:
        """Whether a frame has a tree that the viewer wants to see.

        A frame inside a 2 MiB page that is whole in every space is shown with that page's first.
        """
        rows = self.facts.rows
        own = any(item.entry in rows or item.mark for item in items[1:])
        return own and (self._limit is None or any(item.hit for item in items))

    def _count(self, frame: int, key: int, frames: int) -> None:
        self.shapes.use(number_of(key), frames)
        memory = self.memories[self.facts.node_of_frame(frame)]
        memory.count(self.shapes.shapes[number_of(key)], frames)

    # Frames and their runs.
    def items(self, frame: int) -> list[Item]:
        """The entries of a frame's tree, ghosts included, sigma0's page first."""
        marks, folds = self.marks.frames.get(frame, {}), self.folds
        unfolded = "bundles" in folds.everything
        return frame_items(self.facts, frame, marks, folds.entries, unfolded, self._limit)

    def target_of(self, item: Item) -> Target:
        """What an item is to a cursor."""
        return target_of(self.facts, item)

    def _key(self, frame: int, items: list[Item]) -> int:
        """What a frame must share with its neighbours to form a run; negative keeps it alone."""
        opened = self.folds.is_open(frame)
        key = 2 * self.shapes.number(items) + opened
        return ~key if not opened and frame in self.light.shown else key

    def rows_of(self, key: int, count: int) -> int:
        """How many rows `count` frames with a key take."""
        shape = self.shapes.shapes[number_of(key)]
        if self.folded(key, count):
            return 1
        return count * self.height_of(shape) + (is_open(key) and count > 1)

    def folded(self, key: int, count: int) -> bool:
        """Whether `count` frames with a key are one line."""
        closed = key >= 0 and not is_open(key)
        return closed and self.shapes.shapes[number_of(key)].folds(count)

    def shape(self, run: Run) -> Shape:
        """The shape that a run's frames have."""
        return self.shapes.shapes[number_of(run.key)]

    def height_of(self, shape: Shape) -> int:
        """How many rows a tree of this shape takes."""
        return shape.heights[ZOOMS.index(self._zoom)]

    # Rows.
    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return self.base(len(self.memories))

    def base(self, node: int) -> int:
        """The row of a node's heading; for one node too many, the row after the last."""
        if not self._bases:
            rows = [
                1 if node in self.folds.nodes else 1 + memory.runs.row_count
                for node, memory in enumerate(self.memories)
            ]
            self._bases = [0, *accumulate(rows)]
        return self._bases[node]

    def place(self, row: int) -> Place | None:
        """What a row shows."""
        if not 0 <= row < self.row_count:
            return None
        node = bisect_right(self._bases, row) - 1
        row -= self._bases[node] + 1
        run = self.memories[node].runs.run_at(row) if row >= 0 else None
        if run is None:
            return Place(node)
        row -= run.row + self.has_line(run)
        if row < 0:
            return Place(node, run)
        height = self.height_of(self.shape(run))
        return Place(node, run, run.first + row // height, row % height)

    def has_line(self, run: Run) -> bool:
        """Whether a run has a line of its own: folded, or as the heading of its trees."""
        return run.rows != run.size * self.height_of(self.shape(run)) or self.folded(
            run.key, run.size
        )

    def frame_row(self, frame: int, *, line: bool = False) -> int | None:
        """The row in which a frame's tree, or with `line` its run, begins or is folded away."""
        node = self.facts.node_of_frame(frame)
        run = self.memories[node].runs.run_of(frame)
        if run is None:
            return None
        if node in self.folds.nodes:
            return self.base(node)
        row = self.base(node) + 1 + run.row
        if self.folded(run.key, run.size) or line:
            return row
        return row + self.has_line(run) + (frame - run.first) * self.height_of(self.shape(run))


def number_of(key: int) -> int:
    """The number of the shape in a key: 2 * number + opened, or the complement of that."""
    return (key if key >= 0 else ~key) >> 1


def is_open(key: int) -> bool:
    """Whether the viewer unfolded the run with this key."""
    return bool(key & 1) if key >= 0 else False
