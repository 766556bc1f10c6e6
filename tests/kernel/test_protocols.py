"""Invariants that need threads and user level: faults and replies, sigma0, one space per node."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.fpage import WHOLE, fpage
from l4numa_tui.kernel.ipc import ANY_THREAD, IpcCall
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.kernel.thread_state import RETRYING, code_of
from l4numa_tui.kernel.transfer import SIGMA0_PROTOCOL
from l4numa_tui.machine.mmu import CPU_SHIFT
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.sigma0 import Sigma0, request_word
from l4numa_tui.world.operations import Op, Operation
from l4numa_tui.world.session import Session
from tests.kernel.invariants import State
from tests.kernel.model import Model, Region
from tests.worlds import DATA, machine, random_session, session

PAGER, CLIENT = 1, 2
RIGHTS = st.sampled_from((7, 6, 4, 5, 3, 2, 1, 0))


@given(
    held=RIGHTS, address=st.integers(0, 0x7FFF), right=st.sampled_from((4, 2, 1)),
    send=st.integers(0x10, 0x17), size=st.integers(12, 15), rights=RIGHTS,
    spot=st.integers(0, 0x7FFF),
)  # fmt: skip
@settings(max_examples=200)
def test_an_access_faults_again_unless_the_reply_covered_it(
    held: int, address: int, right: int, send: int, size: int, rights: int, spot: int
) -> None:
    kernel, model = Kernel(Journal(), machine()), Model([1536] * 2, [512] * 2)
    spaces = [kernel.create_space(node) for node in (0, 1)]
    for thread, space in ((PAGER, spaces[0]), (CLIENT, spaces[1])):
        assert kernel.create_thread(space, 2 * (thread - 1), PAGER) == thread
        model.add_space(space, 0)
    kernel.map(0, spaces[0], MapItem(fpage(0x10000, 15, held), 0x10000))
    model.map(0, spaces[0], Region(0x10000, 15), held, Region(0, 48), 0x10000, False)
    kernel.dispatch(PAGER)
    kernel.ipc(PAGER, IpcCall(source=ANY_THREAD))
    kernel.dispatch(CLIENT)
    assert not kernel.access(CLIENT, address, right)
    kernel.take_message(PAGER)
    kernel.dispatch(PAGER)
    item = MapItem(fpage(send << 12, size, rights), spot)
    kernel.ipc(PAGER, IpcCall(to=CLIENT, source=ANY_THREAD, items=(item,), no_wait_send=True))
    model.map(spaces[0], spaces[1], Region(send << 12, size), rights, Region(0, 48), spot, False)
    assert code_of(kernel.state.rows[CLIENT]) == RETRYING
    there = model.held.get((spaces[1], address // 4096))
    kernel.dispatch(CLIENT)
    assert kernel.access(CLIENT, address, right) == bool(there and there.rights & right)


REQUEST = st.tuples(
    st.integers(0, 2),  # who asks
    st.sampled_from((1, 2, 4, 16)),  # for how many frames
    st.one_of(st.none(), st.integers(0, 19)),  # which, or any
    st.integers(0, 2),  # of which node; 0 for any
)


@given(st.lists(REQUEST, max_size=25))
@example([(1, 1, None, 0), (1, 2, 0, 0), (0, 1, None, 0)])
def test_a_frame_has_one_owner_at_sigma0(
    requests: list[tuple[int, int, int | None, int]],
) -> None:
    kernel = Kernel(Journal(), machine())
    sigma0, server = kernel.create_thread(0, 0, 0), Sigma0(kernel)
    clients = [
        kernel.create_thread(kernel.create_space(n % 2), 2 * (n % 2), sigma0) for n in range(3)
    ]
    for who, pages, frame, node in requests:
        kernel.serve(sigma0)
        kernel.dispatch(clients[who])
        word = request_word(pages, None if frame is None else frame // pages * pages)
        asked = IpcCall(
            sigma0, sigma0, label=SIGMA0_PROTOCOL, words=(word, 0, node), acceptor=WHOLE
        )
        assert not kernel.ipc(clients[who], asked)
        kernel.dispatch(sigma0)
        kernel.take_message(sigma0)
        sender, label, *words = kernel.registers.rows[sigma0]
        server.on_message(Context(kernel, sigma0), Message(sender, label, tuple(words)))
        kernel.take_message(clients[who])
        owners: dict[int, set[int]] = {}
        for (space, _), page in State(kernel).pages.items():
            owners.setdefault(page.frame, set()).add(space)
        shared = {frame: spaces for frame, spaces in owners.items() if len(spaces) > 1}
        assert not shared, f"frames with two owners: {shared}"


@pytest.mark.parametrize("schedule_first", [True, False])
def test_migration_takes_its_translations_along_and_nobody_elses(schedule_first: bool) -> None:
    kernel = Kernel(Journal(), machine())
    root = kernel.create_thread(0, 0, 1)
    first, second = kernel.create_space(0), kernel.create_space(1)
    mover, stays = (kernel.create_thread(first, cpu, root) for cpu in (0, 1))
    there = kernel.create_thread(second, 2, root)
    kernel.map(0, first, MapItem(fpage(0x7000, 12), 0x7000))
    for thread in (mover, stays):
        kernel.dispatch(thread)
        assert kernel.access(thread, 0x7000, 4)
    calls: list[Callable[[], None]] = [
        lambda: kernel.schedule(root, mover, 3),
        lambda: kernel.thread_control(root, ThreadRequest(mover, there)),
    ]
    for call in calls if schedule_first else calls[::-1]:
        call()
    assert kernel.threads.rows[mover][:2] == (second, 3)
    assert [key >> CPU_SHIFT for key in kernel.mmu.tlb.rows] == [1]
    assert kernel.running.rows == {1: first}


def spaces_of(of: Session) -> list[int]:
    return list(of.world.system.roster.applications[0].spaces.values())


@given(st.integers(0, 100_000), st.integers(0, 60), st.booleans())
@settings(max_examples=40)
def test_unmapping_in_one_space_alters_no_other_of_the_application(
    seed: int, steps: int, flush: bool
) -> None:
    run = random_session(seed)
    run.run(steps)
    kernel = run.world.kernel
    for space in spaces_of(run):
        before = State(kernel).pages
        kernel.unmap(space, WHOLE, flush=flush)
        after = State(kernel).pages
        gone = {place for place, _ in before.items() ^ after.items()}
        assert {owner for owner, _ in gone} <= {space}


@given(st.integers(2, 5), st.lists(st.integers(0, 4), max_size=5, unique=True))
@settings(max_examples=25)
def test_a_global_unmap_has_ended_when_no_pager_has_a_descendant_left(
    nodes: int, touching: list[int]
) -> None:
    programs: list[list[Operation]] = [
        [(Op.WRITE, DATA << 12)] if node in touching or node == 0 else [] for node in range(nodes)
    ]
    programs[0].append((Op.UNMAP_GLOBAL, DATA, 1))
    run = session(programs, nodes=nodes)
    world = run.world
    late = {0: 0, 1: 101}  # the unmap comes last
    world.programs = {
        thread: program._replace(order=tuple(late[at] for at in range(len(program.order))))
        for thread, program in world.programs.items()
    }
    first = min(world.programs)
    spaces, had = set(spaces_of(run)), 0
    while run.step() is not None:
        left = {place for place in State(world.kernel).pages if place[0] in spaces}
        had = max(had, len(left))
        if world.kernel.ip_of(first) == 2:
            assert not left, "35: it has ended, and somebody still maps the page"
    assert world.kernel.ip_of(first) == 2, "35: nobody maps the page, and it does not end"
    assert had == len({0, *touching} & set(range(nodes)))
