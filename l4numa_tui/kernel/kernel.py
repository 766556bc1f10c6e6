"""The kernel as its users see it: system calls, threads and spaces, and the memory they touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import ipc, memory, pagefault
from l4numa_tui.kernel.errors import INVALID_SPACE, KernelError
from l4numa_tui.kernel.fpage import WHOLE, Fpage
from l4numa_tui.kernel.mapping import MapItem, map_fpage
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id
from l4numa_tui.kernel.records import REFUSED
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import CODE_MASK, IP_SHIFT, READY, RECEIVING, RETRYING
from l4numa_tui.kernel.unmap import unmap
from l4numa_tui.machine.machine import Machine

Answer = TypeVar("Answer")


class Kernel(KernelState):
    """One machine under one kernel. Space 0 is sigma0's; thread numbers start at 1.

    Without `large_pages` every entry is one of 4 KiB.
    """

    def __init__(self, journal: Journal, machine: Machine, *, large_pages: bool = True) -> None:
        super().__init__(journal, machine, large_pages=large_pages)
        self.create_space(0)

    def system_call(self, call: Callable[[], Answer]) -> Answer:
        """Run `call`; if the kernel refuses it, take all its writes back and raise KernelError.

        Time spent stays charged; everything else is as if the call had never been made.
        """
        mark, noted = self.begin_call()
        try:
            return call()
        except KernelError as refused:
            self.take_back(mark, noted, refused)
            raise

    def begin_call(self) -> tuple[int, int]:
        """Where journal and records stand before a system call, for `take_back`."""
        return len(self.journal.log), len(self.records.flat)

    def take_back(self, mark: int, noted: int, refused: KernelError) -> None:
        """Undo all that a refused system call has written, and note the refusal instead."""
        self.journal.take_back(mark)
        self.records.cut(noted)
        self.account.cycles += self.costs.kernel_entry_exit
        self.record(REFUSED, refused.code, 0, 0)

    def create_space(self, home: int) -> int:
        """Make an empty address space whose home is node `home`; returns its number."""
        space = len(self.spaces.rows)
        while space in self.spaces.rows:
            space += 1
        descriptor = self.memory.frame(home, memory.SPACE)
        self.spaces.put(space, (home, self.memory.frame(home, memory.TABLE), descriptor))
        return space

    def create_thread(self, space: int, cpu: int, pager: int) -> int:
        """Make a thread in `space` on `cpu` whose faults go to thread `pager`; returns its number.

        Its TCB and UTCB lie on the home node of its space.
        """
        if space not in self.spaces.rows:
            raise KernelError(INVALID_SPACE, f"there is no space {space}")
        home = self.spaces.rows[space][0]
        self.memory.frame(home, memory.TCB)
        self.memory.small(home, memory.UTCB, 1)
        thread = len(self.threads.rows) + 1
        self.threads.put(thread, (space, cpu, pager))
        return thread

    def serve(self, thread: int) -> None:
        """Turn a thread into a server that waits for messages from anyone."""
        self.state.put(thread, RECEIVING)

    def dispatch(self, thread: int) -> int:
        """Let `thread` act now on its CPU, which is returned; what follows is charged there."""
        space, cpu, _ = self.threads.rows[thread]
        self.cpu = cpu
        self.node = self.cpu_node[cpu]
        self.thread = thread
        if self.running.rows.get(cpu) != space:
            self.shootdown.switch(cpu, space)
        return cpu  # type: ignore[no-any-return]

    def abort_ipc(self, thread: int) -> None:
        """Take a thread out of whatever IPC it waits in; it is ready again, its message unsent."""
        ipc.abort(self, thread)

    def is_retrying(self, thread: int) -> bool:
        """Whether the thread's pagefault has been answered and its access not yet tried again."""
        word: int = self.state.rows.get(thread, READY)
        return word & CODE_MASK == RETRYING

    def ip_of(self, thread: int) -> int:
        """How many operations of its program the thread has completed."""
        word: int = self.state.rows.get(thread, READY)
        return word >> IP_SHIFT

    def complete(self, thread: int, operations: int) -> int:
        """Advance the thread's instruction pointer, and return it; the thread is ready again."""
        ip: int = (self.state.rows.get(thread, READY) >> IP_SHIFT) + operations
        self.state.put(thread, ip << IP_SHIFT)
        return ip

    def access(self, thread: int, address: int, right: int) -> bool:
        """One memory access of `thread`; False if it faulted and now waits for its pager."""
        return pagefault.access(self, thread, address, right)

    def map(self, sender: int, receiver: int, item: MapItem, window: Fpage = WHOLE) -> int:
        """Carry out one map or grant item between two spaces; how many pages changed."""
        return self.system_call(lambda: map_fpage(self, sender, receiver, item, window))

    def unmap(self, space: int, region: Fpage, *, flush: bool = False) -> int:
        """Revoke `region.rights` from what was derived from the caller's pages; status bits."""
        return self.system_call(lambda: unmap(self, space, region, flush=flush))

    def end_space(self, space: int) -> None:
        """End an address space: flush all it holds and return its kernel memory."""
        if space == SIGMA0 or space not in self.spaces.rows:
            raise KernelError(INVALID_SPACE, f"space {space} cannot end")
        self.unmap(space, WHOLE, flush=True)
        root = self.root_of(space)
        self.shootdown.end_space(space)
        self.tables.free_all(root)
        self.memory.release(self.spaces.rows[space][2], memory.SPACE)
        self.spaces.drop(space)

    def translate(self, space: int, vpn: int) -> tuple[int, int] | None:
        """(frame, rights) of a page as the space's page table has it, None where unmapped."""
        entry = self.database.find(entry_id(space, vpn))
        return (entry.frame, entry.rights) if entry else None
