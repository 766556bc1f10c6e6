"""The kernel's tables in one place, with what every part of the kernel needs to charge and note."""

from __future__ import annotations

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.mapping_database import NO_PARENT, MappingDatabase
from l4numa_tui.kernel.memory import KernelMemory
from l4numa_tui.kernel.page_table import PageTables
from l4numa_tui.kernel.records import REFUSED, Records
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.shootdown import Shootdown
from l4numa_tui.kernel.status import StatusBits
from l4numa_tui.machine.account import CROSS, KERNEL_LOCAL, KERNEL_REMOTE, MESSAGE, Account
from l4numa_tui.machine.machine import INDEX_MASK, NODE_SHIFT, Machine
from l4numa_tui.machine.mmu import Mmu, tag_page, tag_space


class KernelState:
    """All tables of the kernel, and the CPU on which the present action runs.

    `spaces[space]` is (home node, frame of the root table, frame of its descriptor);
    `exempt[space]` a tuple of (first page, pages) of KIP and UTCB areas, which are never mapped,
    overmapped or unmapped. `threads[thread]` is (space, CPU, pager); `state`, `inbox`, `outgoing`,
    `queue`, `acceptor`, `registers` and `error` belong to `kernel.ipc`, the others to
    `kernel.threads`.
    """

    def __init__(self, journal: Journal, machine: Machine, *, large_pages: bool = True) -> None:
        self.journal = journal
        self.large_pages = large_pages
        self.machine = machine
        self.costs = machine.costs
        self.records = Records()
        self.note = self.records.note  # appends one record: (event, thread, a, b, c, cycles)
        self.account = Account(journal)
        self.mmu = Mmu(journal, machine.costs.tlb_entries)
        self.memory = KernelMemory(journal, machine, self.records)
        self.tables = PageTables(journal, self.memory)
        self.database = MappingDatabase(journal)
        self.status = StatusBits(journal, self.database)
        self.shootdown = Shootdown(journal, machine, self.mmu, self.account, self.records)
        # (cycles, events) of one message, by the sender's node and the receiver's.
        nodes, cross = range(machine.nodes), self.costs.ipc_cross_node
        self.message_price = tuple(
            tuple(
                (cross + machine.read_cost[to][of], MESSAGE + CROSS)
                if to != of
                else (self.costs.ipc_local, MESSAGE)
                for to in nodes
            )
            for of in nodes
        )
        # The same of one touch of a kernel object, by the acting node and the object's home.
        self.touch_price = tuple(
            tuple(
                (
                    machine.read_cost[of][to] * self.costs.entry_touch,
                    KERNEL_LOCAL if of == to else KERNEL_REMOTE,
                )
                for to in nodes
            )
            for of in nodes
        )
        self.running = self.shootdown.running
        self.cpu_node = machine.cpu_node
        self.spaces = journal.table("space")
        self.exempt = journal.table("exempt")
        self.threads = journal.table("thread")
        self.state = journal.table("state")
        self.inbox = journal.table("inbox")
        self.outgoing = journal.table("outgoing")
        self.queue = journal.table("queue")
        self.acceptor = journal.table("acceptor")
        self.registers = journal.table("registers")
        self.saved_registers = journal.table("saved_registers")
        self.error = journal.table("error")
        self.unstarted = journal.table("unstarted")
        self.scheduler = journal.table("scheduler")
        self.tcb = journal.table("tcb")
        self.utcb = journal.table("utcb")
        self.gone = journal.table("gone")
        self.privileged = journal.table("privileged")
        self.unready = journal.table("unready")
        self.kept = journal.table("kept")
        self.spaces_made = journal.table("spaces_made")
        self.cpu = 0
        self.node = machine.cpu_node[0]
        self.thread = 0

    def mute(self) -> None:
        """Keep no records from here on."""
        self.records.mute()
        self.note = self.records.note

    def touch(self, home: int) -> None:
        """Charge one kernel access to a page-table or mapping entry homed on node `home`."""
        cycles, events = self.touch_price[self.node][home]
        self.account.cycles += cycles
        self.account.events += events

    def touch_entry(self, entry: int) -> None:
        """Charge one access to a mapping entry, at the home of its space."""
        self.touch(self.spaces.rows[tag_space(entry)][0])

    def begin_call(self) -> tuple[int, int]:
        """Where journal and records stand before a system call, for `take_back`."""
        return len(self.journal.log), len(self.records.flat)

    def take_back(self, mark: int, noted: int, refused: KernelError) -> None:
        """Undo all that a refused system call has written, and note the refusal instead."""
        self.journal.take_back(mark)
        self.shootdown.pending.clear()
        self.records.cut(noted)
        self.account.cycles += self.costs.kernel_entry_exit
        self.record(REFUSED, refused.code, 0, 0)

    def node_of(self, thread: int) -> int:
        """The node that a thread runs on; of one that is gone, the node it ran on last."""
        row = self.threads.rows.get(thread)
        cpu: int = row[1] if row else self.gone.rows.get(thread, 0)
        return self.cpu_node[cpu]

    def record(self, event: int, a: int, b: int, c: int) -> None:
        """Note a micro-event of the acting thread."""
        self.note((event, self.thread, a, b, c, self.account.cycles))

    def root_of(self, space: int) -> int:
        """The frame of a space's root table."""
        root: int = self.spaces.rows[space][1]
        return root

    def is_exempt(self, space: int, vpn: int) -> bool:
        """Whether the page lies in the space's KIP or UTCB area."""
        areas = self.exempt.rows.get(space, ())
        return any(first <= vpn < first + pages for first, pages in areas)

    def either_exempt(self, space: int, vpn: int, other: int, target: int) -> bool:
        """Whether a page or its destination lies in a KIP or UTCB area."""
        return self.is_exempt(space, vpn) or self.is_exempt(other, target)

    def exempt_among(self, space: int, first: int, other: int, target: int, pages: int) -> bool:
        """Whether any of so many pages, or of their destinations, lies in a KIP or UTCB area."""
        return any(
            area < at + pages and at < area + size
            for of, at in ((space, first), (other, target))
            for area, size in self.exempt.rows.get(of, ())
        )

    def source_page(self, page: int) -> tuple[int, ...] | None:
        """The row of a page that has none of its own: inside a 2 MiB entry, or one of sigma0's."""
        if tag_space(page):
            return self.database.row(page)
        frame = tag_page(page)
        return (frame, ALL, NO_PARENT, 0, -1) if self.is_frame(frame) else None

    def is_frame(self, frame: int) -> bool:
        """Whether a frame number names user memory of the machine, which sigma0 owns."""
        node = frame >> NODE_SHIFT
        return node < self.machine.nodes and frame & INDEX_MASK < self.machine.user_frames[node]
