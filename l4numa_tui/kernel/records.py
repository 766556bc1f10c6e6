"""What happens inside one action, in order: records for the screen and the transcript.

Records are narration, never state: nothing in the kernel reads them. Names follow Pistachio's
tracepoints where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

RECORD_FIELDS = 6
WALK_LARGE = 16  # of a TLB_MISS: the walk ended at an entry of 2 MiB


class Event(IntEnum):
    """What a record tells; the comment names its operands a, b, c."""

    TLB_MISS = 1  # thread's address, levels read (| WALK_LARGE: 2 MiB found), node of last table
    PAGEFAULT_USER = 2  # address, access rights wanted, pager
    IPC_SEND = 3  # receiver, label, operand
    IPC_RECV = 4  # sender, label, operand
    FPAGE_MAP = 5  # receiving space, first page of the region there, pages changed: one item done
    FPAGE_OVERMAP = 6  # space, page, frame that was there
    MDB_MAP = 7  # entry, parent entry, frame << 3 | rights
    MDB_UNMAP = 8  # entry, rights lost, frame
    SYSCALL_UNMAP = 9  # fpage word, flush | status bits << 1, entries changed
    KMEM_ALLOC = 10  # node, bytes, what
    KMEM_FREE = 11  # node, bytes, what
    TLB_SHOOTDOWN = 12  # CPU, space, pages
    ACCESS = 13  # address, access right, frame
    RESUME = 14  # thread that may go on, -, -
    DIRECTORY_READ = 15  # page, node of the directory, frame + 1 or 0
    DIRECTORY_WRITE = 16  # page, node of the directory, frame + 1 or 0
    DEFER = 17  # sender, label, -
    HALT = 18  # thread, reason, -
    REFUSED = 19  # error code, -, -
    THREAD_DONE = 20  # -, -, -
    IPC_WAIT = 21  # receiver, label, -
    FPAGE_MAPCTRL = 22  # space, page, rights now
    MDB_MAP_LARGE = 23  # as MDB_MAP, of 2 MiB
    MDB_UNMAP_LARGE = 24  # as MDB_UNMAP, of 2 MiB
    FPAGE_SPLIT = 25  # space, first of the 512 pages, first frame
    TLB_FLUSH = 26  # CPU, space it runs from now on, translations lost
    IPC_ERROR = 27  # partner, IPC error code, phase: 0 send, 1 receive
    THREAD_CONTROL = 28  # thread, space, what: 0 made, 1 changed, 2 deleted, 3 moved
    SPACE_CONTROL = 29  # space, first KIP page, first UTCB page
    SCHEDULE = 30  # thread, CPU, CPU before
    EXCHANGE_REGISTERS = 31  # thread, control bits, instruction pointer before
    SPACE_END = 32  # space, home node, threads left elsewhere
    IPC_LISTEN = 33  # the only thread listened to, 0 for anyone
    MAIL_WRITE = 34  # server whose mailbox in shared memory it is, label, operand
    MAIL_READ = 35  # sender, label, operand
    PAGE_COPY = 36  # page, frame, its copy
    PLACEMENT = 37  # page, what it is now (userland.placement.policies), its one frame


# The same numbers as plain globals: a name looked up on an enumeration costs more than the record.
(
    TLB_MISS,
    PAGEFAULT_USER,
    IPC_SEND,
    IPC_RECV,
    FPAGE_MAP,
    FPAGE_OVERMAP,
    MDB_MAP,
    MDB_UNMAP,
    SYSCALL_UNMAP,
    KMEM_ALLOC,
    KMEM_FREE,
    TLB_SHOOTDOWN,
    ACCESS,
    RESUME,
    DIRECTORY_READ,
    DIRECTORY_WRITE,
    DEFER,
    HALT,
    REFUSED,
    THREAD_DONE,
    IPC_WAIT,
    FPAGE_MAPCTRL,
    MDB_MAP_LARGE,
    MDB_UNMAP_LARGE,
    FPAGE_SPLIT,
    TLB_FLUSH,
    IPC_ERROR,
    THREAD_CONTROL,
    SPACE_CONTROL,
    SCHEDULE,
    EXCHANGE_REGISTERS,
    SPACE_END,
    IPC_LISTEN,
    MAIL_WRITE,
    MAIL_READ,
    PAGE_COPY,
    PLACEMENT,
) = (int(event) for event in Event)


class Record(NamedTuple):
    """One record: who acted, the event's operands, and the action's cycles so far."""

    event: Event
    thread: int
    a: int
    b: int
    c: int
    cycles: int


def _ignore(record: tuple[int, ...]) -> None:
    """Take the place of a record list's `extend` when nobody wants records."""


class Records:
    """The flat list of all records; a step is a range of it. Recording can be turned off."""

    __slots__ = ("flat", "note")

    def __init__(self) -> None:
        self.flat: list[int] = []
        self.note: Any = self.flat.extend

    @property
    def end(self) -> int:
        """The position after the newest record."""
        return len(self.flat)

    def mute(self) -> None:
        """Keep no records from here on: a replay of millions of accesses has no use for them."""
        self.note = _ignore

    def cut(self, position: int) -> None:
        """Forget the records from `position` on."""
        del self.flat[position:]

    def between(self, start: int, stop: int) -> Iterator[Record]:
        """The records of a range, in order."""
        flat = self.flat
        for at in range(start, stop, RECORD_FIELDS):
            yield Record(Event(flat[at]), *flat[at + 1 : at + RECORD_FIELDS])
