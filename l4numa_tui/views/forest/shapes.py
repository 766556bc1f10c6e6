"""Shapes: frames whose trees look alike share one, so that runs of them can be folded."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.tree import Item, shape_key
from l4numa_tui.views.forest.zoom import heights
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, MARK_NEW

_NAMED_REGIONS = 2  # so many regions are named in a run's label
FOLD_PLAIN = 3  # so many neighbours that applications use fold: two are told apart at a glance
FOLD_MARKED = 4  # so many neighbours with the same change fold; fewer are shown one by one
MARKS = (MARK_NEW, MARK_GONE, MARK_CHANGED)


class Shape(NamedTuple):
    """What frames of one shape have in common, per frame.

    `heights` are the rows of the tree in each of `ZOOMS`, `entries` the mapping entries, ghosts not
    counted, `homes` their number by home node, `sharers` the spaces of one application that see the
    frame, `marks` the number of each of `MARKS`. `pool`: held by the root pager and the node pagers
    alone. `levels` is the deepest level, `inner` the (level, space) of entries that others hang
    below, `hits` the number of those that meet the viewer's limit.
    """

    heights: tuple[int, ...]
    entries: int
    homes: tuple[tuple[int, int], ...]
    sharers: int
    marks: tuple[int, int, int]
    label: str
    pool: bool
    levels: int
    inner: tuple[tuple[int, int], ...]
    hits: int

    def folds(self, count: int) -> bool:
        """Whether `count` neighbouring frames of this shape are to become one line."""
        if any(self.marks):
            return count >= FOLD_MARKED
        return self.pool or count >= FOLD_PLAIN


class Shapes:
    """All shapes seen, by number, and which of them are in use."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._numbers: dict[object, int] = {}
        self.shapes: list[Shape] = []
        self._used: Counter[int] = Counter()
        self._inner: Counter[tuple[int, int]] = Counter()
        self._depths: Counter[int] = Counter()
        self.revision = 0  # grows whenever `inner` or `levels` may have changed

    def number(self, items: list[Item]) -> int:
        """The number of the shape that a frame's items have."""
        key = shape_key(items)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.shapes)
            self.shapes.append(_measure(self._facts, items))
        return number

    def use(self, number: int, frames: int) -> None:
        """Say that so many frames more (or, negative, fewer) have a shape."""
        before = self._used[number]
        self._used[number] = after = before + frames
        if not before or not after:
            shape, step = self.shapes[number], 1 if after else -1
            for each in shape.inner:
                if self._inner[each] + step in (0, 1):
                    self.revision += 1
                self._inner[each] += step
            if self._depths[shape.levels] + step in (0, 1):
                self.revision += 1
            self._depths[shape.levels] += step

    def inner(self) -> list[tuple[int, int]]:
        """The (level, space) of all entries in use that others hang below."""
        return [each for each, count in self._inner.items() if count]

    def levels(self) -> int:
        """The deepest level in use."""
        return max((level for level, count in self._depths.items() if count), default=1)


def _measure(facts: Facts, items: list[Item]) -> Shape:
    entries = items[1:]
    live = [item for item in entries if item.mark != MARK_GONE]
    homes = Counter(facts.home(item.space) for item in live)
    marks = Counter(item.mark for item in entries)
    servers = {facts.root, *facts.pagers}
    parents = sorted({item.up for item in entries} - {0})
    pool = bool(entries) and all(item.space in servers for item in entries)
    return Shape(
        heights(facts, items),
        len(live),
        tuple(sorted(homes.items())),
        _sharers(facts, live),
        (marks[MARK_NEW], marks[MARK_GONE], marks[MARK_CHANGED]),
        "pool" if pool else _label(facts, entries),
        pool,
        max((item.level for item in entries), default=1),
        tuple(sorted({(items[index].level, items[index].space) for index in parents})),
        sum(item.hit for item in entries),
    )


def _sharers(facts: Facts, live: list[Item]) -> int:
    """In how many spaces the frame's application sees it; 0 if none or several do."""
    spaces = {item.space for item in live if item.space in facts.members}
    applications = {facts.members[space][0].number for space in spaces}
    return len(spaces) if len(applications) == 1 else 0


def _label(facts: Facts, entries: list[Item]) -> str:
    """The regions the frames are used for; without any, who holds them."""
    names = sorted({facts.region_names[item.region] for item in entries if item.region})
    if not names:
        names = sorted({facts.name(item.space) for item in entries})
    more = facts.glyphs.cut if len(names) > _NAMED_REGIONS else ""
    return ", ".join(names[:_NAMED_REGIONS]) + more
