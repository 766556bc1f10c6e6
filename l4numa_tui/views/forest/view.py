"""The mapping database as a forest: node memories, frames, and who derived what from whom.

Only the lines asked for are drawn, and drawn trees are kept until a step touches them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.views.forest.bus import bus_of, mates_of, tied
from l4numa_tui.views.forest.cards import CardPainter
from l4numa_tui.views.forest.chips import Chips
from l4numa_tui.views.forest.cursor import next_target, stop_at
from l4numa_tui.views.forest.folds import Folds
from l4numa_tui.views.forest.lanes import LanePainter
from l4numa_tui.views.forest.light import frame_of, ghost_frame
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.memory import Place
from l4numa_tui.views.forest.paint import Columns, Painter, cut, target_in
from l4numa_tui.views.forest.rows import ForestRows, is_open
from l4numa_tui.views.forest.runs import Run
from l4numa_tui.views.forest.shapes import MARKS
from l4numa_tui.views.forest.tree import Item, RowPlan, is_idle
from l4numa_tui.views.forest.zoom import CARD, CHIP, LANES, pitch, plans_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target

_KEPT_TREES = 400  # drawn trees that are kept: some screens full


class ForestView(ForestRows):
    """The lines of the forest. Rows count from 0, columns from the left end of the whole line.

    `folds` is what the viewer folded; `tight` draws narrower chips, for narrow panes; `room`, in
    columns, is what lanes share. `zoom` and `limit` as in `ForestRows`.
    """

    def __init__(
        self,
        scene: Scene,
        folds: Folds | None = None,
        *,
        tight: bool = False,
        room: int = 0,
        zoom: str = CHIP,
        limit: Limit | None = None,
    ) -> None:
        self._tight = tight
        self._room = room
        self._painter: Painter | None = None
        self._trees: dict[int, list[Line]] = {}
        self._drawn_for: object = None
        super().__init__(scene, folds, zoom=zoom, limit=limit)

    def forget(self, frames: Iterable[int] | None) -> None:
        """Draw these frames' trees, all for None, anew when they are next asked for."""
        if frames is None:
            self._trees.clear()
            return
        for frame in frames:
            self._trees.pop(frame, None)

    def settle(self) -> None:
        """After any change: rows lie elsewhere, columns perhaps."""
        super().settle()
        self._changes: list[tuple[int, str]] | None = None
        self._bus: dict[int, Segment] | None = None
        look = (self._tight, self.zoom, self._room, self.limit is not None)
        drawn_for = (self.facts, self.light, self.shapes.revision, look)
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            before, self._painter = self._painter, self._new_painter()
            if before is None or self.painter.layout != before.layout:
                self._trees.clear()

    def _new_painter(self) -> Painter:
        chips = Chips(self.facts, self.light, tight=self._tight)
        limited = self.limit is not None
        if self.zoom == CARD:
            levels = self.shapes.levels()
            return CardPainter(chips, levels, self._room, self.light, limited=limited)
        if self.zoom == LANES:
            return LanePainter(chips, self._room, self.light, limited=limited)
        columns = Columns.of(chips, self.shapes.inner(), self.shapes.levels())
        return Painter(self.facts, chips, columns, self.light, limited=limited)

    @property
    def painter(self) -> Painter:
        """Who draws the lines now."""
        if self._painter is None:
            raise RuntimeError("a view draws after it has been settled")
        return self._painter

    # Lines.
    @property
    def width(self) -> int:
        """Columns that the longest lines may take."""
        return self.painter.width

    @property
    def tight(self) -> bool:
        """Whether chips are drawn narrow; rows do not depend on it."""
        return self._tight

    def fit(self, room: int, *, tight: bool) -> None:
        """Draw for so many columns; rows do not depend on them."""
        self._tight, self._room = tight, room
        self.settle()

    def heads(self, width: int, x_offset: int = 0) -> list[Line]:
        """Lines that stay above the rows, as `line` gives them: in lanes the nodes' names."""
        glyphs, line = self.facts.glyphs, self.painter.heads()
        return [cut(line, width, x_offset, glyphs.more_right, glyphs.more_left)] if line else []

    def line(self, row: int, width: int, x_offset: int = 0) -> Line:
        """Row `row` in exactly `width` columns, from column `x_offset` of the whole line on.

        Headings and runs do not slide sideways with the trees: see `offset_in`.
        """
        glyphs, offset = self.facts.glyphs, self.offset_in(row, x_offset)
        line = cut(self.whole_line(row), width, offset, glyphs.more_right, glyphs.more_left)
        sign = self.bus().get(row)
        return line if sign is None else tied(line, width, sign, self.facts)

    def offset_in(self, row: int, x_offset: int) -> int:
        """The column with which a row begins where trees begin with column `x_offset`."""
        place = self.place(row)
        return 0 if place is None or place.frame < 0 else x_offset

    def whole_line(self, row: int) -> Line:
        """Row `row` as wide as it comes; empty beyond the last."""
        place = self.place(row)
        if place is None:
            return []
        if place.run is None:
            memory, folded = self.memories[place.node], place.node in self.folds.nodes
            return self.painter.heading(place.node, memory, folded=folded)
        if place.frame < 0:
            run, opened = place.run, is_open(place.run.key)
            return self.painter.run(run.first, run.size, self.shape(run), opened=opened)
        return self._tree(place.frame)[place.line]

    def _tree(self, frame: int) -> list[Line]:
        tree = self._trees.get(frame)
        if tree is None:
            if len(self._trees) >= _KEPT_TREES:
                self._trees.clear()
            tree = self._trees[frame] = self.painter.tree(frame, self.items(frame))
        return tree

    def plans(self, frame: int) -> tuple[list[Item], list[RowPlan]]:
        """A frame's entries and how its rows are made up of them."""
        items = self.items(frame)
        return items, plans_of(self.facts, items, self.zoom)

    def plan_at(self, place: Place) -> RowPlan:
        """The row plan that a row of a tree belongs to."""
        return self.plans(place.frame)[1][place.line // self.pitch]

    @property
    def pitch(self) -> int:
        """Rows that each row plan takes: cards are higher than one."""
        return pitch(self.zoom)

    def bus(self) -> dict[int, Segment]:
        """What stands at the right edge of which rows: the tie of the selected page's entries."""
        if self._bus is None:
            mates = mates_of(self.facts, self.light)
            rows = {row for frame, each in mates.items() for row in self._rows_with(frame, each)}
            self._bus = bus_of(self.facts, rows, len(mates))
        return self._bus

    # Targets.
    def target_at(self, row: int, column: int) -> Target | None:
        """What stands at a column of a row. None beside everything.

        Two kinds are known to forests only: ("run", first frame), and ("ghost", entry) for what is
        gone from here and drawn elsewhere as well, where the last step put it.
        """
        return target_in(self.whole_line(row), column)

    def row_of(self, target: Target) -> int | None:
        """The row that shows a target, or hides it in a folded line; None where there is none.

        Of a card the first of its rows: see `rows_of_target`.
        """
        found: list[int | None] = []
        match target:
            case ("node", node) if node < len(self.memories):
                found = [self.base(node)]
            case ("run" | "frame" as kind, frame):
                found = [self.frame_row(frame, line=kind == "run")]
            case ("entry" | "ghost" as kind, entry):
                found = [self._entry_row(entry, ghost=kind == "ghost")]
            case ("page", number, vpn):
                application = self.scene.world.system.roster.applications.get(number)
                spaces = application.spaces.values() if application else ()
                found = [self._entry_row(entry_id(space, vpn)) for space in spaces]
        return min((row for row in found if row is not None), default=None)

    def rows_of_target(self, target: Target) -> range:
        """All rows in which a target stands: four for a card; none where there is none."""
        row = self.row_of(target)
        place = None if row is None else self.place(row)
        if row is None or place is None:
            return range(0)
        return range(row, row + (self.pitch if place.frame >= 0 and target[0] != "run" else 1))

    def _entry_row(self, entry: int, *, ghost: bool = False) -> int | None:
        marks = self.marks
        frame = ghost_frame(marks, entry) if ghost else frame_of(self.facts, marks, entry)
        return None if frame is None else next(iter(self._rows_with(frame, (entry,))), None)

    def _rows_with(self, frame: int, entries: Collection[int]) -> list[int]:
        """For each of some entries that stands in a frame's tree its row; where folded, the one."""
        row = self.frame_row(frame)
        place = None if row is None else self.place(row)
        if row is None or place is None or place.frame < 0:
            return [] if row is None else [row for _ in entries]
        items, plans = self.plans(frame)
        return [
            row + at * self.pitch
            for at, plan in enumerate(plans)
            for cell in plan.cells
            for index in cell.members
            if items[index].entry in entries
        ]

    def columns_of(self, target: Target) -> tuple[int, int]:
        """The columns, first and last plus one, that a target takes in its row; (0, 0) if none."""
        found: list[int] = []
        for row in self.rows_of_target(target):
            at = 0
            for segment in self.whole_line(row):
                if segment.target == target:
                    found += [at, at + len(segment.text)]
                at += len(segment.text)
        return (min(found), max(found)) if found else (0, 0)

    def next_target(
        self, target: Target, direction: str, level: int | None = None
    ) -> Target | None:
        """Where a cursor goes from `target`: "up", "down", "left" or "right"; None if nowhere.

        `level` is the column it would like to keep on its way up and down, else that of `target`.
        """
        return next_target(self, target, direction, level)

    def stop_at(self, row: int, level: int = 0) -> Target | None:
        """Where a cursor stands in a row, as near to a level as possible; None beyond the rows."""
        return stop_at(self, row, level)

    # Changes.
    def change_rows(self) -> list[tuple[int, str]]:
        """The rows in which something has a mark, in order, each with its mark.

        Where a row has several, that of what is gone goes before new before changed.
        """
        if self._changes is None:
            found: dict[int, int] = {}
            rank = {MARKS[1]: 0, MARKS[0]: 1, MARKS[2]: 2}
            for frame, marks in self.marks.frames.items():
                for row, mark in self._marked_rows(frame, {e: m.mark for e, m in marks.items()}):
                    found[row] = min(found.get(row, len(rank)), rank[mark])
            names = {at: mark for mark, at in rank.items()}
            self._changes = [(row, names[at]) for row, at in sorted(found.items())]
        return self._changes

    def _marked_rows(self, frame: int, marks: dict[int, str]) -> list[tuple[int, str]]:
        top = self.frame_row(frame)
        place = None if top is None else self.place(top)
        if top is None or place is None or place.frame < 0:
            return [] if top is None else [(top, mark) for mark in marks.values()]
        items, plans = self.plans(frame)
        return [
            (top + at * self.pitch, marks[items[index].entry])
            for at, plan in enumerate(plans)
            for cell in plan.cells
            for index in cell.members
            if items[index].entry in marks
        ]

    # Folding.
    def toggle(self, row: int, target: Target | None = None) -> Target | None:
        """Fold or unfold what a row shows; what to look at then, None if nothing can be.

        In an unfolded run's trees a bundle goes first, unless `target` is the frame's number.
        """
        place = self.place(row)
        if place is None:
            return None
        if place.run is None:
            self.folds.flip("nodes", place.node)
            self.settle()
            return "node", place.node
        if place.frame < 0:
            return self._flip_run(place.run)
        bundle = None if target == ("frame", place.frame) else self._toggle_bundle(place)
        return bundle or self._fold_run(place)

    def _flip_run(self, run: Run) -> Target:
        for frame in range(run.first, run.first + run.size):
            self.folds.flip("frames", frame)
            self.renew(frame)
        self.settle()
        return "run", run.first

    def _fold_run(self, place: Place) -> Target | None:
        return self._flip_run(place.run) if place.run and is_open(place.run.key) else None

    def _toggle_bundle(self, place: Place) -> Target | None:
        """Draw the entries of the row's bundle one by one, or bundle such entries again."""
        items, cell = self.items(place.frame), self.plan_at(place).cells[-1]
        item = items[cell.members[0]]
        parent = items[item.up] if item.up >= 0 else None
        idle = parent is not None and parent.spread and is_idle(self.facts, item)
        if parent is None or not (len(cell.members) > 1 or idle):
            return None
        if any(each.up == cell.members[0] for each in items):
            return None
        self.folds.flip("entries", parent.entry)
        self.renew(place.frame)
        self.settle()
        return "entry", item.entry

    def fold_all(self) -> None:
        """Fold every run and every bundle; open every node."""
        self.folds.set_all(unfolded=False)
        self.reset(self.scene)

    def unfold_all(self) -> None:
        """Unfold every run and every bundle; open every node."""
        self.folds.set_all(unfolded=True)
        self.reset(self.scene)
