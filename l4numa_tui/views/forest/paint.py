"""Draws the forest's lines: a frame's tree in aligned columns, a folded run, a node's heading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from l4numa_tui.machine.machine import INDEX_MASK, frame_text
from l4numa_tui.views.forest.chips import Chips
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.forest.memory import Memory
from l4numa_tui.views.forest.shapes import Shape
from l4numa_tui.views.forest.tree import FIRST, LAST, MIDDLE, ONLY, Cell, Item, RowPlan, arrange
from l4numa_tui.views.pane_parts import count_of, number
from l4numa_tui.views.segments import Line, Segment, Target, node_style, width_of

_HOMES = 8  # a run's line counts the entries of so many nodes
_COUNT_STYLES = ("good", "bad", "warn")


class Columns(NamedTuple):
    """Where each level's chips begin (`starts`, their marks) and where the lines below them pass.

    `rails[level]` is the column of the line from entries of that level down to their children.
    """

    margin: int
    gap: int
    edge: int
    starts: tuple[int, ...]
    rails: tuple[int, ...]

    @classmethod
    def of(cls, chips: Chips, inner: Iterable[tuple[int, int]], levels: int) -> Columns:
        """Columns wide enough for all (level, space) in `inner`, whatever their chips say."""
        margin, gap, edge = (0, 0, 3) if chips.tight else (1, 1, 4)
        widths = [0] * (levels + 2)
        for level, space in inner:
            widths[level] = max(widths[level], chips.width(level, space))
        starts, rails = [0, margin + chips.facts.frame_width], [0]
        for level in range(1, levels + 1):
            rails.append(starts[level] + widths[level] + gap)
            starts.append(rails[level] + edge)
        return cls(margin, gap, edge, tuple(starts), tuple(rails))

    def stretched(self, widths: dict[int, int]) -> tuple[list[int], list[int]]:
        """Starts and rails for a tree whose inner chips have these widths by level, if larger."""
        starts, rails, shift = list(self.starts), list(self.rails), 0
        for level in range(1, len(rails)):
            starts[level] += shift
            over = starts[level] + widths.get(level, 0) + self.gap - (rails[level] + shift)
            shift += max(over, 0)
            rails[level] += shift
        starts[-1] += shift
        return starts, rails


class Painter:
    """Draws lines as wide as they come; whoever shows them cuts them."""

    def __init__(
        self, facts: Facts, chips: Chips, columns: Columns, light: Light, *, limited: bool = False
    ) -> None:
        self.facts = facts
        self.limited = limited
        self.glyphs = facts.glyphs
        self.chips = chips
        self.columns = columns
        self.light = light

    def tree(self, frame: int, items: list[Item]) -> list[Line]:
        """The rows of a frame's tree."""
        plans = arrange(self.facts, items)
        drawn = [[self._cell(frame, items, cell) for cell in plan.cells] for plan in plans]
        widths: dict[int, int] = {}
        for plan, chips in zip(plans, drawn, strict=True):
            for cell, chip in list(zip(plan.cells, chips, strict=True))[:-1]:
                widths[cell.level] = max(widths.get(cell.level, 0), width_of(chip))
        starts, rails = self.columns.stretched(widths)
        return [
            self._row(frame, items, plan, chips, starts, rails)
            for plan, chips in zip(plans, drawn, strict=True)
        ]

    def _cell(self, frame: int, items: list[Item], cell: Cell) -> Line:
        if not cell.level:
            text = frame_text(frame).rjust(self.facts.frame_width)
            style = f"value {self.light.frame_style(frame)}".rstrip()
            return [Segment(text, style, ("frame", frame))]
        if len(cell.members) > 1:
            return self.chips.bundle(items, cell.members)
        return self.chips.entry(frame, items, items[cell.members[0]])

    def _row(
        self,
        frame: int,
        items: list[Item],
        plan: RowPlan,
        chips: list[Line],
        starts: list[int],
        rails: list[int],
    ) -> Line:
        line = self.margin(frame)
        at = width_of(line)
        for level, passes in enumerate(plan.rails):
            if level and passes:
                line += [Segment(" " * (rails[level] - at)), Segment(self.glyphs.rail, "line")]
                at = rails[level] + 1
        for cell, chip in zip(plan.cells, chips, strict=True):
            if cell.level > 1:
                edge = self.edge(items, cell, rails[cell.level - 1] - at)
                line += edge
                at += width_of(edge)
            elif cell.level and at < starts[1]:
                line.append(Segment(" " * (starts[1] - at)))
                at = starts[1]
            line += chip
            at += width_of(chip)
        return line

    @property
    def layout(self) -> object:
        """Equal for painters that draw the same tree alike, but for what is lit."""
        return type(self), self.chips.tight, self.columns, self.limited

    @property
    def width(self) -> int:
        """Columns that the longest lines may take."""
        leaf = max(self.chips.width(0, space) for space in self.facts.names)
        return self.columns.starts[-2] + leaf

    def heads(self) -> Line:
        """The line that stays above all others: what the columns are. Chips and cards need none."""
        return []

    def margin(self, frame: int) -> Line:
        """The column at the left edge: whose memory this is."""
        if not self.columns.margin:
            return []
        return [Segment(self.glyphs.rail, node_style(self.facts.node_of_frame(frame)))]

    def edge(self, items: list[Item], cell: Cell, gap: int) -> Line:
        """The line from a parent's chip, `gap` columns before its rail, to its child's mark."""
        glyphs, first = self.glyphs, items[cell.members[0]]
        home = self.facts.home(items[first.up].space)
        crosses = any(self.facts.home(items[index].space) != home for index in cell.members)
        dash, style = (glyphs.double, "cross") if crosses else (glyphs.single, "line")
        head = glyphs.head
        if first.given:
            dash, head = glyphs.dotted, glyphs.given
        dashes = Segment(dash * (self.columns.edge - 2) + head, style)
        if cell.joint == ONLY:
            return [Segment(dash * (gap + 1), style), dashes]
        joint = {FIRST: glyphs.first, MIDDLE: glyphs.middle, LAST: glyphs.last}[cell.joint]
        if cell.joint == FIRST:
            return [Segment(glyphs.single * gap + joint, "line"), dashes]
        return [Segment(" " * gap), Segment(joint, "line"), dashes]

    def run(self, first: int, count: int, shape: Shape, *, opened: bool) -> Line:
        """A run's one line, folded, or its heading, opened."""
        glyphs, facts = self.glyphs, self.facts
        lit = " related" if self.light.touches(first, count) else ""
        target: Target = ("run", first)
        span = frame_text(first)
        if count > 1:
            span += f"{glyphs.span}{first + count - 1 & INDEX_MASK:04x}"
        sign = glyphs.opened if opened else glyphs.run
        line = [
            *self.margin(first),
            Segment(f"{sign} ", "label", target),
            Segment(span, f"strong{lit}", target),
            Segment(f" {glyphs.times}{count} ", f"strong{lit}", target),
            Segment(shape.label, f"value{lit}", target),
            *self._shared(shape, f"good{lit}", target),
            *self._matching(count * shape.hits, target),
            Segment(f" {glyphs.total}{count * shape.entries}", f"strong{lit}", target),
        ]
        if not shape.pool:
            for node, entries in shape.homes[:_HOMES]:
                text = f" {facts.count_label(node)}{count * entries}"
                line.append(Segment(text, node_style(node), target))
            if len(shape.homes) > _HOMES:
                line.append(Segment(f" {glyphs.cut}", "dim", target))
        return line + self._counts([count * each for each in shape.marks])

    def _shared(self, shape: Shape, style: str, target: Target) -> Line:
        """In how many spaces each frame of a run is seen, where it is more than one."""
        if shape.sharers < 2:
            return []
        return [Segment(f" {self.glyphs.everywhere}{shape.sharers}", style, target)]

    def _matching(self, hits: int, target: Target | None) -> Line:
        """How many entries meet the limit, if there is one."""
        text = " 1 match" if hits == 1 else f" {number(hits)} matches"
        return [Segment(text, "hit", target)] if hits else []

    def heading(self, node: int, memory: Memory, *, folded: bool) -> Line:
        """A node's heading: what of its memory is mapped, and what of that the last step did."""
        name = self.facts.label(node)
        runs = memory.runs
        what = ("frame", runs.frames), ("entry", memory.entries), ("run", len(runs))
        text = ", ".join(count_of(count, noun) for noun, count in what)
        if not runs.frames:
            text = "nothing of it matches" if self.limited else "0 entries: nothing of it is mapped"
        style = f"chip{node % 8}"
        if self.light.selected == ("node", node):
            style += " selected"
        target = ("node", node)
        line = [
            Segment(
                f" {name[0]} {name[1:]}{'' if self.chips.tight else ' memory'} ", style, target
            ),
            Segment(f"{' ' if self.chips.tight else '  '}{text}", "label", target),
        ]
        if folded and runs.frames:
            line.append(Segment(f" {self.glyphs.run} folded", "label", target))
        if memory.hits:
            line.append(Segment(" "))
        return line + self._matching(memory.hits, target) + self._counts(memory.marks)

    def _counts(self, marks: list[int]) -> Line:
        """How many entries the last step added, removed and changed: ` +2 −1`."""
        signs = ("+", self.glyphs.gone, "~")
        return [
            part
            for sign, style, count in zip(signs, _COUNT_STYLES, marks, strict=True)
            if count
            for part in (Segment(" "), Segment(f"{sign}{count}", style))
        ]


