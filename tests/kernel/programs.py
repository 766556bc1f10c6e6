"""Random programs of system calls: what one is, how it is drawn, how it is written down.

A program is a shape (the machine and the spaces it starts with) and a list of steps, plain tuples
of strings and ints, so that a failing one can be printed, cut and repeated. Spaces and threads are
named by slots: slot 0 is sigma0, slot i the i-th space, whatever number the kernel gave it. A step
that names an ended space does nothing, so every part of a program is a program.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from tests.kernel.model import Region, landing

Step = tuple[str | int, ...]

NODES = 3
CPUS_PER_NODE = 2
SPACES = 4  # besides sigma0
FRAME_OF_NODE = 1 << 28
USER_FRAMES = 1536
FIRST_FRAMES = tuple(node * FRAME_OF_NODE for node in range(NODES))
WHOLE = 48
LARGE = 21

LARGE_SHARE = 0.02  # of all programs: each of their steps concerns 512 pages

PAGE_SIZES = (12, 12, 12, 12, 13, 13, 14, 15, 16)
RIGHTS = (7, 7, 7, 7, 7, 7, 7, 6, 6, 4, 4, 5, 3, 2, 1, 0)
KINDS = (
    ("map", 40), ("grant", 9), ("unmap", 9), ("flush", 6), ("access", 22), ("run", 9),
    ("end", 1), ("new", 3), ("chain", 1),
)  # fmt: skip


class Shape(NamedTuple):
    """What a program starts with; `exempt` holds (slot, page of its KIP, first of
    two pages of UTCBs)."""

    homes: tuple[int, ...] = (0, 0, 1, 1)
    tlb_entries: int = 4
    tlb_tagged: bool = True
    kernel_frames: int = 512
    large_pages: bool = False
    exempt: tuple[tuple[int, int, int], ...] = ()

    @property
    def tight(self) -> bool:
        """Whether kernel memory may run out."""
        return self.kernel_frames < 100


class Program(NamedTuple):
    """A shape and its steps."""

    shape: Shape
    steps: tuple[Step, ...]

    def text(self) -> str:
        """The program as Python, for the message of a failing test."""
        lines = "".join(f"        {step!r},\n" for step in self.steps)
        return f"Program(\n    {self.shape!r},\n    (\n{lines}    ),\n)"


def draw_program(seed: int, index: int, length: int, *, large: bool | None = None) -> Program:
    """The `index`-th program of a run; the seed and the index alone decide it.

    `large`: with 2 MiB entries or without, left out: sometimes with them.
    """
    draw = random.Random(seed * 1_000_003 + index)
    shape = _draw_shape(draw, large)
    steps = _Steps(draw, shape)
    first = [steps.first(slot) for slot in (1, 2, 3)]  # so that there is something to pass on
    return Program(shape, (*first, *(steps.draw_one() for _ in range(length - len(first)))))


def _draw_shape(draw: random.Random, large: bool | None) -> Shape:
    large_pages = draw.random() < LARGE_SHARE if large is None else large
    homes = draw.choice(((0, 0, 1, 1), (0, 1, 0, 1), (1, 1, 1, 0), (0, 1, 2, 0), (2, 1, 2, 1)))
    exempt: tuple[tuple[int, int, int], ...] = ()
    if draw.random() < 0.2:
        exempt = tuple((slot, draw.randrange(4), draw.randrange(4, 12, 2)) for slot in (1, 3))
    # Below 40 frames a node the page tables of a few far addresses do not fit any more.
    tight = draw.random() < (0.3 if large_pages else 0.1)
    kernel_frames = draw.randint(18, 50 if large_pages else 36) if tight else 512
    tlb, tagged = draw.choice((1, 2, 4, 0)), draw.random() < 0.7
    return Shape(homes, tlb, tagged, kernel_frames, large_pages, exempt)


class _Steps:
    """Draws steps; addresses stay few, and most steps name a page that was mapped to before."""

    def __init__(self, draw: random.Random, shape: Shape) -> None:
        self._draw = draw
        self._shape = shape
        chains = not shape.tight and draw.random() < 0.03
        self._kinds = [kind for kind, _ in KINDS if chains or kind != "chain"]
        self._weights = [weight for kind, weight in KINDS if chains or kind != "chain"]
        self._far = draw.random() < 0.4
        self._wide = draw.choice((4, 8, 16, 32))
        self._recent = draw.choice((4, 8, 16, 32))
        self._next: list[Step] = []  # the rest of a sequence that has begun
        self._mapped: list[tuple[int, int]] = []  # (slot, page) of recent destinations

    def first(self, slot: int) -> Step:
        """Memory of sigma0 for a space, at the address that is its number."""
        if self._shape.large_pages:
            frame = self._draw.choice((0, 512, FRAME_OF_NODE))
            self._mapped += [(slot, page) for page in (0, 3, 8, 511)]
            return ("map", 0, slot, frame << 12, LARGE, 7, 0, LARGE, 0)
        frame = self._draw.randrange(0, 8, 4) + self._draw.choice(FIRST_FRAMES)
        size = self._draw.choice((13, 14, 15))
        self._mapped += [(slot, page) for page in range(1 << size - 12)]
        return ("map", 0, slot, frame << 12, size, 7, 0, size, 0)

    def draw_one(self) -> Step:
        if not self._next:
            self._next = self._growing() if self._draw.random() < 0.03 else [self._draw_step()]
        return self._next.pop(0)

    def _draw_step(self) -> Step:
        draw = self._draw
        kind = draw.choices(self._kinds, self._weights)[0]
        slot, page = self._known()
        if kind in ("map", "grant"):
            return self._item(kind)
        if kind in ("unmap", "flush"):
            if draw.random() < 0.2:
                slot, page = 0, self._page(0)
            base, log2 = self._region(slot, page)
            return (kind, slot, base, log2, draw.choice((7, 7, 7, 2, 3, 6, 4, 0, 0)))
        if kind == "access":
            address = page << 12 | draw.randrange(4096)
            return (kind, self._thread(slot), address, draw.choice((4, 4, 4, 2, 2, 1)))
        if kind == "run":
            return (kind, self._thread(slot))
        if kind == "chain":
            return (kind, slot, slot % SPACES + 1, self._page(0), draw.randint(250, 258))
        return (kind, slot)

    def _growing(self) -> list[Step]:
        """A page that is read, given more rights, and written while a TLB holds the old ones."""
        slot, frame = self._draw.randint(1, SPACES), self._page(0)
        page, thread = self._page(slot), self._thread(slot)
        place = page << 12
        little, more = (
            ("map", 0, slot, frame << 12, 12, rights, 0, WHOLE, place) for rights in (4, 6)
        )
        return [little, ("access", thread, place, 4), more, ("access", thread, place, 2)]

    def _known(self) -> tuple[int, int]:
        """Mostly a page that something was mapped to, else any."""
        if self._mapped and self._draw.random() < 0.8:
            return self._draw.choice(self._mapped[-self._recent :])
        slot = self._draw.randint(1, SPACES)
        return slot, self._page(slot)

    def _thread(self, slot: int) -> int:
        return 2 * slot - 2 + self._draw.randrange(2)

    def _item(self, kind: str) -> Step:
        """A map or grant item into a window as large as what is sent, the whole space, or any."""
        draw = self._draw
        sender, page = self._known()
        if draw.random() < 0.2:
            sender, page = 0, self._page(0)
        receiver = draw.choice((0, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4))
        if receiver == sender and draw.random() < 0.8:
            receiver = sender % SPACES + 1
        base, log2 = self._region(sender, page)
        to, window = self._region(receiver, self._page(receiver))
        way = draw.random()
        if way < 0.45:
            to, window = 0, WHOLE
        elif way < 0.75:
            window = log2
        elif way < 0.78:
            window = 0
        spot = self._page(receiver) << 12 | draw.choice((0, 0, 0, 0x400, 0xFFF))
        self._remember(sender, receiver, Region(base, log2), Region(to, window), spot)
        if draw.random() < 0.05:
            spot |= draw.getrandbits(16) << 48
        return (kind, sender, receiver, base, log2, draw.choice(RIGHTS), to, window, spot)

    def _remember(
        self, sender: int, receiver: int, send: Region, window: Region, spot: int
    ) -> None:
        """What may well be mapped now: a guess, which takes no notice of rights and removals."""
        if receiver in (0, sender):
            return
        source, target, count = landing(send, window, spot)
        for page in range(source, source + min(count, 16)):
            if sender == 0 or (sender, page) in self._mapped:
                self._mapped.append((receiver, page - source + target))
        del self._mapped[:-64]

    def _region(self, owner: int, page: int) -> tuple[int, int]:
        draw = self._draw
        log2 = draw.choice(PAGE_SIZES)
        other = draw.random()
        if self._shape.large_pages and draw.random() < 0.3:
            return page << 12, draw.choice((20, LARGE, LARGE, LARGE + 1))
        if other < 0.03:
            log2 = draw.choice((0, 9, 11))
        elif other < 0.06 and owner:
            log2 = draw.choice((WHOLE, 30, LARGE, LARGE + 1))
        return page << 12 | draw.choice((0, 0, 0, 0x800)), log2

    def _page(self, owner: int) -> int:
        page = self._draw.randrange(self._wide)
        if owner == 0:
            if self._draw.random() < 0.02:
                page += USER_FRAMES - 2  # the last frame that exists, and the first that does not
            return page + self._draw.choice(FIRST_FRAMES)
        if self._shape.large_pages:
            return page + self._draw.choice((0, 0, 508, 512))
        if self._far and self._draw.random() < 0.3:
            page += self._draw.choice((504, 1 << 18, 1 << 27))
        return page
