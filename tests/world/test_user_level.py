"""What user level promises: n faults, node-local pages, global unmap, no stale mapping."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import entry_id, space_of
from l4numa_tui.kernel.thread_state import ENDLESS, HALTED, code_of, partner_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.world.operations import ANSWER, Op, Operation
from l4numa_tui.world.session import Session
from tests.worlds import CODE, DATA, random_session, session, tables


def spaces(of: Session) -> dict[int, int]:
    return of.world.system.roster.applications[0].spaces


def frames_at(of: Session, page: int) -> dict[int, int]:
    """Node -> frame, for the nodes whose space maps the page."""
    found = {}
    for node, space in spaces(of).items():
        entry = of.world.kernel.database.entries.rows.get(entry_id(space, page))
        if entry is not None:
            found[node] = entry[0]
    return found


@pytest.mark.parametrize("nodes", [1, 2, 3, 8, 64])
@pytest.mark.parametrize("pool_frames", [0, 8])
def test_a_global_page_takes_exactly_one_fault_per_node(nodes: int, pool_frames: int) -> None:
    touched = session(
        [[(Op.READ, DATA << 12), (Op.READ, DATA << 12)]] * nodes,
        nodes=nodes,
        pool_frames=pool_frames,
    )
    touched.run(100_000)
    assert touched.world.totals().faults == nodes
    assert [touched.world.totals(node).faults for node in range(nodes)] == [1] * nodes
    frames = frames_at(touched, DATA)
    assert len(frames) == nodes
    assert len(set(frames.values())) == 1


def test_a_mapping_stands_only_where_somebody_faulted() -> None:
    touched = session([[], [(Op.READ, DATA << 12)], []], nodes=3)
    touched.run(1000)
    assert set(frames_at(touched, DATA)) == {1}


def test_a_node_local_page_has_its_own_frame_on_each_node_and_costs_no_message_between_pagers() -> (
    None
):
    touched = session([[(Op.EXECUTE, CODE << 12)]] * 3, nodes=3)
    touched.run(1000)
    assert {node: node_of(frame) for node, frame in frames_at(touched, CODE).items()} == {
        0: 0, 1: 1, 2: 2,
    }  # fmt: skip
    assert touched.world.totals().remote == 0
    assert touched.world.totals().cross_messages == 0


@pytest.mark.parametrize("nodes", [1, 2, 4, 16])
def test_a_global_unmap_notifies_all_other_pagers(nodes: int) -> None:
    touches: list[list[Operation]] = [[(Op.WRITE, DATA << 12)] for _ in range(nodes)]
    touches[0].append((Op.UNMAP_GLOBAL, DATA, 1))
    unmapped = session(touches, nodes=nodes)
    unmapped.world.programs = {
        thread: program._replace(order=tuple(i + 100 * (i > 0) for i in range(len(program.order))))
        for thread, program in unmapped.world.programs.items()
    }
    unmapped.run(10_000)
    assert frames_at(unmapped, DATA) == {}
    # Two messages per fault, 2(n-1) between pagers, a request and its answer.
    assert unmapped.world.totals().messages == 2 * nodes + 2 * (nodes - 1) + 2
    assert unmapped.world.totals().cross_messages == 2 * (nodes - 1)


def test_a_frame_is_used_again_only_after_the_unmap() -> None:
    again = session(
        [[(Op.WRITE, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1), (Op.WRITE, DATA + 1 << 12)]], nodes=2
    )
    again.run(4)
    first = frames_at(again, DATA)[0]
    again.run(1000)
    assert frames_at(again, DATA + 1)[0] == first


def stale(of: Session) -> list[str]:
    """Mappings in an application's spaces that the directory does not stand behind."""
    world = of.world
    directory = world.system.directory.rows.rows
    regions = world.system.roster.applications[0]
    wrong = []
    for (node, space), page in itertools.product(spaces(of).items(), range(DATA, CODE + 16)):
        entry = world.kernel.database.entries.rows.get(entry_id(space, page))
        region = regions.region_of(page)
        if entry is None or region is None:
            continue
        replica = node + 1 if region.name == "code" else 0
        backing = directory.get((0, page, replica))
        if backing is None or backing[0] != entry[0]:
            wrong.append(f"page {page:#x} on node {node}: frame {entry[0]:#x}, directory {backing}")
    return wrong


@given(st.integers(0, 100_000), st.sampled_from((0, 32)))
@settings(max_examples=60)
def test_no_schedule_leaves_a_stale_mapping_or_a_stuck_thread(seed: int, pool_frames: int) -> None:
    run = random_session(seed, nodes=3, pool_frames=pool_frames)
    while run.step() is not None:
        assert stale(run) == []
    world = run.world
    for thread, program in world.programs.items():
        assert world.kernel.ip_of(thread) == len(program.operations), "a thread is stuck"
    frames = [row[0] for row in world.system.directory.rows.rows.values()]
    assert len(frames) == len(set(frames)), "two pages share a frame"


def test_spaces_of_one_application_are_siblings_below_their_own_pagers() -> None:
    touched = session([[(Op.READ, DATA << 12)]] * 3, nodes=3)
    touched.run(1000)
    database = touched.world.kernel.database
    pagers = touched.world.system.roster.pager_threads
    roots = set()
    for node, space in spaces(touched).items():
        parent, grandparent, *_ = database.ancestors(entry_id(space, DATA))
        pager_space = touched.world.kernel.threads.rows[pagers[node]][0]
        assert space_of(parent) == pager_space
        roots.add(grandparent)
    assert len(roots) == 1, "the pagers' entries are siblings below the root pager"


@pytest.mark.parametrize(
    ("rights", "faults", "halted"), [(4, 2, False), (6, 1, False), (0, 2, False), (8, 1, True)]
)
def test_a_student_may_answer_for_the_pager(rights: int, faults: int, halted: bool) -> None:
    played = session([[(Op.READ, DATA << 12), (Op.WRITE, DATA << 12)]])
    played.step()
    pager = played.world.busy_server()
    action = (ANSWER, pager, rights)
    played.step(action)
    assert not played.world.can_do(action), "there is no fault left to answer"
    played.run(100)
    world = played.world
    assert world.totals().faults == faults
    word = world.kernel.state.rows[next(iter(world.programs))]
    assert (code_of(word) == HALTED) == halted
    before = tables(played)
    played.seek(0)
    played.run(100)
    assert tables(played) == before


def test_a_pager_that_never_helps_is_found_out() -> None:
    endless = session([[(Op.READ, DATA << 12)]])
    for _ in range(100):
        pager = endless.world.busy_server()
        if endless.step((ANSWER, pager, 0) if pager else None) is None:
            break
    word = endless.world.kernel.state.rows[next(iter(endless.world.programs))]
    assert (code_of(word), partner_of(word)) == (HALTED, ENDLESS)
    assert endless.world.totals().faults == 8
