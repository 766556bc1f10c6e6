"""Which rows of the journal say how one thing stands: what a watch looks at, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from l4numa_tui.journal import Change, Key, Value
from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.machine.mmu import INDEX_MASK
from l4numa_tui.world.world import World

Net = Mapping[str, Mapping[Key, tuple[Value | None, Value | None]]]
"""Net changes: table -> key -> (before, after), None where there was nothing."""

_OF_THREAD = ("thread", "state", "inbox", "outgoing", "queue")


class Subject(NamedTuple):
    """One thing as the journal tells of it.

    `rows` are (table, key) of its own. With a `frame`, every mapping entry and directory row that
    names it counts as well; with a `space`, every mapping entry of that space.
    """

    rows: frozenset[tuple[str, Key]] = frozenset()
    frame: int | None = None
    space: int | None = None

    def __bool__(self) -> bool:
        return bool(self.rows) or self.frame is not None or self.space is not None

    def changes(self, net: Net, large: Mapping[Key, Value]) -> Iterator[Change]:
        """Those of a step's net changes that concern it; `large` has the 2 MiB entries."""
        for table, key in sorted(self.rows, key=repr):
            pair = net.get(table, {}).get(key)
            if pair is not None:
                yield Change(table, key, *pair)
        if self.space is not None:
            for key, pair in net.get("mdb", {}).items():
                if space_of(key) == self.space:
                    yield Change("mdb", key, *pair)
        if self.frame is not None:
            yield from self._of_frame(self.frame, net, large)

    def _of_frame(self, frame: int, net: Net, large: Mapping[Key, Value]) -> Iterator[Change]:
        split = net.get("mdb_large", {})
        for key, pair in net.get("mdb", {}).items():
            span = INDEX_MASK if key in large or key in split else 0
            if any(row is not None and 0 <= frame - row[0] <= span for row in pair):
                yield Change("mdb", key, *pair)
        for key, pair in net.get("directory", {}).items():
            if any(row is not None and row[0] == frame for row in pair):
                yield Change("directory", key, *pair)


def subject_of(world: World, kind: str, *numbers: int) -> Subject:
    """What of the journal tells of a thing, named as selections are; empty for what never changes.

    Kinds are entry (or ghost), frame (or run), page (application, page), thread, space, node and
    slot (of a page table). An entry inside one of 2 MiB is told of by that one, as things stand.
    """
    subject = Subject()
    match kind, numbers:
        case ("entry" | "ghost", (entry,)):
            subject = Subject(frozenset(_of_entry(world, entry)))
        case ("frame" | "run", (frame,)):
            subject = Subject(frame=frame)
        case ("page", (application, vpn)):
            subject = Subject(frozenset(_of_page(world, application, vpn)))
        case ("thread", (thread,)):
            subject = Subject(frozenset((table, thread) for table in _OF_THREAD))
        case ("space", (space,)):
            subject = Subject(frozenset({("space", space), ("exempt", space)}), space=space)
        case ("node", (node,)):
            kinds = range(len(KIND_NAMES))
            rows = {("kmem_count", node << 4 | kind) for kind in kinds} | {("pool_count", node)}
            subject = Subject(frozenset(rows))
        case ("slot", (slot,)):
            subject = Subject(frozenset({("pte", slot)}))
    return subject


def _of_entry(world: World, entry: int) -> Iterator[tuple[str, Key]]:
    base = entry_id(space_of(entry), vpn_of(entry) & ~INDEX_MASK)
    yield "mdb", entry
    yield "mdb_large", base
    if base in world.kernel.database.large.rows:
        yield "mdb", base


def _of_page(world: World, number: int, vpn: int) -> Iterator[tuple[str, Key]]:
    """Its rows of the directory, and its mapping in each of the application's spaces."""
    application = world.system.roster.applications.get(number)
    yield "directory", (number, vpn, 0)
    for node, space in application.spaces.items() if application else ():
        yield "directory", (number, vpn, node + 1)
        yield from _of_entry(world, entry_id(space, vpn))
