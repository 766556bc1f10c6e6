"""The forest in examples small enough to be read."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.segments import plain
from tests.views.forest_worlds import History, KernelHistory, all_lines
from tests.views.pane_worlds import CODE, DATA, make_session


def test_a_forest_as_a_student_sees_it() -> None:
    past = History(make_session(2, 4))
    view = ForestView(past.scene())
    assert [plain(line) for line in all_lines(view)] == [
        " ● N0 memory   4 frames, 12 entries, 1 run",
        "│▤ 0:0000–0003 ×4 pool ▸12",
        " ▲ N1 memory   4 frames, 12 entries, 1 run",
        "│▤ 1:0000–0003 ×4 pool ▸12",
    ]
    space_of_node = past.world.system.roster.applications[0].spaces
    rows = past.world.kernel.database.entries.rows
    while entry_id(space_of_node[1], DATA) not in rows or not view.change_rows():
        change = past.step()
        assert change
        view.update(change, past.scene())
    assert [plain(line) for line in all_lines(view)][:3] == [
        " ● N0 memory   4 frames, 14 entries, 2 runs +1",
        "│0:0000 ●N0 root rwx────┬──▶ ●N0 pager0 rwx───────▶ ●N0 A.0 rwx v00400 ≡2",
        "│                       └══▶ ▲N1 pager1 rwx ⇄0────▶+▲N1 A.1 rwx v00400 ⇄0 ≡2",
    ]
    while entry_id(space_of_node[1], CODE) not in rows:
        change = past.step()
        assert change
        view.update(change, past.scene())
    local = [plain(line) for line in all_lines(view) if "v00500" in plain(line)]
    assert [line[-2:] for line in local] == ["≠2", "≠2"]


def test_a_tree_keeps_the_order_of_nodes_and_its_lines_meet() -> None:
    past = KernelHistory(0)
    system = past.world.system
    root, pagers = 1, [2, 3, 4]
    a0, a1, _ = system.roster.applications[0].spaces.values()
    assert [system.space_names[space] for space in (root, *pagers)] == [
        "root", "pager0", "pager1", "pager2",
    ]  # fmt: skip
    past.maps(
        (SIGMA0, 0, root, 0),
        (root, 0, pagers[1], 0),
        (root, 0, pagers[0], 0),
        (pagers[0], 0, a1, DATA),
        (pagers[0], 0, a0, DATA),
    )
    past.maps()
    lines = [plain(line) for line in all_lines(ForestView(past.scene()))]
    assert lines[1:4] == [
        "│0:0000 ●N0 root rwx────┬──▶ ●N0 pager0 rwx────┬──▶ ●N0 A.0 rwx v00400 ≡2",
        "│                       │                      └══▶ ▲N1 A.1 rwx v00400 ⇄0 ≡2",
        "│                       └══▶ ▲N1 pager1 rwx ⇄0",
    ]


def test_an_entry_that_moves_leaves_a_ghost_that_is_not_it() -> None:
    past = KernelHistory(0)
    a, b = list(past.world.system.roster.applications[0].spaces.values())[:2]
    first, moved = past.maps((SIGMA0, 1, a, DATA)), entry_id(a, DATA)
    view = ForestView(past.scene())
    view.update(first, past.scene(("entry", moved)))
    view.update(past.maps((SIGMA0, 2, a, DATA), (a, DATA, b, DATA)), past.scene(("entry", moved)))
    texts = [plain(line) for line in all_lines(view)][1:3]
    assert texts == [
        "│0:0001−●N0 A.0 rwx v00400",
        "│0:0002+●N0 A.0 rwx v00400 ≡2═══════▶+▲N1 A.1 rwx v00400 ⇄0 ≡2",
    ]
    assert (view.row_of(("ghost", moved)), view.row_of(("entry", moved))) == (1, 2)
    view.update((), past.scene())
    assert all_lines(view) == all_lines(ForestView(past.scene()))


def test_what_an_unmap_took_is_struck_for_one_step() -> None:
    past = History(make_session(2, 8))
    view = ForestView(past.scene())
    while not any("−" in plain(line) for line in all_lines(view)):
        change = past.step()
        assert change
        view.update(change, past.scene())
    ghosts = [s for line in all_lines(view) for s in line if "gone" in s.style.split() and s.target]
    entries = {segment.target[-1] for segment in ghosts if segment.target}
    assert entries
    assert not entries & past.world.kernel.database.entries.rows.keys()
    assert any(segment.text == "−" for segment in ghosts)
    after = past.step()
    assert after
    view.update(after, past.scene())
    again = {s.target[-1] for line in all_lines(view) for s in line if s.target}
    assert not entries & again
