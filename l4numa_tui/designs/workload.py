"""A workload: what threads do to pages, in one fixed order, whatever design carries it out.

Two arrays hold the operations, so that millions of them fit into memory: `codes` has
thread << 39 | page << 3 | op, `counts` how often an access is repeated in place, how many pages an
unmap names, to which node a thread migrates, or how many cycles it computes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.userland.regions import NODE_LOCAL, Region

READ, WRITE, EXECUTE, UNMAP, MIGRATE, WORK = range(6)
OP_BITS = 3
OP_MASK = (1 << OP_BITS) - 1
THREAD_SHIFT = VPN_BITS + OP_BITS
PAGE_MASK = (1 << VPN_BITS) - 1
TABLE_PAGES = 512
WHOLE = Region("memory", 0, 1 << VPN_BITS)
MAX_THREADS = 1 << 16


class WorkThread(NamedTuple):
    """A thread of the `application`-th program, on the `slot`-th CPU of `node`."""

    name: str
    application: int
    node: int
    slot: int


class WorkProgram(NamedTuple):
    """A program: the nodes it runs on, its creator's first, and its regions."""

    name: str
    nodes: tuple[int, ...]
    regions: tuple[Region, ...] = (WHOLE,)


class Work(NamedTuple):
    """One operation taken apart; `times` is what `counts` holds for it."""

    thread: int
    op: int
    page: int
    times: int


class Workload:
    """Programs, their threads, and all operations in order; the machine is fixed, the design not.

    `pool_frames`, `directory_node` and `large_pages` are what the L4 designs boot with. A page of
    a node_local region has a second name, its alias: the address that a program would use if its
    single space could not show each node another frame.
    """

    def __init__(
        self,
        machine: Machine,
        programs: tuple[WorkProgram, ...],
        threads: list[WorkThread] | None = None,
        *,
        pool_frames: int = 0,
        directory_node: int = 0,
        large_pages: bool = True,
    ) -> None:
        self.machine = machine
        self.programs = programs
        self.threads = threads or []
        self.pool_frames = pool_frames
        self.directory_node = directory_node
        self.large_pages = large_pages
        self.codes = array("Q")
        self.counts = array("Q")
        self._alias = [_aliases(program, machine.nodes) for program in programs]

    def add(self, thread: int, op: int, page: int = 0, count: int = 1) -> None:
        """Append one operation; an access that repeats the one before it is counted there.

        UserError for a migration to a node that the thread's program is not meant for.
        """
        if op == MIGRATE and count not in self.programs[self.threads[thread].application].nodes:
            name = self.threads[thread].name
            raise UserError(
                f"thread {name} cannot migrate to node {count}", "one of its program's nodes"
            )
        code = thread << THREAD_SHIFT | page << OP_BITS | op
        if op <= EXECUTE and self.codes and self.codes[-1] == code:
            self.counts[-1] += count
        elif count or op > EXECUTE:
            self.codes.append(code)
            self.counts.append(count)

    def add_thread(self, thread: WorkThread) -> int:
        """Append a thread, and return its number; UserError if its node cannot run it."""
        machine, number = self.machine, len(self.threads)
        if number >= MAX_THREADS:
            raise UserError(f"more than {MAX_THREADS} threads", "fewer")
        if not 0 <= thread.node < machine.nodes:
            raise UserError(f"there is no node {thread.node}", f"a node below {machine.nodes}")
        machine.cpu_on(thread.node)
        self.threads.append(thread)
        return number

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Work]:
        for code, count in zip(self.codes, self.counts, strict=True):
            page = code >> OP_BITS & PAGE_MASK
            yield Work(code >> THREAD_SHIFT, code & OP_MASK, page, count)

    @property
    def accesses(self) -> int:
        """How many memory accesses it has."""
        pairs = zip(self.codes, self.counts, strict=True)
        return sum(count for code, count in pairs if code & OP_MASK <= EXECUTE)

    @property
    def only_accesses(self) -> bool:
        """Whether it is like a trace: one program that does nothing but access its one region."""
        whole = len(self.programs) == 1 and self.programs[0].regions == (WHOLE,)
        return whole and all(code & OP_MASK <= EXECUTE for code in self.codes)

    def region_of(self, program: int, page: int) -> Region:
        """The region that a page lies in; UserError if there is none."""
        for region in self.programs[program].regions:
            if region.first <= page < region.first + region.pages:
                return region
        name = self.programs[program].name
        raise UserError(f"page {page:#x} lies in no region of {name}", "a page of a region")

    def alias(self, program: int, page: int, node: int) -> int:
        """The page's name where one space has to serve all nodes: itself unless node_local."""
        for region, base in self._alias[program]:
            if region.first <= page < region.first + region.pages:
                return base + node * region.pages + page - region.first
        return page

    def aliased(self, program: int) -> list[tuple[Region, int]]:
        """(node_local region, first page of its aliases: those of node 0, then of node 1, ...)."""
        return self._alias[program]


def _aliases(program: WorkProgram, nodes: int) -> list[tuple[Region, int]]:
    """Room for the aliases, above all regions."""
    local = [region for region in program.regions if region.kind == NODE_LOCAL]
    if not local:
        return []
    top = max(region.first + region.pages for region in program.regions)
    out = []
    for region in local:
        top = -(-top // TABLE_PAGES) * TABLE_PAGES
        out.append((region, top))
        top += region.pages * nodes
    if top > 1 << VPN_BITS:
        raise UserError(
            f"program {program.name} has no room for the pages of {nodes} nodes side by side",
            "node_local regions that are smaller, or at lower addresses",
        )
    return out
