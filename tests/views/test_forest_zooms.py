"""Cards and lanes: how they look, and that places and edges are those of the database."""

from __future__ import annotations

import random
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.journal import FIELDS
from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of
from l4numa_tui.kernel.rights import ALL, WRITE
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.grants import Grants
from l4numa_tui.views.forest.runs import Run
from l4numa_tui.views.forest.zoom import CARD, CHIP, LANES, ZOOMS
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import plain, width_of
from tests.views.forest_worlds import History, KernelHistory, all_lines
from tests.views.pane_worlds import DATA, make_session

ROOT, PAGER0, PAGER1, PAGER2 = 1, 2, 3, 4  # the spaces that `make_session` makes first
ROOM = 78


def small() -> KernelHistory:
    """One frame: root gave it to pager1 and that to A.0 and A.1; pager2 granted its page on.

    The last step took the right to write from A.0 and A.1.
    """
    past = KernelHistory(0)
    a0, a1, _ = past.world.system.roster.applications[0].spaces.values()
    past.maps(
        (SIGMA0, 0, ROOT, 0),
        (ROOT, 0, PAGER1, 0),
        (ROOT, 0, PAGER2, 0),
        (PAGER1, 0, a1, DATA),
        (PAGER1, 0, a0, DATA),
    )
    grant(past, PAGER2, 0, PAGER0, 5)
    kernel = past.world.kernel
    past.do([lambda: partial(kernel.unmap, PAGER1, page(0, WRITE), flush=False)])
    return past


def grant(past: KernelHistory, sender: int, vpn: int, receiver: int, target: int) -> None:
    item = MapItem(page(vpn, ALL), target << PAGE_LOG2, True)
    past.do([lambda: partial(past.world.kernel.map, sender, receiver, item)])


def text_of(past: History, zoom: str, *, ascii_only: bool = False) -> list[str]:
    """The heads and the first node's rows."""
    room = 100 if zoom == CARD else ROOM
    view = ForestView(past.scene(ascii_only=ascii_only), zoom=zoom, room=room)
    return [plain(line) for line in (*view.heads(ROOM), *all_lines(view))][:-2]


def test_one_frame_as_chips() -> None:
    assert text_of(small(), CHIP) == [
        " ● N0 memory   1 frame, 5 entries, 1 run ~2",
        "│0:0000 ●N0 root rwx────┬┄┄▷ ●N0 pager0 rwx v00005",
        "│                       └══▶ ▲N1 pager1 rwx ⇄0─┬══▶~●N0 A.0 rwx→r-x v00400 ≡2",
        "│                                              └──▶~▲N1 A.1 rwx→r-x v00400 ⇄0 ≡2",
    ]
    assert text_of(small(), CHIP, ascii_only=True)[1:] == [
        "|0:0000 oN0 root rwx----...> oN0 pager0 rwx v00005",
        "|                       `==> ^N1 pager1 rwx @0-.==>~oN0 A.0 rwx>r-x v00400 =2",
        "|                                              `-->~^N1 A.1 rwx>r-x v00400 @0 =2",
    ]


def test_one_frame_as_cards() -> None:
    assert text_of(small(), CARD)[1:] == [
        "│       ╭─●N0 root ─────────╮     ╭─●N0 pager0 ───────╮",
        "│0:0000 │ rwx 0:0000        │─┬┄┄▷│ rwx v00005→0:0000 │",
        "│       │ used ---  24 B    │ │   │ used ---  24 B    │",
        "│       ╰───────────────────╯ │   ╰───────────────────╯",
        "│                             │   ╭─▲N1 pager1 ─────⇄0╮     ╭~●N0 A.0 ──────────╮",
        "│                             └══▶│ rwx 0:0000        │─┬══▶│ rwx→r-x v00400    │",
        "│                                 │ used ---  24 B    │ │   │ used ---  24 B ≡2 │",
        "│                                 ╰───────────────────╯ │   ╰───────────────────╯",
        "│                                                       │   ╭~▲N1 A.1 ────────⇄0╮",
        "│                                                       └──▶│ rwx→r-x v00400    │",
        "│                                                           │ used ---  24 B ≡2 │",
        "│                                                           ╰───────────────────╯",
    ]
    assert text_of(small(), CARD, ascii_only=True)[1:5] == [
        "|       .-oN0 root ---------.     .-oN0 pager0 -------.",
        "|0:0000 | rwx 0:0000        |-...>| rwx v00005>0:0000 |",
        "|       | used ---  24 B    | |   | used ---  24 B    |",
        "|       '-------------------' |   '-------------------'",
    ]


