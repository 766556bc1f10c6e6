"""Which nodes read each frame: the memory of a node as a strip of cells."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.journal import FIELDS, Journal, Table
from l4numa_tui.kernel.mapping_database import SIGMA0, space_of
from l4numa_tui.machine.machine import INDEX_MASK, NODE_SHIFT
from l4numa_tui.views.pane_parts import Pen, application_spaces, given_out
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import (
    NODE_GLYPHS,
    NODE_GLYPHS_ASCII,
    Line,
    Segment,
    Target,
    node_style,
)
from l4numa_tui.views.steps.step_delta import StepDelta

_MANY = 9  # a digit says how many nodes share a frame; more than this are shown as this


class Heat(NamedTuple):
    """For each frame that an application maps, a bit set of the nodes it is mapped on.

    `readers[node][index]` concerns the frame `index` of `node`; `allotted[node]` frames have been
    given out by sigma0, the lowest first. `fresh` are the frames whose readers a step changed.
    `far[node]` mappings of applications on other nodes lead to the node's frames.
    """

    readers: list[dict[int, int]]
    allotted: list[int]
    fresh: frozenset[int]
    far: list[int]


class HeatBook:
    """Who reads what, kept from scene to scene: a step costs what it changed, not the database.

    Only sums over entries, never their order: however a state was reached, it looks the same.
    """

    def __init__(self) -> None:
        self._stands: tuple[Journal | None, int, dict[int, int]] = (None, 0, {})
        self._mark = 0
        self._counts: dict[tuple[int, int], int] = {}  # (frame, reader's bit) -> entries
        self._readers: list[dict[int, int]] = []
        self._far: list[int] = []

    def heat(self, scene: Scene, delta: StepDelta) -> Heat:
        """The heat of a scene."""
        kernel = scene.world.kernel
        nodes, journal = kernel.machine.nodes, kernel.journal
        bits = {space: 1 << node for space, (_, node) in application_spaces(scene).items()}
        if not bits:  # a bare kernel: whatever is mapped, by the home node of its space
            homes = {space: row[0] for space, row in kernel.spaces.rows.items()}
            bits = {space: 1 << home for space, home in homes.items() if space != SIGMA0}
        self._follow(journal, kernel.database.entries, nodes, bits)
        tops = [
            max((first + pages & INDEX_MASK for first, pages, _ in given_out(scene, n)), default=0)
            for n in range(nodes)
        ]
        fresh = frozenset(
            row.frame
            for entries in (delta.added, delta.removed)
            for entry, row in entries.items()
            if space_of(entry) in bits
        )
        return Heat(self._readers, tops, fresh, self._far)

    def _follow(self, journal: Journal, table: Table, nodes: int, bits: dict[int, int]) -> None:
        """Bring the sums to where the world stands, by the log's writes where they are few."""
        stands, mark, rows = (journal, journal.cuts, bits), journal.mark(), table.rows
        far = abs(mark - self._mark) // FIELDS > len(rows)
        if far or not journal.logged or stands != self._stands:
            self._counts, self._readers = {}, [{} for _ in range(nodes)]
            self._far = [0] * nodes
            for entry, row in rows.items():
                self._count(bits.get(space_of(entry), 0), row[0], 1)
        else:
            log, sign = journal.log, 1 if mark > self._mark else -1
            first, end = sorted((mark, self._mark))
            for at in range(first, end, FIELDS):
                if log[at] == table.index:
                    bit, old, new = bits.get(space_of(log[at + 1]), 0), log[at + 2], log[at + 3]
                    for row, by in ((old, -sign), (new, sign)):
                        if row is not None:
                            self._count(bit, row[0], by)
        self._stands, self._mark = stands, mark

    def _count(self, bit: int, frame: int, by: int) -> None:
        if not bit:
            return
        count = self._counts.get((frame, bit), 0) + by
        self._counts[frame, bit] = count
        self._far[frame >> NODE_SHIFT] += by * (bit != 1 << (frame >> NODE_SHIFT))
        readers, index = self._readers[frame >> NODE_SHIFT], frame & INDEX_MASK
        mask = readers.get(index, 0)
        mask = mask | bit if count > 0 else mask & ~bit
        if mask:
            readers[index] = mask
        else:
            readers.pop(index, None)


def memory_heat(scene: Scene, delta: StepDelta) -> Heat:
    """Gather who reads what, in one pass over the mapping database."""
    return HeatBook().heat(scene, delta)


