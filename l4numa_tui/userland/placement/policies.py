"""The placement policies: one small class each, without state of its own.

`FirstTouch` and `Interleave` choose where a page lies when it gets its frame; `Replicate`,
`Migrate` and `Auto` decide anew at every fault that reaches a pager.

`Auto` follows Carrefour (Dashti, Fedorova, Funston, Gaud, Lachaize, Lepers, Quema, Roth, "Traffic
Management: A Holistic Approach to Memory Placement on NUMA Systems", ASPLOS 2013): pages that are
read in at least 95 % of the samples are replicated; where less than 80 % of accesses are local, a
page that one node uses goes there; where the load of the memories varies by more than 35 % of its
mean, a page that several use goes elsewhere. Carrefour takes its samples from the hardware, about
the whole machine; here they are pagefaults, about one application. The figures have not been
checked against the paper's text. How many samples are enough is this program's choice.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.rights import WRITE
from l4numa_tui.userland.regions import AUTO, INTERLEAVE, MIGRATE, REPLICATE, Region

SINGLE, SHARED, COLLAPSED = range(3)
"""A page: one frame, which may be written; read-only, with replicas; one frame, and so for good."""

READ_PERCENT = 95  # replicate from here on
LOCAL_PERCENT = 80  # move to the only user below this
IMBALANCE_PERCENT = 35  # spread above this
MIN_SAMPLES = 4  # faults on a page before `Auto` decides on it
MIN_FAULTS = 2  # of a node before `Migrate` moves a page there: AutoNUMA waits for a second, too

STAY, COPY, SHARE, MOVE, COLLAPSE = range(5)
"""What to do: nothing; give the node a replica; make it read-only; move it; keep one frame only."""


class Use(NamedTuple):
    """What is known of a page at a fault, this fault counted already.

    `node` faults, with `access`; the frame lies on `home`, and replicas and it on `frames`. `reads`
    and `writes` are faults by node; `local` of `total` faults of the application found the frame on
    their own node, and `loads` counts them by the frame's. `turn` is the page's node in turn.
    """

    node: int
    access: int
    mode: int
    home: int
    frames: frozenset[int]
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    local: int
    total: int
    loads: tuple[int, ...]
    turn: int

    @property
    def faults(self) -> list[int]:
        """The faults of each node."""
        return [read + write for read, write in zip(self.reads, self.writes, strict=True)]


class Decision(NamedTuple):
    """What to do with a page, and with which node."""

    what: int
    node: int = -1


_STAY = Decision(STAY)


class Policy:
    """First touch: a page lies where it is touched first, and stays there.

    `samples`: whether it lives from faults that the pagers provoke. `after_collapse`: what a page
    is when a write has ended its replicas.
    """

    samples = False
    after_collapse = SINGLE

    def first_node(self, region: Region, vpn: int, toucher: int, nodes: list[int]) -> int:
        """Where a page's frame is taken from, out of `nodes`, which have memory."""
        del region, vpn, nodes
        return toucher

    def first_mode(self, writes: bool) -> int:
        """What a page is that has just got its frame; `writes` if it is written at once."""
        del writes
        return SINGLE

    def decide(self, use: Use) -> Decision:
        """What to do with a page that has a frame; a write to replicas never comes here."""
        del use
        return _STAY

    def rights(self, mode: int, access: int, rights: int) -> int:
        """What of the region's rights a fault may be answered with."""
        del access
        return rights & ~WRITE if mode == SHARED else rights


class Interleave(Policy):
    """The pages of a region lie on the nodes with memory in turn."""

    def first_node(self, region: Region, vpn: int, toucher: int, nodes: list[int]) -> int:
        """Page i of the region on the i-th node, round robin."""
        del toucher
        return in_turn(region, vpn, nodes)


class Replicate(Policy):
    """A page that is only read has a replica on each node that reads it.

    Who fills a page before anybody else reads it has not made it a page that is written; who writes
    to it when there are replicas has: it stays a single frame until it is unmapped everywhere.
    """

    after_collapse = COLLAPSED

    def first_mode(self, writes: bool) -> int:
        """Read-only, unless it is written first."""
        return SINGLE if writes else SHARED

    def decide(self, use: Use) -> Decision:
        """A replica for who reads from afar; a page written before becomes read-only first."""
        if use.access == WRITE or use.node in use.frames:
            return _STAY
        if use.mode == SHARED:
            return Decision(COPY, use.node)
        return Decision(SHARE, use.home) if use.mode == SINGLE else _STAY


class Migrate(Policy):
    """A page moves to the node that uses it most: that has faulted on it most often."""

    samples = True

    def decide(self, use: Use) -> Decision:
        """Move to the faulting node, if it has faulted twice and more often than any other."""
        faults = use.faults
        mine = faults.pop(use.node)
        if use.node == use.home or mine < MIN_FAULTS or mine <= max(faults, default=0):
            return _STAY
        return Decision(MOVE, use.node)


class Auto(Policy):
    """Replicate, move or spread a page, as samples say."""

    samples = True

    def decide(self, use: Use) -> Decision:
        """Carrefour's three thresholds, once there are enough samples of the page."""
        if use.mode == SHARED:
            reads = use.access != WRITE and use.node not in use.frames
            return Decision(COPY, use.node) if reads else _STAY
        faults = use.faults
        samples = sum(faults)
        if samples < MIN_SAMPLES:
            return _STAY
        users = [node for node, count in enumerate(faults) if count]
        if len(users) > 1 and 100 * sum(use.reads) >= READ_PERCENT * samples:
            return Decision(SHARE, use.home)
        goal = use.home
        if len(users) == 1 and 100 * use.local < LOCAL_PERCENT * use.total:
            (goal,) = users
        elif len(users) > 1 and is_unbalanced(use.loads):
            goal = use.turn
        return Decision(MOVE, goal) if goal != use.home else _STAY

    def rights(self, mode: int, access: int, rights: int) -> int:
        """Not to be written before a write has been seen."""
        del mode
        return rights if access == WRITE else rights & ~WRITE


def in_turn(region: Region, vpn: int, nodes: list[int]) -> int:
    """The node whose turn it is for a page of a region."""
    return nodes[(vpn - region.first) % len(nodes)]


def is_unbalanced(loads: tuple[int, ...]) -> bool:
    """Whether the standard deviation of the loads is above 35 % of their mean; exactly."""
    total, squares = sum(loads), sum(load * load for load in loads)
    return 10_000 * (len(loads) * squares - total * total) > IMBALANCE_PERCENT**2 * total * total


_FIRST_TOUCH = Policy()
_POLICIES = {INTERLEAVE: Interleave(), REPLICATE: Replicate(), MIGRATE: Migrate(), AUTO: Auto()}


def policy_of(region: Region) -> Policy:
    """The policy of a region."""
    return _POLICIES.get(region.placement, _FIRST_TOUCH)
