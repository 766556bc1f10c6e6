"""Placement at user level: pages that are copied, moved and collapsed lose no write."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import WRITE
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.options import (
    FAN_OUTS,
    IPC,
    NO_WAITING,
    PROTOCOLS,
    TREE,
    Agreement,
)
from l4numa_tui.userland.placement.moving import copy_cycles
from l4numa_tui.userland.placement.policies import COLLAPSED, SHARED
from l4numa_tui.userland.regions import AUTO, INTERLEAVE, MIGRATE, PLACEMENTS, REPLICATE
from l4numa_tui.world.operations import Op, Operation
from l4numa_tui.world.schedulers import Seeded
from l4numa_tui.world.session import Session
from tests.userland.placing import (
    DATA,
    NODES,
    PAGES,
    Contents,
    follow,
    follow_from,
    nodes_of,
    random_programs,
    read,
    records,
    world_of,
    write,
)
from tests.worlds import machine, unfinished

WITH_RELAYS = 5  # nodes: with fewer than four a tree of notifications is flat
MOVING = (REPLICATE, MIGRATE, AUTO)
VARIANTS = [
    (placement, Agreement(protocol, fan_out=fan_out, sharers=sharers, sample_every=every))
    for placement, protocol, fan_out, sharers, every in itertools.product(
        MOVING, PROTOCOLS, FAN_OUTS, (False, True), (1, 3)
    )
    if placement != REPLICATE or every == 1
]


def named(variant: tuple[int, Agreement]) -> str:
    placement, agreement = variant
    sharers = "sharers" if agreement.sharers else "all"
    words = PLACEMENTS[placement], agreement.protocol, agreement.fan_out, sharers
    return " ".join((*words, str(agreement.sample_every)))


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_no_schedule_loses_a_write_a_page_or_a_thread(
    variant: tuple[int, Agreement], full: bool
) -> None:
    placement, agreement = variant
    nodes = WITH_RELAYS if agreement.fan_out == TREE else NODES
    for seed in range(150 if full else 6):
        for pool_frames in (0, 32):
            run = world_of(
                random_programs(seed, nodes, nodes + 1), placement, agreement=agreement,
                nodes=nodes, pool_frames=pool_frames, scheduler=Seeded(seed),
                as_asked=seed % 4 == 3,
            )  # fmt: skip
            follow(run, seed)
            assert unfinished(run) == [], f"seed {seed}"
            system = run.world.system
            free = sum(system.pools.left(node) for node in range(nodes))
            backed = len(system.directory.rows.rows)
            if pool_frames:
                assert free + backed == nodes * pool_frames, f"seed {seed}: a frame is lost"


def test_all_that_placement_does_is_done_in_the_random_runs() -> None:
    """Else the test above would show nothing."""
    for placement in MOVING:
        done: Counter[str] = Counter()
        for seed in range(8):
            agreement = Agreement(sample_every=1)
            programs = random_programs(seed)
            run = world_of(programs, placement, agreement=agreement, scheduler=Seeded(seed))
            follow(run, seed)
            done["copy"] += len(records(run, Event.PAGE_COPY))
            done["settled"] += len(records(run, Event.PLACEMENT))
            done["moved"] += sum(
                frame >> NODE_SHIFT != copy >> NODE_SHIFT
                for _, frame, copy in records(run, Event.PAGE_COPY)
            )
        assert min(done["copy"], done["settled"], done["moved"]) > 10, PLACEMENTS[placement]


def test_frames_settled_before_all_have_unmapped_are_noticed() -> None:
    agreement = Agreement(bugs=frozenset(NO_WAITING))
    for seed in range(60):
        run = world_of(
            random_programs(seed), REPLICATE, agreement=agreement, scheduler=Seeded(seed)
        )
        contents = Contents(run)
        while run.step() is not None:
            if contents.wrong():
                return
    pytest.fail("nobody noticed")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("placement", MOVING)
def test_every_step_can_be_taken_back(placement: int, protocol: str) -> None:
    run = world_of(
        random_programs(5), placement, agreement=Agreement(protocol, sample_every=2),
        scheduler=Seeded(5),
    )  # fmt: skip
    digests = [run.digest()]
    while run.step() is not None:
        digests.append(run.digest())
    for expected in digests[-2::-1]:
        run.back()
        assert run.digest() == expected


def test_interleaved_pages_lie_on_the_nodes_in_turn() -> None:
    run = world_of([[write(page) for page in range(PAGES)], [], []], INTERLEAVE)
    follow(run)
    assert [nodes_of(run, page)[0] for page in range(PAGES)] == [0, 1, 2, 0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_readers_get_replicas_and_a_write_ends_them_for_good(protocol: str) -> None:
    programs = [
        [write(0), read(0)],
        [read(0), read(0), write(0), read(0)],
        [read(0), read(0)],
    ]
    run = world_of(
        programs, REPLICATE, agreement=Agreement(protocol), order=[0, 1, 2, 0, 1, 2, 1, 1]
    )
    contents = Contents(run)
    seen: list[dict[int, int]] = []
    while run.step() is not None:
        assert contents.wrong() == []
        if not seen or seen[-1] != nodes_of(run):
            seen.append(nodes_of(run))
    assert seen[0] == {}
    assert seen[1:] == [{0: 0}, {0: 0, 2: 1}, {0: 0, 2: 1, 3: 2}, {0: 1}], (
        "the writer's own is kept"
    )
    free = [run.world.system.pools.left(node) for node in range(NODES)]
    assert free == [32, 31, 32]
    assert run.world.journal.table("placement").rows == {(0, DATA, 0): COLLAPSED}
    spaces = run.world.system.roster.applications[0].spaces
    assert run.world.kernel.translate(spaces[1], DATA) is not None


def test_a_page_that_is_read_first_is_not_writable() -> None:
    run = world_of([[read(0)], [], []], REPLICATE)
    follow(run)
    space = run.world.system.roster.applications[0].spaces[0]
    found = run.world.kernel.translate(space, DATA)
    assert found is not None
    assert not found[1] & WRITE
    assert run.world.journal.table("placement").rows == {(0, DATA, 0): SHARED}


def test_a_page_used_by_its_first_node_alone_is_written_without_any_unmap() -> None:
    run = world_of([[read(0), write(0), read(0)], [], []], REPLICATE)
    follow(run)
    assert records(run, Event.SYSCALL_UNMAP) == []
    assert run.world.totals().faults == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unmap_everywhere_frees_all_replicas(protocol: str) -> None:
    programs: list[list[Operation]] = [
        [read(0), (Op.UNMAP_GLOBAL, DATA, 1)], [read(0)], [read(0)]
    ]  # fmt: skip
    agreement = Agreement(protocol, sharers=True)
    run = world_of(programs, REPLICATE, agreement=agreement, order=[0, 1, 2, 0])
    follow(run)
    assert len(records(run, Event.PAGE_COPY)) == 2
    assert run.world.system.directory.rows.rows == {}
    assert [run.world.system.pools.left(node) for node in range(NODES)] == [32, 32, 32]
    for name in ("placement", "sharers"):
        assert run.world.journal.table(name).rows == {}


def test_nothing_that_was_counted_outlives_an_unmap_everywhere() -> None:
    programs: list[list[Operation]] = [[read(0)], [read(0), (Op.UNMAP_GLOBAL, DATA, 1)], []]
    run = world_of(programs, AUTO, agreement=Agreement(sample_every=3))
    names, seen = ("placement_counts", "sampled"), set()
    while run.step() is not None:
        seen |= {name for name in names if run.world.journal.table(name).rows}
    assert seen == set(names)
    assert [run.world.journal.table(name).rows for name in names] == [{}, {}]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_frame_that_is_recovered_costs_the_others_nothing(lost: int) -> None:
    """The root pager takes back the frame that the calling node maps: a replica, or the first."""
    programs: list[list[Operation]] = [[read(0)], [read(0)], [read(0)]]
    programs[lost] = [read(0), (Op.RECOVER, DATA), read(0)]
    run = world_of(programs, REPLICATE, order=[0, 1, 2, lost, lost])
    follow(run)
    assert unfinished(run) == []
    frames = [row[0] for row in run.world.system.directory.rows.rows.values()]
    taken = [a for a, b, _ in records(run, Event.IPC_SEND) if b == labels.TAKE_BACK]
    assert len(taken) == 1
    assert len(frames) == 3
    free = sum(run.world.system.pools.left(node) for node in range(NODES))
    assert free + len(frames) == NODES * 32 - 1, "one frame is used no more"


def test_a_page_moves_to_who_faults_on_it_twice() -> None:
    # Two pages and a sample at every fault: each fault takes the other page away.
    program = [read(0), read(1), read(0), read(1), write(0), write(1)]
    run = world_of(
        [[write(0), write(1)], program, []], MIGRATE, agreement=Agreement(sample_every=1)
    )
    follow(run)
    assert nodes_of(run, 0) == nodes_of(run, 1) == {0: 1}
    copies = records(run, Event.PAGE_COPY)
    assert [page for page, _, _ in copies] == [DATA, DATA + 1]
    unsampled = world_of([[write(0), write(1)], program, []], MIGRATE)
    follow(unsampled)
    assert nodes_of(unsampled, 0) == {0: 0}, "no pager hears of an access without a fault"


@pytest.mark.parametrize("protocol", [PROTOCOLS[0], IPC])
def test_where_there_is_no_room_a_page_is_used_where_it_is(protocol: str) -> None:
    """Node 1's only frame is taken: its reader is served from node 0, and refused nothing."""
    programs = [[read(0)], [read(1), read(0), read(0)], []]
    run = world_of(
        programs, REPLICATE, agreement=Agreement(protocol), pool_frames=1, order=[0, 1, 1, 1]
    )
    starve(run, 1)
    follow(run)
    assert unfinished(run) == []
    assert records(run, Event.PAGE_COPY) == []
    assert nodes_of(run, 0) == {0: 0}
    assert not records(run, Event.HALT)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_memory_that_only_a_copy_wanted_costs_nobody_a_fault(protocol: str) -> None:
    """Others wait with their faults when the pager hears that there is none: they are served."""
    readers = [[read(0), read(1), read(2), read(3)], [read(3), read(2), read(1), read(0)]]
    for seed in range(12):
        run = world_of(
            [[write(page) for page in range(PAGES)], readers[0], [], [], readers[1]], REPLICATE,
            agreement=Agreement(protocol), pool_frames=0, scheduler=Seeded(seed),
        )  # fmt: skip
        starve(run, 1)
        world = run.world
        first, *others = world.programs
        while world.kernel.ip_of(first) < PAGES:
            run.step(next(action for action in world.enabled() if action[1] not in others))
        follow_from(run, seed)
        assert unfinished(run) == [], f"seed {seed}"
        assert not records(run, Event.PAGE_COPY)


def starve(run: Session, node: int) -> None:
    """Let sigma0 have nothing left on a node."""
    kernel = run.world.kernel
    while run.world.system.sigma0_program.allot(node, 1, 99) is not None:
        pass
    assert kernel.machine.user_frames[node]


def test_a_copy_is_charged_by_where_it_is_read_and_written() -> None:
    here = machine(2)
    local, far = here.read_cost[0]
    zero = here.costs.page_zero
    assert copy_cycles(here, 0, 0, 0) == 4 * zero
    assert copy_cycles(here, 0, 1, 0) == 2 * zero + 2 * zero * far // local
    assert copy_cycles(here, 0, 1, 0) > copy_cycles(here, 0, 0, 0)
