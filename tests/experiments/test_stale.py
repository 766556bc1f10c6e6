"""The stale-mapping checker, on honest pagers and on tampered worlds."""

from __future__ import annotations

import pytest

from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.world.stale import GONE, MOVED, Stale, stale_mappings
from tests.worlds import CODE, DATA, random_session, session

READ = 1


@pytest.mark.parametrize("seed", range(12))
def test_honest_pagers_never_leave_a_stale_mapping(seed: int) -> None:
    run = random_session(seed)
    while run.step() is not None:
        assert not stale_mappings(run.world), f"seed {seed}, step {run.cursor}"
    assert run.cursor > 20


def test_a_page_that_the_directory_forgot() -> None:
    run = session([[(READ, DATA << 12)], [(READ, DATA << 12)]])
    run.run(1000)
    directory = run.world.system.directory.rows
    (key,) = directory.rows
    frame = directory.rows[key][0]
    before = run.digest()
    assert stale_mappings(run.world) == []
    assert run.digest() == before, "looking changes nothing"
    directory.drop(key)
    found = stale_mappings(run.world)
    assert found == [Stale(0, DATA, node, frame, GONE, False) for node in (0, 1)]


def test_a_frame_that_backs_another_page_by_now() -> None:
    run = session([[(READ, DATA << 12)], [(READ, DATA << 12)]])
    run.run(1000)
    directory = run.world.system.directory.rows
    (key,) = directory.rows
    frame, state = directory.rows[key]
    directory.put(key, (frame + 1, state))
    directory.put((0, DATA + 1, 0), (frame, state))
    assert stale_mappings(run.world) == [
        Stale(0, DATA, node, frame, MOVED, True) for node in (0, 1)
    ]


def test_node_local_pages_are_held_against_their_own_nodes_row() -> None:
    run = session([[(READ, CODE << 12)], [(READ, CODE << 12)]])
    run.run(1000)
    world = run.world
    assert len(world.system.directory.rows.rows) == 2
    assert stale_mappings(world) == []
    rows = world.system.directory.rows
    rows.drop((0, CODE, 2))
    assert [each.node for each in stale_mappings(world)] == [1]


def test_a_mapping_outside_of_all_regions_is_stale() -> None:
    run = session([[(READ, DATA << 12)]])
    run.run(1000)
    kernel, system = run.world.kernel, run.world.system
    pager = kernel.threads.rows[system.roster.pager_threads[0]][0]
    frame = next(iter(system.directory.rows.rows.values()))[0]
    space = system.roster.applications[0].spaces[0]
    kernel.map(pager, space, MapItem(page(frame), 0x9000_0000))
    assert stale_mappings(run.world) == [Stale(0, 0x90000, 0, frame, GONE, True)]
