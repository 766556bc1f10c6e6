"""What one step changed, net: the difference between before and after, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from l4numa_tui.journal import Key, Value
from l4numa_tui.kernel.mapping_database import Entry
from l4numa_tui.machine.mmu import FLAG_BITS, TABLE
from l4numa_tui.world.session import StepChange
from l4numa_tui.world.subjects import Net

Pair = tuple[Value | None, Value | None]  # before and after; None where there was nothing


class StepDelta(NamedTuple):
    """A step's net changes. What was written and written back within the step is no change.

    `tables` has, for every table that changed, key -> (before, after). `added`, `removed` and
    `altered` are the mapping entries by number, `altered` with (before, after).
    """

    tables: Net
    added: dict[int, Entry]
    removed: dict[int, Entry]
    altered: dict[int, tuple[Entry, Entry]]

    def of(self, table: str) -> Mapping[Key, Pair]:
        """The changes of one table; empty where it did not change."""
        return self.tables.get(table, {})

    def new_tables(self) -> list[int]:
        """Frames of page tables that were hung into a radix tree."""
        return [frame for _, after in self.of("pte").values() for frame in _table(after)]

    def lost_tables(self) -> list[int]:
        """Frames of page tables that were taken out of one."""
        return [frame for before, _ in self.of("pte").values() for frame in _table(before)]


NOTHING = StepDelta({}, {}, {}, {})


def step_delta(change: StepChange | None) -> StepDelta:
    """The net changes of a step; nothing for None. Its time grows with the step, not the world."""
    return NOTHING if change is None else delta_of(change.net())


def delta_of(net: Net) -> StepDelta:
    """Net changes of any stretch of a run, its mapping entries taken apart."""
    entries = net.get("mdb", {})
    return StepDelta(
        net,
        {entry: Entry(*new) for entry, (old, new) in entries.items() if old is None and new},
        {entry: Entry(*old) for entry, (old, new) in entries.items() if new is None and old},
        {entry: (Entry(*old), Entry(*new)) for entry, (old, new) in entries.items() if old and new},
    )


def _table(entry: Value | None) -> list[int]:
    """The frame of the table that a page-table entry leads to, if it does."""
    return [entry >> FLAG_BITS] if entry is not None and entry & TABLE else []
