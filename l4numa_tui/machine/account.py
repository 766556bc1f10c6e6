"""What each CPU has done so far: one journaled row of counters per CPU.

A row is a single integer with one field per counter, so that an action adds all it did in one
addition and one write. `Totals` is the row taken apart.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.journal import Journal

_CYCLE_BITS = 64
_FIELD_BITS = 48  # enough for 10^14 events of a kind


class Totals(NamedTuple):
    """Counters of one CPU, or their sum over CPUs; all exact but `cycles`, which is the model's.

    `local` and `remote` count data accesses by where the memory lies, `kernel_local` and
    `kernel_remote` the kernel's touches of page tables and mapping entries; `walks` are TLB misses,
    `messages` IPC messages sent (`cross_messages` of them to another node), `ipis` inter-processor
    interrupts sent, `shared_local` and `shared_remote` accesses to the pagers' shared memory.
    """

    cycles: int = 0
    local: int = 0
    remote: int = 0
    faults: int = 0
    messages: int = 0
    walks: int = 0
    kernel_local: int = 0
    kernel_remote: int = 0
    ipis: int = 0
    cross_messages: int = 0
    shared_local: int = 0
    shared_remote: int = 0

    def packed(self) -> int:
        """The row as it is kept in the table."""
        row = 0
        for value in reversed(self[1:]):
            row = row << _FIELD_BITS | value
        return row << _CYCLE_BITS | self.cycles


def unpack(row: int) -> Totals:
    """Take a row apart."""
    cycles, row = row & (1 << _CYCLE_BITS) - 1, row >> _CYCLE_BITS
    mask = (1 << _FIELD_BITS) - 1
    size = len(Totals._fields) - 1
    return Totals(cycles, *(row >> _FIELD_BITS * index & mask for index in range(size)))


# One event of a kind, as a row to add to `Account.events`.
(
    LOCAL,
    REMOTE,
    FAULT,
    MESSAGE,
    WALK,
    KERNEL_LOCAL,
    KERNEL_REMOTE,
    IPI,
    CROSS,
    SHARED_LOCAL,
    SHARED_REMOTE,
) = (1 << _CYCLE_BITS + _FIELD_BITS * _index for _index in range(len(Totals._fields) - 1))


class Account:
    """Collects the charges of one action, and journals them when it ends.

    `cycles` is what the action has cost so far, `events` the sum of the events it counted.
    """

    __slots__ = ("cycles", "events", "others", "table")

    def __init__(self, journal: Journal) -> None:
        self.table = journal.table("account")
        self.others: list[tuple[int, int]] = []
        self.cycles = 0
        self.events = 0

    def clear(self) -> None:
        """Forget what was collected since the last `settle`."""
        self.cycles = self.events = 0
        self.others.clear()

    def interrupt(self, cpu: int, cycles: int) -> None:
        """Charge `cycles` to another CPU than the one that acts."""
        self.others.append((cpu, cycles))

    def settle(self, cpu: int) -> int:
        """Add everything collected to `cpu`'s row, start afresh, and return the action's cycles."""
        table, spent = self.table, self.cycles
        table.put(cpu, table.rows.get(cpu, 0) + self.events + spent)
        self.cycles = self.events = 0
        if self.others:
            for other, cycles in self.others:
                table.put(other, table.rows.get(other, 0) + cycles)
                spent += cycles
            self.others.clear()
        return spent

    def add(self, cpu: int, more: Totals) -> None:
        """Add a whole row at once: what a replay counted outside of single steps."""
        self.table.put(cpu, self.table.rows.get(cpu, 0) + more.packed())

    def of(self, cpu: int) -> Totals:
        """The settled counters of one CPU."""
        return unpack(self.table.rows.get(cpu, 0))
