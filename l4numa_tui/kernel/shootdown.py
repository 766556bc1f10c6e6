"""TLB shootdown: no CPU may go on using a translation that the kernel has taken back."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.records import TLB_FLUSH, TLB_SHOOTDOWN, Records
from l4numa_tui.machine.account import IPI, Account
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.mmu import CPU_SHIFT, Mmu, tag_space


class Shootdown:
    """Knows which CPU runs which space, and drops revoked translations everywhere.

    `running[cpu]` is the space of the thread last dispatched there; `seen[space]` a bit set of the
    CPUs that ever ran it, the only ones whose TLB can hold its translations.
    """

    def __init__(
        self, journal: Journal, machine: Machine, mmu: Mmu, account: Account, records: Records
    ) -> None:
        self._machine = machine
        self._mmu = mmu
        self._account = account
        self._records = records
        self.pending: list[int] = []  # revoked by the item being carried out; empty between calls
        self.running = journal.table("running")
        self.seen = journal.table("space_cpus")

    def switch(self, cpu: int, space: int) -> None:
        """Note that `cpu` runs `space` from now on; an untagged TLB is emptied by that."""
        if not self._machine.costs.tlb_tagged and cpu in self.running.rows:
            held = self._mmu.flush(cpu)
            self._records.note((TLB_FLUSH, 0, cpu, space, held, self._account.cycles))
        self.running.put(cpu, space)
        cpus = self.seen.rows.get(space, 0)
        if not cpus >> cpu & 1:
            self.seen.put(space, cpus | 1 << cpu)

    def forget(self, entry: int) -> None:
        """Drop one entry's translation everywhere, unseen: whoever needs it looks it up again."""
        for cpu in _bits(self.seen.rows.get(tag_space(entry), 0)):
            self._mmu.forget(cpu << CPU_SHIFT | entry)

    def settle(self, cpu: int) -> None:
        """Shoot down what one map or grant item has revoked: one batch, however many pages."""
        if self.pending:
            lost = self.pending
            self.pending = []
            self.revoke(lost, cpu)

    def revoke(self, lost: list[int], cpu: int) -> list[int]:
        """Drop the translations of the entries `lost` on every CPU, as one batch (one fpage).

        Returns the other CPUs that were interrupted: those running an affected space. CPUs that
        merely keep tagged translations of it drop them too, without an interrupt: they could not
        have used them before their next switch to that space.
        """
        if not lost:
            return []
        costs, account = self._machine.costs, self._account
        spaces = {tag_space(entry) for entry in lost}
        for entry in lost:
            self.forget(entry)
        pages = min(len(lost), costs.full_flush_above)
        account.cycles += costs.invlpg * pages
        running, cpus = self.running.rows, 0
        for space in spaces:
            cpus |= self.seen.rows.get(space, 0)
        targets = [
            other
            for other, space in ((each, running.get(each)) for each in _bits(cpus))
            if other != cpu and space in spaces
        ]
        for other in targets:
            account.cycles += costs.ipi_send
            account.events += IPI
            account.interrupt(other, costs.ipi_take + costs.invlpg * pages)
            self._records.note(
                (TLB_SHOOTDOWN, 0, other, self.running.rows[other], len(lost), account.cycles)
            )
        return targets

    def leave(self, cpu: int, space: int) -> None:
        """No thread of `space` is left on `cpu`: drop its translations there, without interrupt."""
        self._mmu.forget_space(cpu, space)
        if self.running.rows.get(cpu) == space:
            self.running.drop(cpu)
        cpus = self.seen.rows.get(space, 0)
        if cpus >> cpu & 1:
            if cpus ^ 1 << cpu:
                self.seen.put(space, cpus ^ 1 << cpu)
            else:
                self.seen.drop(space)

    def end_space(self, space: int) -> None:
        """Forget a space that ended; its translations must have been revoked before."""
        if space in self.seen.rows:
            self.seen.drop(space)
        for cpu in [cpu for cpu, now in self.running.rows.items() if now == space]:
            self.running.drop(cpu)


def _bits(number: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest on."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
