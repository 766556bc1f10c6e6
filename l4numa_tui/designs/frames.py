"""Frames of user memory: each node's are handed out in order, freed ones again first."""

from __future__ import annotations

from l4numa_tui.machine.machine import NODE_SHIFT, Machine


class Frames:
    """The free frames of every node, as a stack above those never used."""

    def __init__(self, machine: Machine) -> None:
        self._limits = machine.user_frames
        self._next = [0] * machine.nodes
        self._free: list[list[int]] = [[] for _ in range(machine.nodes)]

    def take(self, node: int) -> int | None:
        """A free frame of `node`, None if it has none."""
        if self._free[node]:
            return self._free[node].pop()
        index = self._next[node]
        if index >= self._limits[node]:
            return None
        self._next[node] = index + 1
        return node << NODE_SHIFT | index

    def give(self, frame: int) -> None:
        """Give a frame back to its node."""
        self._free[frame >> NODE_SHIFT].append(frame)
