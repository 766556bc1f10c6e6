"""The two L4 designs once more, written with the rivals' tools and nothing of kernel or pagers.

It exists to be compared with the real ones: if every counter of every node agrees, then walks, TLB,
shootdown, frames and charges of the rivals' common ground are those of the kernel.
"""

from __future__ import annotations

from typing import ClassVar

from l4numa_tui.designs.ground import Page
from l4numa_tui.designs.rival import Reads, Rival
from l4numa_tui.designs.workload import Workload
from l4numa_tui.machine.account import SHARED_LOCAL, SHARED_REMOTE
from l4numa_tui.machine.machine import INDEX_MASK, NODE_SHIFT
from l4numa_tui.userland.regions import FIRST_TOUCH, NODE_LOCAL
from l4numa_tui.userland.system import ON_DEMAND_CHUNK

SIGMA0, ROOT, PAGER = 60_000, 60_001, 60_002  # spaces of the servers; pagers' from 60002 on


class ModelPerNode(Rival):
    """The paper's design: a pager on each node."""

    name: ClassVar[str] = "per-node"
    node_tables: ClassVar[bool] = True

    def __init__(self, workload: Workload, reads: Reads | None = None) -> None:
        self.backing: dict[int, int] = {}
        self.mapped: dict[int, dict[int, Page]] = {}  # page name -> node of the tables -> page
        super().__init__(workload, reads)
        nodes = range(self.machine.nodes)
        self.first = next(node for node in nodes if self.machine.node_cpus[node])
        pool = workload.pool_frames
        self.chunk = 1 << (pool - 1).bit_length() if pool else ON_DEMAND_CHUNK
        self.pagers = self.pager_nodes()
        self.free = [self.chunk if pool else 0] * self.machine.nodes
        self.held = {(p, n << NODE_SHIFT) for p in self.pagers for n in nodes if pool}

    def pager_nodes(self) -> list[int]:
        return [node for node in range(self.machine.nodes) if self.machine.node_cpus[node]]

    def pager_of(self, node: int) -> int:
        return node

    def home_of(self, node: int) -> int:
        """Where the tables lie that a thread on `node` uses."""
        return node

    def act(self, node: int, space: int) -> None:
        """A server on the first CPU of `node` acts."""
        self.account.settle(self.cpu)
        self.cpu, self.node = self.machine.cpu_on(node), node
        if self.shootdown.running.rows.get(self.cpu) != space:
            self.shootdown.switch(self.cpu, space)

    def act_pager(self, node: int) -> None:
        self.act(node, PAGER + node)
        self.account.cycles += self.costs.pager_work

    def back_to(self, cpu: int) -> None:
        self.account.settle(self.cpu)
        self.cpu, self.node = cpu, self.machine.cpu_node[cpu]
        space = self._space(self.program, self.node)
        if self.shootdown.running.rows.get(cpu) != space:
            self.shootdown.switch(cpu, space)

    def shared(self, node: int, *, write: bool = False) -> None:
        cost = self.machine.write_cost if write else self.machine.read_cost
        self.account.cycles += cost[self.node][node]
        self.account.events += SHARED_LOCAL if node == self.node else SHARED_REMOTE

    def map_chunk(self, home: int) -> None:
        for _ in range(self.chunk):
            self.account.cycles += self.costs.map_page
            self.touch(home)

    def fault(self, page: Page, right: int) -> None:
        cpu, node = self.cpu, self.node
        pager = self.pager_of(node)
        directory = self.workload.directory_node
        self.message(pager)
        self.act_pager(pager)
        self.shared(directory)
        if page.name not in self.backing:
            wanted = node if page.region.node == FIRST_TOUCH else page.region.node
            self.shared(wanted, write=True)
            if not self.free[wanted]:
                self.refill(pager, wanted)
                self.shared(directory)
                self.shared(wanted, write=True)
            self.free[wanted] -= 1
            frame = self.frames.take(wanted)
            assert frame is not None
            self.contents[frame] = 0
            self.backing[page.name] = frame
            self.account.cycles += self.costs.page_zero
            self.shared(directory, write=True)
        frame = self.backing[page.name]
        chunk = frame - (frame & INDEX_MASK) % self.chunk
        if (pager, chunk) not in self.held:
            self.want(pager, chunk)
            self.shared(directory)
        self.message(node)
        home = self.home_of(node)
        held = self.entry(page, home)
        self.set_entry(page, home, frame, self.granted(page, right))
        if not held:
            self.account.cycles += self.costs.map_page
        self.touch(home)
        self.mapped.setdefault(page.name, {})[home] = page
        self.back_to(cpu)

    def refill(self, pager: int, wanted: int) -> None:
        self.message(self.first)
        self.act(self.first, ROOT)
        self.account.cycles += self.costs.pager_work
        self.message(self.first)
        self.act(self.first, SIGMA0)
        self.message(self.first)
        self.map_chunk(self.first)
        self.act(self.first, ROOT)
        self.account.cycles += self.costs.pager_work
        self.message(pager)
        self.map_chunk(pager)
        self.act_pager(pager)
        first = self.frames._next[wanted]
        self.held.add((pager, wanted << NODE_SHIFT | first))
        self.free[wanted] += self.chunk

    def want(self, pager: int, chunk: int) -> None:
        self.message(self.first)
        self.act(self.first, ROOT)
        self.account.cycles += self.costs.pager_work
        self.message(pager)
        self.map_chunk(pager)
        self.act_pager(pager)
        self.held.add((pager, chunk))

    def unmap(self, pages: list[Page]) -> None:
        cpu, me = self.cpu, self.pager_of(self.node)
        caller = self.node
        self.message(me)
        self.act_pager(me)
        directory = self.workload.directory_node
        for _ in pages:
            self.shared(directory)
            self.shared(directory, write=True)
        self.unmap_by(me, pages)
        shared = [page for page in pages if self.is_shared(page)]
        for other in self.pagers if shared else ():
            if other != me:
                self.act(me, PAGER + me)
                self.message(other)
                self.act_pager(other)
                self.unmap_by(other, shared)
                self.message(me)
                self.act_pager(me)
        self.act(me, PAGER + me)
        for page in pages:
            self.shared(directory, write=True)
            self.shared(self.backing[page.name] >> NODE_SHIFT, write=True)
        self.message(caller)
        self.back_to(cpu)

    def is_shared(self, page: Page) -> bool:
        return page.region.kind != NODE_LOCAL

    def unmap_by(self, pager: int, pages: list[Page]) -> None:
        for page in pages:
            self.shared(self.workload.directory_node)
            lost = []
            for home in sorted(self.mapped.get(page.name, {})):
                if self.pager_of(home) == pager:
                    lost += self.unmap_on(self.mapped[page.name].pop(home), home)
            self.revoke(lost)

    def frame_of(self, page: Page) -> int | None:
        return self.backing.get(page.name)

    def release(self, page: Page) -> None:
        frame = self.backing.pop(page.name)
        self.free[frame >> NODE_SHIFT] += 1
        self.drop_frame(frame)


class ModelSpanning(ModelPerNode):
    """Plain L4: one space, one pager, both on the creator's node."""

    name: ClassVar[str] = "spanning"
    node_tables: ClassVar[bool] = False

    def pager_nodes(self) -> list[int]:
        return [self.creator(0)]

    def pager_of(self, node: int) -> int:  # noqa: ARG002
        return self.creator(0)

    def home_of(self, node: int) -> int:  # noqa: ARG002
        return self.creator(0)

    def _space(self, program: int, node: int) -> int:  # noqa: ARG002
        return program

    def _add_root(self, program: int, node: int) -> None:
        if program not in self._roots:
            super()._add_root(program, node)

    def is_shared(self, page: Page) -> bool:  # noqa: ARG002
        return True
