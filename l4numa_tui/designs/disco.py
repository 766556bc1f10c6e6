"""Disco: a virtual machine monitor that hides the NUMA machine by moving and copying pages.

Modelled after Bugnion, Devine, Rosenblum, "Disco: Running Commodity Operating Systems on Scalable
Multiprocessors", SOSP 1997. All programs run under one guest kernel, which sees flat memory. The
monitor translates, with translations of its own on each node, filled when a CPU misses them from
the table of the guest's pages (`pmap`) on the node where the guest was started. Counters of the
hardware tell it which node uses a page how often; a page that is hot on a remote node is moved
there if nobody else uses it, copied if others only read it, and left if they write it. A write to a
copied page traps: the copies are given up (collapse), and CPUs that use them interrupted.

Thresholds are the base policy of Verghese, Devine, Gupta, Rosenblum, "Operating System Support for
Improving Data Locality on CC-NUMA Compute Servers", ASPLOS 1996, which Disco's builds on; the
figures have not been checked against that paper's text. The counters see every access here, for the
machine has no caches.

Left out: privileged instructions and the monitor's overhead for them, several virtual machines,
sharing of pages between them (copy-on-write disks), the second-level software TLB in front of the
monitor's tables, hot pages picked off a list rather than at once.
"""

from __future__ import annotations

from typing import ClassVar

from l4numa_tui.designs.ground import Page
from l4numa_tui.designs.rival import Reads, Rival
from l4numa_tui.designs.workload import WRITE, Workload
from l4numa_tui.kernel import memory, rights
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.machine.mmu import FLAG_BITS

TRIGGER_THRESHOLD = 128  # accesses by one remote node that make a page hot
SHARING_THRESHOLD = 32  # accesses by another node that make it shared
WRITE_THRESHOLD = 1  # so many writes make a shared page write-shared
MIGRATE_THRESHOLD = 1  # how often a page may move in one interval
RESET_CYCLES = 200_000_000  # counters start anew: 100 ms at 2 GHz


class MachinePages:
    """What the monitor knows of one guest page: its frames by node, and what was counted."""

    __slots__ = ("counts", "epoch", "frames", "moves", "page", "writes")

    def __init__(self, page: Page, frame: int, nodes: int) -> None:
        self.page = page
        self.frames = {frame >> NODE_SHIFT: frame}
        self.counts = [0] * nodes
        self.writes = self.moves = self.epoch = 0

    def nearest(self, costs: tuple[int, ...]) -> int:
        """The frame that a node reads cheapest, the lowest node's among equals."""
        return self.frames[min(self.frames, key=lambda node: (costs[node], node))]

    def clear(self) -> None:
        """Begin to count anew."""
        self.counts = [0] * len(self.counts)
        self.writes = 0


