"""What the rival designs have in common: one machine, real page tables and TLBs, real accounts.

A rival is built from the very parts of the L4 kernel that this floor may use: page tables, MMU,
kernel memory, shootdown and accounts. It differs in who serves a fault, which data that touches,
and what an unmap has to reach. Each program has one set of page tables per node (`_space`).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from l4numa_tui.designs.frames import Frames
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
from l4numa_tui.journal import UnloggedJournal
from l4numa_tui.kernel import memory, rights
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.memory import KernelMemory
from l4numa_tui.kernel.page_table import PageTables
from l4numa_tui.kernel.records import Records
from l4numa_tui.kernel.shootdown import Shootdown
from l4numa_tui.machine.account import (
    CROSS,
    FAULT,
    IPI,
    KERNEL_LOCAL,
    KERNEL_REMOTE,
    MESSAGE,
    WALK,
    Account,
    Totals,
)
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.machine.mmu import (
    CPU_SHIFT,
    FLAG_BITS,
    FRAME_MASK,
    VPN_BITS,
    Mmu,
    tag,
    tag_page,
    tag_space,
)
from l4numa_tui.userland.regions import FIRST_TOUCH, NODE_LOCAL, Region

Reads = list[tuple[int, int]]  # (place of the operation, what it saw)
RIGHT = (rights.READ, rights.WRITE, rights.EXECUTE)


class Page(NamedTuple):
    """A page as one node sees it: `vpn` in its tables; `name` is the same wherever the frame is."""

    program: int
    vpn: int
    name: int
    region: Region


class Rival:
    """Runs a workload under one design; subclasses say what a fault and an unmap mean.

    `contents[frame]` is the place of the operation that wrote the frame last, 0 for zeroes; copying
    a page copies it. With `reads` a list, what every read or execution saw is appended to it.
    """

    name: ClassVar[str] = ""
    node_tables: ClassVar[bool] = False  # whether a page may have another frame on each node
    counted: ClassVar[bool] = False  # whether `count` wants to see every access

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        machine = self.machine = workload.machine
        self.workload = workload
        self.costs = machine.costs
        journal, records = UnloggedJournal(), Records()
        records.mute()
        self.account = Account(journal)
        self.mmu = Mmu(journal, machine.costs.tlb_entries)
        self.memory = KernelMemory(journal, machine, records)
        self.tables = PageTables(journal, self.memory)
        self.shootdown = Shootdown(journal, machine, self.mmu, self.account, records)
        self.frames = Frames(machine)
        self.contents: dict[int, int] = {}
        self.reads = reads
        self.migrations = self.copies = self.collapses = 0
        self.cpu = self.node = 0
        self.program = 0
        self._where: dict[int, int] = {}  # (thread, page) -> key in the TLB
        self._done = [[0] * (2 * machine.nodes) for _ in machine.cpu_node]
        self._roots: dict[int, int] = {}
        self._cpus: list[int] = []
        try:
            self._boot()
        except KernelError as refused:
            raise UserError(
                f"the machine is too small: {refused.detail}", "more memory or kernel frames"
            ) from None

    def _boot(self) -> None:
        """One descriptor per program, one root table per node it runs on, one TCB per thread."""
        for number, program in enumerate(self.workload.programs):
            self.memory.frame(program.nodes[0], memory.SPACE)
            for node in program.nodes:
                self._add_root(number, node)
        for thread in self.workload.threads:
            home = self.thread_home(thread.application, thread.node)
            self.memory.frame(home, memory.TCB)
            self.memory.small(home, memory.UTCB, 1)
            self._cpus.append(self.machine.cpu_on(thread.node, thread.slot))
        self.account.clear()

    def _add_root(self, program: int, node: int) -> None:
        space = self._space(program, node)
        self._roots[space] = self.memory.frame(node, memory.TABLE)

    # What a design decides

    def thread_home(self, program: int, node: int) -> int:  # noqa: ARG002
        """The node whose memory holds a thread's control block: by default its creator's."""
        return self.creator(program)

    def fault(self, page: Page, right: int) -> None:
        """Serve a trap of the acting CPU: make its node's tables grant `right` on the page."""
        raise NotImplementedError

    def unmap(self, pages: list[Page]) -> None:
        """Take pages that have a frame away from everybody; the frames are freed afterwards."""
        raise NotImplementedError

    def count(self, frame: int, page: int, op: int, times: int) -> int:  # noqa: ARG002
        """See `times` accesses to a frame; how many of them may be made before looking again."""
        return times

    def frame_of(self, page: Page) -> int | None:
        """The frame behind a page, the master if there are several, None if there is none."""
        raise NotImplementedError

    def release(self, page: Page) -> None:
        """Forget a page that is unmapped everywhere, and free its frames."""
        raise NotImplementedError

    # The run

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
        if self._space(program, node) not in self._roots:
            self._add_root(program, node)
        self._cpus[thread] = self.machine.cpu_on(node, slot)
        for key in [key for key in self._where if key >> VPN_BITS == thread]:
            del self._where[key]
        self._switch(thread)

    def _locate(self, thread_page: int) -> int:
        """The TLB key of a thread's page, remembered."""
        page = self.page(self.program, thread_page & PAGE_MASK, self.node)
        name = tag(self._space(self.program, self.node), page.vpn)
        key = self._where[thread_page] = self.cpu << CPU_SHIFT | name
        return key

    def _miss(self, key: int, vpn: int, right: int) -> int:
        """Walk, fault as often as it takes, and fill the TLB; the leaf entry."""
        page = self.page(self.program, vpn, self.node)
        space = self._space(self.program, self.node)
        entry = self._walk(space, page.vpn)
        while not entry & right:
            self.account.events += FAULT
            self.account.cycles += self.costs.kernel_entry_exit
            self.fault(page, right)
            entry = self._walk(space, page.vpn)
        self.mmu.fill(key, entry)
        return entry

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

    # The tools of a design

    def creator(self, program: int) -> int:
        """The node of the program's creator, where data that nobody spreads out lies."""
        return self.workload.programs[program].nodes[0]

    def page(self, program: int, vpn: int, node: int) -> Page:
        """A page as `node` sees it; UserError outside of all regions."""
        region = self.workload.region_of(program, vpn)
        if region.kind != NODE_LOCAL:
            return Page(program, vpn, program << VPN_BITS | vpn, region)
        alias = self.workload.alias(program, vpn, node)
        used = vpn if self.node_tables else alias
        return Page(program, used, program << VPN_BITS | alias, region)

    def touch(self, home: int, *, write: bool = False) -> None:
        """One access of the kernel to its data on node `home`."""
        machine, account = self.machine, self.account
        cost = machine.write_cost if write else machine.read_cost
        account.cycles += cost[self.node][home] * self.costs.entry_touch
        account.events += KERNEL_LOCAL if home == self.node else KERNEL_REMOTE

    def message(self, node: int) -> None:
        """A message from the acting node to the kernel of `node`, priced as L4's IPC."""
        costs, account = self.costs, self.account
        if node == self.node:
            account.cycles += costs.ipc_local
            account.events += MESSAGE
        else:
            account.cycles += costs.ipc_cross_node + self.machine.read_cost[node][self.node]
            account.events += MESSAGE + CROSS

    def new_frame(self, page: Page) -> int:
        """A zeroed frame where the region wants it, by default on the acting node."""
        node = self.node if page.region.node == FIRST_TOUCH else page.region.node
        frame = self.frames.take(node)
        if frame is None:
            raise UserError(
                f"the pagefault at {page.vpn << 12:#x} cannot be served: node {node} is out of"
                " memory", "a machine with more memory",
            )  # fmt: skip
        self.account.cycles += self.costs.page_zero
        self.contents[frame] = 0
        return frame

    def drop_frame(self, frame: int) -> None:
        """Give a frame back."""
        del self.contents[frame]
        self.frames.give(frame)

    def copy_frame(self, frame: int, node: int) -> int | None:
        """Copy a page into a new frame of `node`, None if there is no room.

        Half of a copy is reading: 4 times a zeroing where all is local (AMD 40555's bandwidths),
        and the reading half as much dearer as the source is farther.
        """
        new = self.frames.take(node)
        if new is not None:
            read = self.machine.read_cost[node]
            half = 2 * self.costs.page_zero
            self.account.cycles += half + half * read[frame >> NODE_SHIFT] // read[node]
            self.contents[new] = self.contents[frame]
        return new

    def granted(self, page: Page, right: int) -> int:
        """The rights that a fault is answered with, as the page's region says."""
        return right if page.region.as_asked else page.region.rights

    def entry(self, page: Page, node: int) -> int:
        """The leaf entry of the page in the tables of `node`, 0 if there is none."""
        root = self._roots.get(self._space(page.program, node))
        return 0 if root is None else self.mmu.walk(root, page.vpn)[0]

    def set_entry(self, page: Page, node: int, frame: int, allowed: int) -> None:
        """Write the page's leaf entry on `node`, adding to what it allows; charges nothing."""
        root = self._roots[self._space(page.program, node)]
        held = self.entry(page, node)
        if held >> FLAG_BITS == frame:
            allowed |= held & rights.ALL
        self.tables.set(self.tables.slot(root, page.vpn, node), frame, allowed)

    def map_on(self, page: Page, node: int, frame: int, allowed: int) -> None:
        """Write the page's leaf entry on `node`, and charge it."""
        self.set_entry(page, node, frame, allowed)
        self.account.cycles += self.costs.map_page
        self.touch(node)

    def unmap_on(self, page: Page, node: int) -> list[int]:
        """Clear the page's leaf entry on `node`, charged; its tag for the shootdown, if any."""
        if not self.entry(page, node):
            return []
        space = self._space(page.program, node)
        self.tables.clear(self.tables.slot(self._roots[space], page.vpn, node))
        self.account.cycles += self.costs.unmap_page
        self.touch(node)
        return [tag(space, page.vpn)]

    def revoke(self, lost: list[int]) -> None:
        """Make every CPU forget the entries `lost`: one batch, as the kernel's shootdown.

        The replicas of an entry are one page to each CPU, and cost it one invalidation.
        """
        if not lost:
            return
        costs, account = self.costs, self.account
        for entry in lost:
            self.shootdown.forget(entry)
        pages = min(len({tag_page(entry) for entry in lost}), costs.full_flush_above)
        spaces = {tag_space(entry) for entry in lost}
        account.cycles += costs.invlpg * pages
        for other, space in sorted(self.shootdown.running.rows.items()):
            if other != self.cpu and space in spaces:
                account.cycles += costs.ipi_send
                account.events += IPI
                account.interrupt(other, costs.ipi_take + costs.invlpg * pages)

    def nodes_of(self, program: int) -> list[int]:
        """The nodes that have page tables of the program."""
        nodes = range(self.machine.nodes)
        return [node for node in nodes if self._space(program, node) in self._roots]

    def _space(self, program: int, node: int) -> int:
        return program * self.machine.nodes + node

    def final_contents(self, pages: list[Page]) -> dict[int, int]:
        """What those of the pages that have a frame hold at the end, by name."""
        backed = ((page.name, self.frame_of(page)) for page in pages)
        return {name: self.contents[frame] for name, frame in backed if frame is not None}
