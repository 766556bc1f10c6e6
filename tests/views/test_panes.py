"""What holds for every pane: exact width, ASCII if asked, no effect, the same back as forth."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.machine.machine_map import machine_foot, machine_map, machine_strip
from l4numa_tui.views.messages.lanes import lanes
from l4numa_tui.views.segments import STYLES, Line, Segment, Target, width_of
from l4numa_tui.views.tables.page_grid import page_grid
from l4numa_tui.views.tables.page_table_view import page_table
from l4numa_tui.views.time.branches import branch_lines
from l4numa_tui.views.time.diff import difference
from l4numa_tui.views.time.stop_list import stop_list
from l4numa_tui.views.time.timeline import Marks, timeline
from l4numa_tui.world.branches import Branch
from l4numa_tui.world.operations import ANSWER, DO, RUN, Op
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import Stops
from tests.views.pane_worlds import NODES, finished, scene_of

_WIDTHS = st.integers(1, 160)
_KINDS = {
    "entry": 1, "frame": 1, "thread": 1, "space": 1, "node": 1, "page": 2, "step": 1,
    "slot": 1, "branch": 1, "kind": 1, "watch": 1, "breakpoint": 1,
}  # fmt: skip


def _targets(session: Session) -> list[Target | None]:
    """One of each kind of thing to select, and things that are not there."""
    world = session.world
    entries = sorted(world.kernel.database.entries.rows) or [0]
    thread = world.system.programs[-1]
    return [
        None,
        ("entry", entries[0]),
        ("entry", entries[-1]),
        ("entry", 1 << 50),
        ("frame", 0),
        ("frame", 1 << 40),
        ("thread", thread),
        ("thread", world.system.root),
        ("thread", 9999),
        ("space", 0),
        ("space", 1),
        ("space", 9999),
        ("node", 0),
        ("node", 999),
        ("page", 0, 0x400),
        ("page", 7, 0x400),
        ("step", session.cursor),
        ("step", 10**6),
    ]


def _all_panes(
    session: Session, width: int, height: int, select: int, ascii_only: bool
) -> list[Line]:
    targets = _targets(session)
    scene = scene_of(session, targets[select % len(targets)], ascii_only=ascii_only)
    spaces = sorted(session.world.kernel.spaces.rows)
    costs = [session.change(step).cycles for step in range(1, session.length + 1)]
    records = session.records(max(1, session.cursor - 12), session.cursor + 3)
    return [
        *machine_map(scene, width, height),
        machine_strip(scene, width),
        machine_foot(scene, width),
        *lanes(scene, records, session.cursor, width, height),
        *page_table(scene, spaces[select % len(spaces)], 0x400 + select, width, height),
        *page_grid(scene, 0, width, height),
        *inspector(scene, width, session),
        *timeline(
            scene, session.cursor, costs, width, faults_expected=select, marks=_marks(select)
        ),
        *difference(scene, session.span(session.cursor // 2, session.cursor).net(), width),
        *branch_lines(scene, _other_futures(session, select), session.actions, width),
        *stop_list(scene, _stops(targets), width),
    ]


def _marks(select: int) -> Marks:
    return Marks([select, 2 * select, 10_000], [select + 1], range(select, 3 * select))


def _other_futures(session: Session, select: int) -> list[Branch]:
    at = min(select, session.length - 1)
    thread = session.world.system.programs[0]
    own = ((DO, thread, Op.READ, 0x400000), (ANSWER, thread, 6), (RUN, thread))
    return [Branch(at, tuple(session.actions[at:][::-1])), Branch(session.length, own)]


def _stops(targets: list[Target | None]) -> Stops:
    stops = Stops()
    stops.toggle_kind("fault")
    stops.toggle_step(3)
    for target in targets:
        if target is not None:
            stops.toggle_watch(target)
    return stops


@settings(max_examples=60, deadline=None)
@given(
    nodes=st.sampled_from(NODES),
    seed=st.sampled_from((0, 5)),
    place=st.integers(0, 10_000),
    width=_WIDTHS,
    height=st.integers(1, 60),
    select=st.integers(0, 40),
    ascii_only=st.booleans(),
)
def test_every_line_has_the_width_and_only_known_styles_and_targets(
    nodes: int, seed: int, place: int, width: int, height: int, select: int, ascii_only: bool
) -> None:
    session = finished(nodes, seed)
    session.seek(place % (session.length + 1))
    digest = session.digest()
    for line in _all_panes(session, width, height, select, ascii_only):
        assert width_of(line) == width
        for segment in line:
            assert set(segment.style.split()) <= set(STYLES)
            assert "\n" not in segment.text
            assert not ascii_only or segment.text.isascii()
            if segment.target is not None:
                assert len(segment.target) == _KINDS[segment.target[0]] + 1
    assert session.digest() == digest


@pytest.mark.parametrize("nodes", [1, 4, 8])
def test_a_moment_looks_the_same_however_it_was_reached(nodes: int) -> None:
    session = finished(nodes, 0)
    session.seek(0)
    forth: list[list[Line]] = []
    places = range(0, session.length, max(1, session.length // 12))
    for place in places:
        session.seek(place)
        forth.append(_all_panes(session, 84, 20, place, ascii_only=False))
    session.seek(session.length)
    back: list[list[Line]] = []
    for place in reversed(places):
        while session.cursor > place:
            session.back()
        back.append(_all_panes(session, 84, 20, place, ascii_only=False))
    assert forth == back[::-1]


@pytest.mark.parametrize("nodes", [2, 8])
def test_what_is_selected_lights_up_and_nothing_else_does(nodes: int) -> None:
    session = finished(nodes, 0)
    session.seek(session.length // 2)
    space = session.world.system.roster.applications[0].spaces[0]
    scene = scene_of(session, ("space", space))
    lines = machine_map(scene, 120, 30)
    lit = [segment for line in lines for segment in line if "selected" in segment.style]
    assert lit
    assert {segment.target for segment in lit} == {("space", space)}
    dark: list[Segment] = [
        segment for line in machine_map(scene_of(session), 120, 30) for segment in line
    ]
    assert not any("selected" in segment.style or "related" in segment.style for segment in dark)


def test_the_page_of_a_selected_entry_is_related_to_it_on_every_node() -> None:
    session = finished(2, 0)
    step = next(
        step
        for step in range(1, session.length)
        if session.seek(step) == step
        and sum(
            session.world.kernel.translate(space, 0x400) is not None
            for space in session.world.system.roster.applications[0].spaces.values()
        )
        == 2
    )
    session.seek(step)
    cells = [segment for segment in page_grid(scene_of(session), 0, 84, 20)[3] if segment.target]
    chosen = cells[1].target
    grid = page_grid(scene_of(session, chosen), 0, 84, 20)
    styles = [
        next(s.style.split()[-1] for s in line if s.target and s.target[0] == "entry")
        for line in grid[3:5]
    ]
    assert styles == ["selected", "related"]


def test_the_frame_of_a_selected_entry_is_related_in_the_map() -> None:
    # A.1's page 0x403 is the first frame of N1, and no other cell of the map belongs to it.
    session = finished(2)
    session.seek(12)
    space = session.world.system.roster.applications[0].spaces[1]
    scene = scene_of(session, ("entry", entry_id(space, 0x403)))
    lit = [
        segment.target
        for line in machine_map(scene, 84, 9)
        for segment in line
        if "related" in segment.style and segment.target != ("space", space)
    ]
    assert lit == [("frame", 1 << 28)]
