"""The operations of application threads, given as data: tuples of an opcode and numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from l4numa_tui.kernel import rights

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
