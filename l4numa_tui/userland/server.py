"""What every user-level server is: handlers over journaled tables, and a context to act through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from l4numa_tui.journal import Table
from l4numa_tui.kernel import ipc
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.records import DEFER, IPC_WAIT, MAIL_READ, MAIL_WRITE
from l4numa_tui.kernel.thread_state import RECEIVING, changed
from l4numa_tui.kernel.transfer import REJECT, Items, Words
from l4numa_tui.machine.account import MESSAGE, SHARED_LOCAL, SHARED_REMOTE
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland import labels


class Message:
    """A received message: who sent it, its label and its words."""

    __slots__ = ("label", "sender", "words")

    def __init__(self, sender: int, label: int, words: Words) -> None:
        self.sender = sender
        self.label = label
        self.words = words

    def row(self) -> tuple[int, ...]:
        """The message as a table row."""
        return (self.sender, self.label, *self.words)


class Context:
    """A server's hands: every system call it can make, and its shared memory, each charged.

    A server never blocks in a send: what cannot be delivered at once waits in its outbox until the
    receiver is ready. So no set of servers can wait for each other in a circle, unless they use
    `call`. A letter in a mailbox is found when its server next runs.
    """

    def __init__(self, kernel: Kernel, thread: int) -> None:
        self.kernel = kernel
        self.thread = thread
        self._outbox = kernel.journal.table("outbox")
        self._deferred = kernel.journal.table("deferred")
        self._mail = kernel.journal.table("mailbox")

    @property
    def node(self) -> int:
        """The node this server runs on."""
        return self.kernel.node

    def table(self, name: str) -> Table:
        """A journaled table of user level, for state that outlives one message."""
        return self.kernel.journal.table(name)

    def send(self, to: int, label: int, words: Words = (), items: Items = ()) -> None:
        """Send now if `to` waits for a message, else as soon as it does."""
        thread = self.thread
        if not self._offer(to, label, words, items):
            self._outbox.put(
                thread, (*self._outbox.rows.get(thread, ()), (to, label, words, items))
            )
            self.kernel.record(IPC_WAIT, to, label, 0)

    def reply(self, to: int, label: int, words: Words = (), items: Items = ()) -> None:
        """Answer a waiting client. If the kernel refuses the map items, the client is refused."""
        if self.kernel.fast_reply(self.thread, to, label, words, items):
            return
        try:
            self._deliver(to, label, words, items)
        except KernelError:
            self._deliver(to, REJECT, (), ())

    def _offer(self, to: int, label: int, words: Words, items: Items) -> bool:
        """Deliver, and if the kernel refuses the map items, say that there is no memory left."""
        try:
            return self._deliver(to, label, words, items)
        except KernelError:
            frame, pages, *_ = words  # only frames are sent in this way
            return self._deliver(to, labels.EXHAUSTED, (frame >> NODE_SHIFT, pages), ())

    def _deliver(self, to: int, label: int, words: Words, items: Items) -> bool:
        """Deliver now if the receiver waits; one that was deleted has nothing to wait for."""
        kernel, thread = self.kernel, self.thread
        if to not in kernel.threads.rows:
            return True
        mark, noted = kernel.begin_call()
        try:
            return ipc.try_send(kernel, thread, to, label, words, items)
        except KernelError as refused:
            kernel.take_back(mark, noted, refused)
            raise

    def post(self, to: int, label: int, words: Words = ()) -> None:
        """Write into the mailbox of the server `to`, in shared memory of its node."""
        kernel = self.kernel
        self.shared_access(kernel.node_of(to), write=True)
        self._mail.put(to, (*self._mail.rows.get(to, ()), (self.thread, label, *words)))
        kernel.record(MAIL_WRITE, to, label, words[0] if words else 0)

    def take_mail(self) -> Message:
        """Take the oldest letter out of one's own mailbox."""
        kernel, thread = self.kernel, self.thread
        first, *rest = self._mail.rows[thread]
        self.shared_access(self.node)
        if rest:
            self._mail.put(thread, tuple(rest))
        else:
            self._mail.drop(thread)
        kernel.record(MAIL_READ, first[0], first[1], first[2] if len(first) > 2 else 0)
        return Message(first[0], first[1], first[2:])

    def call(self, to: int, label: int, words: Words = ()) -> None:
        """Send, blocking if need be, and then listen to nobody but the receiver."""
        ipc.call(self.kernel, self.thread, to, label, words, changed(0, RECEIVING, to))

    def listen(self) -> None:
        """Listen to everybody again."""
        self.kernel.state.put(self.thread, RECEIVING)

    def map_into(self, space: int, item: MapItem) -> None:
        """Map into a space through a helper thread that waits there: one local message.

        The helper is not modelled further. What the kernel refuses is not mapped.
        """
        kernel = self.kernel
        kernel.account.cycles += kernel.costs.ipc_local
        kernel.account.events += MESSAGE
        with suppress(KernelError):
            kernel.map(kernel.threads.rows[self.thread][0], space, item)

    def unmap(self, region: Fpage) -> None:
        """Revoke what was derived from a region of the server's own space; it keeps its own."""
        self.kernel.unmap(self.kernel.threads.rows[self.thread][0], region)

    def work(self, cycles: int) -> None:
        """Compute for so many cycles."""
        self.kernel.account.cycles += cycles

    def shared_access(self, node: int, *, write: bool = False) -> None:
        """Read or write one word of shared memory that lies on `node`."""
        kernel = self.kernel
        costs = kernel.machine.write_cost if write else kernel.machine.read_cost
        kernel.account.cycles += costs[kernel.node][node]
        kernel.account.events += SHARED_LOCAL if node == kernel.node else SHARED_REMOTE

    def defer(self, message: Message) -> None:
        """Keep a message for later: it cannot be served before something else has happened."""
        self._deferred.put(self.thread, (*self._deferred.rows.get(self.thread, ()), message.row()))
        self.kernel.record(DEFER, message.sender, message.label, 0)

    def take_deferred(self) -> list[Message]:
        """All deferred messages, oldest first; they are no longer deferred."""
        rows = self._deferred.rows.get(self.thread, ())
        if rows:
            self._deferred.drop(self.thread)
        return [Message(row[0], row[1], row[2:]) for row in rows]

    def flush_outbox(self) -> None:
        """Send what has been waiting for receivers that are ready now."""
        waiting = self._outbox.rows.get(self.thread)
        if not waiting:
            return
        left = tuple(entry for entry in waiting if not self._offer(*entry))
        if left == waiting:
            return
        if left:
            self._outbox.put(self.thread, left)
        else:
            self._outbox.drop(self.thread)


class Server(ABC):
    """A program that answers messages. All its state is in journaled tables.

    An attribute assigned after construction would be invisible to undo, digest and search, so it is
    refused.
    """

    _sealed = False

    def seal(self) -> None:
        """End of construction: from here on only tables may change."""
        object.__setattr__(self, "_sealed", True)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._sealed:
            raise AttributeError(
                f"{type(self).__name__}.{name} cannot be assigned: a server's state belongs in a "
                "journaled table (context.table), so that steps can be taken back"
            )
        object.__setattr__(self, name, value)

    @abstractmethod
    def on_message(self, context: Context, message: Message) -> None:
        """Serve one message; called once for each that arrives."""
