"""Kernel memory: every kernel object has one home node, whose memory pays for it."""

from __future__ import annotations

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import NO_MEMORY, KernelError
from l4numa_tui.kernel.records import KMEM_ALLOC, KMEM_FREE, Records
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_BYTES, Machine

UTCB_BYTES = 1024
ENTRY_BYTES = 24  # Fiasco's mapping, x86-64
ENTRIES_PER_SLAB = PAGE_BYTES // ENTRY_BYTES - 1  # the room of one holds the slab's header
SUBTABLE_HEAD_BYTES = 32  # Pistachio's node that joins an entry to its sub-table
SUBTABLE_HEADS_PER_SLAB = PAGE_BYTES // SUBTABLE_HEAD_BYTES - 1
UTCBS_PER_PAGE = PAGE_BYTES // UTCB_BYTES

SPACE, TABLE, TCB, ENTRY, UTCB, SUBTABLE, SUBTABLE_HEAD = range(7)
KIND_NAMES = (
    "space", "page table", "TCB", "mapping entries", "UTCBs", "sub-table", "sub-table heads",
)  # fmt: skip
_PER_PAGE = {
    ENTRY: ENTRIES_PER_SLAB,
    UTCB: UTCBS_PER_PAGE,
    SUBTABLE_HEAD: SUBTABLE_HEADS_PER_SLAB,
}


class KernelMemory:
    """Frames for kernel objects, and slabs for the small ones, counted per node and kind.

    Spaces, page tables, TCBs and sub-tables take one frame each. Mapping entries, UTCBs and heads
    of sub-tables share frames: n of them take ceil(n / per page) slab frames of their node (packed:
    no slab stays half empty).
    Journaled tables: `kmem_next` and `kmem_free` (which frames are free), `kmem_count` under
    node << 4 | kind, `kmem_slab` (which frames serve as slabs).
    """

    def __init__(self, journal: Journal, machine: Machine, records: Records) -> None:
        self._machine = machine
        self._records = records
        self.count = journal.table("kmem_count")
        self._next = journal.table("kmem_next")
        self._free = journal.table("kmem_free")
        self._slab = journal.table("kmem_slab")

    def frame(self, node: int, kind: int) -> int:
        """Take one frame of kernel memory on `node`; KernelError (no memory) names the node."""
        frame = self._take(node)
        self._add(node, kind, 1)
        self._records.note((KMEM_ALLOC, 0, node, PAGE_BYTES, kind, 0))
        return frame

    def release(self, frame: int, kind: int) -> None:
        """Give a frame back to the kernel memory of its node."""
        node = frame >> NODE_SHIFT
        self._give(node, frame)
        self._add(node, kind, -1)
        self._records.note((KMEM_FREE, 0, node, PAGE_BYTES, kind, 0))

    def small(self, node: int, kind: int, more: int) -> None:
        """Take (`more` > 0) or give back small objects; whole slabs come and go as needed."""
        key = node << 4 | kind
        had = self.count.rows.get(key, 0)
        per_page = _PER_PAGE[kind]
        if more != 1 or not had % per_page:
            before, after = -(-had // per_page), -(-(had + more) // per_page)
            if after != before:
                self._resize(node, kind, before, after)
        self.count.put(key, had + more)

    def bytes_on(self, node: int) -> int:
        """Bytes of kernel memory in use on a node: the sum of the objects homed there."""
        return sum(size for _, _, size in self.objects_on(node))

    def objects_on(self, node: int) -> list[tuple[int, int, int]]:
        """(kind, how many, bytes) for each kind of object homed on the node; slabs count whole."""
        out = []
        for kind in range(len(KIND_NAMES)):
            count = self.count.rows.get(node << 4 | kind, 0)
            pages = -(-count // _PER_PAGE.get(kind, 1))
            if count:
                out.append((kind, count, pages * PAGE_BYTES))
        return out

    def _add(self, node: int, kind: int, more: int) -> None:
        key = node << 4 | kind
        self.count.put(key, self.count.rows.get(key, 0) + more)

    def _resize(self, node: int, kind: int, before: int, after: int) -> None:
        base = (node << 4 | kind) << NODE_SHIFT
        for page in range(before, after):
            self._slab.put(base | page, self._take(node))
            self._records.note((KMEM_ALLOC, 0, node, PAGE_BYTES, kind, 0))
        for page in range(before - 1, after - 1, -1):
            self._give(node, self._slab.rows[base | page])
            self._slab.drop(base | page)
            self._records.note((KMEM_FREE, 0, node, PAGE_BYTES, kind, 0))

    def _take(self, node: int) -> int:
        # The free frames of a node are a stack: kmem_free[node << 28 | depth].
        depth: int = self._free.rows.get((node, 0), 0)
        if depth:
            frame: int = self._free.rows[node, depth]
            self._free.drop((node, depth))
            self._set_depth(node, depth - 1)
            return frame
        used: int = self._next.rows.get(node, 0)
        if used >= self._machine.kernel_frames[node]:
            raise KernelError(NO_MEMORY, f"all {used} kernel frames of node {node} are in use")
        self._next.put(node, used + 1)
        # Coloured: where a node begins depends on the node, so that the tables of different nodes
        # differ in their low bits (in hardware for the caches' sake, here for the dict's).
        place = (node * 0x9E3779B1 + used) % self._machine.kernel_frames[node]
        return node << NODE_SHIFT | (self._machine.user_frames[node] + place)

    def _give(self, node: int, frame: int) -> None:
        depth = self._free.rows.get((node, 0), 0) + 1
        self._free.put((node, depth), frame)
        self._set_depth(node, depth)

    def _set_depth(self, node: int, depth: int) -> None:
        # No row for an empty stack: a machine that gave all back equals one that never took.
        if depth:
            self._free.put((node, 0), depth)
        elif (node, 0) in self._free.rows:
            self._free.drop((node, 0))
