"""The memory management unit: the page-table walk and the per-CPU TLB.

A page-table entry is an int: frame << 5 | flags. Flags are the three rights bits of an fpage
(read 4, write 2, execute 1), TABLE for an entry that leads to a lower table, and LARGE for one of
the third level that maps 2 MiB at once. It is kept in the journaled table `pte` under
table frame << 9 | index. A TLB entry has the same form, with its slot in the ring above, and is
kept under cpu << 52 | the page's tag; one with LARGE stands under the first of its 512 pages.

A *tag* names a page of a space in one int: space << 36 | page, its low bits scrambled by the bits
above. Pages of many spaces have the same low bits, and CPython's dict looks at low bits first:
without the scrambling a look-up would meet every other space's entry before its own.
"""

from __future__ import annotations

from l4numa_tui.journal import Journal

RIGHTS = 7
TABLE = 8
LARGE = 16
FLAG_BITS = 5
LEVELS = 4
INDEX_BITS = 9
TOP_SHIFT = INDEX_BITS * (LEVELS - 1)
VPN_BITS = INDEX_BITS * LEVELS
INDEX_MASK = (1 << INDEX_BITS) - 1
LARGE_PAGES = 1 << INDEX_BITS  # 4 KiB pages in one of 2 MiB
SPACE_BITS = 16
CPU_SHIFT = VPN_BITS + SPACE_BITS
SLOT_SHIFT = 48  # above frame and flags, a TLB entry names its slot in the FIFO ring
FRAME_MASK = (1 << (SLOT_SHIFT - FLAG_BITS)) - 1

LOW_BITS = 28
_LOW_MASK = (1 << LOW_BITS) - 1
_VPN_MASK = (1 << VPN_BITS) - 1
_SPACE_SALT, _HIGH_SALT = 0x9E3779B, 0x85EBCA7  # any odd numbers: 2^28 over the golden ratio


def tag(space: int, vpn: int) -> int:
    """The tag of a page of a space."""
    salt = space * _SPACE_SALT + (vpn >> LOW_BITS) * _HIGH_SALT & _LOW_MASK
    return space << VPN_BITS | vpn ^ salt


def tag_space(tagged: int) -> int:
    """The space of a tag."""
    return tagged >> VPN_BITS


def tag_page(tagged: int) -> int:
    """The page number of a tag."""
    scrambled = tagged & _VPN_MASK
    salt = (tagged >> VPN_BITS) * _SPACE_SALT + (scrambled >> LOW_BITS) * _HIGH_SALT & _LOW_MASK
    return scrambled ^ salt


class Mmu:
    """Walks page tables and keeps one FIFO TLB per CPU, tagged by address space.

    `entries` is the TLB's size per CPU; 0 means unlimited. First in, first out is what makes runs
    repeatable and replay fast; real TLBs use close relatives of LRU.
    """

    def __init__(self, journal: Journal, entries: int) -> None:
        self.entries = entries
        self.pte = journal.table("pte")
        self.leaf_tables = journal.table("leaf_table")  # root << 27 | page >> 9 -> leaf table
        self.tlb = journal.table("tlb")
        self._ring = journal.table("tlb_ring")
        self._fills = journal.table("tlb_fills")

    def walk(self, root: int, vpn: int) -> tuple[int, int, int]:
        """Follow the radix tree from `root` to the page `vpn`.

        Returns (leaf entry or 0, frame of the last table read, how many tables were read); an entry
        with LARGE names the first frame of its 2 MiB. Where the walk cache knows the leaf table,
        the upper levels need not be looked at.
        """
        table = self.leaf_tables.rows.get(root << TOP_SHIFT | vpn >> INDEX_BITS)
        if table is not None:
            return self.pte.rows.get(table << INDEX_BITS | vpn & INDEX_MASK, 0), table, LEVELS
        rows = self.pte.rows
        table, shift = root, TOP_SHIFT
        for level in range(1, LEVELS):
            entry = rows.get(table << INDEX_BITS | (vpn >> shift & INDEX_MASK))
            if entry is None or entry & LARGE:
                return entry or 0, table, level
            table = entry >> FLAG_BITS
            shift -= INDEX_BITS
        raise AssertionError("a leaf table that the walk cache does not know")

    def large_hit(self, cpu: int, space: int, vpn: int) -> int:
        """The 2 MiB translation in the TLB of `cpu` that covers a page, 0 if there is none."""
        entry: int = self.tlb.rows.get(cpu << CPU_SHIFT | tag(space, vpn & ~INDEX_MASK), 0)
        return entry if entry & LARGE else 0

    def flush(self, cpu: int) -> int:
        """Empty the TLB of `cpu`, as an untagged one is on a switch; how many it held."""
        keys = self._keys_of(cpu)
        for key in keys:
            self.forget(key)
        return len(keys)

    def forget_space(self, cpu: int, space: int) -> None:
        """Drop every translation of one space from the TLB of `cpu`."""
        for key in self._keys_of(cpu):
            if tag_space(key & (1 << CPU_SHIFT) - 1) == space:
                self.forget(key)

    def _keys_of(self, cpu: int) -> list[int]:
        if not self.entries:
            return [key for key in self.tlb.rows if key >> CPU_SHIFT == cpu]
        slots = (self._ring.rows.get(cpu << 16 | slot) for slot in range(self.entries))
        return [key for key in slots if key is not None]

    def fill(self, key: int, entry: int) -> None:
        """Put the leaf `entry` into the TLB of the CPU in `key`, evicting the oldest if it is full.

        A translation that is there already (its rights have grown) is replaced where it stands.
        """
        tlb = self.tlb
        held = tlb.rows.get(key)
        if held is not None or not self.entries:
            tlb.put(key, entry | (held or 0) >> SLOT_SHIFT << SLOT_SHIFT)
            return
        cpu = key >> CPU_SHIFT
        fills = self._fills.rows.get(cpu, 0)
        slot = fills % self.entries
        victim = self._ring.rows.get(cpu << 16 | slot)
        if victim is not None:
            tlb.drop(victim)
        self._ring.put(cpu << 16 | slot, key)
        self._fills.put(cpu, fills + 1)
        tlb.put(key, entry | slot << SLOT_SHIFT)

    def load(self, cpu: int, held: list[tuple[int, int]], fills: int) -> None:
        """Make the TLB of `cpu` hold exactly these (key, leaf entry), oldest first.

        `fills` is how often it has been filled since the beginning; nothing was ever dropped.
        """
        for key in [key for key in self.tlb.rows if key >> CPU_SHIFT == cpu]:
            self.forget(key)
        for age, (key, entry) in enumerate(held, fills - len(held)):
            slot = age % self.entries if self.entries else 0
            self.tlb.put(key, entry | slot << SLOT_SHIFT)
            if self.entries:
                self._ring.put(cpu << 16 | slot, key)
        if self.entries and fills:
            self._fills.put(cpu, fills)

    def forget(self, key: int) -> bool:
        """Drop one translation; True if the TLB held it. Its slot stays empty until its turn."""
        held = self.tlb.rows.get(key)
        if held is None:
            return False
        self.tlb.drop(key)
        if self.entries:
            self._ring.drop(key >> CPU_SHIFT << 16 | held >> SLOT_SHIFT)
        return True
