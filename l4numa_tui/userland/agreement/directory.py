"""What the pagers share in memory: which frame backs which page, and which frames are free.

The directory says *which frame*, never *mapping*: each pager maps the frame from its own space. It
lies on one node, so a look-up is a real access, local to some pagers and remote to others.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.records import DIRECTORY_READ, DIRECTORY_WRITE
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland.server import Context

VALID, UNMAPPING = 0, 1


class Backing(NamedTuple):
    """The frame behind a page; `state` UNMAPPING while a global unmap is under way."""

    frame: int
    state: int


class Directory:
    """The shared directory, kept in memory of node `home`.

    Rows of `directory`: (application, page, replica) -> (frame, state). Global pages have replica
    0, node-local ones the number of their node + 1. `waiters` holds a bit set of pagers' nodes that
    wait until a page is no longer being unmapped, `sharers` one of those that have mapped it.
    Pages that may move or be copied have rows of `placement`, what the page is (0 has no row), and
    `placement_counts`; their replicas have rows of `directory` like node-local pages.

    `home` of a call is the node on which the row lies, if not on the directory's own.
    """

    def __init__(self, journal: Journal, home: int) -> None:
        self.home = home
        self.rows = journal.table("directory")
        self._waiters = journal.table("directory_waiters")
        self._sharers = journal.table("sharers")
        self._modes = journal.table("placement")
        self._counts = journal.table("placement_counts")

    def look_up(
        self, context: Context, key: tuple[int, int, int], home: int = -1
    ) -> Backing | None:
        """Read one row; charged to the pager that reads."""
        home = self.home if home < 0 else home
        context.shared_access(home)
        row = self.rows.rows.get(key)
        context.kernel.record(DIRECTORY_READ, key[1], home, row[0] + 1 if row else 0)
        return Backing(*row) if row else None

    def publish(
        self, context: Context, key: tuple[int, int, int], frame: int, state: int, home: int = -1
    ) -> None:
        """Write one row."""
        home = self.home if home < 0 else home
        context.shared_access(home, write=True)
        self.rows.put(key, (frame, state))
        context.kernel.record(DIRECTORY_WRITE, key[1], home, frame + 1)

    def remove(self, context: Context, key: tuple[int, int, int], home: int = -1) -> None:
        """Remove one row."""
        home = self.home if home < 0 else home
        context.shared_access(home, write=True)
        self.rows.drop(key)
        self.begin_anew(key, 0)
        context.kernel.record(DIRECTORY_WRITE, key[1], home, 0)

    def mode(self, key: tuple[int, int, int]) -> int:
        """What a page is that may move or be copied (`placement.policies`); read with its row."""
        mode: int = self._modes.rows.get(key, 0)
        return mode

    def set_mode(self, key: tuple[int, int, int], mode: int) -> None:
        """Note what a page is now; written with its row."""
        if mode:
            self._modes.put(key, mode)
        elif key in self._modes.rows:
            self._modes.drop(key)

    def begin_anew(self, key: tuple[int, int, int], mode: int) -> None:
        """Note that nobody maps the page, and forget what was counted; written with its row."""
        for table in (self._sharers, self._counts):
            if key in table.rows:
                table.drop(key)
        self.set_mode(key, mode)

    def add_sharer(
        self, context: Context, key: tuple[int, int, int], node: int, home: int = -1
    ) -> None:
        """Note that a node maps the page."""
        had = self._sharers.rows.get(key, 0)
        if not had >> node & 1:
            context.shared_access(self.home if home < 0 else home, write=True)
            self._sharers.put(key, had | 1 << node)

    def sharers(self, keys: list[tuple[int, int, int]]) -> set[int]:
        """The nodes that have mapped any of the pages; their rows are read already."""
        bits = 0
        for key in keys:
            bits |= self._sharers.rows.get(key, 0)
        return {node for node in range(bits.bit_length()) if bits >> node & 1}

    def wait_for(
        self, context: Context, key: tuple[int, int, int], node: int, home: int = -1
    ) -> None:
        """Ask to be woken when the page is no longer being unmapped."""
        context.shared_access(self.home if home < 0 else home, write=True)
        had = self._waiters.rows.get(key, 0)
        if not had >> node & 1:
            self._waiters.put(key, had | 1 << node)

    def take_waiters(self, key: tuple[int, int, int]) -> list[int]:
        """The nodes whose pagers wait for the page; they no longer do."""
        waiting = self._waiters.rows.get(key, 0)
        if waiting:
            self._waiters.drop(key)
        return [node for node in range(waiting.bit_length()) if waiting >> node & 1]


class FramePools:
    """Free frames, one stack per node, in shared memory of that node."""

    def __init__(self, journal: Journal) -> None:
        self._free = journal.table("pool")
        self._count = journal.table("pool_count")

    def take(self, context: Context, node: int) -> int | None:
        """Take a free frame of `node`, None if its pool is empty."""
        context.shared_access(node, write=True)
        count = self._count.rows.get(node, 0)
        if not count:
            return None
        key = (node, count)
        frame: int = self._free.rows[key]
        self._free.drop(key)
        self._set(node, count - 1)
        return frame

    def next(self, context: Context, node: int) -> int | None:
        """The frame that would be taken next, None if the pool of `node` is empty."""
        context.shared_access(node)
        frame: int | None = self._free.rows.get((node, self._count.rows.get(node, 0)))
        return frame

    def give(self, context: Context, frame: int) -> None:
        """Put a frame back on the stack of its node: it will be the next one taken."""
        node = frame >> NODE_SHIFT
        context.shared_access(node, write=True)
        self.add(frame)

    def add(self, frame: int) -> None:
        """Put a frame on the stack without charging anyone (at boot)."""
        node = frame >> NODE_SHIFT
        count = self._count.rows.get(node, 0) + 1
        self._free.put((node, count), frame)
        self._set(node, count)

    def left(self, node: int) -> int:
        """How many free frames the node's pool has."""
        count: int = self._count.rows.get(node, 0)
        return count

    def _set(self, node: int, count: int) -> None:
        if count:
            self._count.put(node, count)
        elif node in self._count.rows:
            self._count.drop(node)
