"""What the storm's references are made of: costs, entries and page tables as plain objects."""

from __future__ import annotations

from typing import Any

WALK, IPC, MDB, PTE, LOCAL, REMOTE = 100, 1000, 300, 50, 100, 140


class Entry:
    """A mapping entry as an object graph: the way one would write it first."""

    def __init__(self, space: int, vpn: int, frame: int, parent: Entry | None) -> None:
        self.space, self.vpn, self.frame, self.parent = space, vpn, frame, parent
        self.children: list[Entry] = []
        if parent is not None:
            parent.children.append(self)


class Table:
    def __init__(self) -> None:
        self.slots: dict[int, Any] = {}


def walk(root: Table, vpn: int) -> tuple[int | None, int]:
    table: Any = root
    for level, shift in enumerate((27, 18, 9, 0), 1):
        table = table.slots.get(vpn >> shift & 511)
        if table is None:
            return None, level
    return table, 4


def set_leaf(root: Table, vpn: int, frame: int) -> None:
    table = root
    for shift in (27, 18, 9):
        table = table.slots.setdefault(vpn >> shift & 511, Table())
    table.slots[vpn & 511] = frame
