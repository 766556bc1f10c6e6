"""How the pagers keep global mappings in agreement: which protocol, and how it is varied.

All three are the paper's: shared memory, IPC, or both combined. What is varied is user level's
choice alone; the kernel is the same under all of them.
"""

from __future__ import annotations

from typing import NamedTuple

COMBINED, SHARED_MEMORY, IPC = "combined", "shared-memory", "ipc"
PROTOCOLS = (COMBINED, SHARED_MEMORY, IPC)
SEQUENTIAL, TREE = "sequential", "tree"
FAN_OUTS = (SEQUENTIAL, TREE)
SIBLINGS, OWNER = "siblings", "owner"
DERIVATIONS = (SIBLINGS, OWNER)

# Mistakes that a protocol may be told to make, to be studied; none is made by default.
NOTIFY_FIRST = "A"  # the directory is not invalidated before the others are notified
NO_WAITING = "B"  # frames are used again before the others have acknowledged
LOOK_THEN_TAKE = "C"  # a first touch looks up, and takes a frame in a later step
CALLS = "D"  # the leader of an unmap calls the others one by one, deaf to anybody else meanwhile
NO_SERVICE = "E"  # the leader of an unmap puts everybody else's requests off until it is done
BUGS = {
    NOTIFY_FIRST: "notify before invalidating",
    NO_WAITING: "reuse without waiting",
    LOOK_THEN_TAKE: "look up, then take",
    CALLS: "synchronous calls",
    NO_SERVICE: "no service while waiting",
}


class Agreement(NamedTuple):
    """The pagers' way of agreeing.

    `protocol`: where the directory is, and how one pager tells the others. `eager`: a page is
    mapped on all nodes as soon as it has a frame, not when they fault. `fan_out`: whether the
    leader of an unmap notifies all itself, or a tree of pagers does. `sharers`: whether only pagers
    that have mapped a page are notified. `derivation`: whether every pager has its frames from the
    root pager, or from the pager of the frame's node. `bugs`: letters of `BUGS`. `deaf`: nodes
    whose pagers ignore notifications, as a pager that is stuck or hostile would. `sample_every`:
    after how many faults a pager takes pages away to see who uses them, 0 for never.

    Three combinations make no sense and are refused where one is read: sharers with owners (who are
    told in any case), eager owners under IPC, and `LOOK_THEN_TAKE` without a shared directory.
    Neither eager mapping nor owners go with regions whose pages move or are copied.
    """

    protocol: str = COMBINED
    eager: bool = False
    fan_out: str = SEQUENTIAL
    sharers: bool = False
    derivation: str = SIBLINGS
    bugs: frozenset[str] = frozenset()
    deaf: frozenset[int] = frozenset()
    sample_every: int = 0
