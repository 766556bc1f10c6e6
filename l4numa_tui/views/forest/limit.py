"""Limits: a few words that say which mapping entries the viewer wants to see.

Words are joined by blanks, and all of them must hold. `LIMIT_WORDS` lists them with their meaning;
any other word is the beginning of a space's name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import Row, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.machine.machine import PAGE_LOG2, node_of, read_frame
from l4numa_tui.userland.regions import NODE_LOCAL
from l4numa_tui.views.forest.marks import Marks, marks_of
from l4numa_tui.views.pane_parts import application_spaces, space_home
from l4numa_tui.views.scene import Scene

LIMIT_WORDS = (
    ("space:A.0", "entries of the space with this name"),
    ("node:2", "whose home is node 2: entry and page table lie there"),
    ("memory:1", "of frames of node 1's memory"),
    ("2:0007", "of this frame, its number in hexadecimal; also frame:2:0007"),
    ("at:0x402000", "of the page with this address, in whatever space"),
    ("rights:w", "that hold these rights, one or more of r, w, x"),
    ("global", "of pages that several spaces see in one frame (≡)"),
    ("local", "of node-local pages: a frame of its own on every node (≠)"),
    ("remote", "whose memory lies on another node than their home (⇄)"),
    ("changed", "that the last step made, changed or removed"),
    ("pag", "any other word: of spaces whose names begin like this"),
)
_EXPECTED = (
    "words such as space:A.0 node:2 memory:1 2:0007 at:0x402000 rights:w global local "
    "remote changed, or the beginning of a space's name"
)
_LONGEST = 120
_NAMED = 8  # so many spaces are named where none is called so
_RIGHTS = {"r": READ, "w": WRITE, "x": EXECUTE}
_ADDRESS_BITS = 64

Test = Callable[["Limit", int, Row], bool]


class Limit:
    """Which entries are wanted at one moment. `at` takes it to another one of the same run."""

    __slots__ = ("_marks", "_members", "_names", "_tests", "scene", "text")

    def __init__(self, text: str, tests: tuple[Test, ...], scene: Scene) -> None:
        self.text = text
        self._tests = tests
        self.scene = scene
        self._members = application_spaces(scene)
        self._names: dict[int, str] = {}
        self._marks: Marks | None = None

    def at(self, scene: Scene) -> Limit:
        """The same words, asked of another scene."""
        return Limit(self.text, self._tests, scene)

    def holds(self, entry: int, row: Row | None = None) -> bool:
        """Whether an entry meets all words; `row` is its row where it is gone from the database.

        False for what is not mapped and has no `row`.
        """
        if row is None:
            row = self.scene.world.kernel.database.row(entry)
        return row is not None and all(test(self, entry, row) for test in self._tests)

    def changed(self, entry: int) -> bool:
        """Whether the scene's last step made, changed or removed an entry."""
        return any(entry in marked for marked in self._marked().frames.values())

    def _marked(self) -> Marks:
        if self._marks is None:
            self._marks = marks_of(self.scene.last)
        return self._marks

    def name(self, entry: int) -> str:
        """The name of an entry's space in small letters."""
        space = space_of(entry)
        name = self._names.get(space)
        if name is None:
            name = self._names[space] = self.scene.space_name(space).lower()
        return name

    def home(self, entry: int) -> int | None:
        """The home node of an entry's space, also of one that the last step ended."""
        space = space_of(entry)
        home = space_home(self.scene, space)
        return self._marked().ended.get(space) if home is None else home

    def frames(self, entry: int) -> list[int]:
        """The frames in which the spaces of an entry's application see its page."""
        found = self._members.get(space_of(entry))
        row_of, vpn = self.scene.world.kernel.database.row, vpn_of(entry)
        spaces = found[0].spaces.values() if found else ()
        rows = (row_of(entry_id(space, vpn)) for space in spaces)
        return [row[0] for row in rows if row is not None]

    def kind(self, entry: int) -> int | None:
        """The kind of the region that an application's entry lies in, None outside."""
        found = self._members.get(space_of(entry))
        region = found[0].region_of(vpn_of(entry)) if found else None
        return None if region is None else region.kind


def parse_limit(text: str, scene: Scene) -> Limit:
    """The limit that `text` describes; names and nodes are looked up in `scene`.

    Raises UserError for a word that means nothing, or nothing in this machine.
    """
    words = text.split()
    if not words or len(text) > _LONGEST:
        what = "no limit is given" if not words else "the limit is too long"
        raise UserError(what, _EXPECTED)
    return Limit(" ".join(words), tuple(_test(word, scene) for word in words), scene)


def _test(word: str, scene: Scene) -> Test:
    """What one word asks."""
    if word.lower() in _PLAIN:
        return _PLAIN[word.lower()]
    kind, colon, value = word.partition(":")
    if not colon:
        return partial(_begins, _known_name(word, scene, whole=False))
    if kind.isdecimal():  # a frame as every line names it, 2:0007
        return partial(_is_frame, _frame(word, scene, word))
    if kind.lower() not in _VALUES:
        raise UserError(f"{word!r} is no word of a limit", _EXPECTED)
    question, read = _VALUES[kind.lower()]
    return partial(question, read(value, scene, word))


