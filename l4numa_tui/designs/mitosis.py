"""Mitosis: one address space whose page tables the kernel replicates on every node.

Modelled after Achermann, Panwar, Bhattacharjee, Roscoe, Gandhi, "Mitosis: Transparently
Self-Replicating Page-Tables for Large-Memory Machines", ASPLOS 2020: a monolithic kernel serves the
fault; every write of a page-table entry goes to all replicas at once, so that each CPU walks tables
of its own node. What is not page table (here: the descriptor of the region, the thread control
blocks) stays where the creator runs. An unmap interrupts every other CPU that runs the program.

`mitosis-lazy` follows Gao et al., "numaPTE: Managing Page-Tables and TLBs on NUMA Systems", 2024:
an entry is copied to a node only when a walk there misses it, from the node that made it, and
changes and interrupts reach only nodes that have a copy.

Left out: how replicas are found (a circular list through the kernel's page descriptors; a write to
each is charged, following the list is not), accessed and dirty bits gathered from replicas, the
policies that turn replication on per process, page-table migration without replication, prefetching
of neighbouring entries in numaPTE, 2 MiB pages, data placement (AutoNUMA): first touch as
everywhere.
"""

from __future__ import annotations

from typing import ClassVar

from l4numa_tui.designs.ground import Page
from l4numa_tui.designs.rival import Reads, Rival
from l4numa_tui.designs.workload import Workload


class Mitosis(Rival):
    """Replicas written eagerly: the first fault on a page serves all nodes."""

    name: ClassVar[str] = "mitosis"

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        self.backing: dict[int, int] = {}
        super().__init__(workload, reads)

    def fault(self, page: Page, right: int) -> None:
        """Look the region up, find or make the frame, and write the entry into all replicas."""
        self.touch(self.creator(page.program))
        frame = self.backing.get(page.name)
        if frame is None:
            frame = self.backing[page.name] = self.new_frame(page)
        self.map_on(page, self.node, frame, self.granted(page, right))
        for node in self.nodes_of(page.program):
            if node != self.node:
                self.set_entry(page, node, frame, self.granted(page, right))
                self.touch(node, write=True)

    def unmap(self, pages: list[Page]) -> None:
        """Clear the entry in every replica; one batch of interrupts for all the pages."""
        lost = []
        for page in pages:
            self.touch(self.creator(page.program))
            lost += self.unmap_on(page, self.node)
            for node in self.nodes_of(page.program):
                if node != self.node:
                    lost += self._clear(page, node)
        self.revoke(lost)

    def _clear(self, page: Page, node: int) -> list[int]:
        """One more replica of a page that is being unmapped: a write, and nothing else."""
        before = self.account.cycles, self.account.events
        lost = self.unmap_on(page, node)
        self.account.cycles, self.account.events = before
        if lost:
            self.touch(node, write=True)
        return lost

    def frame_of(self, page: Page) -> int | None:
        """The page's one frame."""
        return self.backing.get(page.name)

    def release(self, page: Page) -> None:
        """Free the page's frame."""
        self.drop_frame(self.backing.pop(page.name))


class LazyMitosis(Mitosis):
    """Replicas filled when a walk misses: `owner` says which node made a page's first entry."""

    name: ClassVar[str] = "mitosis-lazy"

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        self.owner: dict[int, int] = {}
        super().__init__(workload, reads)

    def fault(self, page: Page, right: int) -> None:
        """Copy the entry from its owner's table, or make it if nobody has."""
        self.touch(self.creator(page.program))
        frame = self.backing.get(page.name)
        if frame is None:
            frame = self.backing[page.name] = self.new_frame(page)
            self.owner[page.name] = self.node
        elif self.owner[page.name] != self.node:
            self.touch(self.owner[page.name])
        self.map_on(page, self.node, frame, self.granted(page, right))
