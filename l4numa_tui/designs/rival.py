"""What the rival designs have in common: how a workload is carried out on their common ground.

A rival differs from the L4 kernel in who serves a fault, which data that touches, and what an unmap
has to reach. A subclass says that, and nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from l4numa_tui.designs.ground import Ground, Page
from l4numa_tui.designs.result import DesignResult, totals_by_node
from l4numa_tui.designs.workload import (
    EXECUTE,
    MIGRATE,
    OP_BITS,
    OP_MASK,
    PAGE_MASK,
    THREAD_SHIFT,
    UNMAP,
    WRITE,
    Workload,
)
from l4numa_tui.errors import UserError
from l4numa_tui.kernel import rights
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.machine.account import FAULT, KERNEL_LOCAL, KERNEL_REMOTE, WALK, Totals
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.machine.mmu import CPU_SHIFT, FLAG_BITS, FRAME_MASK, VPN_BITS, tag
from l4numa_tui.userland.regions import FIRST_TOUCH, PRIVATE

Reads = list[tuple[int, int]]  # (place of the operation, what it saw)
RIGHT = (rights.READ, rights.WRITE, rights.EXECUTE)


class Rival(Ground, ABC):
    """Runs a workload under one design; subclasses say what a fault and an unmap mean.

    With `reads` a list, what every read or execution saw is appended to it.
    """

    name: ClassVar[str] = ""
    counted: ClassVar[bool] = False  # whether `count` wants to see every access

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        super().__init__(workload)
        self.reads = reads
        self.migrations = self.copies = self.collapses = 0
        self.program = 0
        self._where: dict[int, int] = {}  # (thread, page) -> key in the TLB
        self._done = [[0] * (2 * self.machine.nodes) for _ in self.machine.cpu_node]

    @abstractmethod
    def fault(self, page: Page, right: int) -> None:
        """Serve a trap of the acting CPU: make its node's tables grant `right` on the page."""

    @abstractmethod
    def unmap(self, pages: list[Page]) -> None:
        """Take pages that have a frame away from everybody; the frames are freed afterwards."""

    def count(self, frame: int, page: int, op: int, times: int) -> int:  # noqa: ARG002
        """See `times` accesses to a frame; how many of them may be made before looking again."""
        return times

    @abstractmethod
    def frame_of(self, page: Page) -> int | None:
        """The frame behind a page, the master if there are several, None if there is none."""

    @abstractmethod
    def release(self, page: Page) -> None:
        """Forget a page that is unmapped everywhere, and free its frames."""

    def run(self) -> DesignResult:
        """Carry out the whole workload; UserError where the machine has too little memory."""
        try:
            self._operate()
        except KernelError as refused:
            raise UserError(
                f"{self.name} cannot run it: {refused.detail}",
                "a machine with more memory, or kernel frames",
            ) from None
        self._settle()
        bytes_on = (self.memory.bytes_on(node) for node in range(self.machine.nodes))
        return DesignResult(
            self.name, totals_by_node(self.account, self.machine), tuple(bytes_on),
            self.migrations, self.copies, self.collapses,
        )  # fmt: skip

    def _operate(self) -> None:
        workload, where, contents, reads = self.workload, self._where, self.contents, self.reads
        tlb, counted, now, done = self.mmu.tlb.rows, self.counted, -1, self._done[0]
        pairs = zip(workload.codes, workload.counts, strict=True)
        for place, (code, times) in enumerate(pairs, 1):
            if code >> THREAD_SHIFT != now:
                now = code >> THREAD_SHIFT
                self._switch(now)
                done = self._done[self.cpu]
            op = code & OP_MASK
            if op > EXECUTE:
                self._other(now, op, code >> OP_BITS & PAGE_MASK, times)
                done = self._done[self.cpu]
                continue
            key = where.get(code >> OP_BITS) or self._locate(code >> OP_BITS)
            right = RIGHT[op]
            while times:
                entry = tlb.get(key, 0)
                if not entry & right:
                    entry = self._miss(key, code >> OP_BITS & PAGE_MASK, right)
                frame = entry >> FLAG_BITS & FRAME_MASK
                if op == WRITE:
                    contents[frame] = place
                elif reads is not None:
                    reads.append((place, contents[frame]))
                take = (
                    self.count(frame, code >> OP_BITS & PAGE_MASK, op, times) if counted else times
                )
                done[frame >> NODE_SHIFT << 1 | (op == WRITE)] += take
                times -= take  # noqa: PLW2901 - the rest may meet another frame

    def _switch(self, thread: int) -> None:
        """Let a thread act on its CPU."""
        self.account.settle(self.cpu)
        self.cpu = self._cpus[thread]
        self.node = self.machine.cpu_node[self.cpu]
        self.program = self.workload.threads[thread].application
        space = self._space(self.program, self.node)
        if self.shootdown.running.rows.get(self.cpu) != space:
            self.shootdown.switch(self.cpu, space)

    def _other(self, thread: int, op: int, page: int, count: int) -> None:
        if op == UNMAP:
            self.account.cycles += self.costs.kernel_entry_exit
            pages = [self.page(self.program, vpn, self.node) for vpn in range(page, page + count)]
            backed = [each for each in pages if self.frame_of(each) is not None]
            self.unmap(backed)
            for each in backed:
                self.release(each)
        elif op == MIGRATE:
            self._migrate(thread, count)
        else:
            self.account.cycles += count

    def _migrate(self, thread: int, node: int) -> None:
        """Move a thread to another node: the two kernels hand it over by a message."""
        program, slot = self.program, self.workload.threads[thread].slot
        self.account.cycles += self.costs.kernel_entry_exit
        self.touch(self.thread_home(program, node))
        if node != self.node:
            self.account.cycles += self.costs.ipc_cross_node
        before, space = self.cpu, self._space(program, self.node)
        self._cpus[thread] = self.machine.cpu_on(node, slot)
        if not self._has_thread(before, program):
            self.shootdown.leave(before, space)
        for key in [key for key in self._where if key >> VPN_BITS == thread]:
            del self._where[key]
        self._switch(thread)

    def _has_thread(self, cpu: int, program: int) -> bool:
        """Whether a CPU has a thread of the program."""
        threads = zip(self._cpus, self.workload.threads, strict=True)
        return any(at == cpu and each.application == program for at, each in threads)

    def _locate(self, thread_page: int) -> int:
        """The TLB key of a thread's page, remembered."""
        page = self.page(self.program, thread_page & PAGE_MASK, self.node)
        name = tag(self._space(self.program, self.node), page.vpn)
        key = self._where[thread_page] = self.cpu << CPU_SHIFT | name
        return key

    def _miss(self, key: int, vpn: int, right: int) -> int:
        """Walk, fault if need be, and fill the TLB; the leaf entry."""
        page = self.page(self.program, vpn, self.node)
        space = self._space(self.program, self.node)
        entry = self._walk(space, page.vpn)
        if not entry & right:
            self._check_allowed(page, right)
            self.account.events += FAULT
            self.account.cycles += self.costs.kernel_entry_exit
            self.fault(page, right)
            entry = self._walk(space, page.vpn)
            if not entry & right:
                raise RuntimeError(f"{self.name}: a fault at page {page.vpn:#x} changed nothing")
        self.mmu.fill(key, entry)
        return entry

    def _check_allowed(self, page: Page, right: int) -> None:
        """UserError for an access that the L4 pagers would refuse."""
        region = page.region
        if region.kind == PRIVATE and region.node not in (FIRST_TOUCH, self.node):
            raise UserError(f"region {region.name} is private to node {region.node}", "its threads")
        if not region.rights & right:
            raise UserError(f"region {region.name} does not allow the access", "its rights kept")

    def _walk(self, space: int, vpn: int) -> int:
        """A page-table walk, charged as the L4 kernel's is."""
        entry, table, levels = self.mmu.walk(self._roots[space], vpn)
        node, last = table >> NODE_SHIFT, self.costs.walk_last
        if last < 0:
            last = self.machine.read_cost[self.node][node]
        self.account.cycles += (levels - 1) * self.costs.walk_cached + last
        self.account.events += WALK + (KERNEL_LOCAL if node == self.node else KERNEL_REMOTE)
        return entry

    def _settle(self) -> None:
        """Charge the data accesses, which were only counted, to their CPUs."""
        self.account.settle(self.cpu)
        for cpu, done in enumerate(self._done):
            home = self.machine.cpu_node[cpu]
            read, write = self.machine.read_cost[home], self.machine.write_cost[home]
            local = done[home << 1] + done[home << 1 | 1]
            cycles = sum(
                done[node << 1] * read[node] + done[node << 1 | 1] * write[node]
                for node in range(self.machine.nodes)
            )
            self.account.add(cpu, Totals(cycles=cycles, local=local, remote=sum(done) - local))

    def final_contents(self, pages: list[Page]) -> dict[int, int]:
        """What those of the pages that have a frame hold at the end, by name."""
        backed = ((page.name, self.frame_of(page)) for page in pages)
        return {name: self.contents[frame] for name, frame in backed if frame is not None}
