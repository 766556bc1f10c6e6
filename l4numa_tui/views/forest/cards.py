"""Cards: a frame's tree with a box of four rows for each entry, to be projected and talked about.

The box is in the colour of the entry's home node; its top names node and space, and where the
memory lies if that is elsewhere. Inside: rights and address, the bits that the hardware has set
since anyone collected them, the bytes that the entry takes of the home node's kernel memory.
"""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import vpn_of
from l4numa_tui.kernel.memory import ENTRY_BYTES
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.views.forest.chips import Chips
from l4numa_tui.views.forest.facts import PAGE_DIGITS
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.forest.paint import Columns, Painter
from l4numa_tui.views.forest.tree import (
    FIRST,
    LAST,
    MIDDLE,
    Cell,
    Item,
    RowPlan,
    arrange,
    target_of,
)
from l4numa_tui.views.forest.zoom import CARD_ROWS
from l4numa_tui.views.pane_parts import MARK_STYLES, rights_part
from l4numa_tui.views.segments import MARK_GONE, Line, Segment, Target, fit, node_style, width_of

_WIDEST, _LEAST = 21, 20  # columns of a card
_BESIDE = 3  # so many levels are to fit side by side: root pager, node pager, program
_EDGE_ROW = 1  # of a card: where lines from the parent and to the children meet it


