"""Tornado and K42: the kernel's objects are clustered, with a representative on each node.

Modelled after Gamsa, Krieger, Appavoo, Stumm, "Tornado: Maximizing Locality and Concurrency in a
Shared Memory Multiprocessor Operating System", OSDI 1999, and Krieger et al., "K42: Building a
Complete Operating System", EuroSys 2006. A fault is served on the CPU where it happens: the process
hands it to the region, the region to its file cache manager (FCM), the FCM finds the frame, and
the hardware address translation (HAT) of that node gets the entry. Region and FCM of a program
count as one clustered object here. Its representative on a node is made by the first fault there,
from the root object on the creator's node; it knows only pages that this node has asked for. An
unmap goes from the root to all representatives that exist, by messages within the kernel, and each
clears its own node's tables and interrupts the other CPUs of its node that run the program.

Page tables are per node (the original has them per processor). A thread's control block lies on its
own node. Because each node has its own tables, node_local regions need no aliases.

Left out: protected procedure calls to user-level servers and files (pages are anonymous), locking
and existence guarantees, hot-swapping of objects, garbage collection of representatives. Their
size is not published: a quarter of a page, as a UTCB, is assumed.
"""

from __future__ import annotations

from typing import ClassVar

from l4numa_tui.designs.ground import Page
from l4numa_tui.designs.rival import Reads, Rival
from l4numa_tui.designs.workload import Workload
from l4numa_tui.kernel import memory
from l4numa_tui.userland.regions import NODE_LOCAL

REPRESENTATIVE = memory.UTCB  # kept in slabs of four, among the UTCBs of its node
PAGE_DESCRIPTOR = memory.ENTRY  # what root and representatives know of a page: 24 bytes each


class TornadoK42(Rival):
    """`known[node]` holds the names of the pages that the representative of a node knows."""

    name: ClassVar[str] = "tornado-k42"
    node_tables: ClassVar[bool] = True

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        self.backing: dict[int, int] = {}
        self.known: dict[tuple[int, int], set[int]] = {}  # (program, node) -> page names
        super().__init__(workload, reads)

    def thread_home(self, program: int, node: int) -> int:  # noqa: ARG002
        """The control block of a thread lies where the thread began."""
        return node

    def fault(self, page: Page, right: int) -> None:
        """Ask the local representative; what it does not know it learns from the root."""
        root = self.creator(page.program)
        known = self.known.get((page.program, self.node))
        if known is None:
            known = self._new_representative(page.program, root)
        self.touch(self.node)
        if page.name not in known:
            self.touch(root)
            if page.name not in self.backing:
                self.backing[page.name] = self.new_frame(page)
                self.memory.small(root, PAGE_DESCRIPTOR, 1)
                self.touch(root, write=True)
            if self.node != root:
                self.memory.small(self.node, PAGE_DESCRIPTOR, 1)
            known.add(page.name)
        frame = self.backing[page.name]
        self.map_on(page, self.node, frame, self.granted(page, right))

    def _new_representative(self, program: int, root: int) -> set[int]:
        """Make the representative of the acting node, and enter it at the root."""
        self.memory.small(self.node, REPRESENTATIVE, 1)
        self.account.cycles += self.costs.map_page  # as any small kernel object: filled in
        self.touch(root)
        self.touch(root, write=True)
        return self.known.setdefault((program, self.node), set())

    def unmap(self, pages: list[Page]) -> None:
        """Tell every representative; the acting node's own needs no message."""
        if not pages:
            return
        root, here = self.creator(self.program), self.node
        self.touch(root)
        self.touch(root, write=True)
        shared = [page for page in pages if page.region.kind != NODE_LOCAL]
        for program, node in sorted(self.known):
            if program == self.program and node == here:
                self._unmap_here(pages)
            elif program == self.program and shared:
                self._unmap_there(shared, node)

    def _unmap_there(self, pages: list[Page], node: int) -> None:
        """Send a node's kernel the pages; its first CPU does the work and answers."""
        here, home = self.cpu, self.node
        self.message(node)
        self._act_on(self.machine.cpu_on(node))
        self._unmap_here(pages)
        self.message(home)
        self._act_on(here)

    def _act_on(self, cpu: int) -> None:
        """What follows happens on another CPU, in its kernel: whatever it runs stays there."""
        self.account.settle(self.cpu)
        self.cpu, self.node = cpu, self.machine.cpu_node[cpu]

    def _unmap_here(self, pages: list[Page]) -> None:
        lost = []
        for page in pages:
            lost += self.unmap_on(page, self.node)
        self.revoke(lost)

    def frame_of(self, page: Page) -> int | None:
        """The page's one frame."""
        return self.backing.get(page.name)

    def release(self, page: Page) -> None:
        """Root and representatives forget the page; its frame is free."""
        root = self.creator(page.program)
        for (program, node), known in self.known.items():
            if program == page.program and page.name in known:
                known.remove(page.name)
                if node != root:
                    self.memory.small(node, PAGE_DESCRIPTOR, -1)
        self.memory.small(root, PAGE_DESCRIPTOR, -1)
        self.drop_frame(self.backing.pop(page.name))
