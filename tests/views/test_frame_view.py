"""One frame in full: all its entries once, what the kernel says of them, and who wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, vpn_of
from l4numa_tui.kernel.memory import ENTRY_BYTES
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.views.frame_view import HEAD_ROWS, frame_of_target, frame_view, mapped_frames
from l4numa_tui.views.segments import STYLES, Line, plain, width_of
from l4numa_tui.world.schedulers import Seeded
from tests.views.forest_worlds import KernelHistory
from tests.views.pane_worlds import DATA, make_session, scene_of


def entries_in(lines: list[Line]) -> list[int]:
    """The entries that lines show, in order."""
    found: list[int] = []
    for segment in (segment for line in lines for segment in line):
        match segment.target:
            case ("entry", entry) if entry not in found:
                found.append(entry)
    return found


@settings(max_examples=15)
@given(
    seed=st.integers(0, 5000), width=st.sampled_from((40, 59, 79, 120)), ascii_only=st.booleans()
)
def test_every_entry_of_a_frame_has_its_line(seed: int, width: int, ascii_only: bool) -> None:
    past = KernelHistory(seed)
    for _ in range(30):
        past.step()
    past.maps()  # no ghosts
    scene, database = past.scene(ascii_only=ascii_only), past.world.kernel.database
    assert mapped_frames(scene) == sorted({row[0] for row in database.entries.rows.values()})
    for frame in mapped_frames(scene):
        lines = frame_view(scene, None, frame, width)
        below = database.page_subtree(entry_id(SIGMA0, frame))
        assert sorted(entries_in(lines)) == sorted(below)
        assert len(lines) == HEAD_ROWS + 1 + len(below)
        for line in lines:
            assert width_of(line) == width
            assert all(set(segment.style.split()) <= set(STYLES) for segment in line)
            assert not ascii_only or plain(line).isascii()
        assert f"{len(below) * ENTRY_BYTES} B" in plain(lines[1])


def test_a_frame_as_a_student_sees_it() -> None:
    session = make_session(2, 4)
    session.run(12)
    scene = scene_of(session)
    made = session.writers("mdb", scene.world.kernel.database.entries.rows.keys())
    spaces = scene.world.system.roster.applications[0].spaces
    first, second = (made[entry_id(space, DATA)][0] for space in spaces.values())
    assert 0 < first < second
    assert [plain(line) for line in frame_view(scene, session.writers, 0, 79)] == [
        "frame 0:0000 ●N0 memory  page 0x400 of A",
        "5 entries  kernel memory 120 B  ●N0 72  ▲N1 48",
        "space                    address   rights used kernel   made      changed",
        " ●N0 sigma0              0:0000    rwx                  owns it",
        "└─▶ ●N0 root             0:0000    rwx    ---  24 B ●N0 boot",
        "   ├─▶ ●N0 pager0        0:0000    rwx    ---  24 B ●N0 boot",
        f"   │  └─▶ ●N0 A.0        v00400    rwx    r--  24 B ●N0 step {first}",
        "   └═▶ ▲N1 pager1        0:0000    rwx    ---  24 B ▲N1 boot",
        f"      └─▶ ▲N1 A.1        v00400    rwx    r--  24 B ▲N1 step {second}".replace(
            "└═▶", "└─▶"
        ),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_who_made_an_entry_and_who_changed_it_last(seed: int) -> None:
    session = make_session(3, 0, Seeded(seed))
    table = session.world.kernel.database.entries
    made: dict[int, int] = {}
    changed: dict[int, int] = {}
    for entry in table.rows:
        made[entry] = changed[entry] = 0
    for step in range(1, 90):
        before = dict(table.rows)
        if session.step() is None:
            break
        for entry in before.keys() | table.rows.keys():
            if before.get(entry) != table.rows.get(entry):
                changed[entry] = step
                if entry not in before:
                    made[entry] = step
    assert len(set(changed.values())) > 4
    found = session.writers("mdb", made.keys())
    assert found == {entry: (made[entry], changed[entry]) for entry in made}
    assert session.writers("mdb", [entry_id(99, 1)]) == {}


def test_what_was_removed_stays_for_a_step_and_says_by_whom() -> None:
    session = make_session(2, 8)
    rows = session.world.kernel.database.entries.rows
    before: dict[int, tuple[int, ...]] = {}
    while not before.keys() - rows.keys():
        before = dict(rows)
        assert session.step()
    gone = min(before.keys() - rows.keys())
    scene = scene_of(session)
    assert before[gone][0] in mapped_frames(scene)
    lines = frame_view(scene, session.writers, before[gone][0], 100)
    line = next(plain(line) for line in lines if gone in entries_in([line]))
    assert "−" in line
    assert f"gone step {session.cursor}" in line
    assert frame_of_target(scene, ("entry", gone)) == before[gone][0]


def test_which_frame_a_target_means() -> None:
    session = make_session(2, 8)
    session.run(12)
    scene = scene_of(session)
    space = scene.world.system.roster.applications[0].spaces[1]
    entry = entry_id(space, DATA)
    frame = scene.world.kernel.database.entries.rows[entry][0]
    assert frame_of_target(scene, ("entry", entry)) == frame
    assert frame_of_target(scene, ("page", 0, DATA)) == frame
    assert frame_of_target(scene, ("frame", 7)) == 7
    node = frame_of_target(scene, ("node", 1))
    assert node is not None
    assert (node_of(node), frame_text(node)) == (1, "1:0000")
    for nothing in (None, ("thread", 3), ("entry", entry_id(77, 1)), ("page", 9, 1), ("node", 9)):
        assert frame_of_target(scene, nothing) is None
    assert vpn_of(entry) == DATA
