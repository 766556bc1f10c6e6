"""Boots user level on a kernel: sigma0, the root pager, one pager per node, applications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.machine.machine import node_of
from l4numa_tui.userland.agreement.directory import Directory, FramePools
from l4numa_tui.userland.agreement.options import OWNER, Agreement
from l4numa_tui.userland.pager import NodePager
from l4numa_tui.userland.pager_books import PagerBooks
from l4numa_tui.userland.regions import Application, Region
from l4numa_tui.userland.root_pager import RootPager
from l4numa_tui.userland.roster import Roster
from l4numa_tui.userland.server import Server
from l4numa_tui.userland.sigma0 import Sigma0, chunk_item

ON_DEMAND_CHUNK = 16  # frames per request when pools start empty: one 64 KiB fpage


@contextmanager
def too_small_for_boot() -> Iterator[None]:
    """Turn the kernel's refusal while a world is being set up into an error about its machine."""
    try:
        yield
    except KernelError as refused:
        raise UserError(
            f"the machine is too small: {refused.detail}", "more memory or kernel frames per node"
        ) from None


class System:
    """A booted user level. `servers` maps a thread to its program; `names` threads to their names.

    `pool_frames` > 0: each node's pool starts with so many frames (rounded up to a power of two),
    mapped to every pager at boot. 0: pools start empty and grow on demand, chunk by chunk. `bare`:
    sigma0 is all that is booted; `root` is 0, no thread, and there are no node pagers.
    """

    def __init__(
        self,
        kernel: Kernel,
        pool_frames: int = 0,
        directory_node: int = 0,
        *,
        bare: bool = False,
        agreement: Agreement | None = None,
    ) -> None:
        self.kernel = kernel
        self.agreement = agreement or Agreement()
        with too_small_for_boot():
            self._boot(pool_frames, directory_node, bare)

    def _boot(self, pool_frames: int, directory_node: int, bare: bool) -> None:
        kernel = self.kernel
        self.servers: dict[int, Server] = {}
        self.thread_names: dict[int, str] = {}
        self.space_names: dict[int, str] = {SIGMA0: "sigma0"}
        self.programs: list[int] = []  # application threads, in order of creation
        at_boot = pool_frames > 0 and not bare
        chunk = 1 << (pool_frames - 1).bit_length() if at_boot else ON_DEMAND_CHUNK
        journal = kernel.journal
        self.roster = Roster(journal, chunk)
        self.directory = Directory(journal, directory_node)
        self.pools = FramePools(journal)
        machine = kernel.machine
        first = next(node for node in range(machine.nodes) if machine.node_cpus[node])
        self.sigma0_program = Sigma0(kernel)
        self.sigma0 = self._start("sigma0", SIGMA0, first, self.sigma0_program)
        self.root = 0
        if bare:
            return
        root_space = self._space("root", first)
        kernel.make_privileged(root_space)
        root = RootPager(kernel, self.sigma0, chunk, self.roster)
        self.root = self._start("root", root_space, first, root)
        self.roster.root_thread = self.root
        for node in range(machine.nodes):
            if machine.node_cpus[node]:
                self._start_pager(node)
        if at_boot:
            self._fill_pools(chunk)

    def add_application(
        self, name: str, nodes: Sequence[int], regions: Sequence[Region]
    ) -> Application:
        """Create an application: a space on each of `nodes`, homed there, and its regions."""
        with too_small_for_boot():
            spaces = {node: self._space(f"{name}.{node}", node) for node in nodes}
        for space in spaces.values():
            self.kernel.keep(space)  # a thread that migrates may come back
        application = Application(len(self.roster.applications), name, spaces, tuple(regions))
        self.roster.applications[application.number] = application
        return application

    def add_thread(self, application: Application, name: str, node: int, slot: int = 0) -> int:
        """Create a thread of the application on the `slot`-th CPU of `node`."""
        if node not in application.spaces:
            raise UserError(
                f"thread {name}: application {application.name} has no space on node {node}",
                f"one of nodes {', '.join(map(str, application.spaces))}",
            )
        cpu = self.kernel.machine.cpu_on(node, slot)
        pager = self.roster.pager_threads[node]
        with too_small_for_boot():
            thread = self.kernel.create_thread(application.spaces[node], cpu, pager)
        self.roster.member.put(thread, (application.number, node))
        self.thread_names[thread] = name
        self.programs.append(thread)
        return thread

    def add_space(self, name: str, node: int) -> int:
        """Create an address space of no application, homed on `node`; returns its number."""
        with too_small_for_boot():
            return self._space(name, node)

    def add_kernel_thread(self, name: str, space: int, node: int, slot: int, pager: int) -> int:
        """Create a thread of no application on the `slot`-th CPU of `node`; returns its number.

        Its faults go to the thread `pager`, whatever that is.
        """
        cpu = self.kernel.machine.cpu_on(node, slot)
        with too_small_for_boot():
            thread = self.kernel.create_thread(space, cpu, pager)
        self.thread_names[thread] = name
        self.programs.append(thread)
        return thread

    def reserve_thread(self, name: str) -> int:
        """Keep a number, name and program for a thread that the run will create."""
        thread = self.kernel.reserve_thread()
        self.thread_names[thread] = name
        self.programs.append(thread)
        return thread

    def _space(self, name: str, home: int) -> int:
        space = self.kernel.create_space(home)
        self.space_names[space] = name
        return space

    def _start(self, name: str, space: int, node: int, server: Server) -> int:
        thread = self.kernel.create_thread(space, self.kernel.machine.cpu_on(node, 0), 0)
        self.kernel.serve(thread)
        self.servers[thread] = server
        self.thread_names[thread] = name
        return thread

    def _start_pager(self, node: int) -> None:
        journal = self.kernel.journal
        books = PagerBooks(journal, node, self.roster, self.directory, self.pools, self.agreement)
        space = self._space(f"pager{node}", node)
        pager = NodePager(self.kernel, books)
        self.roster.pager_threads[node] = self._start(f"pager{node}", space, node, pager)

    def _holders(self, node: int) -> dict[int, int]:
        """The pagers that are given a node's pool: all, or with derivation by owner its own."""
        pagers = self.roster.pager_threads
        if self.agreement.derivation != OWNER:
            return pagers
        owner = node if node in pagers else min(pagers)
        self.kernel.journal.table("chunk_owner").put(self._pool_of(node), owner)
        return {owner: pagers[owner]}

    def _pool_of(self, node: int) -> int:
        """The first frame of the pool that a node has been given last."""
        owned = self.kernel.journal.table("sigma0_owner").rows
        newest: int = max(frame for frame in owned if node_of(frame) == node)
        return newest

    def _fill_pools(self, chunk: int) -> None:
        """At boot: every node's first chunk goes through the root pager to every node pager."""
        kernel = self.kernel
        root_space = kernel.threads.rows[self.root][0]
        held = kernel.journal.table("held")
        for node in range(kernel.machine.nodes):
            frame = self.sigma0_program.allot(node, chunk, root_space)
            if frame is None:
                continue  # a node with CPUs only
            kernel.map(SIGMA0, root_space, chunk_item(frame, chunk))
            for pager_node, thread in self._holders(node).items():
                space = kernel.threads.rows[thread][0]
                kernel.map(root_space, space, chunk_item(frame, chunk))
                held.put((pager_node, frame), 1)
            for each in range(frame + chunk - 1, frame - 1, -1):
                self.pools.add(each)
        if not any(self.pools.left(node) for node in range(kernel.machine.nodes)):
            raise UserError(
                f"no node has {chunk} free frames for its pool",
                f"nodes with more than {chunk} frames besides the kernel's",
            )
