"""The operations of application threads, given as data: tuples of an opcode and numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from l4numa_tui.kernel import rights
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.machine.mmu import VPN_BITS

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
MAX_UNMAP_PAGES = 4096  # of a global unmap: they travel in one message
MAX_CYCLES = 1_000_000_000
_MAX_PAGES = 1 << VPN_BITS
_SIZES = {Op.UNMAP_GLOBAL: 3}


def is_operation(operation: Operation) -> bool:
    """Whether a tuple is an operation a thread can be told to do: opcode, operands in range."""
    if not operation or operation[0] not in Op.__members__.values():
        return False
    op = Op(operation[0])
    if len(operation) != _SIZES.get(op, 2) or min(operation) < 0:
        return False
    operand = operation[1]
    if op == Op.UNMAP_GLOBAL:
        return 1 <= operation[2] <= MAX_UNMAP_PAGES and operand + operation[2] <= _MAX_PAGES
    return operand <= (MAX_CYCLES if op == Op.WORK else (_MAX_PAGES << PAGE_LOG2) - 1)
