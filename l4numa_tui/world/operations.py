"""The operations of application threads, given as data: tuples of an opcode and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from l4numa_tui.kernel import rights
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.ipc import ANY_THREAD, MAX_REGISTERS, IpcCall
from l4numa_tui.kernel.mapping import ITEM_WORDS, item_from_words
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.userland import labels

Operation = tuple[int, ...]


class Op(IntEnum):
    """What a thread can do; the comment names its operands."""

    READ = 1  # address
    WRITE = 2  # address
    EXECUTE = 3  # address
    UNMAP_GLOBAL = 4  # first page, pages: ask the pager to unmap everywhere
    UNMAP = 5  # fpage word: unmap what was derived from this space's pages
    FLUSH = 6  # fpage word: unmap, and from this space too
    WORK = 7  # cycles of computing
    IPC = 8  # to, from, timeouts, acceptor's fpage word, label, untyped words; words, item words
    THREAD_CONTROL = 9  # thread, space's thread (0: delete), scheduler, pager, UTCB + 1, node + 1
    SPACE_CONTROL = 10  # space's thread, KIP area's fpage word, UTCB area's fpage word
    SCHEDULE = 11  # thread, CPU
    EXCHANGE_REGISTERS = 12  # thread, control bits, instruction pointer, pager
    MIGRATE = 13  # node: have the root pager move the thread there, into the space it has there
    RECOVER = 14  # page: have the frame behind it taken back from every pager


ACCESS_RIGHT: dict[int, int] = {
    Op.READ: rights.READ,
    Op.WRITE: rights.WRITE,
    Op.EXECUTE: rights.EXECUTE,
}


class Program(NamedTuple):
    """What a thread is to do, in order, and where each operation stands in the whole script."""

    operations: tuple[Operation, ...] = ()
    order: tuple[int, ...] = ()


# An action is what a scheduler chooses: (RUN, thread), or (DO, thread, opcode, operands...) for an
# operation that is not the thread's next one, as students and challenges make them.
# (ANSWER, thread, rights) lets a student answer the pagefault that a node pager has before it: with
# a map item of those rights, with an empty reply (0), or with a refusal (userland.pager.REFUSE).
RUN, DO, ANSWER = 0, 1, 2
Action = tuple[int, ...]

# What one operation may ask for: whatever a file or a student writes keeps these limits.
MAX_UNMAP_PAGES = labels.MAX_UNMAP_PAGES
MAX_CYCLES = 1_000_000_000
MAX_WORD = (1 << 63) - 1
MAX_LENGTH = 7 + MAX_REGISTERS
_MAX_PAGES = 1 << VPN_BITS
_SIZES = {
    Op.UNMAP_GLOBAL: 3,
    Op.THREAD_CONTROL: 7,
    Op.SPACE_CONTROL: 4,
    Op.SCHEDULE: 3,
    Op.EXCHANGE_REGISTERS: 5,
}
_LARGEST = {Op.WORK: MAX_CYCLES, Op.MIGRATE: MAX_WORD, Op.RECOVER: _MAX_PAGES - 1}
_IPC_HEAD = 7
_LABEL_BITS = 48
_LABEL_MASK = (1 << _LABEL_BITS) - 1


class IpcOperation(IpcCall):
    """The system call IPC, which can be written as an operation."""

    __slots__ = ()

    def operation(self) -> Operation:
        """The call as a tuple of numbers, none of them negative."""
        timeouts = int(self.no_wait_send) | int(self.no_wait_receive) << 1
        item_words = (word for item in self.items for word in item.words())
        return (
            Op.IPC, self.to, self.source, timeouts, self.acceptor.word(),
            self.label & _LABEL_MASK, len(self.words), *self.words, *item_words,
        )  # fmt: skip


def ipc_operation(operation: Sequence[int]) -> IpcOperation:
    """Take an IPC operation apart; it must have passed `is_operation`."""
    _, to, source, timeouts, acceptor, label, untyped, *registers = operation
    if label >> _LABEL_BITS - 1:
        label -= 1 << _LABEL_BITS
    typed = registers[untyped:]
    items = tuple(
        item_from_words(typed[at], typed[at + 1]) for at in range(0, len(typed), ITEM_WORDS)
    )
    return IpcOperation(
        to, source, label, tuple(registers[:untyped]), items, from_word(acceptor),
        bool(timeouts & 1), bool(timeouts & 2),
    )  # fmt: skip


def is_operation(operation: Operation) -> bool:
    """Whether a tuple is an operation a thread can be told to do: opcode, operands in range.

    Only what could not be carried out at all is refused here; a call that the kernel refuses is an
    operation, and its error code is its result.
    """
    if not operation or operation[0] not in Op.__members__.values():
        return False
    op = Op(operation[0])
    if min(operation) < 0 or max(operation) > MAX_WORD:
        return False
    if op == Op.IPC or len(operation) != _SIZES.get(op, 2):
        return op == Op.IPC and _is_ipc(operation)
    operand = operation[1]
    if op == Op.UNMAP_GLOBAL:
        return 1 <= operation[2] <= MAX_UNMAP_PAGES and operand + operation[2] <= _MAX_PAGES
    if op in _SIZES:
        return True
    return operand <= _LARGEST.get(op, (_MAX_PAGES << PAGE_LOG2) - 1)


def _is_ipc(operation: Operation) -> bool:
    if len(operation) < _IPC_HEAD or operation[3] > 3 or operation[5] > _LABEL_MASK:
        return False
    registers, untyped = len(operation) - _IPC_HEAD, operation[6]
    return (
        operation[1] <= ANY_THREAD
        and operation[2] <= ANY_THREAD
        and registers <= MAX_REGISTERS
        and untyped <= registers
        and not (registers - untyped) % ITEM_WORDS
    )
