"""Three ways to draw a frame's tree: chips in a row, cards, and lanes that are home nodes."""

from __future__ import annotations

from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.tree import (
    ONLY,
    Cell,
    Item,
    RowPlan,
    arrange,
    child_cells,
    children_of,
)

CHIP, CARD, LANES = "chip", "card", "lanes"
ZOOMS = (CHIP, CARD, LANES)
CARD_ROWS = 4  # of one card: its top with the name, two rows of text, its bottom
_PITCH = {CHIP: 1, CARD: CARD_ROWS, LANES: 1}


def pitch(zoom: str) -> int:
    """Rows that each row plan takes."""
    return _PITCH[zoom]


def plans_of(facts: Facts, items: list[Item], zoom: str) -> list[RowPlan]:
    """The rows of a frame's tree, top to bottom."""
    return lane_plans(facts, items) if zoom == LANES else arrange(facts, items)


def heights(facts: Facts, items: list[Item]) -> tuple[int, ...]:
    """How many rows a frame's tree takes in each of `ZOOMS`."""
    return tuple(len(plans_of(facts, items, zoom)) * pitch(zoom) for zoom in ZOOMS)


def lane_plans(facts: Facts, items: list[Item]) -> list[RowPlan]:
    """The rows of a tree whose columns are home nodes: in pre-order, one entry in each row.

    The frame shares its row with its first entry. A bundle takes one row if its entries live on
    different nodes: each stands in its own lane.
    """
    children, cells = children_of(items), list[Cell]()
    pending = [Cell(0, (0,), ONLY)]
    while pending:
        cell = pending.pop()
        cells.append(cell)
        if len(cell.members) == 1:
            kids = child_cells(facts, items, children, cell.members[0])
            pending += [part for kid in kids[::-1] for part in _waves(facts, items, kid)[::-1]]
    frame, *entries = cells
    rows = [RowPlan((), (cell,)) for cell in entries]
    return [RowPlan((), (frame, *(rows[0].cells if rows else ()))), *rows[1:]]


def _waves(facts: Facts, items: list[Item], cell: Cell) -> list[Cell]:
    """A bundle cut into parts with one entry of each home node at most."""
    waves: list[list[int]] = []
    placed: dict[int, int] = {}
    for index in cell.members:
        home = facts.home(items[index].space)
        at = placed[home] = placed.get(home, -1) + 1
        if at == len(waves):
            waves.append([])
        waves[at].append(index)
    return [cell._replace(members=tuple(wave)) for wave in waves]
