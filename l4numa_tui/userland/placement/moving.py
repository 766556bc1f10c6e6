"""Copying a page's frame to another node, and settling on one frame when nobody maps the page."""

from __future__ import annotations

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.records import PAGE_COPY, PLACEMENT
from l4numa_tui.machine.machine import NODE_SHIFT, Machine
from l4numa_tui.userland.agreement.directory import VALID
from l4numa_tui.userland.pager_books import DirectoryKey, PagerBooks
from l4numa_tui.userland.server import Context
from l4numa_tui.userland.supply import Supply


def copy_cycles(machine: Machine, copier: int, source: int, target: int) -> int:
    """What copying a page from node `source` to `target` takes a CPU of node `copier`.

    4 times a zeroing where all is local (AMD 40555's bandwidths): half of it is reading, half
    writing, and each is as much dearer as its memory is farther.
    """
    half = 2 * machine.costs.page_zero
    read, write = machine.read_cost[copier], machine.write_cost[copier]
    return half * read[source] // read[copier] + half * write[target] // write[copier]


class Mover:
    """One pager's hands for frames of placed pages."""

    def __init__(self, kernel: Kernel, books: PagerBooks, supply: Supply) -> None:
        self._kernel = kernel
        self._books = books
        self._supply = supply

    def copy(self, context: Context, vpn: int, source: int, node: int) -> int | None:
        """A copy of a frame on `node`, None if there is no room at once; nobody may write it."""
        frame = self._supply.spare(context, node, source)
        if frame is not None:
            here, there = source >> NODE_SHIFT, frame >> NODE_SHIFT
            context.work(copy_cycles(self._kernel.machine, context.node, here, there))
            self._kernel.record(PAGE_COPY, vpn, source, frame)
        return frame

    def settle(self, context: Context, key: DirectoryKey, goal: int, mode: int, home: int) -> None:
        """Keep one frame of a page that nobody maps: the one on node `goal`, or else a copy there.

        Where there is no room for that, the page stays where it is.
        """
        books, directory = self._books, self._books.directory
        frames = books.frames(key)
        kept = next((frame for frame in frames.values() if frame >> NODE_SHIFT == goal), None)
        if kept is None:
            main = frames[key]
            kept = self.copy(context, key[1], main, goal)
            kept = main if kept is None else kept
        for each, frame in frames.items():
            if each != key:
                directory.remove(context, each, home)
            if frame != kept:
                books.pools.give(context, frame)
        directory.publish(context, key, kept, VALID, home)
        directory.begin_anew(key, mode)
        self._kernel.record(PLACEMENT, key[1], mode, kept)