class Disco(Rival):
    """`guest` maps a guest page to what backs it, `by_frame` a frame to the same.

    `clocks` is a rough time of each CPU, for the intervals only: its accesses as if all were local.
    """

    name: ClassVar[str] = "disco"
    counted: ClassVar[bool] = True

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        self.guest: dict[int, MachinePages] = {}
        self.by_frame: dict[int, MachinePages] = {}
        self.clocks = [0] * len(workload.machine.cpu_node)
        super().__init__(workload, reads)

    def creator(self, program: int) -> int:  # noqa: ARG002
        """The guest kernel and the monitor's tables lie where the first program was started."""
        return self.workload.programs[0].nodes[0]

    def fault(self, page: Page, right: int) -> None:
        """A trap to the monitor: look in `pmap`; a page the guest has not backed goes on to it."""
        self.touch(self.creator(page.program))
        held = self.guest.get(page.name)
        if held is None:
            held = self._guest_fault(page)
        if right == rights.WRITE and len(held.frames) > 1:
            self._collapse(held)
        frame = held.nearest(self.machine.read_cost[self.node])
        allowed = self.granted(page, right)
        if len(held.frames) > 1:
            allowed &= ~rights.WRITE
        self.map_on(page, self.node, frame, allowed)

    def _guest_fault(self, page: Page) -> MachinePages:
        """The guest kernel is entered, makes its page-table entry; the monitor backs the page."""
        home = self.creator(page.program)
        self.account.cycles += self.costs.kernel_entry_exit + self.costs.map_page
        self.touch(home)
        self.memory.small(home, memory.ENTRY, 1)  # a line of pmap
        frame = self.new_frame(page)
        held = self.guest[page.name] = MachinePages(page, frame, self.machine.nodes)
        self.by_frame[frame] = held
        return held

    def count(self, frame: int, page: int, op: int, times: int) -> int:  # noqa: ARG002
        """Count up to the access that makes the page hot, and act on it then."""
        held, node = self.by_frame[frame], self.node
        epoch = self.clocks[self.cpu] // RESET_CYCLES
        if epoch > held.epoch:
            held.clear()
            held.epoch, held.moves = epoch, 0
        counts = held.counts
        remote = frame >> NODE_SHIFT != node
        take = min(times, TRIGGER_THRESHOLD - counts[node]) if remote else times
        counts[node] += take
        self.clocks[self.cpu] += take * self.costs.mem_local
        if op == WRITE:
            held.writes += take
        if remote and counts[node] >= TRIGGER_THRESHOLD:
            self._hot(held)
        return take

    def _hot(self, held: MachinePages) -> None:
        """Decide what becomes of a page that is hot on the acting node."""
        self.account.cycles += self.costs.kernel_entry_exit
        self.touch(self.creator(held.page.program))
        others = (n for n in range(len(held.counts)) if n != self.node)
        shared = len(held.frames) > 1 or any(held.counts[n] >= SHARING_THRESHOLD for n in others)
        if shared and held.writes < WRITE_THRESHOLD:
            self._replicate(held)
        elif not shared and held.moves < MIGRATE_THRESHOLD:
            self._migrate_page(held)
        held.clear()

    def _replicate(self, held: MachinePages) -> None:
        """Copy the page to the acting node; from now on nobody may write it unseen."""
        source = held.nearest(self.machine.read_cost[self.node])
        new = self.copy_frame(source, self.node)
        if new is None:
            return
        page, lost, here = held.page, [], 0
        for node in self.nodes_of(page.program):
            entry = self.entry(page, node)
            if node == self.node:
                here = entry & rights.ALL & ~rights.WRITE
                lost += self.unmap_on(page, node)
            elif entry & rights.WRITE:
                lost += self.unmap_on(page, node)
                if entry & rights.ALL & ~rights.WRITE:
                    self.set_entry(
                        page, node, entry >> FLAG_BITS, entry & rights.ALL & ~rights.WRITE
                    )
        self.revoke(lost)
        held.frames[self.node] = new
        self.by_frame[new] = held
        self.copies += 1
        if here:
            self.map_on(page, self.node, new, here)

    def _migrate_page(self, held: MachinePages) -> None:
        """Move the page to the acting node; everybody looks it up again."""
        (old,) = held.frames.values()
        new = self.copy_frame(old, self.node)
        if new is None:
            return
        allowed = self.entry(held.page, self.node) & rights.ALL
        self._forget(held, [old])
        held.frames[self.node] = new
        self.by_frame[new] = held
        held.moves += 1
        self.migrations += 1
        self.map_on(held.page, self.node, new, allowed)

    def _collapse(self, held: MachinePages) -> None:
        """Keep one copy, the writer's own if it has one, and give up the others."""
        kept = held.nearest(self.machine.read_cost[self.node])
        self._forget(held, [frame for frame in held.frames.values() if frame != kept])
        held.clear()
        self.collapses += 1

    def _forget(self, held: MachinePages, frames: list[int]) -> None:
        """Drop frames of a page: translations first, with interrupts to who may use them."""
        lost = []
        for node in self.nodes_of(held.page.program):
            if self.entry(held.page, node) >> FLAG_BITS in frames:
                lost += self.unmap_on(held.page, node)
        self.revoke(lost)
        for frame in frames:
            del held.frames[frame >> NODE_SHIFT], self.by_frame[frame]
            self.drop_frame(frame)

    def unmap(self, pages: list[Page]) -> None:
        """The guest clears its entry; the monitor, its translations on every node that has any."""
        home = self.creator(self.program)
        lost = []
        for page in pages:
            self.account.cycles += self.costs.unmap_page
            self.touch(home)
            for node in self.nodes_of(page.program):
                lost += self.unmap_on(page, node)
        self.revoke(lost)

    def frame_of(self, page: Page) -> int | None:
        """The first of the page's frames."""
        held = self.guest.get(page.name)
        return None if held is None else next(iter(held.frames.values()))

    def release(self, page: Page) -> None:
        """Free all frames of the page, and its line of `pmap`."""
        held = self.guest.pop(page.name)
        self.memory.small(self.creator(page.program), memory.ENTRY, -1)
        for frame in held.frames.values():
            del self.by_frame[frame]
            self.drop_frame(frame)
