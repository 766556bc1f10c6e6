"""Histories for the tests of the forest: steps of a session, and wild ones made by the kernel."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import fpage, page
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, space_of, vpn_of
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Target
from l4numa_tui.world.session import Session, StepChange
from tests.views.pane_worlds import DATA, make_session

FRAMES = 6  # so many frames of each node, and pages of each space, are played with


class History:
    """Steps forwards and backwards, whatever makes them. `last` led to where it stands."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.world = session.world

    @property
    def last(self) -> StepChange | None:
        return self.session.last

    def step(self) -> StepChange | None:
        return self.session.step()

    def back(self) -> StepChange | None:
        return self.session.back()

    def seek(self, step: int) -> None:
        self.session.seek(step)

    @property
    def length(self) -> int:
        return max(self.session.length, 60)

    def scene(self, selected: Target | None = None, *, ascii_only: bool = False) -> Scene:
        return Scene(self.world, self.last, selected, ascii_only)


class KernelHistory(History):
    """Steps that are single system calls between random spaces: maps, grants, unmaps, flushes.

    They build trees that the pagers never would: deep ones, with several entries of a space, with
    several children of sigma0's page.
    """

    def __init__(self, seed: int, nodes: int = 3) -> None:
        super().__init__(make_session(nodes, 0))
        self._draw = random.Random(seed)
        self._steps: list[StepChange] = []
        self._at = 0
        kernel = self.world.kernel
        self._spaces = [space for space in kernel.spaces.rows if space != SIGMA0]

    @property
    def last(self) -> StepChange | None:
        return self._steps[self._at - 1] if self._at else None

    def step(self) -> StepChange | None:
        journal = self.world.journal
        if self._at < len(self._steps) and self._draw.random() < 0.5:
            self._at += 1
            journal.move_to(self._steps[self._at - 1].log_stop)
            return self._steps[self._at - 1]
        return self.do(self._call for _ in range(self._draw.choice((1, 1, 1, 3))))

    def do(self, calls: Iterable[Callable[[], Callable[[], object]]]) -> StepChange:
        """One step of some system calls, each made when its turn comes; refused ones do nothing."""
        journal, records = self.world.journal, self.world.kernel.records
        journal.cut()
        del self._steps[self._at :]
        start, noted = journal.mark(), records.end
        for call in calls:
            with suppress(KernelError):
                call()()
        change = StepChange(self.world, (0, 1), start, journal.mark(), noted, records.end, 0)
        self._steps.append(change)
        self._at += 1
        return change

    def maps(self, *items: tuple[int, int, int, int]) -> StepChange:
        """One step that maps pages, each (from space, page, to space, page), with all rights."""
        kernel = self.world.kernel

        def mapping(sender: int, vpn: int, receiver: int, target: int) -> Callable[[], object]:
            item = MapItem(page(vpn, ALL), target << PAGE_LOG2)
            return lambda: kernel.map(sender, receiver, item)

        return self.do(partial(mapping, *item) for item in items)

    def back(self) -> StepChange | None:
        last = self.last
        if last is not None:
            self._at -= 1
            self.world.journal.move_to(last.log_start)
        return last

    def seek(self, step: int) -> None:
        self._at = min(step, len(self._steps))
        last = self.last
        if last is not None:
            self.world.journal.move_to(last.log_stop)
        elif self._steps:
            self.world.journal.move_to(self._steps[0].log_start)

    def _call(self) -> Callable[[], object]:
        draw, kernel = self._draw, self.world.kernel
        node, first = draw.randrange(kernel.machine.nodes), draw.randrange(FRAMES)
        sender, vpn, pages = SIGMA0, node << NODE_SHIFT | first, draw.choice((0, 0, 1, 2))
        entries = sorted(kernel.database.entries.rows)
        if entries and draw.random() < 0.8:
            chosen = draw.choice(entries)
            sender, vpn = space_of(chosen), vpn_of(chosen)
        rights = draw.choice((ALL, ALL, 6, 4, 1))
        region = fpage(vpn << PAGE_LOG2, PAGE_LOG2 + pages, rights)
        if draw.random() < 0.25:
            flush = draw.random() < 0.5
            return lambda: kernel.unmap(sender, page(vpn, rights), flush=flush)
        target, grant = draw.choice((vpn, vpn, DATA + first)), draw.random() < 0.2
        item = MapItem(region, target << PAGE_LOG2, grant)
        receiver = draw.choice(self._spaces)
        return lambda: kernel.map(sender, receiver, item)


def all_lines(view: ForestView) -> list[Line]:
    """Every line, as wide as it comes."""
    return [view.whole_line(row) for row in range(view.row_count)]


def some_targets(view: ForestView) -> list[Target]:
    """Everything that the lines show, in order, without repetition."""
    found = (segment.target for line in all_lines(view) for segment in line)
    return list(dict.fromkeys(target for target in found if target is not None))
