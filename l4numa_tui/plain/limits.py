"""`show mdb LIMIT`: a few words that say which mapping entries are wanted."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.plain.memory_pages import Wanted
from l4numa_tui.plain.places import read_node
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.forest.marks import marks_of
from l4numa_tui.views.pane_parts import space_home
from l4numa_tui.views.scene import Scene
from l4numa_tui.world.session import Session

_EXPECTED = (
    "`changed`, `node:2` (homes there), `memory:2` (frames there), `2:0007` (a frame), or the "
    "beginning of a space's name"
)


def read_limit(session: Session, text: str) -> Wanted:
    """What the words of a limit ask for, all of them together; UserError for one that is none."""
    tests = [_test(session, word) for word in text.split()]
    return lambda entry, frame: all(test(entry, frame) for test in tests)


def _test(session: Session, word: str) -> Wanted:
    scene = Scene(session.world, session.last)
    kind, colon, value = word.lower().partition(":")
    if kind == "node" and colon:
        node = read_node(session, value)
        return lambda entry, _frame: space_home(scene, space_of(entry)) == node
    if kind == "memory" and colon:
        node = read_node(session, value)
        return lambda _entry, frame: node_of(frame) == node
    if kind == "changed" and not colon:
        marked = {each for entries in marks_of(session.last).frames.values() for each in entries}
        return lambda entry, _frame: entry in marked
    if colon and kind.isdecimal():
        wanted = parse_frame(session.world, word)
        return lambda _entry, frame: frame == wanted
    names = {space: scene.space_name(space).lower() for space in session.world.kernel.spaces.rows}
    begun = {space for space, name in names.items() if name.startswith(word.lower())}
    if not begun:
        raise UserError(f"{safe_text(word, limit=30)!r} limits nothing", _EXPECTED)
    return lambda entry, _frame: space_of(entry) in begun