def _name(value: str, scene: Scene, word: str) -> str:
    del word
    return _known_name(value, scene, whole=True)


def _known_name(name: str, scene: Scene, *, whole: bool) -> str:
    """The name in small letters, if some space is called so, or begins so, at this moment."""
    world, wanted = scene.world, name.lower()
    numbers = {*world.system.space_names, *world.kernel.spaces.rows}
    known = {scene.space_name(space) for space in numbers}
    if any(each.lower() == wanted if whole else each.lower().startswith(wanted) for each in known):
        return wanted
    some = ", ".join(sorted(known)[:_NAMED])
    if whole:
        raise UserError(f"no space is called {name!r}", f"one of {some}")
    raise UserError(f"{name!r} is no word of a limit and begins no space's name", _EXPECTED)


def _node(value: str, scene: Scene, word: str) -> int:
    nodes = scene.world.kernel.machine.nodes
    digits = value[1:] if value[:1] in ("N", "n") else value
    if not (digits.isascii() and digits.isdigit() and len(digits) < 5 and int(digits) < nodes):
        raise UserError(f"{word!r} names no node of this machine", f"a node from 0 to {nodes - 1}")
    return int(digits)


def _frame(value: str, scene: Scene, word: str) -> int:
    frame = read_frame(value.lower().removeprefix("n"))
    if frame is None:
        raise UserError(f"{word!r} names no frame", "a node and a number, as 2:0007")
    _node(str(node_of(frame)), scene, word)
    return frame


def _page(value: str, scene: Scene, word: str) -> int:
    del scene
    number = _hexadecimal(value.lower().removeprefix("0x"))
    if number is None or number >> _ADDRESS_BITS:
        raise UserError(f"{word!r} names no address", "a hexadecimal one, as at:0x402000")
    return number >> PAGE_LOG2


def _hexadecimal(text: str) -> int | None:
    digits = text.lower()
    known = digits and len(digits) <= 16 and all(each in "0123456789abcdef" for each in digits)
    return int(digits, 16) if known else None


def _rights(value: str, scene: Scene, word: str) -> int:
    del scene
    letters = value.lower().replace("-", "")
    if not letters or any(letter not in _RIGHTS for letter in letters):
        raise UserError(f"{word!r} names no rights", "some of r, w and x, as rights:rw")
    wanted = 0
    for letter in letters:
        wanted |= _RIGHTS[letter]
    return wanted


# The questions themselves.
def _is_in(name: str, limit: Limit, entry: int, row: Row) -> bool:
    del row
    return limit.name(entry) == name


def _begins(name: str, limit: Limit, entry: int, row: Row) -> bool:
    del row
    return limit.name(entry).startswith(name)


def _has_home(node: int, limit: Limit, entry: int, row: Row) -> bool:
    del row
    return limit.home(entry) == node


def _lies_on(node: int, limit: Limit, entry: int, row: Row) -> bool:
    del limit, entry
    return node_of(row[0]) == node


def _is_frame(frame: int, limit: Limit, entry: int, row: Row) -> bool:
    pages = limit.scene.world.kernel.database.pages_of(entry)
    return row[0] <= frame < row[0] + pages


def _is_page(vpn: int, limit: Limit, entry: int, row: Row) -> bool:
    del row
    first = vpn_of(entry)
    return first <= vpn < first + limit.scene.world.kernel.database.pages_of(entry)


def _holds_rights(rights: int, limit: Limit, entry: int, row: Row) -> bool:
    del limit, entry
    return row[1] & rights == rights


def _is_global(limit: Limit, entry: int, row: Row) -> bool:
    return limit.frames(entry).count(row[0]) > 1


def _is_local(limit: Limit, entry: int, row: Row) -> bool:
    if limit.kind(entry) == NODE_LOCAL:
        return True
    frames = limit.frames(entry)
    return len(frames) > 1 and frames.count(row[0]) == 1


def _is_remote(limit: Limit, entry: int, row: Row) -> bool:
    return node_of(row[0]) != limit.home(entry)


def _is_changed(limit: Limit, entry: int, row: Row) -> bool:
    del row
    return limit.changed(entry)


_PLAIN: dict[str, Test] = {
    "global": _is_global,
    "local": _is_local,
    "remote": _is_remote,
    "changed": _is_changed,
}
_VALUES: dict[str, tuple[Callable[..., bool], Callable[[str, Scene, str], int | str]]] = {
    "space": (_is_in, _name),
    "node": (_has_home, _node),
    "memory": (_lies_on, _node),
    "frame": (_is_frame, _frame),
    "at": (_is_page, _page),
    "rights": (_holds_rights, _rights),
}
