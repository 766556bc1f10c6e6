"""The forest: a view that followed the steps shows what a new one shows, and rows name targets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.limit import parse_limit
from l4numa_tui.views.forest.marks import marks_of
from l4numa_tui.views.forest.zoom import ZOOMS
from l4numa_tui.views.segments import STYLES, Target, plain, width_of
from l4numa_tui.world.schedulers import Seeded
from tests.views.forest_worlds import History, KernelHistory, all_lines, some_targets
from tests.views.pane_worlds import DATA, make_session

_MOVES = (
    ("step",) * 8
    + ("back",) * 4
    + ("seek", "fold", "fold", "select", "select", "none", "hurry", "all", "zoom", "limit")
)
_LIMITS = (
    "changed",
    "remote",
    "global",
    "local rights:w",
    "A",
    "node:1",
    "memory:2 pager",
    "at:400000",
)


def history(kind: str, seed: int) -> History:
    """A history that begins where something has been mapped already."""
    if kind == "kernel":
        return KernelHistory(seed)
    pool = 0 if kind == "on demand" else 8
    return History(make_session(3, pool, Seeded(seed)))


def play(past: History, draw: random.Random, moves: int) -> ForestView:
    """Move at random, and hold the view that follows to one made anew after every move."""
    selected: Target | None = None
    view = ForestView(past.scene(), room=90)
    for _ in range(moves):
        move = draw.choice(_MOVES)
        if move in ("step", "back"):
            change = past.step() if move == "step" else past.back()
            view.update(change or (), past.scene(selected))
        elif move == "hurry":
            steps = [step for step in (past.step() for _ in range(4)) if step]
            view.update(steps, past.scene(selected))
        elif move == "seek":
            past.seek(draw.randrange(past.length))
            view.reset(past.scene(selected))
        elif move == "fold":
            view.toggle(draw.randrange(view.row_count))
        elif move == "all" and draw.random() < 0.3:
            draw.choice((view.fold_all, view.unfold_all))()
        elif move == "zoom":
            view.zoom = draw.choice(ZOOMS)
        elif move == "limit":
            text = draw.choice(("", *_LIMITS))
            view.limit = parse_limit(text, past.scene()) if text else None
        else:
            selected = _choice(view, draw) if move == "select" else None
            view.update((), past.scene(selected))
        fresh = ForestView(
            past.scene(selected), view.folds.copy(), room=90, zoom=view.zoom, limit=view.limit
        )
        assert all_lines(view) == all_lines(fresh)
        assert view.change_rows() == fresh.change_rows()
        assert (view.bus(), view.hits) == (fresh.bus(), fresh.hits)
    return view


def _choice(view: ForestView, draw: random.Random) -> Target:
    some = [target for target in some_targets(view) if target[0] not in ("run", "ghost")]
    return draw.choice([*some, ("page", 0, DATA), ("space", 5), ("thread", 6), ("frame", 1)])


@pytest.mark.parametrize("kind", ["pagers", "on demand", "kernel"])
@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_view_that_followed_shows_what_a_new_one_shows(kind: str, seed: int) -> None:
    play(history(kind, seed), random.Random(seed), 40)


@pytest.mark.parametrize("kind", ["pagers", "on demand", "kernel"])
@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    ascii_only=st.booleans(),
    tight=st.booleans(),
    zoom=st.sampled_from(ZOOMS),
)
def test_rows_and_targets_name_each_other(
    kind: str, seed: int, ascii_only: bool, tight: bool, zoom: str
) -> None:
    draw, past = random.Random(seed), history(kind, seed)
    for _ in range(draw.randrange(40)):
        past.step()
    view = ForestView(past.scene(ascii_only=ascii_only), tight=tight, room=70, zoom=zoom)
    for _ in range(4):
        view.toggle(draw.randrange(view.row_count))
    entries = past.world.kernel.database.entries.rows
    for row, line in enumerate(all_lines(view)):
        column = 0
        for segment in line:
            assert set(segment.style.split()) <= set(STYLES)
            assert not ascii_only or segment.text.isascii()
            target = view.target_at(row, column) if segment.text else None
            column += len(segment.text)
            if target is not None:
                assert target == segment.target
                assert row in view.rows_of_target(target)
                assert view.row_of(target) == view.rows_of_target(target).start
                first, end = view.columns_of(target)
                assert first <= column - len(segment.text) < column <= end
    for entry, (frame, *_) in entries.items():
        place = view.place(view.row_of(("entry", entry)) or 0)
        assert place is not None
        assert place.node == node_of(frame)
    assert view.row_of(("entry", entry_id(77, 1))) is None
    assert view.row_of(("frame", 4095)) is None
    assert view.row_of(("node", 99)) is None


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), width=st.integers(1, 120), offset=st.integers(0, 90))
def test_a_line_is_cut_to_its_width_and_says_so(seed: int, width: int, offset: int) -> None:
    past = KernelHistory(seed)
    for _ in range(25):
        past.step()
    view = ForestView(past.scene())
    for row, whole in enumerate(all_lines(view)):
        line, start = view.line(row, width, offset), view.offset_in(row, offset)
        assert start in (0, offset)
        assert width_of(line) == width
        text, shown = plain(whole), "".join(segment.text for segment in line)
        more = width_of(whole) - start > width > 1
        assert more == (shown[-1] == "›")
        inner = slice(1, -1) if width > 2 else slice(0, 0)
        assert text.ljust(start + width)[start : start + width][inner] == shown[inner]


@pytest.mark.parametrize("kind", ["pagers", "kernel"])
@settings(max_examples=12)
@given(seed=st.integers(0, 10_000))
def test_every_mapping_is_drawn_once_when_all_is_unfolded(kind: str, seed: int) -> None:
    past = history(kind, seed)
    for _ in range(seed % 40):
        past.step()
    view = ForestView(past.scene())
    view.unfold_all()
    chips = [s for line in all_lines(view) for s in line if s.style.startswith("chip")]
    shown = [s.target[-1] for s in chips if s.target and s.target[0] in ("entry", "ghost")]
    ghosts = [
        entry
        for marks in marks_of(past.last).frames.values()
        for entry, mark in marks.items()
        if mark.mark == "−"
    ]
    entries = past.world.kernel.database.entries.rows
    assert sorted(shown) == sorted([*entries, *ghosts])
    heads = [plain(view.whole_line(view.row_of(("node", node)) or 0)) for node in range(3)]
    counted = [int(head.split(" entr")[0].split()[-1]) for head in heads]
    assert counted == [
        sum(node_of(row[0]) == node for row in entries.values()) for node in range(3)
    ]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_child_stands_right_of_its_parent_on_one_of_its_rows(seed: int) -> None:
    past = KernelHistory(seed)
    for _ in range(30):
        past.step()
    view = ForestView(past.scene())
    view.unfold_all()
    rows = past.world.kernel.database.entries.rows
    for entry, row in rows.items():
        if space_of(row[2]) == SIGMA0:
            assert view.columns_of(("entry", entry))[0] > view.columns_of(("frame", row[0]))[0]
            continue
        assert view.columns_of(("entry", entry))[0] >= view.columns_of(("entry", row[2]))[1] + 3
        assert view.row_of(("entry", entry)) >= view.row_of(("entry", row[2]))  # type: ignore[operator]
        siblings = [
            each
            for each, other in past.world.kernel.database.entries.rows.items()
            if other[2] == row[2]
        ]
        assert len({view.columns_of(("entry", each))[0] for each in siblings}) == 1


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_the_rows_of_change_are_those_with_a_mark(seed: int) -> None:
    past = KernelHistory(seed)
    for _ in range(20):
        past.step()
    view = ForestView(past.scene())
    view.unfold_all()
    expected = set()
    for row, line in enumerate(all_lines(view)):
        marks = {s.text for s in line if s.text in ("+", "−", "~") and s.target}
        if marks and all(s.target != ("node", 0) for s in line[:1]):
            expected.add((row, next(mark for mark in "−+~" if mark in marks)))
    assert set(view.change_rows()) == expected


# The cursor.
@pytest.mark.parametrize("kind", ["pagers", "on demand", "kernel"])
@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_the_cursor_reaches_every_row_and_comes_home(kind: str, seed: int) -> None:
    draw, past = random.Random(seed), history(kind, seed)
    for _ in range(draw.randrange(50)):
        past.step()
    view = ForestView(past.scene())
    for _ in range(3):
        view.toggle(draw.randrange(view.row_count))
    target: Target | None = ("node", 0)
    for row in range(view.row_count):
        assert target is not None
        assert view.row_of(target) == row
        up, left = view.next_target(target, "up"), target
        assert (up is None) == (row == 0)
        for _ in range(300):
            before = view.next_target(left, "left")
            if before is None:
                break
            assert view.next_target(before, "right") is not None
            left = before
        assert left[0] == "node"
        target = view.next_target(target, "down")
    assert target is None


def test_right_and_left_are_child_and_parent() -> None:
    past = History(make_session(2, 8))
    while past.step():
        pass
    view = ForestView(past.scene())
    view.unfold_all()
    rows = past.world.kernel.database.entries.rows
    for entry, row in rows.items():
        up = view.next_target(("entry", entry), "left")
        root = space_of(row[2]) == SIGMA0
        assert up == (("frame", vpn_of(row[2])) if root else ("entry", row[2]))
        child = view.next_target(("entry", entry), "right")
        assert child is None or rows[child[1]][2] == entry  # type: ignore[misc]
        assert (child is None) == (not past.world.kernel.database.children(entry))


def test_a_level_is_kept_on_the_way_down() -> None:
    past = History(make_session(2, 8))
    for _ in range(5):
        past.step()
    view = ForestView(past.scene())
    space = past.world.system.roster.applications[0].spaces[0]
    leaf: Target = ("entry", entry_id(space, DATA))
    heading = view.next_target(leaf, "up")
    assert heading == ("node", 0)
    assert view.next_target(heading, "down", 3) == leaf
    assert view.next_target(heading, "down") == ("frame", 0)


# Folding.
def test_what_is_selected_comes_out_of_its_run_and_goes_back() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene())
    before = all_lines(view)
    assert len(before) == 4
    entry = past.world.kernel.database.children(entry_id(SIGMA0, 3))[0]
    view.update((), past.scene(("entry", entry)))
    texts = [plain(line) for line in all_lines(view)]
    assert [text.split()[0] for text in texts[1:5]] == ["│▤", "│0:0003", "│▤", "▲"]
    assert "selected" in " ".join(segment.style for segment in view.whole_line(2))
    view.update((), past.scene())
    assert all_lines(view) == before


def test_an_unfolded_run_stays_unfolded_while_steps_take_frames_out_of_it() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene())
    assert view.toggle(1) == ("run", 0)
    rows = view.row_count
    for _ in range(5):
        change = past.step()
        assert change
        view.update(change, past.scene())
    assert view.row_count >= rows
    assert plain(view.whole_line(1)).startswith("│0:0000")
    line = view.row_of(("run", 1))
    assert line is not None
    assert view.toggle(line) == ("run", 1)
    assert view.row_of(("frame", 5)) == view.row_of(("run", 1))
    assert view.toggle(line) == ("run", 1)
    inside = view.row_of(("frame", 5))
    assert inside is not None
    assert inside > line
    assert view.toggle(inside, ("frame", 5)) == ("run", 1), "any frame of a run folds it"


def test_a_folded_node_hides_all_its_rows_behind_its_heading() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene())
    assert view.toggle(0) == ("node", 0)
    assert view.row_of(("frame", 3)) == view.row_of(("run", 0)) == 0
    assert view.row_count == 3
    assert view.next_target(("node", 0), "right") is None
    assert view.toggle(0) == ("node", 0)
    assert view.row_count == 4


def test_a_bundle_opens_and_closes() -> None:
    past = History(make_session(3, 8))
    for _ in range(4):
        past.step()
    view = ForestView(past.scene())
    bundle = next(row for row in range(view.row_count) if "pagers" in plain(view.whole_line(row)))
    rows = view.row_count
    first = view.stop_at(bundle, 2)
    assert view.toggle(bundle) == first
    assert view.row_count == rows + 1
    assert plain(view.whole_line(bundle)).split("▶")[1].startswith(" ▲N1 pager1 rwx ⇄0")
    assert view.toggle(bundle) == first
    assert view.row_count == rows
