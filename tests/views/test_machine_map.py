"""The machine map shows what the kernel has, node by node, and marks what the last step did."""

from __future__ import annotations

import random
import re

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.system import System
from l4numa_tui.views.machine.machine_map import machine_foot, machine_map, machine_strip
from l4numa_tui.views.machine.machine_node import activity
from l4numa_tui.views.machine.machine_rows import table
from l4numa_tui.views.machine.memory_heat import (
    HeatBook,
    frames_per_cell,
    heat_cells,
    heat_rows,
    memory_heat,
)
from l4numa_tui.views.pane_parts import Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, plain
from l4numa_tui.views.steps.step_delta import NOTHING, step_delta
from l4numa_tui.world.schedulers import Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World
from tests.views.forest_worlds import History, KernelHistory
from tests.views.pane_worlds import NODES, finished, make_session, scene_of
from tests.worlds import random_session


def _text(lines: list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def _rows(session: Session) -> list[str]:
    """The map's one-line rows, without the heading."""
    scene = scene_of(session)
    delta = step_delta(scene.last)
    now, heat = activity(scene, delta), memory_heat(scene, delta)
    return [plain(line) for line in table(Pen(scene), now, heat, 120)[1:]]


def _objects(session: Session) -> tuple[list[int], list[int]]:
    """Page tables and mapping entries per node as the map's one-line rows show them."""
    rows = _rows(session)
    found = [re.search(r"PT(\d+)\S* MDB(\d+)", row) for row in rows]
    return [int(each[1]) for each in found if each], [int(each[2]) for each in found if each]


@pytest.mark.parametrize("nodes", NODES)
def test_objects_shown_are_the_spaces_own_tables_and_entries(nodes: int) -> None:
    session = finished(nodes)
    session.seek(session.length * 2 // 3)
    kernel = session.world.kernel
    tables_there, entries_there = [0] * nodes, [0] * nodes
    for home, root, _ in kernel.spaces.rows.values():
        tables_there[home] += 1 + sum(1 for _ in kernel.tables.tables(root))
    for entry in kernel.database.entries.rows:
        entries_there[kernel.spaces.rows[space_of(entry)][0]] += 1
    assert _objects(session) == (tables_there, entries_there)


@pytest.mark.parametrize("seed", range(4))
def test_signs_are_the_entries_that_came_and_went(seed: int) -> None:
    session = random_session(seed)
    homes = {space: row[0] for space, row in session.world.kernel.spaces.rows.items()}
    there = session.world.kernel.database.entries.rows
    before = set(there)
    while session.step() is not None:
        after = set(there)
        for node, row in enumerate(_rows(session)):
            shown = re.search(r"MDB\d+(?:\+(\d+))?(?:−(\d+))?", row)
            assert shown is not None
            new = [key for key in after - before if homes[space_of(key)] == node]
            old = [key for key in before - after if homes[space_of(key)] == node]
            assert [int(text or 0) for text in shown.groups()] == [len(new), len(old)]
        before = after


@pytest.mark.parametrize("nodes", [1, 2, 4, 8])
def test_only_the_box_of_the_acting_thread_is_heavy(nodes: int) -> None:
    session = finished(nodes)
    session.seek(0)
    assert "━" not in _text(machine_map(scene_of(session), 84, 40))
    for _ in range(12):
        change = session.step()
        assert change is not None
        scene = scene_of(session)
        lines = machine_map(scene, 84, 40)
        assert _text(lines).count("┏") == 1
        acting = [s for line in lines for s in line if s.text.startswith("▶")]
        thread = change.action[1]
        assert [s.target for s in acting] == [("thread", thread)]
        heavy = next(s.style for line in lines for s in line if s.text.startswith("┏"))
        assert heavy == f"edge{scene.thread_node(thread)}"


@pytest.mark.parametrize(
    ("nodes", "height", "count"),
    # Boxes are as high as what they have to say, below 5 rows each node is one line, and where
    # lines do not fit a cell; a legend if there is a line to spare.
    [
        (4, 9, 7 + 2),
        (4, 8, 7 + 1),
        (4, 6, 5 + 1),
        (4, 5, 4 + 1),
        (4, 4, 2 + 2),
        (8, 20, 7 * 2 + 2),
        (64, 20, 16 + 2),
        (64, 11, 8 + 2),
        (64, 80, 65 + 2),
    ],
)
def test_the_form_follows_the_room(nodes: int, height: int, count: int) -> None:
    session = finished(nodes)
    session.seek(10)
    lines = machine_map(scene_of(session), 84, height)
    assert len(lines) == count
    assert plain(lines[-1]).startswith("read: local 200")
    assert ("╭" in _text(lines)) == (nodes < 64 and height > 5)
    shown = {s.target for line in lines for s in line}
    assert {("node", node) for node in range(nodes)} <= shown


@pytest.mark.parametrize("nodes", range(1, 65, 7))
@pytest.mark.parametrize(("width", "height"), [(78, 19), (81, 10), (121, 14), (69, 13)])
def test_every_number_of_nodes_fits_a_screen(nodes: int, width: int, height: int) -> None:
    session = make_session(nodes)
    session.run(3 * nodes)
    scene = scene_of(session)
    lines = machine_map(scene, width, height)
    assert len(lines) <= height
    assert {sum(len(s.text) for s in line) for line in lines} == {width}
    text = _text(lines)
    assert scene.last is not None
    acting = scene.thread_node(scene.last.action[1])
    assert {int(found) for found in re.findall(r"N(\d+)(?=[ ▶])", text)} == set(range(nodes))
    assert re.search(rf"N{acting} ?▶|┏━ .N{acting} |❯.N{acting} ", text)


def test_the_hot_spot_is_the_node_whose_memory_others_map() -> None:
    session = finished(4)
    session.seek(40)
    heat = memory_heat(scene_of(session), NOTHING)
    homes = {space: row[0] for space, row in session.world.kernel.spaces.rows.items()}
    spaces = session.world.system.roster.applications[0].spaces.values()
    for node in range(4):
        far = [
            entry
            for entry, row in session.world.kernel.database.entries.rows.items()
            if space_of(entry) in spaces and row[0] >> 28 == node != homes[space_of(entry)]
        ]
        assert heat.far[node] == len(far)
    top = plain(machine_map(scene_of(session), 84, 20)[0])
    assert re.findall(r"N(\d) ─+ ◀(\d+)", top) == [("0", str(heat.far[0]))]
    assert heat.far[0] > 0


def test_memory_cells_tell_who_reads_a_frame() -> None:
    # Two nodes, pools of 8 frames: page 0x400 (both nodes) is frame 0:0000, the page that only A.0
    # touched 0:0001, the one that only A.1 touched 1:0000.
    session = finished(2)
    session.seek(12)
    scene = scene_of(session)
    heat = memory_heat(scene, NOTHING)
    cells = [heat_cells(Pen(scene), heat, node, 20) for node in (0, 1)]
    assert ["".join(cell.text for cell in row) for row in cells] == ["2●······", "▲·······"]
    assert cells[0][1].target == ("frame", 1)
    assert cells[1][0].style == "node1"


def test_more_frames_than_cells_share_cells_by_shade() -> None:
    session = finished(2)
    session.seek(12)
    scene = scene_of(session)
    heat = memory_heat(scene, NOTHING)
    cells = heat_cells(Pen(scene), heat, 0, 2)  # 8 frames, 2 of them read: 2 of 4 in cell one
    assert [cell.text for cell in cells] == ["▒", "·"]
    # On two lines: how many, and who reads most of them.
    rows = heat_rows(Pen(scene), heat, 0, 2, 2)
    assert ["".join(cell.text for cell in row) for row in rows] == ["▒·", "● "]
    assert frames_per_cell(heat, 0, 2, 2) == 4
    assert frames_per_cell(heat, 0, 4, 2) == 1


def test_foot_and_strip_show_the_worlds_totals() -> None:
    session = finished(4)
    session.seek(session.length)
    totals = session.world.totals()
    foot = plain(machine_foot(scene_of(session), 120))
    for text in (
        "read: local 200 remote 280 (×1.4)",
        f"faults {totals.faults}",
        f"messages {totals.messages} ({totals.cross_messages} across nodes)",
        f"local {totals.local} remote {totals.remote}",
    ):
        assert text in foot
    strip = plain(machine_strip(scene_of(session), 80))
    assert strip.endswith(f"remote {totals.remote}/{totals.local + totals.remote}")


def test_the_strip_in_full() -> None:
    # Step 2: pager0 maps A.0's first page, one entry homed on N0; nobody has read anything yet.
    session = finished(2)
    session.seek(2)
    assert plain(machine_strip(scene_of(session), 80)) == "●N0 ▶pager0 +1  ▲N1 ·  remote 0/0"
    assert plain(machine_strip(scene_of(session, ascii_only=True), 80)) == (
        "oN0 >pager0 +1  ^N1 .  remote 0/0"
    )


def test_a_strip_too_narrow_keeps_the_acting_node() -> None:
    session = finished(64)
    session.seek(300)
    node = scene_of(session).thread_node(session.change(300).action[1])
    strip = plain(machine_strip(scene_of(session), 50))
    assert f"N{node} ▶" in strip
    shown = len(re.findall(r"N\d+ ", strip))
    assert f"+{64 - shown} " in strip


def test_interrupted_cpus_are_marked() -> None:
    # A.1 runs on CPU 3 of N1 when its pager takes the page away: one interrupt.
    session = make_session(2)
    session.run(100)
    step = next(
        step
        for step in range(1, session.length + 1)
        if any(record.event.name == "TLB_SHOOTDOWN" for record in session.change(step).records())
    )
    session.seek(step)
    cpus = [r.a for r in session.change(step).records() if r.event.name == "TLB_SHOOTDOWN"]
    marked = [
        s.target
        for line in machine_map(scene_of(session), 84, 20)
        for s in line
        if s.text.startswith("!")
    ]
    running = session.world.kernel.shootdown.running.rows
    assert marked == [("space", running[cpu]) for cpu in cpus]


def test_nodes_without_cpus_or_memory_have_their_place() -> None:
    topology = Topology(
        "uneven",
        (Node(0, (0,), 16384), Node(1, (), 16384), Node(2, (1,), 2048)),
        ((10, 20, 40), (20, 10, 20), (40, 20, 10)),
    )
    # Node 2's 512 frames are all the kernel's: its spaces have a home, its users no memory.
    machine = Machine(topology, CostProfile(), kernel_frames=(512, 0, 512))
    kernel = Kernel(Journal(), machine)
    system = System(kernel, 4)
    world = World(system, {})
    lines = [plain(line) for line in machine_map(Scene(world), 84, 9)]
    assert "no CPUs" in lines[1]
    assert "none in use" in lines[2]
    assert "remote 280–360 (×1.4–1.8)" in lines[-1]


@pytest.mark.parametrize("seed", range(6))
def test_a_book_that_followed_says_what_a_new_one_says(seed: int) -> None:
    draw, book = random.Random(seed), HeatBook()
    wild = seed % 2 == 0
    past = KernelHistory(seed) if wild else History(make_session(3, 0, Seeded(seed)))
    for _ in range(60):
        move = draw.choice(("step", "step", "step", "back", "back", "seek"))
        if move == "seek":
            past.seek(draw.randrange(past.length))
        else:
            _ = past.step() if move == "step" else past.back()
        assert book.heat(past.scene(), NOTHING) == memory_heat(past.scene(), NOTHING)
