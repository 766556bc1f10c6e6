"""What the viewer's selection lights up in the forest, and which folded frames it brings out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, space_of, vpn_of
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.marks import Marks
from l4numa_tui.views.pane_parts import related_targets
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_GONE, Target


class Light(NamedTuple):
    """What is `selected`; the `entries` and `frames` related to it; `spaces` lit as a whole.

    `shown` are the frames that may not hide in a folded run, because the selected thing is there.
    `mates` are the (space, page) in which the selected page may be seen: those of its application.
    """

    selected: Target | None
    entries: frozenset[int]
    frames: frozenset[int]
    spaces: frozenset[int]
    shown: frozenset[int]
    mates: tuple[tuple[int, int], ...] = ()

    @property
    def wide(self) -> bool:
        """Whether entries anywhere may be lit, not only those of `frames`."""
        return bool(self.spaces) or (self.selected is not None and self.selected[0] == "space")

    def style(self, entry: int, space: int) -> str:
        """The style that lights up an entry, or none."""
        if self.selected is None:
            return ""
        if self.selected == ("entry", entry) or self.selected == ("space", space):
            return "selected"
        return "related" if entry in self.entries or space in self.spaces else ""

    def frame_style(self, frame: int) -> str:
        """The style that lights up a frame's number, or none."""
        if self.selected == ("frame", frame):
            return "selected"
        return "related" if frame in self.frames else ""

    def touches(self, first: int, count: int) -> bool:
        """Whether something related lies in a range of frames."""
        return any(first <= frame < first + count for frame in self.frames)


DARK = Light(None, frozenset(), frozenset(), frozenset(), frozenset())


def light_of(scene: Scene, facts: Facts, marks: Marks) -> Light:
    """What the scene's selection lights up."""
    selected = scene.selected
    if selected is None:
        return DARK
    related = related_targets(scene)
    entries = _numbers(related, "entry")
    frames = set(_numbers(related, "frame"))
    spaces: frozenset[int] = frozenset()
    shown: set[int] = set()
    match selected:
        case ("entry", entry):
            found = frame_of(facts, marks, entry)
            shown = {found} if found is not None else set()
            frames |= shown
        case ("page", _, _):
            shown = set(frames)
        case ("frame", frame):
            shown = {frame}
        case ("thread", _):
            spaces = _numbers(related, "space")
    # A ghost may be in one frame and what became of it in another.
    lit = entries.union(_numbers((selected,), "entry"))
    frames |= {frame for frame, marked in marks.frames.items() if not lit.isdisjoint(marked)}
    mates = _mates(scene, facts, selected)
    return Light(selected, entries, frozenset(frames), spaces, frozenset(shown), mates)


def _mates(scene: Scene, facts: Facts, selected: Target) -> tuple[tuple[int, int], ...]:
    application, vpn = None, 0
    match selected:
        case ("entry", entry) if space_of(entry) in facts.members:
            application, vpn = facts.members[space_of(entry)][0], vpn_of(entry)
        case ("page", number, vpn):
            application = scene.world.system.roster.applications.get(number)
    return tuple((space, vpn) for space in application.spaces.values()) if application else ()


def _numbers(targets: Iterable[Target], kind: str) -> frozenset[int]:
    return frozenset(target[1] for target in targets if target[0] == kind and len(target) > 1)


def frame_of(facts: Facts, marks: Marks, entry: int) -> int | None:
    """The frame under which an entry is drawn, ghosts included; None if it is nowhere."""
    if space_of(entry) == SIGMA0:
        return vpn_of(entry)
    row = facts.rows.get(entry)
    if row is not None:
        frame: int = row[0]
        return frame
    return ghost_frame(marks, entry)


def ghost_frame(marks: Marks, entry: int) -> int | None:
    """The frame under which an entry was before the last step took it from there, else None."""
    for frame, entries in marks.frames.items():
        if entry in entries and entries[entry].mark == MARK_GONE:
            return frame
    return None