def test_one_frame_in_lanes() -> None:
    assert text_of(small(), LANES) == [
        "frame      ●N0 home              ▲N1 home              ■N2 home",
        " ● N0  1 frame, 5 entries, 1 run ~2",
        "│0:0000──▶ ● root",
        "│         ├▷ ● pager0 v5",
        "│         ╘════════════════════▶ ▲ pager1",
        "│           ~● A.0 rwx→r-x v4…◀═╡",
        "│                               └▶~▲ A.1 rwx→r-x v400≡2",
    ]
    assert text_of(small(), LANES, ascii_only=True)[2:] == [
        "|0:0000--> o root",
        "|         |> o pager0 v5",
        "|         `====================> ^ pager1",
        "|           ~o A.0 rwx>r-x v4.<=|",
        "|                               `>~^ A.1 rwx>r-x v400=2",
    ]


@pytest.mark.parametrize("room", [79, 82, 118])
def test_three_levels_of_cards_fit_side_by_side(room: int) -> None:
    past = History(make_session(2, 8))
    past.session.run(12)
    view = ForestView(past.scene(), zoom=CARD, room=room)
    assert max(width_of(line) for line in all_lines(view)) <= room


def test_cards_say_what_was_accessed() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene(), zoom=CARD)
    used = past.world.kernel.status.used.rows
    while not used:
        change = past.step()
        assert change
        view.update(change, past.scene())
    (entry, bits), *_ = used.items()
    row = view.row_of(("entry", entry))
    assert row is not None
    letters = "".join(
        letter if bits & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x"))
    )
    assert f"used {letters}  24 B" in plain(view.whole_line(row + 2))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), tight=st.booleans())
def test_in_lanes_every_entry_stands_in_the_lane_of_its_home(seed: int, tight: bool) -> None:
    past = KernelHistory(seed)
    for _ in range(30):
        past.step()
    view = ForestView(past.scene(), zoom=LANES, room=ROOM, tight=tight)
    view.unfold_all()
    heads = view.heads(400)[0]
    starts, at = {}, 0
    for segment in heads:
        if segment.target:
            starts[segment.target[-1]] = at
        at += len(segment.text)
    assert list(starts) == [0, 1, 2]
    facts = view.facts
    bounds = [*starts.values(), 10_000]
    for entry in past.world.kernel.database.entries.rows:
        home = facts.home(space_of(entry))
        first, _ = view.columns_of(("entry", entry))
        assert bounds[home] <= first
        # Nothing pushes an entry out of its lane but ancestors that live there.
        chain = past.world.kernel.database.ancestors(entry)
        above = [each for each in chain[:-1] if facts.home(space_of(each)) == home]
        assert first == bounds[home] + 2 * len(above)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_in_lanes_a_rail_leads_from_each_entry_down_to_its_last_child(seed: int) -> None:
    past = KernelHistory(seed)
    for _ in range(30):
        past.step()
    past.maps()  # nothing: so there are no ghosts
    view = ForestView(past.scene(), zoom=LANES, room=ROOM)
    view.unfold_all()
    texts = [plain(line).ljust(300) for line in all_lines(view)]
    rows = past.world.kernel.database.entries.rows
    for entry in rows:
        children = past.world.kernel.database.children(entry)
        if not children:
            continue
        column, top = view.columns_of(("entry", entry))[0], view.row_of(("entry", entry))
        below = sorted(view.row_of(("entry", child)) or 0 for child in children)
        assert top is not None
        assert below[0] > top
        assert {texts[row][column] for row in below[:-1]} <= set("├╞┤╡┼╪")
        assert texts[below[-1]][column] in "└╘┘╛┼╪"
        between = {texts[row][column] for row in range(top + 1, below[-1])}
        assert between <= set("│├╞┤╡┼╪─═┄") or any(char.isalnum() for char in between)


