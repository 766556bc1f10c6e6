"""The kernel as its users see it: system calls, threads and spaces, and the memory they touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import exchange_registers, ipc, pagefault, thread_control, threads
from l4numa_tui.kernel.deadlock import deadlocks
from l4numa_tui.kernel.errors import INVALID_SPACE, KernelError, KernelMisuse
from l4numa_tui.kernel.fast_reply import fast_reply
from l4numa_tui.kernel.fpage import ADDRESS_BITS, NIL, WHOLE, WHOLE_BYTES, Fpage
from l4numa_tui.kernel.ipc import IpcCall
from l4numa_tui.kernel.mapping import MapItem, map_fpage
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.rights import ALL, EXECUTE, READ, WRITE
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.kernel.thread_state import (
    INACTIVE,
    IP_SHIFT,
    READY,
    RECEIVING,
)
from l4numa_tui.kernel.unmap import unmap
from l4numa_tui.machine.machine import Machine

Answer = TypeVar("Answer")


class Kernel(KernelState):
    """One machine under one kernel. Space 0 is sigma0's; thread numbers start at 1.

    Without `large_pages` every entry is one of 4 KiB.
    """

    def __init__(self, journal: Journal, machine: Machine, *, large_pages: bool = True) -> None:
        super().__init__(journal, machine, large_pages=large_pages)
        self.fast_reply = fast_reply(self)
        self.create_space(0)

    def mute(self) -> None:
        """Keep no records from here on. To be called before a world is made of the kernel."""
        super().mute()
        self.fast_reply = fast_reply(self)

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

    def create_space(self, home: int) -> int:
        """Make an empty address space whose home is node `home`; returns its number."""
        if not 0 <= home < self.machine.nodes:
            raise KernelMisuse(f"there is no node {home} to be a home node")
        return threads.create_space(self, home)

    def create_thread(self, space: int, cpu: int, pager: int) -> int:
        """Make a thread in `space` on `cpu` whose faults go to thread `pager`; returns its number.

        It is active at once, as a root server is. Its TCB and UTCB lie on the home node of its
        space. KernelError for a space that is not there.
        """
        if space not in self.spaces.rows:
            raise KernelError(INVALID_SPACE, f"there is no space {space}")
        if not 0 <= cpu < len(self.cpu_node):
            raise KernelMisuse(f"there is no CPU {cpu}")
        thread = len(self.threads.rows) + 1
        while thread in self.threads.rows or thread in self.state.rows:
            thread += 1
        threads.create_thread(self, thread, space, cpu, pager)
        return thread

    def reserve_thread(self) -> int:
        """The number of a thread that ThreadControl will make later; it does not exist yet."""
        thread = len(self.threads.rows) + 1
        while thread in self.threads.rows or thread in self.state.rows:
            thread += 1
        self.state.put(thread, INACTIVE)
        return thread

    def make_privileged(self, space: int) -> None:
        """Let the threads of a space make the privileged system calls, as the root task's may."""
        self.privileged.put(space, 1)

    def keep(self, space: int) -> None:
        """Let a space live on when its last thread leaves it."""
        self.kept.put(space, 1)

    def set_areas(self, space: int, kip: Fpage, utcb: Fpage = NIL) -> None:
        """Give a space its KIP and UTCB areas; KernelError if one cannot be there."""
        self.system_call(lambda: thread_control.set_areas(self, space, kip, utcb))

    def serve(self, thread: int) -> None:
        """Turn a thread into a server: it waits for messages from anyone, and accepts all items."""
        self.state.put(thread, RECEIVING)
        self.acceptor.put(thread, WHOLE.word())

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
        if thread not in self.threads.rows:
            raise KernelMisuse(f"there is no thread {thread}")
        if not 0 <= address < WHOLE_BYTES or right not in (READ, WRITE, EXECUTE):
            raise KernelMisuse(f"no access: right {right} at {address:#x}")
        return pagefault.access(self, thread, address, right)

    def map(self, sender: int, receiver: int, item: MapItem, window: Fpage = WHOLE) -> int:
        """Carry out one map or grant item between two spaces; how many pages changed."""
        self._check_spaces(sender, receiver)
        _check_fpage(item.send)
        _check_fpage(window)
        if item.snd_base < 0:
            raise KernelMisuse(f"a hot spot is no negative number: {item.snd_base}")
        return self.system_call(lambda: map_fpage(self, sender, receiver, item, window))

    def unmap(self, space: int, region: Fpage, *, flush: bool = False) -> int:
        """Revoke `region.rights` from what was derived from the caller's pages; status bits."""
        self._check_spaces(space)
        _check_fpage(region)
        return self.system_call(lambda: unmap(self, space, region, flush=flush))

    def end_space(self, space: int) -> None:
        """End an address space and its threads: flush all it holds, return its kernel memory."""
        self.system_call(lambda: threads.end_space(self, space))

    def thread_control(self, caller: int, request: ThreadRequest) -> None:
        """The system call ThreadControl: make, change, move or delete a thread."""
        self.system_call(lambda: thread_control.thread_control(self, caller, request))

    def space_control(self, caller: int, named: int, kip: Fpage, utcb: Fpage) -> None:
        """The system call SpaceControl: set the areas of the space that thread `named` is in."""
        self.system_call(lambda: thread_control.space_control(self, caller, named, kip, utcb))

    def schedule(self, caller: int, thread: int, cpu: int) -> None:
        """The system call Schedule, as far as it moves a thread to another CPU."""
        self.system_call(lambda: thread_control.schedule(self, caller, thread, cpu))

    def migrate(self, caller: int, thread: int, cpu: int, space: int, pager: int) -> None:
        """Schedule and ThreadControl in one: to `cpu`, into `space`, with another pager.

        A space that no thread is in yet has no thread to name it by, so it is named by its number.
        """
        self.system_call(lambda: thread_control.migrate(self, caller, thread, cpu, space, pager))

    def exchange_registers(
        self, caller: int, thread: int, control: int, ip: int = 0, pager: int = 0
    ) -> None:
        """The system call ExchangeRegisters on a thread of the caller's own space."""
        self.system_call(
            lambda: exchange_registers.exchange_registers(self, caller, thread, control, ip, pager)
        )

    def ipc(self, thread: int, message: IpcCall) -> bool:
        """The system call IPC; True if it has ended, False if the thread waits now."""
        return self.system_call(lambda: ipc.ipc(self, thread, message))

    def take_message(self, thread: int) -> None:
        """Let a program that has received a message look at it."""
        ipc.take_message(self, thread)

    def deadlocks(self) -> list[tuple[int, ...]]:
        """The circles of threads that wait for each other for ever."""
        return deadlocks(self)

    def translate(self, space: int, vpn: int) -> tuple[int, int] | None:
        """(frame, rights) of a page as the space's page table has it, None where unmapped."""
        entry = self.database.find(entry_id(space, vpn))
        return (entry.frame, entry.rights) if entry else None

    def _check_spaces(self, *spaces: int) -> None:
        for space in spaces:
            if space not in self.spaces.rows:
                raise KernelMisuse(f"there is no space {space}")


def _check_fpage(region: Fpage) -> None:
    """An fpage that no register word could hold: made by hand, not by `fpage` or `from_word`."""
    base, log2, rights = region
    fits = 0 <= base < WHOLE_BYTES and 0 <= log2 <= ADDRESS_BITS and 0 <= rights <= ALL
    if not fits or base % (1 << log2):
        raise KernelMisuse(f"no fpage: base {base:#x}, log2 {log2}, rights {rights}")