def cut(line: Line, width: int, offset: int, right: str, left: str) -> Line:
    """The `width` columns of a line from column `offset` on, with a sign where more follows."""
    total = width_of(line)
    out: Line = []
    at = -offset
    for segment in line:
        end = at + len(segment.text)
        if end > 0 and at < width:
            whole = at >= 0 and end <= width
            text = segment.text if whole else segment.text[max(-at, 0) : width - at]
            out.append(segment if whole else segment._replace(text=text))
        at = end
    left_over = width - max(total - offset, 0)
    if left_over > 0:
        out.append(Segment(" " * left_over))
    if total - offset > width > 1:
        out = _swap(out, -1, right)
    if offset and total > offset and width > 2:
        out = _swap(out, 0, left)
    return out


def _swap(line: Line, at: int, sign: str) -> Line:
    """Put a sign into the first (0) or last (-1) column."""
    segment = line[at]
    rest = segment._replace(text=segment.text[1:] if at == 0 else segment.text[:-1])
    new = [Segment(sign, "dim", segment.target)]
    if at == 0:
        return [*new, *([rest] if rest.text else []), *line[1:]]
    return [*line[:-1], *([rest] if rest.text else []), *new]


def target_in(line: Line, column: int) -> Target | None:
    """What a column of a line shows."""
    for segment in line:
        column -= len(segment.text)
        if column < 0:
            return segment.target
    return None
