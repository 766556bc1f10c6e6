"""Every program up to a depth, by breadth first search: once on the kernel, once on the model.

The two searches know nothing of each other: the kernel's tells states apart by the journal's
digest, the model's by what it holds. That both count the same number of states at each depth says
that each of the two tells apart exactly what the other does.

Spaces 1 and 2 are at home on node 0, spaces 3 and 4 on node 1. Each space's page tables exist from
the beginning, so that equal mappings lie in equal tables whatever came before.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import NamedTuple

from l4numa_tui.kernel.fpage import fpage
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from tests.kernel.invariants import check
from tests.kernel.model import Model, Region
from tests.kernel.programs import Shape
from tests.kernel.rig import kernel_of

SPACES = (1, 2, 3, 4)
HOMES = (0, 0, 1, 1)
ADDRESSES = (0, 1)
FRAMES = (0, 1)
ALL, READ = 7, 4
WHOLE = Region(0, 48)

Operation = tuple[str, int, int, int, int, int]  # kind, space, receiver, page, target page, rights


class Moves(NamedTuple):
    """A set of operations; `start` are those of sigma0."""

    pairs: tuple[tuple[int, int], ...]
    map_rights: tuple[int, ...]
    grant_rights: tuple[int, ...]
    revoke_rights: tuple[int, ...]
    start: tuple[Operation, ...]

    def operations(self) -> list[Operation]:
        places = [(a, b) for a in ADDRESSES for b in ADDRESSES]
        transfers = [
            (kind, giver, taker, a, b, right)
            for kind, rights in (("map", self.map_rights), ("grant", self.grant_rights))
            for giver, taker in self.pairs
            for a, b in places
            for right in rights
        ]
        revocations = [
            (kind, space, 0, page, 0, right)
            for kind in ("unmap", "flush")
            for space in SPACES
            for page in ADDRESSES
            for right in self.revoke_rights
        ]
        return [*self.start, *transfers, *revocations]


def everything() -> Moves:
    """All pairs of spaces, all rights, and sigma0 maps each frame to each page of each space."""
    start = tuple(
        ("map", 0, space, frame, page, right)
        for space in SPACES
        for frame in FRAMES
        for page in ADDRESSES
        for right in (ALL, READ)
    )
    pairs = tuple(permutations(SPACES, 2))
    return Moves(pairs, (ALL, READ), (ALL, READ), (ALL, READ), start)


def one_root(pairs: Iterable[tuple[int, int]], grant_rights: tuple[int, ...]) -> Moves:
    """Space 1 gets both frames from sigma0, as a root pager does; all else begins there."""
    start = tuple(("map", 0, 1, frame, frame, ALL) for frame in FRAMES)
    return Moves(tuple(pairs), (ALL, READ), grant_rights, (ALL, READ), start)


def states_of_the_kernel(moves: Moves, depth: int) -> list[int]:
    """How many states there are within 0, 1, ... steps; the invariants hold in every one."""
    kernel = kernel_of(Shape(tlb_entries=4))
    for home in HOMES:
        kernel.create_space(home)
    for space in SPACES:
        kernel.map(0, space, MapItem(fpage(0, 13), 0))
        kernel.unmap(space, fpage(0, 13), flush=True)
    journal, operations = kernel.journal, moves.operations()
    root = journal.mark()
    seen = {journal.digest()}
    counts = [1]
    frontier: list[tuple[Operation, ...]] = [()]
    for _ in range(depth):
        found: list[tuple[Operation, ...]] = []
        for path in frontier:
            for operation in path:
                _on_kernel(kernel, operation)
            here = journal.mark()
            for operation in operations:
                _on_kernel(kernel, operation)
                if journal.mark() == here:
                    continue
                digest = journal.digest()
                if digest not in seen:
                    seen.add(digest)
                    check(kernel)
                    found.append((*path, operation))
                journal.take_back(here)
            journal.take_back(root)
            kernel.records.cut(0)
        frontier = found
        counts.append(len(seen))
    return counts


def _on_kernel(kernel: Kernel, operation: Operation) -> None:
    kind, space, taker, page, target, rights = operation
    region = fpage(page << 12, 12, rights)
    if kind in ("map", "grant"):
        kernel.map(space, taker, MapItem(region, target << 12, grant=kind == "grant"))
    else:
        kernel.unmap(space, region, flush=kind == "flush")


def states_of_the_model(moves: Moves, depth: int) -> list[int]:
    """The same count from the model."""
    first = Model([8, 8], [512, 512])
    for space, home in zip(SPACES, HOMES, strict=True):
        first.add_space(space, home)
    operations = moves.operations()
    seen = {_what_is_held(first)}
    counts, frontier = [1], [first]
    for _ in range(depth):
        found = []
        for model in frontier:
            for operation in operations:
                after = model.copy()
                _on_model(after, operation)
                held = _what_is_held(after)
                if held not in seen:
                    seen.add(held)
                    found.append(after)
        frontier = found
        counts.append(len(seen))
    return counts


def _on_model(model: Model, operation: Operation) -> None:
    kind, space, taker, page, target, rights = operation
    region = Region(page << 12, 12)
    if kind in ("map", "grant"):
        model.map(space, taker, region, rights, WHOLE, target << 12, kind == "grant")
    else:
        model.unmap(space, region, rights, flush=kind == "flush")


def _what_is_held(model: Model) -> tuple[object, ...]:
    return tuple(
        sorted(
            (place, held.frame, held.rights, held.parent, tuple(held.children))
            for place, held in model.held.items()
            if place[0] or held.children
        )
    )