class CardPainter(Painter):
    """Draws trees as cards; runs and headings are those of the chips."""

    def __init__(
        self, chips: Chips, levels: int, room: int, light: Light, *, limited: bool = False
    ) -> None:
        columns = _columns(chips, room, levels)
        self.size = columns.rails[1] - columns.starts[1] - columns.gap
        super().__init__(chips.facts, chips, columns, light, limited=limited)

    @property
    def width(self) -> int:
        """Columns that the longest lines take."""
        return self.columns.starts[-2] + self.size

    def tree(self, frame: int, items: list[Item]) -> list[Line]:
        """The rows of a frame's tree."""
        lines: list[Line] = []
        for plan in arrange(self.facts, items):
            cards = [self._card(frame, items, cell) for cell in plan.cells]
            lines += [self._line(frame, items, plan, cards, y) for y in range(CARD_ROWS)]
        return lines

    def _line(
        self, frame: int, items: list[Item], plan: RowPlan, cards: list[list[Line]], y: int
    ) -> Line:
        line, rails, starts = self.margin(frame), self.columns.rails, self.columns.starts
        at = width_of(line)
        for level, passes in enumerate(plan.rails):
            if level and passes:
                line += [Segment(" " * (rails[level] - at)), Segment(self.glyphs.rail, "line")]
                at = rails[level] + 1
        for cell, card in zip(plan.cells, cards, strict=True):
            lead = self._lead(items, cell, at, y)
            at += width_of(lead)
            if cell.level and at < starts[cell.level]:
                lead.append(Segment(" " * (starts[cell.level] - at)))
                at = starts[cell.level]
            line += [*lead, *card[y]]
            at += width_of(card[y])
        return line

    def _lead(self, items: list[Item], cell: Cell, at: int, y: int) -> Line:
        """What stands before a card in one of its rows: the edge, or a line that passes."""
        if cell.level < 2:
            return []
        gap = self.columns.rails[cell.level - 1] - at
        if y == _EDGE_ROW:
            return self.edge(items, cell, gap)
        above, below = (MIDDLE, LAST), (FIRST, MIDDLE)
        if cell.joint in (above if y < _EDGE_ROW else below):
            return [Segment(" " * gap), Segment(self.glyphs.rail, "line")]
        return []

    # One card.
    def _card(self, frame: int, items: list[Item], cell: Cell) -> list[Line]:
        if not cell.level:
            text = frame_text(frame).rjust(self.facts.frame_width)
            style = f"value {self.light.frame_style(frame)}".rstrip()
            rows: list[Line] = [[] for _ in range(CARD_ROWS)]
            rows[_EDGE_ROW] = [Segment(text, style, ("frame", frame))]
            return rows
        item = items[cell.members[0]]
        target, style = target_of(self.facts, item), node_style(self.facts.home(item.space))
        if len(cell.members) > 1:
            labels = self.chips.labels(items, cell.members)
            what = self.chips.what(items, cell.members)
            each = [Segment(f"{ENTRY_BYTES} B each", "label", target)]
            return self._box("", labels, [], style, target, what, each)
        name, end = self._names(frame, item, target)
        inside = self._address(frame, item, target), self._books(frame, item, target)
        return self._box(self.chips.mark(item).strip(), name, end, style, target, *inside)

    def _box(
        self, mark: str, name: Line, end: Line, style: str, target: Target, *rows: Line
    ) -> list[Line]:
        """A box around rows; `mark`, `name` and `end` stand in its top."""
        corners, inner = self.glyphs.corners, self.size - 2
        dash, rail = self.glyphs.single, Segment(self.glyphs.rail, style, target)
        sign = Segment(mark or dash, MARK_STYLES.get(mark, style), target)
        top = [sign, *fit(name, min(width_of(name), inner - 1 - width_of(end)))]
        left = inner - width_of(top) - width_of(end)
        lines: list[Line] = [
            [Segment(corners[0], style, target), *top, Segment(dash * left, style, target), *end,
             Segment(corners[1], style, target)]
        ]  # fmt: skip
        for row in rows:
            text = fit([Segment(" ", "", target), *row], inner)
            inside = (part if part.target else part._replace(target=target) for part in text)
            lines.append([rail, *inside, rail])
        bottom = corners[2] + dash * inner + corners[3]
        return [*lines, [Segment(bottom, style, target)]]

    def _names(self, frame: int, item: Item, target: Target) -> tuple[Line, Line]:
        """What a card's top says: node and space; 2 MiB; where the memory is, if elsewhere."""
        tail, home = self.chips.tail(item), self.facts.home(item.space)
        name = [
            Segment(self.facts.label(home), f"chip{home % 8}{tail}", target),
            Segment(f" {self.facts.name(item.space)}", f"strong{tail}", target),
            Segment(" ", "", target),
        ]
        end: Line = []
        if item.mark != MARK_GONE and self.facts.is_large(item.entry):
            end.append(Segment("2M ", "label", target))
        if node_of(frame) != home:
            end.append(Segment(f"{self.glyphs.elsewhere}{node_of(frame)}", "cross", target))
        return name, end

    def _address(self, frame: int, item: Item, target: Target) -> Line:
        """Rights, and which address shows which frame."""
        tail, vpn = self.chips.tail(item), vpn_of(item.entry)
        line = [*self.chips.rights(item, tail, target), Segment(" ", "", target)]
        line[0] = line[0]._replace(text="")
        if vpn != frame:
            line.append(Segment(f"v{vpn:0{PAGE_DIGITS}x}", f"value{tail}", target))
        # Changed rights take the frame's room, which is named at the left of the tree as well.
        if vpn == frame or item.before in (-1, item.rights):
            arrow = "" if vpn == frame else self.glyphs.arrow
            line.append(Segment(f"{arrow}{frame_text(frame)}", f"value{tail}", target))
        return line

    def _books(self, frame: int, item: Item, target: Target) -> Line:
        """What the hardware has noted of the entry, and what keeping it takes."""
        if item.mark == MARK_GONE:
            return [Segment("removed just now", "label", target)]
        return [
            Segment("used ", "label", target),
            *rights_part(self.facts.used.get(item.entry, 0), "", target),
            Segment(f"  {ENTRY_BYTES} B", "label", target),
            *self.chips.sharing(frame, item),
        ]


def _columns(chips: Chips, room: int, levels: int) -> Columns:
    """Columns for cards of one size; all for `room` columns, as far as that goes."""
    margin, gap, edge = (0, 0, 3) if chips.tight else (1, 1, 4)
    first = margin + chips.facts.frame_width + 1
    share = (room - first - (_BESIDE - 1) * (gap + edge)) // _BESIDE
    size = max(_LEAST, min(share, _WIDEST))
    starts, rails = [0, first], [0]
    for level in range(1, max(levels, 1) + 1):
        rails.append(starts[level] + size + gap)
        starts.append(rails[level] + edge)
    return Columns(margin, gap, edge, tuple(starts), tuple(rails))
