"""What a step did to the mapping entries, sorted by the frame under which they are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from l4numa_tui.journal import Change
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, MARK_NEW
from l4numa_tui.world.session import StepChange

Row = tuple[int, int, int, int, int]  # a row of the table `mdb`: frame, rights, parent, depth, slot
_NAMED = 4  # without the slot, which is where the page-table entry lies


class Mark(NamedTuple):
    """What happened to one entry: `+`, `−` or `~`, and its row before where it had one."""

    mark: str
    before: Row | None


class Marks(NamedTuple):
    """A step's marks: frame -> entry -> mark; the homes of spaces that it ended."""

    frames: dict[int, dict[int, Mark]]
    ended: dict[int, int]


NO_MARKS = Marks({}, {})


def net_entries(changes: Iterable[Change]) -> dict[int, tuple[Row | None, Row | None]]:
    """The mapping entries that some writes changed: entry -> (row before, row after).

    What is the same before and after, the slot aside, is no change.
    """
    net: dict[int, tuple[Row | None, Row | None]] = {}
    for table, key, old, new in changes:
        if table == "mdb":
            net[key] = (net[key][0] if key in net else old, new)
    return {entry: pair for entry, pair in net.items() if not _same(*pair)}


def _same(before: Row | None, after: Row | None) -> bool:
    if before is None or after is None:
        return before is after
    return before[:_NAMED] == after[:_NAMED]


def marks_of(change: StepChange | None) -> Marks:
    """The marks of a step, none for None. An entry that changed its frame went and came anew."""
    if change is None:
        return NO_MARKS
    frames: dict[int, dict[int, Mark]] = {}
    for entry, (before, after) in net_entries(change.changes()).items():
        moved = before and after and before[0] != after[0]
        if before and (after is None or moved):
            frames.setdefault(before[0], {})[entry] = Mark(MARK_GONE, before)
        if after and (before is None or moved):
            frames.setdefault(after[0], {})[entry] = Mark(MARK_NEW, None)
        elif after:
            frames.setdefault(after[0], {})[entry] = Mark(MARK_CHANGED, before)
    ended = {
        key: old[0]
        for table, key, old, new in change.changes()
        if table == "space" and old is not None and new is None
    }
    return Marks(frames, ended)
