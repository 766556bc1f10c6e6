"""The ground that all rival designs stand on: a machine, page tables, TLBs, frames, accounts.

These are the very parts of the L4 kernel that need no L4: page tables, MMU, kernel memory,
shootdown and accounts. Each program has one set of page tables per node (`_space`).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from l4numa_tui.designs.frames import Frames
from l4numa_tui.designs.workload import Workload
from l4numa_tui.errors import UserError
from l4numa_tui.journal import UnloggedJournal
from l4numa_tui.kernel import memory, rights
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.memory import KernelMemory
from l4numa_tui.kernel.page_table import PageTables
from l4numa_tui.kernel.records import Records
from l4numa_tui.kernel.shootdown import Shootdown
from l4numa_tui.machine.account import CROSS, IPI, KERNEL_LOCAL, KERNEL_REMOTE, MESSAGE, Account
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.machine.mmu import FLAG_BITS, VPN_BITS, Mmu, tag, tag_page, tag_space
from l4numa_tui.userland.placement.moving import copy_cycles
from l4numa_tui.userland.regions import FIRST_TOUCH, NODE_LOCAL, Region


class Page(NamedTuple):
    """A page as one node sees it: `vpn` in its tables; `name` is the same wherever the frame is."""

    program: int
    vpn: int
    name: int
    region: Region


class Ground:
    """A booted machine with the workload's programs and threads, and the tools of a design.

    `contents[frame]` is the place of the operation that wrote the frame last, 0 for zeroes; copying
    a page copies it. `cpu` and `node` are where what happens now happens.
    """

    node_tables: ClassVar[bool] = False  # whether a page may have another frame on each node

    def __init__(self, workload: Workload) -> None:
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
        self.cpu = self.node = 0
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

    def thread_home(self, program: int, node: int) -> int:  # noqa: ARG002
        """The node whose memory holds a thread's control block: by default its creator's."""
        return self.creator(program)

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
            source = frame >> NODE_SHIFT
            self.account.cycles += copy_cycles(self.machine, node, source, node)
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
