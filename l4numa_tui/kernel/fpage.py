"""Flexpages: the L4 name for a region of virtual memory, and where a mapped one lands."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.rights import ALL, rights_text
from l4numa_tui.machine.machine import PAGE_LOG2

ADDRESS_BITS = 48
WHOLE_BYTES = 1 << ADDRESS_BITS
WHOLE_LOG2 = 1  # the size field that means "the whole space" (Pistachio's complete fpage)
_RIGHTS_MASK = 7
_BASE_SHIFT = 10


class Fpage(NamedTuple):
    """A region of 2^`log2` bytes at `base`, which is a multiple of its size, with rights.

    `log2` 0 is the nil fpage, at least 48 the whole space. Made with `fpage`, which aligns.
    """

    base: int
    log2: int
    rights: int

    @property
    def is_nil(self) -> bool:
        """Whether it names no whole page: nil, or smaller than the smallest page of 4 KiB."""
        return self.log2 < PAGE_LOG2

    @property
    def is_whole(self) -> bool:
        """Whether it names the whole address space."""
        return self.log2 >= ADDRESS_BITS

    @property
    def first_page(self) -> int:
        """The number of its first 4 KiB page."""
        return self.base >> PAGE_LOG2

    @property
    def pages(self) -> int:
        """How many 4 KiB pages it covers."""
        return 0 if self.is_nil else 1 << (self.log2 - PAGE_LOG2)

    def word(self) -> int:
        """The fpage as the kernel's register word: base >> 10 in bits 10.., size, rights."""
        if self.is_whole:
            return WHOLE_LOG2 << 4 | self.rights
        return self.base >> _BASE_SHIFT << _BASE_SHIFT | self.log2 << 4 | self.rights

    def __str__(self) -> str:
        if self.is_nil:
            return "nil"
        if self.is_whole:
            return f"whole space {rights_text(self.rights)}"
        return f"{self.base:#x}/{self.log2} {rights_text(self.rights)}"


def fpage(base: int, log2: int, rights: int = ALL) -> Fpage:
    """Make an fpage; a base below its size is aligned down silently, as every L4 kernel does."""
    if log2 >= ADDRESS_BITS:
        return Fpage(0, ADDRESS_BITS, rights)
    return Fpage(base >> log2 << log2, log2, rights)


def from_word(word: int) -> Fpage:
    """Decode a register word; size field 1 with base 0 is the whole space, size field 0 is nil."""
    log2 = word >> 4 & 0x3F
    rights = word & _RIGHTS_MASK
    if log2 == WHOLE_LOG2:
        return Fpage(0, ADDRESS_BITS, rights)
    if log2 == 0:
        return NIL
    return fpage(word >> _BASE_SHIFT << _BASE_SHIFT, log2, rights)


# NamedTuple's own constructor takes twice as long, and every pager makes a page for every fault.
_new = tuple.__new__
NIL = Fpage(0, 0, 0)
WHOLE = Fpage(0, ADDRESS_BITS, ALL)


def page(vpn: int, rights: int = ALL) -> Fpage:
    """The fpage of one 4 KiB page."""
    return _new(Fpage, (vpn << PAGE_LOG2, PAGE_LOG2, rights))


def place(send: Fpage, window: Fpage, hot_spot: int) -> tuple[int, int, int]:
    """Where a map item lands in the receiver's window: (first page, its destination, pages).

    The smaller of the two regions chooses its place within the larger by the hot spot `hot_spot`
    (the item's snd_base): a smaller fpage is put into the window there; of a larger one, the part
    there, as large as the window, is sent. (Pistachio, mung; Fiasco differs in names only.)
    """
    base, size, _ = send
    if size == PAGE_LOG2 and window[1] == ADDRESS_BITS:  # nearly all: a page, into a whole space
        return base >> PAGE_LOG2, hot_spot % WHOLE_BYTES >> PAGE_LOG2, 1
    if size < PAGE_LOG2 or window[1] < PAGE_LOG2:
        return 0, 0, 0
    if size <= window[1]:
        inside = hot_spot % (1 << window[1]) >> size << size
        return base >> PAGE_LOG2, (window[0] + inside) >> PAGE_LOG2, 1 << size - PAGE_LOG2
    inside = hot_spot % (1 << size) >> window[1] << window[1]
    return (base + inside) >> PAGE_LOG2, window[0] >> PAGE_LOG2, 1 << window[1] - PAGE_LOG2
