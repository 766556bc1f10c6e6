"""The world: machine, kernel and user level as one state that advances by one kind of step."""

from __future__ import annotations

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import ipc
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.pagefault import access
from l4numa_tui.kernel.records import IPC_RECV, THREAD_DONE
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    CODE_MASK,
    IP_SHIFT,
    READY,
    RECEIVING,
    RETRYING,
    RETURNING,
    changed,
    partner_of,
)
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.machine.account import Totals
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager import REFUSE, NodePager
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.system import System
from l4numa_tui.world.fast_step import fast_perform
from l4numa_tui.world.operations import (
    ACCESS_RIGHT,
    ANSWER,
    DO,
    RUN,
    Action,
    Op,
    Operation,
    Program,
    is_operation,
)
from l4numa_tui.world.system_calls import SystemCalls

_ASKED_FOR = {
    Op.UNMAP_GLOBAL: labels.UNMAP_CALL,
    Op.MIGRATE: labels.MIGRATE,
    Op.RECOVER: labels.RECOVER,
}


class World:
    """A booted system with its threads' programs. `do` is the only way to advance it.

    An action of a program is one operation; with `strides`, all operations until the next trap.
    """

    def __init__(
        self, system: System, programs: dict[int, Program], *, strides: bool = False
    ) -> None:
        self.strides = strides
        self.system = system
        self.kernel: Kernel = system.kernel
        self.journal: Journal = self.kernel.journal
        self.programs = {thread: programs.get(thread, Program()) for thread in system.programs}
        self._servers = {
            thread: (server, Context(self.kernel, thread))
            for thread, server in system.servers.items()
        }
        # One tuple per thread for ever: the history holds one reference a step, not one tuple.
        self.runs: dict[int, Action] = {
            thread: (RUN, thread) for thread in (*self._servers, *self.programs)
        }
        self._adhoc = self.journal.table("adhoc")
        self._outbox = self.journal.table("outbox")
        self._mail = self.journal.table("mailbox")
        self._calls = SystemCalls(self.kernel, self._adhoc)
        self.words, self.inbox = self.kernel.state.rows, self.kernel.inbox.rows
        self.outbox, self.mail = self._outbox.rows, self._mail.rows
        self.fast_perform = fast_perform(self, self._servers)
        self.kernel.account.clear()  # booting is free: accounts begin with the first step

    def reprogram(self, programs: dict[int, Program]) -> None:
        """Give the threads other programs, which must begin with all that they have begun.

        Only a script that is still being written needs that: what a thread is to do is no state.
        """
        self.programs = programs
        self.fast_perform = fast_perform(self, self._servers)

    def enabled(self) -> list[Action]:
        """The actions possible now: servers first, then programs, each by thread number."""
        servers = [thread for thread in self._servers if self._server_ready(thread)]
        programs = [thread for thread in self.programs if self.program_ready(thread)]
        return [self.runs[thread] for thread in servers + programs]

    def busy_server(self) -> int:
        """The first server that has something to do, 0 if none has."""
        inbox, outbox, mail = self.inbox, self.outbox, self.mail
        if not outbox and not mail and len(inbox) < 2:  # nearly always
            for thread in inbox:
                return thread if thread in self._servers else 0
            return 0
        for thread in self._servers:
            waiting = thread in outbox or thread in mail
            if thread in inbox or (waiting and self._server_ready(thread)):
                return thread
        return 0

    def program_serves(self) -> bool:
        """Whether a fault is under way whose pager is a program, and somebody can go on."""
        threads = self.kernel.threads.rows
        return any(
            thread in threads
            and threads[thread][2] in self.programs
            and ipc.is_faulting(self.kernel, thread)
            for thread in self.programs
        )

    def program_ready(self, thread: int) -> bool:
        """Whether an application thread can run: it has an operation and waits for nobody."""
        code = self.kernel.state.rows.get(thread, READY) & CODE_MASK
        if code == RECEIVING:
            return thread in self.kernel.inbox.rows
        if code != READY and code != RETRYING:
            return bool(code == RETURNING)
        return self.next_operation(thread) is not None

    def next_operation(self, thread: int) -> Operation | None:
        """What the thread is doing or would do next; None at the end of its program."""
        if self._adhoc.rows:
            adhoc: Operation | None = self._adhoc.rows.get(thread)
            if adhoc is not None:
                return adhoc
        operations = self.programs[thread].operations
        at = self.kernel.state.rows.get(thread, READY) >> IP_SHIFT
        return operations[at] if at < len(operations) else None

    def can_do(self, action: Action) -> bool:
        """Whether `action` is possible now."""
        if len(action) < 2:
            return False
        kind, thread = action[0], action[1]
        if kind == RUN and len(action) == 2:
            if thread in self.programs:
                return self.program_ready(thread)
            return thread in self._servers and self._server_ready(thread)
        if kind == ANSWER:
            return len(action) == 3 and 0 <= action[2] <= REFUSE and self._has_fault(thread)
        if kind != DO or thread not in self.programs or thread in self._adhoc.rows:
            return False
        word: int = self.kernel.state.rows.get(thread, READY)
        return word & CODE_MASK == READY and is_operation(action[2:])

    def do(self, action: Action) -> int:
        """Perform one action atomically; its cycles. ValueError if it is not possible now."""
        if not self.can_do(action):
            raise ValueError(f"action {action} is not possible now")
        return self.perform(action)

    def perform(self, action: Action) -> int:
        """Perform an action known to be possible (a scheduler chose it); returns its cycles."""
        kernel, thread = self.kernel, action[1]
        if action[0] == DO:
            self._adhoc.put(thread, action[2:])
        cpu = kernel.dispatch(thread)
        if thread in self._servers:
            self._run_server(thread, action[2] if action[0] == ANSWER else -1)
        else:
            self._run_program(thread)
        return kernel.account.settle(cpu)

    def totals(self, node: int | None = None) -> Totals:
        """The counters of one node's CPUs, or of all."""
        machine, account = self.kernel.machine, self.kernel.account
        cpus = range(len(machine.cpu_node)) if node is None else machine.node_cpus[node]
        rows = [account.of(cpu) for cpu in cpus]
        return Totals(*(sum(column) for column in zip(*rows, strict=True))) if rows else Totals()

    def _server_ready(self, thread: int) -> bool:
        if thread in self.kernel.inbox.rows:
            return True
        if self._has_mail(thread):
            return True
        waiting = self._outbox.rows.get(thread, ())
        return any(ipc.can_receive(self.kernel, entry[0], thread) for entry in waiting)

    def _has_mail(self, thread: int) -> bool:
        """Whether a server has a letter, and is not in the midst of a call."""
        if thread not in self._mail.rows:
            return False
        word: int = self.kernel.state.rows.get(thread, READY)
        return word & CODE_MASK == RECEIVING and partner_of(word) == ANYONE

    def _has_fault(self, thread: int) -> bool:
        """Whether the thread is a node pager whose next message is a pagefault."""
        row = self.kernel.inbox.rows.get(thread)
        if row is None or thread not in self._servers:
            return False
        is_fault: bool = row[1] >> 4 == PAGEFAULT_PROTOCOL
        return is_fault and isinstance(self._servers[thread][0], NodePager)

    def _run_server(self, thread: int, answer: int) -> None:
        server, context = self._servers[thread]
        kernel = self.kernel
        if thread in self._outbox.rows:
            context.flush_outbox()
        row = kernel.inbox.rows.get(thread)
        if row is not None:
            kernel.inbox.drop(thread)
            kernel.note((IPC_RECV, thread, row[0], row[1], row[2] if len(row) > 2 else 0, 0))
            message = Message(row[0], row[1], row[2:])
            if answer < 0:
                server.on_message(context, message)
            elif isinstance(server, NodePager):
                server.answer(context, message, answer)
        elif self._has_mail(thread):
            server.on_message(context, context.take_mail())
        if thread in kernel.queue.rows:
            ipc.receive_next(kernel, thread)

    def _run_program(self, thread: int) -> None:
        """Let a program run: one operation, or all up to the next trap if the world strides."""
        kernel, words = self.kernel, self.kernel.state.rows
        operations = self.programs[thread].operations
        if words.get(thread, READY) & CODE_MASK == RETURNING:
            self._complete(thread)
            return
        while True:
            if self._adhoc.rows and thread in self._adhoc.rows:
                self._operate(thread, self._adhoc.rows[thread])
                return
            at = words.get(thread, READY) >> IP_SHIFT
            if at >= len(operations):
                return
            operation = operations[at]
            if operation[0] in ACCESS_RIGHT:
                # The commonest case by far: no other call between the program and the memory.
                if not access(kernel, thread, operation[1], ACCESS_RIGHT[operation[0]]):
                    return
                self._complete(thread)
            elif not self._operate(thread, operation):
                return
            if not self.strides:
                return

    def _operate(self, thread: int, operation: Operation) -> bool:
        """Carry out one operation as far as it goes; whether it is complete."""
        code = operation[0]
        if code in ACCESS_RIGHT:
            done = access(self.kernel, thread, operation[1], ACCESS_RIGHT[code])
        elif code == Op.WORK:
            self.kernel.account.cycles += operation[1]
            done = True
        elif code in _ASKED_FOR:
            done = self._ask(thread, operation)
        else:
            done = self._calls.make(thread, operation)
        if done:
            self._complete(thread)
        return done

    def _ask(self, thread: int, operation: Operation) -> bool:
        """Call a server for something that only user level can do, and wait for its answer."""
        kernel = self.kernel
        if thread in kernel.inbox.rows:
            kernel.inbox.drop(thread)
            return True
        kernel.account.cycles += kernel.costs.kernel_entry_exit
        label, words = _ASKED_FOR[Op(operation[0])], operation[1:]
        whom = kernel.threads.rows[thread][2]
        if label == labels.MIGRATE:
            whom = self.system.root
        elif label == labels.RECOVER:
            words = (*words, 1)
        waiting = changed(kernel.state.rows.get(thread, READY), RECEIVING, whom)
        mark, noted = kernel.begin_call()
        try:
            ipc.call(kernel, thread, whom, label, words, waiting)
        except KernelError as refused:  # there is nobody to ask
            kernel.take_back(mark, noted, refused)
            kernel.error.put(thread, (0, refused.code))
            return True
        return False

    def _complete(self, thread: int) -> None:
        if self._adhoc.rows and thread in self._adhoc.rows:
            self._adhoc.drop(thread)
            self.kernel.complete(thread, 0)
        elif self.kernel.complete(thread, 1) == len(self.programs[thread].operations):
            self.kernel.record(THREAD_DONE, 0, 0, 0)
