"""The mapping database as a forest: node memories, frames, and who derived what from whom.

Only what a step names is looked at again, and only the lines asked for are drawn: an update takes
time with the step, a line with its tree, neither with the database. A view that was updated step
by step shows the same lines as one made anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.views.forest_chips import Chips
from l4numa_tui.views.forest_facts import Facts
from l4numa_tui.views.forest_folds import Folds
from l4numa_tui.views.forest_light import DARK, frame_of, light_of
from l4numa_tui.views.forest_marks import NO_MARKS, Marks, marks_of, net_entries
from l4numa_tui.views.forest_paint import Columns, Painter, cut, target_in
from l4numa_tui.views.forest_runs import Run, RunList
from l4numa_tui.views.forest_shapes import MARKS, Shape, Shapes
from l4numa_tui.views.forest_tree import Item, arrange, frame_items, is_idle
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Target, width_of
from l4numa_tui.world.session import StepChange

_KEPT_TREES = 400  # drawn trees that are kept: some screens full
Steps = StepChange | Iterable[StepChange]


class Memory:
    """One node's memory: its frames in runs, and sums over them."""

    def __init__(self, view: ForestView) -> None:
        self.runs = RunList(view.rows_of)
        self.entries = 0
        self.marks = [0, 0, 0]

    def add(self, shape: Shape, times: int) -> None:
        """Count frames of a shape in, or with negative `times` out."""
        self.entries += times * shape.entries
        for at, count in enumerate(shape.marks):
            self.marks[at] += times * count


class Place(NamedTuple):
    """What a row shows: a node's heading, a run's line, or row `line` of the tree of `frame`."""

    node: int
    run: Run | None = None
    frame: int = -1
    line: int = 0


class ForestView:
    """The lines of the forest. Rows count from 0, columns from the left end of the whole line.

    `folds` is what the viewer folded; `tight` draws narrower chips, for narrow panes.
    """

    def __init__(self, scene: Scene, folds: Folds | None = None, *, tight: bool = False) -> None:
        self.folds = folds or Folds.fresh()
        self._tight = tight
        self.reset(scene)

    # Following the world.
    def reset(self, scene: Scene) -> None:
        """Show a scene from scratch, as after a seek. Takes time with the number of entries."""
        self.scene = scene
        self.facts = Facts(scene)
        self._marks = marks_of(scene.last)
        self.facts.ended = self._marks.ended
        self._light = light_of(scene, self.facts, self._marks)
        self._shapes = Shapes(self.facts)
        self._trees: dict[int, list[Line]] = {}
        self._columns_of = -1
        self._memories = [Memory(self) for _ in range(self.facts.nodes)]
        frames = {vpn_of(page) for page in self.facts.child if space_of(page) == SIGMA0}
        keys: list[list[tuple[int, int]]] = [[] for _ in self._memories]
        for frame in sorted(frames | self._marks.frames.keys()):
            key = self._key(frame, self.items(frame))
            self._count(frame, key, 1)
            keys[self.facts.node_of_frame(frame)].append((frame, key))
        for memory, part in zip(self._memories, keys, strict=True):
            memory.runs.load(part)
        self._moved()

    def update(self, change: Steps, scene: Scene) -> None:
        """Show a scene that lies the given step, or steps, after or before the one shown.

        With no steps, only the selection may differ. Another world is shown from scratch.
        """
        if scene.world is not self.scene.world or scene.ascii_only != self.facts.ascii_only:
            self.reset(scene)
            return
        steps = [change] if isinstance(change, StepChange) else list(change)
        old_marks, old_light = self._marks, self._light
        self.scene = scene
        if steps or scene.last != old_marks_of(self):
            self._marks = marks_of(scene.last)
        self.facts.ended = self._marks.ended
        touched = set[int]()
        if steps or self._marks is not old_marks:
            touched |= old_marks.frames.keys() | self._marks.frames.keys()
        for step in steps:
            touched |= self._frames_of(step)
        self._light = light_of(scene, self.facts, self._marks)
        if self._light != old_light:
            touched |= old_light.shown | self._light.shown
            self._forget_lit(old_light.selected, old_light.frames | self._light.frames)
        for frame in sorted(touched):
            self._renew(frame)
        self._moved()
