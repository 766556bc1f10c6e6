"""Limits: each word against a plain loop over the database; nonsense is refused with a reason."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import Row, entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.limit import LIMIT_WORDS, Limit, parse_limit
from l4numa_tui.views.forest.marks import marks_of
from l4numa_tui.views.forest.strip import forest_title, limit_text
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import plain
from tests.views.forest_worlds import History, KernelHistory, all_lines
from tests.views.pane_worlds import CODE, DATA, finished, make_session, scene_of


def scene(nodes: int = 3, step: int = 30) -> Scene:
    session = finished(nodes)
    session.seek(step)
    return scene_of(session)


def _same_page(at: Scene, entry: int) -> list[int]:
    """The frames in which the spaces that are called A.n see an entry's page."""
    database, names = at.world.kernel.database, at.world.system.space_names
    spaces = [space for space, name in names.items() if name.startswith("A.")]
    found = [database.row(entry_id(space, vpn_of(entry))) for space in spaces]
    return [row[0] for row in found if row] if space_of(entry) in spaces else []


Holds = Callable[[Scene, int, Row], bool]
_WORDS: dict[str, Holds] = {
    "space:A.1": lambda at, entry, _: at.space_name(space_of(entry)) == "A.1",
    "SPACE:a.1": lambda at, entry, _: at.space_name(space_of(entry)) == "A.1",
    "pager": lambda at, entry, _: at.space_name(space_of(entry)).startswith("pager"),
    "a": lambda at, entry, _: at.space_name(space_of(entry)).startswith("A."),
    "node:1": lambda at, entry, _: at.space_home(space_of(entry)) == 1,
    "node:N2": lambda at, entry, _: at.space_home(space_of(entry)) == 2,
    "memory:0": lambda _at, _entry, row: node_of(row[0]) == 0,
    "frame:1:0003": lambda _at, _entry, row: row[0] == (1 << 28) + 3,
    "at:0x400000": lambda _at, entry, _: vpn_of(entry) == DATA,
    "at:400FFF": lambda _at, entry, _: vpn_of(entry) == DATA,
    "rights:w": lambda _at, _entry, row: row[1] & 2 == 2,
    "rights:r-x": lambda _at, _entry, row: row[1] & 5 == 5,
    "remote": lambda at, entry, row: node_of(row[0]) != at.space_home(space_of(entry)),
    "global": lambda at, entry, row: _same_page(at, entry).count(row[0]) > 1,
    "local": lambda at, entry, _: bool(_same_page(at, entry)) and CODE <= vpn_of(entry) < CODE + 4,
    "changed": lambda at, entry, _: any(entry in m for m in marks_of(at.last).frames.values()),
}


@pytest.mark.parametrize("word", _WORDS)
def test_a_word_holds_for_what_a_plain_loop_finds(word: str) -> None:
    seen = False
    wild = KernelHistory(3)
    for _ in range(40):
        wild.step()
    for at in (scene(step=5), scene(step=12), scene(step=40), wild.scene()):
        rows = at.world.kernel.database.entries.rows
        limit = parse_limit(word, at)
        expected = {entry for entry, row in rows.items() if _WORDS[word](at, entry, row)}
        assert {entry for entry in rows if limit.holds(entry)} == expected
        seen |= 0 < len(expected) < len(rows)
    assert seen


def test_all_words_must_hold() -> None:
    at, draw = scene(), random.Random(5)
    rows = at.world.kernel.database.entries.rows
    for _ in range(40):
        words = draw.sample(sorted(_WORDS), 3)
        limit = parse_limit("  ".join(words), at)
        assert limit.text == " ".join(words)
        for entry in rows:
            assert limit.holds(entry) == all(parse_limit(w, at).holds(entry) for w in words)


def test_the_documented_words_are_understood() -> None:
    session = make_session(3, 8)
    for word, meaning in LIMIT_WORDS:
        assert isinstance(parse_limit(word, scene_of(session)), Limit)
        assert meaning


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no limit is given"),
        ("nod:2", "'nod:2' is no word of a limit, expected words such as"),
        ("xyzzy", "'xyzzy' is no word of a limit and begins no space's name"),
        ("space:Z", "no space is called 'Z', expected one of A.0, A.1"),
        ("node:3", "'node:3' names no node of this machine, expected a node from 0 to 2"),
        ("node:-1", "names no node"),
        ("node:²", "names no node"),
        ("memory:", "names no node"),
        ("frame:7", "'frame:7' names no frame, expected a node and a number, as 2:0007"),
        ("frame:0:xy", "names no frame"),
        ("frame:9:0001", "names no node"),
        ("at:zero", "'at:zero' names no address"),
        ("at:0x" + "f" * 17, "names no address"),
        ("rights:q", "'rights:q' names no rights, expected some of r, w and x"),
        ("rights:-", "names no rights"),
        ("remote " * 30, "the limit is too long"),
    ],
)
def test_nonsense_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_limit(text, scene())
    assert says in str(caught.value)


def test_what_is_gone_meets_a_limit_with_its_last_row() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene(), limit=parse_limit("changed", past.scene()))
    while not any("−" in plain(line) for line in all_lines(view)):
        change = past.step()
        assert change
        view.update(change, past.scene())
    gone = [e for marks in view.marks.frames.values() for e, m in marks.items() if m.mark == "−"]
    assert view.hits >= len(gone) > 0
    assert view.limit is not None
    assert not any(view.limit.holds(entry) for entry in gone), "it is not mapped any more"


def test_only_trees_with_a_match_are_shown_and_the_matches_lit() -> None:
    past = History(make_session(3, 8))
    past.session.run(30)
    everything = ForestView(past.scene())
    view = ForestView(past.scene())
    view.limit = parse_limit("space:A.1", past.scene())
    rows = past.world.kernel.database.entries.rows
    wanted = {e: r[0] for e, r in rows.items() if past.scene().space_name(space_of(e)) == "A.1"}
    view.unfold_all()
    parts = [part for line in all_lines(view) for part in line]
    hits = {part.target for part in parts if "hit" in part.style.split() and part.target}
    lit = {entry for kind, entry in hits if kind == "entry"}  # type: ignore[misc]
    targets = {part.target for part in parts if part.target and part.target[0] == "frame"}
    frames = {target[-1] for target in targets}
    assert frames == set(wanted.values())
    assert {entry for entry in lit if entry in rows} == set(wanted)
    hidden = next(row[0] for row in rows.values() if row[0] not in frames)
    assert view.row_of(("frame", hidden)) is None
    assert limit_text(view) == f"limit space:A.1: {len(wanted)} of {len(rows)} entries"
    assert limit_text(view) in plain(forest_title(view, " 2 Database ", 90, focused=True))
    view.limit = None
    view.fold_all()
    assert all_lines(view) == all_lines(everything)
    assert "limit" not in plain(forest_title(view, " 2 Database ", 90, focused=True))


def test_where_nothing_matches_every_node_says_so() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene(), limit=parse_limit("changed", past.scene()))
    assert [plain(line) for line in all_lines(view)] == [
        " ● N0 memory   nothing of it matches",
        " ▲ N1 memory   nothing of it matches",
    ]