def bucket_size(heat: Heat, node: int, cells: int) -> int:
    """How many frames one cell stands for, so that all allotted frames find a place."""
    return max(1, -(-heat.allotted[node] // max(cells, 1)))


def heat_cells(pen: Pen, heat: Heat, node: int, cells: int) -> list[Segment]:
    """The node's memory as at most `cells` segments of one column, lowest frames first.

    A cell of one frame shows the glyph of the node that reads it, or how many nodes share it; a
    cell of several frames is shaded by how many are mapped and coloured by whoever reads most.
    """
    size = bucket_size(heat, node, cells)
    make = _single if size == 1 else _bucket
    return [make(pen, heat, node, first, size) for first in range(0, heat.allotted[node], size)]


def heat_rows(pen: Pen, heat: Heat, node: int, width: int, rows: int) -> list[Line]:
    """The cells on `rows` lines of at most `width` columns each.

    Where two lines have no room for all frames one by one, the first shows how many of each cell
    are mapped and the second who reads them: what the colour says is then in the text as well.
    """
    size = bucket_size(heat, node, width * rows)
    if rows == 2 and size > 1:
        size = bucket_size(heat, node, width)
        firsts = range(0, heat.allotted[node], size)
        readers = [_reader(pen, heat, node, first, size) for first in firsts]
        return [heat_cells(pen, heat, node, width), readers]
    cells = heat_cells(pen, heat, node, width * rows)
    return [list(cells[row * width : (row + 1) * width]) for row in range(rows)]


def frames_per_cell(heat: Heat, node: int, width: int, rows: int) -> int:
    """How many frames a cell of `heat_rows` stands for."""
    size = bucket_size(heat, node, width * rows)
    return bucket_size(heat, node, width) if rows == 2 and size > 1 else size


def _single(pen: Pen, heat: Heat, node: int, first: int, _size: int) -> Segment:
    frame = node << NODE_SHIFT | first
    target: Target = ("frame", frame)
    mark = " changed" if frame in heat.fresh else ""
    mask = heat.readers[node].get(first, 0)
    if not mask:
        return pen.put(pen.glyphs.shades[0], f"dim{mark}", target)
    if mask & mask - 1:
        return pen.put(str(min(mask.bit_count(), _MANY)), f"strong{mark}", target)
    reader = mask.bit_length() - 1
    glyphs = NODE_GLYPHS_ASCII if pen.scene.ascii_only else NODE_GLYPHS
    return pen.put(glyphs[reader % 8], node_style(reader) + mark, target)


def _bucket(pen: Pen, heat: Heat, node: int, first: int, size: int) -> Segment:
    shown = _shown(heat, node, first, size)
    mark, target = _mark_of(heat, node, first, size)
    if not shown:
        return pen.put(pen.glyphs.shades[0], f"dim{mark}", target)
    shade = pen.glyphs.shades[-(-4 * len(shown) // size)]
    return pen.put(shade, node_style(_most(heat, node, shown)) + mark, target)


def _reader(pen: Pen, heat: Heat, node: int, first: int, size: int) -> Segment:
    """Who reads most of a cell's frames."""
    shown = _shown(heat, node, first, size)
    mark, target = _mark_of(heat, node, first, size)
    if not shown:
        return pen.put(" ", mark.strip(), target)
    most = _most(heat, node, shown)
    glyphs = NODE_GLYPHS_ASCII if pen.scene.ascii_only else NODE_GLYPHS
    return pen.put(glyphs[most % 8], node_style(most) + mark, target)


def _shown(heat: Heat, node: int, first: int, size: int) -> list[int]:
    readers = heat.readers[node]
    return [index for index in range(first, first + size) if index in readers]


def _mark_of(heat: Heat, node: int, first: int, size: int) -> tuple[str, Target]:
    base = node << NODE_SHIFT
    fresh = any(base | index in heat.fresh for index in range(first, first + size))
    shown = _shown(heat, node, first, size)
    return " changed" if fresh else "", ("frame", base | (shown[0] if shown else first))


def _most(heat: Heat, node: int, shown: list[int]) -> int:
    """The node that reads most of the frames; of several the lowest."""
    counts: dict[int, int] = {}
    for index in shown:
        mask = heat.readers[node][index]
        while mask:
            low = mask & -mask
            counts[low] = counts.get(low, 0) + 1
            mask ^= low
    return min(counts, key=lambda bit: (-counts[bit], bit)).bit_length() - 1
