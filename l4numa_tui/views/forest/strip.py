"""What stands around the forest: its title, and the strip that shows where something changed.

The strip has a cell per visible row, which stands for an equal share of all rows: a mark where the
last step changed something, else the scroll bar.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from l4numa_tui.views.forest.zoom import CARD, CHIP, LANES
from l4numa_tui.views.pane_parts import MARK_STYLES, number
from l4numa_tui.views.segments import MARK_GONE, Line, Segment, fit

if TYPE_CHECKING:
    from l4numa_tui.views.forest.view import ForestView

_LEGEND = (
    ("═", "=", "crosses nodes"),
    ("⇄2", "@2", "lies on N2"),
    ("≡", "=", "global"),
    ("≠", "!", "replicated"),
)
_ZOOM_NAMES = {CARD: "as cards", LANES: "in lanes"}
_ORDER = (MARK_GONE, "+", "~")  # which mark a cell shows that has several


def change_strip(
    total: int, top: int, height: int, changes: Iterable[tuple[int, str]], *, ascii_only: bool
) -> list[Segment]:
    """`height` cells for `total` rows, of which those from `top` on are visible.

    Where everything fits, cells stand beside the rows they speak of, and there is no scroll bar.
    """
    marks: dict[int, str] = {}
    for row, mark in changes:
        cell = row if total <= height else row * height // total
        marks[cell] = min(marks.get(cell, mark), mark, key=_ORDER.index)
    size, start = height, 0
    if total > height:
        size = max(1, height * height // total)
        start = (height - size) * min(top, total - height) // (total - height)
    thumb, track = ("#", "|") if ascii_only else ("█", "│")
    cells = []
    for cell in range(height):
        if cell in marks:
            mark = marks[cell]
            shown = "-" if ascii_only and mark == MARK_GONE else mark
            cells.append(Segment(shown, MARK_STYLES.get(mark, "")))
        elif total <= height:
            cells.append(Segment(" "))
        else:
            inside = start <= cell < start + size
            cells.append(Segment(thumb if inside else track, "dim" if inside else "line"))
    return cells


def row_of_cell(cell: int, total: int, height: int) -> int:
    """The row to go to when somebody clicks on a cell."""
    return cell if total <= height else cell * total // height


def legend(width: int, *, ascii_only: bool) -> str:
    """What the forest's signs mean: as many of them as `width` columns hold."""
    text = ""
    for sign, plain, meaning in _LEGEND:
        more = f" {plain if ascii_only else sign} {meaning} "
        if len(text) + len(more) <= width:
            text += more
    return text


def limit_text(view: ForestView) -> str:
    """What the viewer's limit is, and how much of the database meets it."""
    if view.limit is None:
        return ""
    total = len(view.facts.rows)
    return f"limit {view.limit.text}: {number(view.hits)} of {number(total)} entries"


def forest_title(view: ForestView, name: str, width: int, *, focused: bool) -> Line:
    """The title bar in `width` columns: the pane's name, its zoom, the limit; else the legend."""
    style = "head-focus" if focused else "head"
    line = [Segment(name, style)]
    if view.zoom != CHIP:
        line.append(Segment(f"{_ZOOM_NAMES[view.zoom]} ", f"key {style}"))
    left = width - sum(len(segment.text) for segment in line)
    if view.limit is not None:
        line.append(Segment(f" {limit_text(view)} ", "hit"))
    else:
        signs = legend(left, ascii_only=view.facts.ascii_only)
        line.append(Segment(signs, f"dim {style}"))
    return fit([*line, Segment(" " * width, style)], width)
