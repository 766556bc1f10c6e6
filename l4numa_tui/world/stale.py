"""The stale-mapping checker: who still holds a frame of a page that the directory says is gone?

The kernel cannot know: to it the spaces of an application are unrelated. What a page's frame should
be is written in the pagers' directory alone, so a mapping is stale if it disagrees with it.
"""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import Entry, entry_id
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.userland.pager_books import DirectoryKey
from l4numa_tui.userland.regions import NODE_LOCAL, Application
from l4numa_tui.world.world import World

GONE, MOVED = "the directory knows no frame of the page", "the directory names another frame"


class Stale(NamedTuple):
    """One node's mapping of a page that is no longer what the directory says.

    `reused`: the frame is behind another page by now, whose contents the node can read.
    """

    application: int
    vpn: int
    node: int
    frame: int
    why: str
    reused: bool


def stale_mappings(world: World) -> list[Stale]:
    """All stale mappings of a world, by application, node and page; nothing is changed."""
    directory = world.system.directory.rows.rows
    backing: set[int] = {frame for frame, _ in directory.values()}
    found = []
    for application in world.system.roster.applications.values():
        for node in sorted(application.spaces):
            for vpn, entry in _mapped(world, application.spaces[node]):
                key = _key(application, node, vpn)
                row = directory.get(key) if key else None
                own = directory.get((application.number, vpn, node + 1))
                if own and own[0] == entry.frame:  # a replica for this node
                    row = own
                if row is None or row[0] != entry.frame:
                    why = MOVED if row else GONE
                    reused = entry.frame in backing
                    found.append(Stale(application.number, vpn, node, entry.frame, why, reused))
    return found


def _mapped(world: World, space: int) -> list[tuple[int, Entry]]:
    """The pages that a space has mapped, ascending, and their entries."""
    kernel = world.kernel
    pages = kernel.tables.mapped(kernel.root_of(space), 0, 1 << VPN_BITS)
    entries = ((vpn, kernel.database.find(entry_id(space, vpn))) for vpn in pages)
    return [(vpn, entry) for vpn, entry in entries if entry is not None]


def _key(application: Application, node: int, vpn: int) -> DirectoryKey | None:
    region = application.region_of(vpn)
    if region is None:
        return None
    return (application.number, vpn, node + 1 if region.kind == NODE_LOCAL else 0)
