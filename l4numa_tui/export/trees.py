"""What both dumps walk: the mapping trees, one for each of sigma0's pages that it has mapped on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from l4numa_tui import __version__
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import SIGMA0, advance, entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2, frame_text, node_of, read_frame
from l4numa_tui.machine.mmu import INDEX_MASK
from l4numa_tui.safe_text import safe_text
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World


class Node(NamedTuple):
    """One entry of a mapping tree: what it is called, and what it says.

    `address` is where it begins in its space, `frame` what is there, `pages` its size (1 or 512).
    """

    entry: int
    depth: int
    address: int
    space: int
    rights: int
    frame: int
    pages: int


def roots(kernel: Kernel) -> list[int]:
    """The frames that sigma0 has mapped to somebody, ascending; each is the root of a tree."""
    pages = kernel.database.child.rows
    return sorted(vpn_of(page) for page in pages if space_of(page) == SIGMA0)


def tree(kernel: Kernel, root: int) -> list[Node]:
    """What is derived from sigma0's page `root`, in pre-order, the youngest child first."""
    out = []
    for entry in kernel.database.subtree(entry_id(SIGMA0, root)):
        found = kernel.database.find(entry)
        if found is not None:
            address, pages = vpn_of(entry) << PAGE_LOG2, kernel.database.pages_of(entry)
            space = space_of(entry)
            out.append(Node(entry, found.depth, address, space, found.rights, found.frame, pages))
    return out


def tree_of(kernel: Kernel, frame: int) -> list[Node]:
    """The entries that map one frame: its own page's, and those of 2 MiB that it lies inside."""
    around = frame & ~INDEX_MASK
    found = tree(kernel, frame)
    if around != frame:
        found += tree(kernel, around)
    return [node for node in found if node.frame <= frame < node.frame + node.pages]


def status_of(kernel: Kernel, node: Node) -> int:
    """The status bits in the entry's own page-table entry: since an unmap last collected them."""
    used = kernel.status.used.rows
    if node.pages == 1:
        return used.get(node.entry, 0)  # type: ignore[no-any-return]
    bits = 0
    for at in range(node.pages):
        bits |= used.get(advance(node.entry, at), 0)
    return bits


def newest_entry(session: Session) -> int | None:
    """The newest entry up to where the session stands that still exists; None without any."""
    rows = session.world.kernel.database.entries.rows
    for record in _backwards(session):
        if record.event in (Event.MDB_MAP, Event.MDB_MAP_LARGE) and record.a in rows:
            return record.a
    return None


def _backwards(session: Session) -> Iterable[Record]:
    """All records up to where the session stands, newest first, those of the boot last."""
    for step in range(session.cursor, 0, -1):
        yield from reversed(list(session.change(step).records()))
    records = session.world.kernel.records
    booted = session.change(1).record_start if session.length else records.end
    yield from reversed(list(records.between(0, booted)))


def heading(session: Session, source: str) -> str:
    """The first line of a dump: what was dumped, at which step, and that state's digest."""
    where = f"step {session.cursor}, digest {session.digest():016x}"
    return f"# l4numa {__version__}: {safe_text(source, limit=100)}, {where}"


def space_name(world: World, space: int) -> str:
    """A space's name, safe for a terminal; empty where it has none."""
    return safe_text(world.system.space_names.get(space, ""), limit=24)


def size_text(pages: int) -> str:
    """The size of an entry: `4K` or `2M`."""
    size = pages << PAGE_LOG2
    return f"{size >> 20}M" if size >= 1 << 20 else f"{size >> 10}K"


def parse_frame(world: World, text: str) -> int:
    """The frame that `NODE:INDEX` names, the index in hexadecimal; UserError for anything else."""
    frame = read_frame(text.strip())
    if frame is None:
        what = f"`{safe_text(text, limit=20)}` is no frame"
        raise UserError(what, "NODE:INDEX as the screen writes it, such as 0:0003")
    if not world.kernel.is_frame(frame):
        what = f"this machine has no frame {text.strip()} for programs"
        raise UserError(what, _frames_text(world.kernel.machine.user_frames, node_of(frame)))
    return frame


def _frames_text(frames: tuple[int, ...], node: int) -> str:
    """Which frames there are on a node, or which nodes where there is none such."""
    if node >= len(frames):
        return f"a node up to {len(frames) - 1}"
    if not frames[node]:
        return "a node that has memory"
    return (
        f"{frame_text(node << NODE_SHIFT)} to {frame_text(node << NODE_SHIFT | frames[node] - 1)}"
    )
