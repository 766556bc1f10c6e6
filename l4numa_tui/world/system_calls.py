"""The system calls that a program makes as operations, and what becomes of their errors."""

from __future__ import annotations

from l4numa_tui.journal import Table
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import Fpage, from_word
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.world.operations import Op, Operation, ipc_operation


class SystemCalls:
    """Makes a thread's system calls; a refusal is the call's result and is itself a step.

    The error code stays in the kernel's table `error` until the thread's next call.
    """

    def __init__(self, kernel: Kernel, adhoc: Table) -> None:
        self._kernel = kernel
        self._adhoc = adhoc

    def make(self, thread: int, operation: Operation) -> bool:
        """Make one system call; True if it has ended, False if the thread waits in it."""
        kernel = self._kernel
        if thread in kernel.inbox.rows and operation[0] == Op.IPC:
            kernel.take_message(thread)  # what the call has been waiting for
            return True
        if thread in kernel.error.rows:
            kernel.error.drop(thread)
        kernel.account.cycles += kernel.costs.kernel_entry_exit
        try:
            return self._call(thread, operation)
        except KernelError as refused:
            kernel.error.put(thread, (0, refused.code))
            return True

    def _call(self, thread: int, operation: Operation) -> bool:
        kernel, code = self._kernel, operation[0]
        if code == Op.IPC:
            return kernel.ipc(thread, ipc_operation(operation))
        if code in (Op.UNMAP, Op.FLUSH):
            space = kernel.threads.rows[thread][0]
            region, flush = from_word(operation[1]), code == Op.FLUSH
            status = kernel.unmap(space, region, flush=flush)
            # The call answers in the message registers: the fpage, its rights the status bits.
            answer = Fpage(region.base, region.log2, status)
            kernel.registers.put(thread, (0, 0, answer.word()))
        elif code == Op.THREAD_CONTROL:
            kernel.thread_control(thread, ThreadRequest(*operation[1:]))
            self._forget_the_deleted()
        elif code == Op.SPACE_CONTROL:
            _, named, kip, utcb = operation
            kernel.space_control(thread, named, from_word(kip), from_word(utcb))
        elif code == Op.SCHEDULE:
            kernel.schedule(thread, operation[1], operation[2])
        else:
            kernel.exchange_registers(thread, *operation[1:])
        return True

    def _forget_the_deleted(self) -> None:
        for thread in [each for each in self._adhoc.rows if each not in self._kernel.threads.rows]:
            self._adhoc.drop(thread)
