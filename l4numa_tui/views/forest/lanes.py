"""Lanes: a column for each home node, and every entry in the column of its own.

What crosses nodes is a line that crosses columns: the picture of a cross-node unmap. Every entry
has a row to itself, below its parent, whose rail leads down to it; a bundle's entries share one
row and a line that taps each of them. Where the memory lies the frame's number says at the left.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.machine.machine import frame_text
from l4numa_tui.views.forest.chips import Chips
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.forest.paint import Columns, Painter
from l4numa_tui.views.forest.tree import Cell, Item, RowPlan
from l4numa_tui.views.forest.zoom import lane_plans
from l4numa_tui.views.segments import MARK_GONE, MARK_NEW, Line, Segment, Target, fit, width_of

_LEAST = 13  # columns of a lane
_ROOMY = 23  # lanes so wide have room for wide chips
_MOST = 36  # more room would tear trees apart
_STEP = 2  # a child of the same home stands so many columns right of its parent
_LEAD = 3  # columns between the frame's rail and the first lane: a line and its head
_OVERHANG = 24  # columns that chips of the last lane may take beyond it
_EDGES = ("line", "cross", "good", "bad")
_DASHES = "─═┄-=."


class _Line(NamedTuple):
    """One edge to be drawn: from a rail to what stands at `to`, headed there."""

    rail: int
    to: int
    crosses: bool
    given: bool
    mark: str


class _Row:
    """A row of characters to write on, each with a style and a target."""

    def __init__(self, width: int) -> None:
        self.text = [" "] * width
        self.styles = [""] * width
        self.targets: list[Target | None] = [None] * width

    def put(self, at: int, text: str, style: str, target: Target | None = None) -> None:
        """Write over what is there; what goes beyond the row's end makes it longer."""
        end = at + len(text)
        more = end - len(self.text)
        if more > 0:
            self.text += [" "] * more
            self.styles += [""] * more
            self.targets += [None] * more
        self.text[at:end] = text
        self.styles[at:end] = [style] * len(text)
        self.targets[at:end] = [target] * len(text)

    def chip(self, at: int, chip: Line) -> None:
        """Write a chip; a line that goes on behind it does not begin at it."""
        for segment in chip:
            self.put(at, *segment)
            at += len(segment.text)
        if at < len(self.text) and self.styles[at] in _EDGES and self.text[at] in _DASHES:
            self.put(at, " ", "")

    def line(self) -> Line:
        """The row as segments, without the blanks at its end."""
        line: Line = []
        at, end = 0, len(self.text)
        styles, targets = self.styles, self.targets
        while at < end:
            first, style, target = at, styles[at], targets[at]
            while at < end and styles[at] == style and targets[at] == target:
                at += 1
            line.append(Segment("".join(self.text[first:at]), style, target))
        if line and line[-1].target is None and not line[-1].text.strip():
            line.pop()
        return line