def test_idle_pagers_of_several_nodes_share_a_row_of_lanes() -> None:
    past = History(make_session(4, 8))
    view = ForestView(past.scene(("frame", 0)), zoom=LANES, room=120)
    row = view.row_of(("frame", 0))
    assert row is not None
    assert plain(view.whole_line(row + 1)) == (
        "│         ╘┬▶ ●N0 pager0 rwx ══════╤▶ ▲N1 pager1 rwx ═════════╤▶ ■N2 pager2 rwx "
        "══════════▶ ◆N3 pager3 rwx"
    )


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_zoom_keeps_folds_and_what_is_to_be_seen(zoom: str) -> None:
    past = History(make_session(4, 8))
    past.session.run(40)
    view = ForestView(past.scene(), room=120)
    view.toggle(1)
    before = {run.first: run.size for run in _runs(view)}
    view.zoom = zoom
    assert {run.first: run.size for run in _runs(view)} == before
    assert all_lines(view) == all_lines(
        ForestView(past.scene(), view.folds.copy(), zoom=zoom, room=120)
    )


def _runs(view: ForestView) -> list[Run]:
    places = [view.place(row) for row in range(view.row_count)]
    return [place.run for place in places if place and place.run]


def test_lanes_share_the_room_but_get_no_thinner_than_a_chip() -> None:
    scene = History(make_session(4, 8)).scene()
    widths = []
    for room in (20, 60, 100, 140, 1000):
        line = ForestView(scene, zoom=LANES, room=room).heads(2000)[0]
        starts, at = [], 0
        for segment in line:
            starts += [at] if segment.target else []
            at += len(segment.text)
        widths.append(starts[1] - starts[0])
        assert len({high - low for low, high in pairwise(starts)}) == 1
        assert starts[-1] + widths[-1] <= room or widths[-1] == widths[0]
    assert widths[0] == widths[1] < widths[2] < widths[3] < widths[4] < 60


# Grants.
@pytest.mark.parametrize("seed", range(8))
def test_grants_are_known_forwards_and_backwards(seed: int) -> None:
    draw, past = random.Random(seed), KernelHistory(seed)
    kernel = past.world.kernel
    moves: list[tuple[int, int]] = []
    grants = Grants(kernel.journal)
    move, cut = kernel.database.move, kernel.journal.cut

    def forget() -> None:
        moves[:] = [each for each in moves if each[0] <= kernel.journal.mark()]
        cut()

    def noted(entry: int, to: int, slot: int) -> None:
        move(entry, to, slot)
        moves.append((kernel.journal.mark(), to))

    kernel.database.move = noted  # type: ignore[method-assign]
    kernel.journal.cut = forget  # type: ignore[method-assign]
    for _ in range(60):
        if draw.random() < 0.25:
            past.seek(draw.randrange(past.length))
        else:
            past.step()
        mark = kernel.journal.mark()
        for entry in kernel.database.entries.rows:
            made = _made(past, entry, mark)
            expected = any(
                to == entry and made < done <= mark for done, to in moves if done >= made
            )
            assert grants.holds(entry) == expected


def _made(past: History, entry: int, mark: int) -> int:
    """Where in the log the entry as it is now was made."""
    journal = past.world.kernel.journal
    table = journal.table("mdb").index
    places = range(mark - FIELDS, -1, -FIELDS)
    return next(at for at in places if journal.log[at : at + 3] == [table, entry, None])


