"""Differences, futures and stops as text; lanes and timeline linked with the selection."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import entry_id, space_of
from l4numa_tui.kernel.rights import ALL, READ
from l4numa_tui.machine.account import Totals
from l4numa_tui.views.messages.lane_events import lane_events
from l4numa_tui.views.messages.lanes import HEADER, lanes
from l4numa_tui.views.pane_parts import number
from l4numa_tui.views.segments import Target, plain
from l4numa_tui.views.time.branches import branch_lines
from l4numa_tui.views.time.diff import COUNTERS, difference
from l4numa_tui.views.time.stop_list import stop_list, switch
from l4numa_tui.views.time.subject_text import stop_text
from l4numa_tui.views.time.timeline import Marks, column_of_step, slider_span, timeline
from l4numa_tui.world.operations import DO, Op
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import KINDS, Stops
from tests.views.pane_worlds import DATA, finished, make_session, scene_of
from tests.worlds import random_session


def _space(of: Session, node: int) -> int:
    return of.world.system.roster.applications[0].spaces[node]


def _diff(of: Session, first: int, last: int, width: int = 90) -> list[str]:
    of.seek(last)
    return [plain(line) for line in difference(scene_of(of), of.span(first, last).net(), width)]


def test_a_fault_as_a_difference_in_full() -> None:
    # A.1's first fault on two nodes, steps 4 to 6: TLB miss, fault IPC, a look into the directory
    # on N0, the map item back, one entry and three tables on N1, and the access to N0's memory.
    # Cycles as in test_lanes: 200 + 300 + 230, 1280 + 230 + 520, 209 + 280.
    of = finished(2)
    lines = _diff(of, 3, 6)
    tables = lines[lines.index("Page tables") + 1]
    touches = of.world.totals(1).kernel_local  # N1's first fault: there was nothing before
    assert tables.startswith("▲N1  +3 in ")
    assert [line for line in lines if line != tables] == [
        "Mappings",
        "A.1 ▲N1  +1",
        "  + page 0x400  frame 0:0000  rwx",
        "",
        "Page tables",
        "",
        "Kernel memory",
        f"▲N1  {_counts(of, 3, 6)}",
        "",
        "Threads",
        "A.1  1 operation more",
        "",
        "Counters",
        "                         in all      ▲N1",
        "cycles                    3 249    3 249",
        "pagefaults                    1        1",
        "messages                      2        2",
        "accesses, remote              1        1",
        "TLB misses                    2        2",
        f"kernel tables, local          {touches}        {touches}",
        "directory, remote             1        1",
    ]


def _counts(of: Session, first: int, last: int) -> str:
    """Page tables and mapping entries kept on N1 at two moments, by counting them."""
    seen = []
    for step in (first, last):
        of.seek(step)
        counted = {kind: count for kind, count, _ in of.world.kernel.memory.objects_on(1)}
        seen.append((counted[1], counted[3]))
    (tables, entries), (more_tables, more_entries) = seen
    return f"page tables {tables} → {more_tables}, mapping entries {entries} → {more_entries}"


def test_the_counters_of_a_difference_are_those_of_the_two_moments() -> None:
    of = random_session(5)
    of.run(400)
    draw = random.Random(5)
    for _ in range(10):
        first, last = sorted(draw.sample(range(of.length + 1), 2))
        of.seek(first)
        before = of.world.totals()
        lines = _diff(of, first, last)
        after = of.world.totals()
        for field, name in COUNTERS.items():
            more = after[Totals._fields.index(field)] - before[Totals._fields.index(field)]
            row = next((line for line in lines if line.startswith(name + "  ")), "")
            assert bool(row) == bool(more)
            assert f" {number(more)}" in row or not more


def test_pages_in_a_row_are_one_line_and_nothing_says_so() -> None:
    of = make_session(1)
    of.seek(2)
    assert _diff(of, 2, 2) == ["Nothing differs."]
    of = finished(64)
    lines = _diff(of, 0, of.length, 100)
    assert any("more node" in line for line in lines)  # not all 64 columns fit
    assert max(map(len, lines)) <= 100
    space = _space(of, 1)
    rows = {entry_id(space, DATA + at): (None, (0x20 + at, ALL, 0, 1, 0)) for at in range(8)}
    rows[entry_id(space, DATA + 8)] = (None, (0x99, ALL, 0, 1, 0))
    rows[entry_id(space, DATA + 9)] = (None, (0x9A, READ, 0, 1, 0))
    told = [plain(line) for line in difference(scene_of(of), {"mdb": rows}, 90)]
    assert told == [
        "Mappings",
        "A.1 ▲N1  +10",
        "  + pages 0x400–0x407 ×8  frames 0:0020–0:0027  rwx",
        "  + page 0x408  frame 0:0099  rwx",
        "  + page 0x409  frame 0:009a  r--",
    ]


def test_futures_tell_where_they_fork_and_what_differs() -> None:
    of = make_session(2)
    of.run(10)
    thread = of.world.system.programs[0]
    of.seek(3)
    of.step((DO, thread, Op.WRITE, 0x402000))
    of.seek(5)
    lines = [plain(line) for line in branch_lines(scene_of(of), of.futures(), of.actions, 60)]
    assert lines == [
        "  1 ┬ forks after step 3, 7 steps, up to step 10",
        "    there A.1 goes on",
        "    here  A.0: write 0x402000",
    ]
    of.switch(0)
    lines = [plain(line) for line in branch_lines(scene_of(of), of.futures(), of.actions, 60)]
    assert lines[1:] == ["    there A.0: write 0x402000", "    here  A.1 goes on"]
    assert "No other futures" in plain(branch_lines(scene_of(of), [], of.actions, 80)[0])


def test_every_line_of_the_stops_switches_what_it_says() -> None:
    of = finished(2)
    scene, stops = scene_of(of), Stops()
    frame: Target = ("frame", 0)
    stops.toggle_watch(frame)
    stops.toggle_step(7)
    for _ in range(2):
        for line in stop_list(scene, stops, 60):
            targets = {segment.target for segment in line if segment.target}
            if targets and "☐" in plain(line):
                switch(stops, *targets)
    assert stops.kinds == set(KINDS)
    assert "frame 0:0000" in "\n".join(map(plain, stop_list(scene, stops, 60)))
    while stops:
        line = next(line for line in stop_list(scene, stops, 60) if "☑" in plain(line))
        switch(stops, *{segment.target for segment in line if segment.target})
    assert not any("☑" in plain(line) for line in stop_list(scene, stops, 60))


def test_a_stop_says_which_watch_and_what_changed() -> None:
    of = make_session(2)
    entry = entry_id(_space(of, 1), DATA)
    of.stops.toggle_watch(("entry", entry))
    texts = []
    while True:
        _, stop = of.run_to_stop(1000)
        if stop is None:
            break
        texts.append(stop_text(scene_of(of), stop))
    mapped, removed = texts
    assert mapped == ("stopped: A.1 page 0x400 changed by step 5: mapped to frame 0:0000 rwx")
    assert removed.endswith(": unmapped")


@pytest.mark.parametrize("width", [36, 84, 120])
def test_rows_about_the_selected_page_are_lit_and_no_others(width: int) -> None:
    of = finished(2)
    of.seek(12)
    records = of.records(1, 12)
    space = _space(of, 1)
    for vpn in (DATA, DATA + 3):
        scene = scene_of(of, ("entry", entry_id(space, vpn)))
        rows = lanes(scene, records, 12, width, 100)
        rows = rows if width < 40 else rows[HEADER:]
        assert rows
        lit = [row for row in rows if any("related" in segment.style for segment in row)]
        assert lit
        for row in rows:
            text = plain(row)
            names_page = f"{vpn:x}" in text
            if names_page:
                assert row in lit
            elif row in lit:
                # Walks, accesses and fault messages of the page do not name it, but are about it.
                entries = {s.target for s in row if s.target and s.target[0] == "entry"}
                numbers = [number for _, *numbers in entries for number in numbers]
                assert {space_of(entry) for entry in numbers} <= {_space(of, 0), space}


def test_a_row_selects_its_step_or_what_it_is_about() -> None:
    of = finished(2)
    of.seek(6)
    entry = entry_id(_space(of, 1), DATA)
    rows = lanes(scene_of(of), of.records(4, 6), 6, 84, 40)[HEADER:]
    for row in rows:
        gutter, *body = row
        assert gutter.target is not None
        assert gutter.target[0] == "step"
        assert len({segment.target for segment in body}) == 1
    about = [row[-1].target for row in rows]
    assert about.count(("entry", entry)) == 7  # miss, fault, IPC, answer, +MDB, walk, access
    assert ("page", 0, DATA) in about  # the look into the directory
    assert about[-3][0] == "thread"  # type: ignore[index]


def test_the_party_of_the_selected_thread_keeps_its_lane() -> None:
    of = finished(64)
    of.seek(of.length)
    scene, records = scene_of(of), of.records(of.length - 60, of.length)
    names = plain(lanes(scene, records, of.length, 84, 60)[1]).split()
    hidden = next(
        event.source.thread
        for event in lane_events(scene, records)[-40:]
        if event.source.thread and scene.thread_name(event.source.thread) not in names
    )
    scene = scene_of(of, ("thread", hidden))
    names = plain(lanes(scene, records, of.length, 84, 60)[1]).split()
    assert scene.thread_name(hidden) in names


def test_marks_stand_where_their_steps_do_and_are_explained() -> None:
    of = finished(2)
    of.seek(2)
    costs = [100] * 10
    marks = Marks(breakpoints=[8, 99], forks=[5], changes=[2, 5, 7])
    first, second = (plain(line) for line in timeline(scene_of(of), 2, costs, 120, marks=marks))
    slider = first[first.index("├") + 1 : first.index("┤")]
    place = {glyph: slider.index(glyph) for glyph in "●┬~┃"}
    assert place["●"] < place["┬"] < place["~"] < place["┃"]
    assert slider.count("~") == 1  # the others are hidden by the knob and by the fork
    assert slider.count("┃") == 1  # a breakpoint beyond what is known has no place yet
    for text in ("┃ breakpoint", "┬ fork", "~ changes it"):
        assert text in second
    assert "breakpoint" not in plain(timeline(scene_of(of), 2, costs, 120)[1])


@given(
    length=st.integers(1, 3000),
    steps=st.lists(st.integers(0, 3200), max_size=60, unique=True).map(sorted),
    width=st.integers(40, 200),
)
def test_every_marked_step_has_its_mark_where_it_can_be_clicked(
    length: int, steps: list[int], width: int
) -> None:
    of = finished(1)
    of.seek(0)
    line = timeline(scene_of(of), 0, [1] * length, width, marks=Marks(changes=steps))[0]
    start, size = slider_span(width, length)
    text = "".join(segment.text for segment in line)
    shown = {at - start for at in range(start, start + size) if text[at] == "~"}
    places = {column_of_step(step, size, length) for step in steps if step <= length}
    assert shown == places - {0}  # the knob stands on the first column
