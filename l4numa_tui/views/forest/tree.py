"""One frame's derivation tree: its entries in drawing order, and the rows they take.

A left-to-right tidy tree on row intervals: an entry stands in the first row of its interval, its
first child beside it in the same row, the other children in rows below. Siblings stand in the
order of their home nodes, so that a tree keeps its places whatever order things happened in.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.marks import Mark, Row
from l4numa_tui.views.segments import MARK_GONE, Target

_BUNDLE_MIN = 2  # servers' entries with nothing derived from them share a row from so many on
ONLY, FIRST, MIDDLE, LAST = "only", "first", "middle", "last"


class Item(NamedTuple):
    """An entry to draw. `up` is the index of its parent among the frame's items, -1 for sigma0's.

    `mark` is what the last step did to it ("" for nothing), `before` its rights before, if they
    changed. `region` is a code of `Facts.region_names`. `spread` says that what hangs below it is
    to be drawn one by one, with no bundles; `hit`, that it meets the viewer's limit; `given`, that
    it came by a grant (of what is gone nobody asks).
    """

    entry: int
    up: int
    level: int
    space: int
    rights: int
    region: int = 0
    mark: str = ""
    before: int = -1
    spread: bool = False
    hit: bool = False
    given: bool = False


class Cell(NamedTuple):
    """What stands in one place of a row: one item, or a bundle of siblings without children."""

    level: int
    members: tuple[int, ...]
    joint: str  # how it hangs on its parent: ONLY, FIRST, MIDDLE or LAST


class RowPlan(NamedTuple):
    """One row: cells from left to right; `rails[level]`, whether a line passes to rows below.

    The line of a level stands between the entries of that level and their children.
    """

    rails: tuple[bool, ...]
    cells: tuple[Cell, ...]


def frame_items(
    facts: Facts,
    frame: int,
    marks: dict[int, Mark],
    spread: frozenset[int] | set[int],
    all_: bool,
    limit: Limit | None = None,
) -> list[Item]:
    """A frame's entries and the ghosts of those just removed, parents before children.

    The first item is sigma0's page. `spread` names entries whose children are not to be bundled,
    with `all_` those that are.
    """
    child, following = facts.child, facts.following
    ghosts: dict[int, list[int]] = {}
    for entry, (sign, before) in marks.items():
        if sign == MARK_GONE and before is not None:
            ghosts.setdefault(before[2], []).append(entry)
    top = entry_id(SIGMA0, frame)
    items = [Item(top, -1, 0, SIGMA0, ALL, spread=(top in spread) != all_)]
    pending: list[tuple[int, int]] = []
    at, place = top, 0
    while True:
        kids = ghosts.pop(at, []) if ghosts else []
        # What has come below a ghost's entry since then belongs to another frame.
        kid = None if items[place].mark == MARK_GONE else child.get(at)
        while kid is not None:
            kids.append(kid)
            kid = following.get(kid)
        if facts.large and items[place].mark != MARK_GONE:  # 2 MiB entries that cover this page
            kids += [each for each in facts.database.page_children(at) if each not in kids]
        if len(kids) > 1:
            kids.sort(key=lambda entry: _order(facts, entry), reverse=True)
        pending += [(kid, place) for kid in kids]
        if not pending:
            if not ghosts:
                return items
            # What hung below something that is elsewhere now: show it at the root.
            _, lost = ghosts.popitem()
            pending += [(kid, 0) for kid in lost]
        at, up = pending.pop()
        place = len(items)
        mark = marks.get(at)
        row = mark.before if mark and mark.mark == MARK_GONE and mark.before else facts.row(at)
        item = _item(facts, at, row, up, items[up].level + 1, mark, (at in spread) != all_)
        hit = limit is not None and limit.holds(at, row)
        given = item.mark != MARK_GONE and facts.grants.holds(at)
        items.append(item._replace(hit=hit, given=given) if hit or given else item)


def _order(facts: Facts, entry: int) -> tuple[int, int, int]:
    space = space_of(entry)
    return facts.home(space), space, vpn_of(entry)


def _item(
    facts: Facts, entry: int, row: Row, up: int, level: int, mark: Mark | None, spread: bool
) -> Item:
    space = space_of(entry)
    region = facts.region(space, vpn_of(entry)) if space in facts.members else 0
    if mark is None:
        return Item(entry, up, level, space, row[1], region, spread=spread)
    before = mark.before[1] if mark.before is not None else -1
    return Item(entry, up, level, space, row[1], region, mark.mark, before, spread)


def shape_key(items: list[Item]) -> tuple[tuple[int | str, ...], ...]:
    """What makes frames alike: the same spaces with the same rights on the same levels.

    Regions, marks, unfolded bundles, grants, what meets a limit count too: they show.
    """
    return tuple(
        (level, space, rights, region, mark, before if before != rights else -1, *more)
        for _, _, level, space, rights, region, mark, before, *more in items
    )


def arrange(facts: Facts, items: list[Item]) -> list[RowPlan]:
    """The rows of a frame's tree, top to bottom."""
    children = children_of(items)
    rows: list[RowPlan] = []
    pending: list[tuple[Cell, tuple[bool, ...]]] = [(Cell(0, (0,), ONLY), ())]
    while pending:
        cell, rails = pending.pop()
        row, first_rails = [cell], rails
        while len(cell.members) == 1:
            kids = child_cells(facts, items, children, cell.members[0])
            if not kids:
                break
            if cell.level:
                rails = (*rails, cell.joint in (FIRST, MIDDLE))
            pending += [(kid, rails) for kid in kids[:0:-1]]
            cell = kids[0]
            row.append(cell)
        rows.append(RowPlan(first_rails, tuple(row)))
    return rows


def children_of(items: list[Item]) -> list[list[int]]:
    """For each item the indexes of what was derived from it."""
    children: list[list[int]] = [[] for _ in items]
    for index, item in enumerate(items[1:], 1):
        children[item.up].append(index)
    return children


def child_cells(
    facts: Facts, items: list[Item], children: list[list[int]], parent: int
) -> list[Cell]:
    """The children of an item: singles first, then bundles of what is idle and alike."""
    singles: list[tuple[int, ...]] = []
    idle: dict[int, list[int]] = {}
    for index in children[parent]:
        item = items[index]
        if is_idle(facts, item) and not children[index] and not items[parent].spread:
            idle.setdefault(item.rights, []).append(index)
        else:
            singles.append((index,))
    bundles = [tuple(group) for _, group in sorted(idle.items()) if len(group) >= _BUNDLE_MIN]
    singles += [tuple(group) for group in idle.values() if len(group) < _BUNDLE_MIN]
    singles.sort()
    groups = singles + bundles
    joints = [MIDDLE] * len(groups)
    if groups:
        joints[0], joints[-1] = FIRST, LAST
    if len(groups) == 1:
        joints[0] = ONLY
    level = items[parent].level + 1
    return [Cell(level, group, joint) for group, joint in zip(groups, joints, strict=True)]


def is_idle(facts: Facts, item: Item) -> bool:
    """Whether an entry without children may share a row: a server's that nothing is to be told of.

    That is: untouched by the last step, and not granted.
    """
    return not (item.mark or item.given) and facts.is_server(item.space)


def target_of(facts: Facts, item: Item) -> Target:
    """What an item is to a cursor: an entry, or the ghost of one that is elsewhere now."""
    moved = item.mark == MARK_GONE and item.entry in facts.rows
    return "ghost" if moved else "entry", item.entry