def test_an_unmap_and_a_map_in_one_step_are_no_grant() -> None:
    past = KernelHistory(0)
    a0, a1, _ = past.world.system.roster.applications[0].spaces.values()
    past.maps((SIGMA0, 0, ROOT, 0), (ROOT, 0, a0, DATA))
    kernel = past.world.kernel
    item = MapItem(page(0, ALL), DATA << PAGE_LOG2)
    past.do(
        [
            lambda: partial(kernel.unmap, ROOT, page(0, ALL), flush=False),
            lambda: partial(kernel.map, ROOT, a1, item),
        ]
    )
    grants = Grants(kernel.journal)
    assert not grants.holds(entry_id(a1, DATA))
    grant(past, a1, DATA, a0, DATA + 1)
    assert grants.holds(entry_id(a0, DATA + 1))
    assert not grants.holds(entry_id(a1, DATA))


def test_what_sigma0_gave_and_was_granted_says_so_before_its_name() -> None:
    past = KernelHistory(0)
    a0, a1, _ = past.world.system.roster.applications[0].spaces.values()
    past.maps((SIGMA0, 0, a0, DATA))
    grant(past, a0, DATA, a1, DATA)
    past.maps()
    texts = [plain(line) for line in all_lines(ForestView(past.scene()))]
    assert texts[1] == "│0:0000▷▲N1 A.1 rwx v00400 ⇄0"


# The bus.
def test_the_selected_pages_entries_are_tied_together() -> None:
    past = History(make_session(4, 8))
    spaces = past.world.system.roster.applications[0].spaces.values()
    mates, rows = (
        [entry_id(space, DATA) for space in spaces],
        past.world.kernel.database.entries.rows,
    )
    while not all(mate in rows for mate in mates):
        assert past.step()
    for zoom in (CHIP, LANES):
        view = ForestView(past.scene(("page", 0, DATA)), zoom=zoom, room=120)
        tied = sorted(view.row_of(("entry", mate)) or -1 for mate in mates)
        assert [row for row, sign in view.bus().items() if sign.text == "≡"] == tied
        for row in range(tied[0], tied[-1] + 1):
            shown = view.line(row, 120)
            assert width_of(shown) == 120
            assert shown[-1].text == ("≡" if row in tied else "│")
        assert "┈" in plain(view.line(tied[0], 120))
        assert not ForestView(past.scene(("frame", 0)), zoom=zoom).bus()


def test_replicas_are_tied_by_another_sign() -> None:
    past = History(make_session(2, 8))
    past.session.run(300)
    vpn = 0x500
    spaces = past.world.system.roster.applications[0].spaces.values()
    view = ForestView(past.scene(("entry", entry_id(next(iter(spaces)), vpn))))
    signs = [sign.text for sign in view.bus().values()]
    assert signs.count("≠") == 2


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_split_superpage_shows_the_same_however_one_came_there(zoom: str) -> None:
    session = build_session(open_scenario("superpage-split"))
    split = session.run(100) - 1
    session.seek(0)

    def scene() -> Scene:
        return Scene(session.world, session.last)

    view = ForestView(scene(), zoom=zoom, room=100)
    for to in (split - 1, split, split + 1, split, split - 1, split + 1, split - 2):
        first, last = sorted((session.cursor, to))
        session.seek(to)
        view.update([session.change(step) for step in range(first + 1, last + 1)], scene())
        followed = [plain(line) for line in all_lines(view)]
        anew = ForestView(scene(), zoom=zoom, room=100)
        assert followed == [plain(line) for line in all_lines(anew)]
        # A frame inside a page of 2 MiB counts only where something smaller maps it.
        frames = {row[0] for row in session.world.kernel.database.entries.rows.values()}
        assert f"{len(frames)} frame" in followed[0]
