"""The mapping database as vertices and arcs: what all graph languages draw.

As on the screen: the frames of each node's memory together, runs of frames alike folded, what the
last step did marked, what it removed still there. Every entry has the colour of its home node.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from l4numa_tui.export.formats import Options
from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.machine.machine import INDEX_MASK, frame_text
from l4numa_tui.views.forest.chips import Chips
from l4numa_tui.views.forest.folds import Folds
from l4numa_tui.views.forest.memory import Place
from l4numa_tui.views.forest.tree import Item
from l4numa_tui.views.forest.view import ForestView
from l4numa_tui.views.pane_parts import count_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, MARK_NEW, node_label, plain
from l4numa_tui.world.session import Session

FRAME, ENTRY, RUN = "frame", "entry", "run"  # RUN: a box that stands for several
_BUNDLE_MIN = 5  # so many entries with nothing below them, all alike, become one box
NOWHERE = -1  # the home of what has several
LOCAL, CROSS, GRANT = "local", "cross", "grant"
STATES = {MARK_NEW: "new", MARK_GONE: "gone", MARK_CHANGED: "changed", "": ""}


class Vertex(NamedTuple):
    """A box: `home` is the node whose colour it has, `state` what the last step did to it."""

    id: str
    kind: str
    label: str
    home: int
    state: str = ""


class Arc(NamedTuple):
    """From what was mapped on to what was derived from it: `kind` LOCAL, CROSS or GRANT."""

    source: str
    target: str
    kind: str
    state: str = ""


class Group(NamedTuple):
    """The frames of one node's memory and what maps them."""

    node: int
    label: str
    vertices: list[Vertex]
    arcs: list[Arc]


def picture(session: Session, options: Options) -> list[Group]:
    """The groups of the nodes of whose memory something is mapped."""
    return _Drawing(session, options).groups()


class _Drawing:
    def __init__(self, session: Session, options: Options) -> None:
        scene = Scene(session.world, session.last)
        folds = Folds.fresh()
        if options.unfold:
            folds.set_all(unfolded=True)
        self._view = ForestView(scene, folds)
        self._chips = Chips(self._view.facts, self._view.light, tight=False)
        self._frame = options.frame

    def groups(self) -> list[Group]:
        view = self._view
        out = {
            node: Group(node, f"{node_label(node)} memory", [], [])
            for node in range(len(view.memories))
        }
        if self._frame is not None:
            self._tree(self._frame, out[view.facts.node_of_frame(self._frame)])
        for place in self._places() if self._frame is None else ():
            group = out[place.node]
            if place.run is not None and place.frame < 0:
                group.vertices.append(self._run(place))
            elif place.run is not None:
                self._tree(place.frame, group)
        return [group for group in out.values() if group.vertices]

    def _places(self) -> Iterator[Place]:
        """One place for each folded run and each frame shown by itself."""
        view = self._view
        for row in range(view.row_count):
            place = view.place(row)
            if place is None or place.run is None or place.line:
                continue
            if place.frame >= 0 or view.folded(place.run.key, place.run.size):
                yield place

    def _run(self, place: Place) -> Vertex:
        run = place.run
        assert run is not None
        shape = self._view.shape(run)
        span = frame_text(run.first)
        if run.size > 1:
            span += f"–{run.first + run.size - 1 & INDEX_MASK:04x}"
        entries = count_of(run.size * shape.entries, "entry")
        label = f"▤ {span} ×{run.size} {shape.label}: {entries}"
        return Vertex(f"run_{_frame_id(run.first)}", RUN, label, place.node)

    def _tree(self, frame: int, group: Group) -> None:
        """One frame's entries, each below the one that it was derived from."""
        items, plans = self._view.plans(frame)
        names = [_frame_id(frame), *(_entry_id(item) for item in items[1:])]
        if len(items) > 1:
            group.vertices.append(Vertex(names[0], FRAME, frame_text(frame), group.node))
        cells = [cell.members for plan in plans for cell in plan.cells if cell.level]
        bundles = {cell[0]: cell for cell in cells if len(cell) >= _BUNDLE_MIN}
        bundled = {index for cell in bundles.values() for index in cell}
        for index, item in enumerate(items[1:], 1):
            if index in bundles:
                self._bundle(items, names, bundles[index], group)
            if index in bundled:
                continue
            state = STATES[item.mark]
            label = plain(self._chips.entry(frame, items, item)).strip()
            home = self._view.facts.home(item.space)
            group.vertices.append(Vertex(names[index], ENTRY, label, home, state))
            group.arcs.append(Arc(names[item.up], names[index], self._kind(items, item), state))

    def _bundle(
        self, items: list[Item], names: list[str], members: tuple[int, ...], group: Group
    ) -> None:
        """One box for many siblings."""
        up, name = items[members[0]].up, f"bundle_{names[members[0]]}"
        text = plain(self._chips.bundle(items, members)).strip()
        label = f"{text}: {count_of(len(members), 'entry')}"
        group.vertices.append(Vertex(name, RUN, label, NOWHERE))
        kinds = {self._kind(items, items[index]) for index in members}
        group.arcs.append(Arc(names[up], name, CROSS if CROSS in kinds else LOCAL))

    def _kind(self, items: list[Item], item: Item) -> str:
        facts, up = self._view.facts, items[item.up]
        if item.mark != MARK_GONE and facts.grants.holds(self._base(item.entry)):
            return GRANT
        crosses = item.up and facts.home(up.space) != facts.home(item.space)
        return CROSS if crosses else LOCAL

    def _base(self, page: int) -> int:
        """The entry that maps a page: another number than the page's inside 2 MiB."""
        around = self._view.facts.database.large_around(page)
        return page if around is None else around


def _frame_id(frame: int) -> str:
    return f"frame_{frame:x}"


def _entry_id(item: Item) -> str:
    """Unique within a picture: what is gone may be elsewhere, too, at the same page."""
    gone = "gone_" if item.mark == MARK_GONE else ""
    return f"{gone}s{space_of(item.entry)}_v{vpn_of(item.entry):x}"
