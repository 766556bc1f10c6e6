"""Where a cursor goes in the forest: along the rows, and between parents and children."""

from __future__ import annotations

from typing import TYPE_CHECKING

from l4numa_tui.views.forest.memory import Place
from l4numa_tui.views.segments import Target

if TYPE_CHECKING:
    from l4numa_tui.views.forest.view import ForestView


def _stops(view: ForestView, row: int) -> list[tuple[int, Target]]:
    """Where a cursor can stand in a row: (level, target), from left to right.

    A row of a tree has its frame's number, in the first row, and then one entry for each level.
    """
    place = view.place(row)
    if place is None:
        return []
    if place.run is None:
        return [(0, ("node", place.node))]
    if place.frame < 0:
        return [(0, ("run", place.run.first))]
    items = view.items(place.frame)
    found: list[tuple[int, Target]] = []
    for cell in view.plan_at(place).cells:
        item = items[cell.members[0]]
        found.append((cell.level, view.target_of(item) if cell.level else ("frame", place.frame)))
    return found


def stop_at(view: ForestView, row: int, level: int) -> Target | None:
    """The stop of a row that is nearest to a level."""
    found = _stops(view, row)
    return min(found, key=lambda stop: abs(stop[0] - level))[1] if found else None


def next_target(
    view: ForestView, target: Target, direction: str, level: int | None
) -> Target | None:
    """The next stop from a target; see `ForestView.next_target`."""
    row = view.row_of(target)
    if row is None:
        return None
    if direction in ("up", "down"):
        here = level_of(view, target) if level is None else level
        rows = view.rows_of_target(target)
        return stop_at(view, rows.stop if direction == "down" else rows.start - 1, here)
    place = view.place(row)
    return None if place is None else _beside(view, target, row, place, direction)


def _beside(
    view: ForestView, target: Target, row: int, place: Place, direction: str
) -> Target | None:
    right = direction == "right"
    match target:
        case ("node", _):
            return stop_at(view, row + 1, 0) if right and _opens(view, row) else None
        case ("entry" | "ghost", entry) if place.frame >= 0:
            return _beside_entry(view, place.frame, entry, direction)
        case ("frame", _) if place.frame >= 0:
            return _beside_frame(view, place.frame, direction)
    if place.run is None or not right:
        return "node", place.node
    return _first_frame(view, place.run.first)


def level_of(view: ForestView, target: Target) -> int:
    """The level a target stands on: 0 for headings, runs and frames."""
    row = view.row_of(target)
    place = None if row is None else view.place(row)
    if place is None or place.frame < 0 or target[0] not in ("entry", "ghost"):
        return 0
    items, _ = view.plans(place.frame)
    return next((item.level for item in items if view.target_of(item) == target), 0)


def _opens(view: ForestView, row: int) -> bool:
    """Whether a heading has rows of its own below it."""
    below = view.place(row + 1)
    return below is not None and below.run is not None


def _first_frame(view: ForestView, frame: int) -> Target | None:
    row, line = view.row_of(("frame", frame)), view.row_of(("run", frame))
    return None if row == line else ("frame", frame)


def _beside_frame(view: ForestView, frame: int, direction: str) -> Target | None:
    if direction == "right":
        items, _ = view.plans(frame)
        return view.target_of(items[1])
    line = view.row_of(("run", frame))
    place = None if line is None else view.place(line)
    if place is None:
        return None
    if place.run is not None and place.frame < 0:
        return "run", place.run.first
    return "node", place.node


def _beside_entry(view: ForestView, frame: int, entry: int, direction: str) -> Target | None:
    """An entry's parent or first child; within a bundle, its neighbours."""
    items, plans = view.plans(frame)
    cells = [cell for plan in plans for cell in plan.cells]
    at = next((index for index, item in enumerate(items) if item.entry == entry), 0)
    cell = next((cell for cell in cells if at in cell.members), cells[0])
    within = cell.members.index(at) if at in cell.members else 0
    if direction == "left":
        if within:
            return view.target_of(items[cell.members[within - 1]])
        up = items[at].up
        return view.target_of(items[up]) if up > 0 else ("frame", frame)
    if within + 1 < len(cell.members):
        return view.target_of(items[cell.members[within + 1]])
    child = next((each for each in cells if items[each.members[0]].up == at), None)
    return None if child is None else view.target_of(items[child.members[0]])
