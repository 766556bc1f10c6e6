"""What stands around the forest: its legend, and the strip that shows where something changed.

The strip has a cell per visible row, which stands for an equal share of all rows: a mark where the
last step changed something, else the scroll bar.
"""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.views.forest.chips import MARK_STYLES
from l4numa_tui.views.segments import MARK_GONE, Segment

_LEGEND = (
    ("═", "=", "crosses nodes"),
    ("⇄2", "@2", "lies on N2"),
    ("≡", "=", "global"),
    ("≠", "!", "replicated"),
)
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
            cells.append(Segment(shown, MARK_STYLES[mark]))
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