class LanePainter(Painter):
    """Draws trees in lanes for `room` columns; runs and headings are those of the chips."""

    def __init__(self, chips: Chips, room: int, light: Light, *, limited: bool = False) -> None:
        facts = chips.facts
        margin = 0 if chips.tight else 1
        self._rail = margin + facts.frame_width  # of the frames themselves
        self._first = self._rail + _LEAD
        share = (room - self._first) // facts.nodes
        self.lane = max(_LEAST, min(share, _MOST))
        chips = Chips(facts, light, tight=chips.tight or share < _ROOMY)
        columns = Columns(margin, 0, _STEP, (0, self._first), (0, self._rail))
        super().__init__(facts, chips, columns, light, limited=limited)

    @property
    def layout(self) -> object:
        """Equal for painters that draw the same tree alike, but for what is lit."""
        return super().layout, self.lane

    @property
    def width(self) -> int:
        """Columns that the longest lines may take."""
        return self._first + self.lane * self.facts.nodes + _OVERHANG

    def heads(self) -> Line:
        """The nodes' names above their lanes."""
        row = _Row(self._first)
        row.put(0, "frame", "label")
        for node in range(self.facts.nodes):
            name, style = self.facts.label(node), f"chip{node % 8}"
            if self.light.selected == ("node", node):
                style += " selected"
            row.put(self._lane_of(node), f" {name} home ", style, ("node", node))
        return row.line()

    def _lane_of(self, home: int) -> int:
        return self._first + home * self.lane

    def tree(self, frame: int, items: list[Item]) -> list[Line]:
        """The rows of a frame's tree."""
        plans = lane_plans(self.facts, items)
        starts = self._starts(items)
        ends: dict[int, int] = {}  # item -> the row of its last child
        for at, plan in enumerate(plans):
            for cell in plan.cells[1:] if not at else plan.cells:
                ends[items[cell.members[0]].up] = at
        lines = []
        open_rails: set[int] = set()
        for at, plan in enumerate(plans):
            row = _Row(self._first)
            margin = self.margin(frame)
            if margin:
                row.put(0, *margin[0])
            for index in open_rails:
                row.put(self._rail_of(starts, index), self.glyphs.rail, "line")
            self._fill(row, frame, items, plan, starts, ends, at)
            open_rails = {each for each in open_rails if ends[each] > at}
            for cell in plan.cells:
                index = cell.members[0]
                if len(cell.members) == 1 and ends.get(index, -1) > at:
                    open_rails.add(index)
            lines.append(row.line())
        return lines

    def _starts(self, items: list[Item]) -> list[int]:
        """The column of each item's mark: right of its ancestors that live on its node."""
        starts = [0]
        for item in items[1:]:
            home, up = self.facts.home(item.space), item.up
            while up and self.facts.home(items[up].space) != home:
                up = items[up].up
            starts.append(starts[up] + _STEP if up else self._lane_of(home))
        return starts

    def _rail_of(self, starts: list[int], index: int) -> int:
        """The column of the line from an item down to its children: under its mark."""
        return starts[index] if index else self._rail

    def _fill(
        self,
        row: _Row,
        frame: int,
        items: list[Item],
        plan: RowPlan,
        starts: list[int],
        ends: dict[int, int],
        at: int,
    ) -> None:
        for cell in plan.cells:
            if not cell.level:
                style = f"value {self.light.frame_style(frame)}".rstrip()
                text = frame_text(frame).rjust(self.facts.frame_width)
                row.put(self.columns.margin, text, style, ("frame", frame))
                continue
            up = items[cell.members[0]].up
            rail, last = self._rail_of(starts, up), ends[up] == at
            chips = self._chips(frame, items, cell, starts, rail)
            edges = [self._edge_to(items, index, rail, *chips[index]) for index in cell.members]
            # The longest first: shorter ones of the same row lie on them, and tap them.
            edges.sort(key=lambda each: -abs(each.to - rail))
            for place, edge in enumerate(edges):
                longer = [each.to < rail for each in edges[:place]]
                self._draw(row, edge, tapped=(edge.to < rail) in longer)
            self._join(row, edges, last=last, beside=at == 0)
            for start, chip in chips.values():
                row.chip(start, chip)

    def _chips(
        self, frame: int, items: list[Item], cell: Cell, starts: list[int], rail: int
    ) -> dict[int, tuple[int, Line]]:
        """Of each entry of a row where it begins, and its chip: cut where others follow."""
        found, alone = {}, len(cell.members) == 1
        for index in cell.members:
            start, chip = starts[index], self.chips.lane(frame, items, items[index])
            if not alone and start == rail + _STEP:
                start += 1  # room for the tap: else the next one would seem to come from this one
            lane_end = self._lane_of(self.facts.home(items[index].space)) + self.lane
            ends = [rail] if start < rail else []
            ends += [] if alone else [lane_end]
            room = min(ends, default=start + width_of(chip) + _STEP) - start - _STEP
            found[index] = (start, self._short(chip, room) if width_of(chip) > room else chip)
        return found

    def _short(self, chip: Line, room: int) -> Line:
        """A chip cut to so many columns, and a sign that it is."""
        sign = Segment(self.glyphs.cut, "dim", chip[0].target)
        return [*fit(chip, max(room - 1, 1)), sign]

    def _edge_to(self, items: list[Item], index: int, rail: int, start: int, chip: Line) -> _Line:
        item = items[index]
        crosses = self.facts.home(item.space) != self.facts.home(items[item.up].space)
        to = start - 1 if start > rail else start + width_of(chip)
        return _Line(rail, to, crosses, item.given, item.mark)

    def _draw(self, row: _Row, edge: _Line, *, tapped: bool) -> None:
        """A line from beside a rail to its head; where it crosses other rails it says so."""
        glyphs, double, left = self.glyphs, int(edge.crosses), edge.to < edge.rail
        style = _style_of(edge)
        dash = glyphs.double if double else glyphs.single
        head = glyphs.head_left if left else glyphs.head
        if edge.given:
            dash, head = glyphs.dotted, glyphs.given_left if left else glyphs.given
        low, high = (edge.to, edge.rail) if left else (edge.rail, edge.to)
        under = "".join(row.text[low + 1 : high]).ljust(high - low - 1)
        crossed = (glyphs.crossing[double] if each == glyphs.rail else dash for each in under)
        row.put(low + 1, "".join(crossed) if glyphs.rail in under else dash * len(under), style)
        tap = edge.to + 1 if left else edge.to - 1
        if tapped and low < tap < high:
            row.put(tap, glyphs.tap[double], style)
        row.put(edge.to, glyphs.times if edge.mark == MARK_GONE else head, style)

    def _join(self, row: _Row, edges: list[_Line], *, last: bool, beside: bool) -> None:
        """Where a row's lines leave their rail; `beside` the frame's number there is none yet."""
        glyphs, rail = self.glyphs, edges[0].rail
        double = any(edge.crosses for edge in edges)
        left = [edge.to < rail for edge in edges]
        joint = (glyphs.elbows if last else glyphs.tees)[double + 2 * left[0]]
        if beside:
            joint = glyphs.double if double else glyphs.single
            joint = glyphs.dotted if edges[0].given else joint
        elif any(left) and not all(left):
            joint = glyphs.crossing[double]
        row.put(rail, joint, _style_of(edges[0]) if beside else "line")


def _style_of(edge: _Line) -> str:
    """An edge's style: what the last step did, else whether it crosses nodes."""
    return {MARK_NEW: "good", MARK_GONE: "bad"}.get(edge.mark, "cross" if edge.crosses else "line")
