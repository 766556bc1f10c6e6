"""Applications: which per-node spaces belong together, and what lies where in them.

This is user-level bookkeeping. The kernel sees unrelated spaces.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.rights import ALL

GLOBAL, NODE_LOCAL, PRIVATE = range(3)
KINDS = ("global", "node_local", "private")
FIRST_TOUCH = -1

PLACED_FIRST, INTERLEAVE, REPLICATE, MIGRATE, AUTO = range(5)
PLACEMENTS = ("first_touch", "interleave", "replicate", "migrate", "auto")


class Region(NamedTuple):
    """A range of pages treated alike.

    `kind` GLOBAL: the same frame on every node. NODE_LOCAL: the same address, another frame on each
    node (code replication). PRIVATE: only `node` may use it. `node` is where a page's frame is
    taken from, FIRST_TOUCH for the node that touches it first. `as_asked`: a fault is answered with
    the rights it asked for, not with all the region has. `placement` is the policy by which the
    pages of a GLOBAL region without a `node` are placed.
    """

    name: str
    first: int
    pages: int
    kind: int = GLOBAL
    rights: int = ALL
    node: int = FIRST_TOUCH
    as_asked: bool = False
    placement: int = PLACED_FIRST

    @property
    def moves(self) -> bool:
        """Whether its pages may move or be copied after they have got a frame."""
        return self.placement > INTERLEAVE

    def holds(self, vpn: int) -> bool:
        """Whether the page lies in the region."""
        return self.first <= vpn < self.first + self.pages


class Application(NamedTuple):
    """A program on several nodes: one space per node it runs on, by node; its regions."""

    number: int
    name: str
    spaces: dict[int, int]
    regions: tuple[Region, ...]

    def region_of(self, vpn: int) -> Region | None:
        """The region a page lies in."""
        for region in self.regions:
            if region.first <= vpn < region.first + region.pages:
                return region
        return None
