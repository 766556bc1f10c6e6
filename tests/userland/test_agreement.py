"""The pagers' protocols: whatever is varied, no page is lost and no mapping goes stale."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.thread_state import HALTED, READY, code_of
from l4numa_tui.userland.agreement.options import (
    BUGS,
    COMBINED,
    DERIVATIONS,
    FAN_OUTS,
    IPC,
    OWNER,
    PROTOCOLS,
    SHARED_MEMORY,
    TREE,
    Agreement,
)
from l4numa_tui.userland.agreement.transport import shares
from l4numa_tui.world.operations import Op, Operation
from l4numa_tui.world.schedulers import ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.stale import stale_mappings
from tests.worlds import CODE, DATA, PAGES, session, unfinished

NODES = 3
VARIANTS = [
    Agreement(protocol, eager, fan_out, sharers, derivation)
    for protocol, eager, fan_out, sharers, derivation in itertools.product(
        PROTOCOLS, (False, True), FAN_OUTS, (False, True), DERIVATIONS
    )
    if not (sharers and derivation == OWNER)
    if not (eager and derivation == OWNER and protocol == IPC)
]


def named(agreement: Agreement) -> str:
    words = [agreement.protocol, agreement.fan_out, agreement.derivation]
    words += [word for word in ("eager", "sharers") if getattr(agreement, word)]
    return " ".join(words)


def programs(seed: int, threads: int = 4, length: int = 9) -> list[list[Operation]]:
    draw = random.Random(seed)
    return [[operation(draw) for _ in range(length)] for _ in range(threads)]


def operation(draw: random.Random) -> Operation:
    page = draw.choice((DATA, DATA, CODE)) + draw.randrange(PAGES)
    chance = draw.random()
    if chance < 0.2:
        return (Op.UNMAP_GLOBAL, page, draw.randint(1, 3))
    if chance < 0.28:
        return (Op.MIGRATE, draw.randrange(NODES))
    return (draw.choice((Op.READ, Op.WRITE, Op.EXECUTE)), page << 12)


def run_of(agreement: Agreement, seed: int, pool_frames: int = 32) -> Session:
    return session(
        programs(seed), nodes=NODES, pool_frames=pool_frames, scheduler=Seeded(seed),
        agreement=agreement,
    )  # fmt: skip


def faults_of(run: Session) -> list[str]:
    """What is wrong in this state: stale mappings, pages that share a frame."""
    world = run.world
    directory = world.system.directory.rows.rows
    application = world.system.roster.applications[0]
    wrong = []
    for node, space in application.spaces.items():
        for page in range(DATA, CODE + PAGES):
            row = world.kernel.database.entries.rows.get(entry_id(space, page))
            region = application.region_of(page)
            if row is None or region is None:
                continue
            backing = directory.get((0, page, node + 1 if region.name == "code" else 0))
            if backing is None or backing[0] != row[0]:
                wrong.append(f"stale: page {page:#x} on node {node}")
    assert len(wrong) == len(stale_mappings(world)), "the program's own checker sees the same"
    frames = Counter(row[0] for row in directory.values())
    wrong += [f"two pages share frame {frame:#x}" for frame, n in frames.items() if n > 1]
    return wrong


def stuck(run: Session) -> list[int]:
    """Threads that have not come to the end of their program, and are not halted."""
    states = run.world.kernel.state.rows
    return [t for t in unfinished(run) if code_of(states.get(t, READY)) != HALTED]


@pytest.mark.parametrize("agreement", VARIANTS, ids=named)
def test_no_schedule_leaves_anything_stale_stuck_or_lost(agreement: Agreement, full: bool) -> None:
    for seed in range(200 if full else 8):
        for pool_frames in (0, 32):
            run = run_of(agreement, seed, pool_frames)
            while run.step() is not None:
                assert faults_of(run) == [], f"seed {seed}, step {run.cursor}"
            assert stuck(run) == [], f"seed {seed}"
            system = run.world.system
            free = sum(system.pools.left(node) for node in range(NODES))
            backed = len(system.directory.rows.rows)
            if pool_frames:
                assert free + backed == NODES * pool_frames, f"seed {seed}: a frame is lost"


@pytest.mark.parametrize("agreement", VARIANTS, ids=named)
def test_every_step_can_be_taken_back(agreement: Agreement) -> None:
    run = run_of(agreement, 5)
    digests = [run.digest()]
    while run.step() is not None:
        digests.append(run.digest())
    for expected in digests[-2::-1]:
        run.back()
        assert run.digest() == expected


def lazy_then_unmap(nodes: int, agreement: Agreement, touching: int) -> tuple[int, int]:
    """Some nodes touch a page, the first unmaps it: (messages across nodes, shared accesses)."""
    touches: list[list[Operation]] = [
        [(Op.WRITE, DATA << 12)] if node < touching else [] for node in range(nodes)
    ]
    touches[0].append((Op.UNMAP_GLOBAL, DATA, 1))
    run = session(touches, nodes=nodes, scheduler=ScriptOrder(), agreement=agreement)
    world = run.world
    last = next(iter(world.programs))
    world.programs[last] = world.programs[last]._replace(order=(0, 1000))
    while world.kernel.ip_of(last) < 1 or (len(world.programs) > 1 and not run.at_rest()):
        run.step()
    run.run(10_000, lambda s: s.next_action() == world.runs[last] and s.at_rest())
    before = world.totals()
    run.run(10_000)
    after = world.totals()
    assert faults_of(run) == []
    assert not world.system.directory.rows.rows
    return (
        after.cross_messages - before.cross_messages,
        after.shared_local + after.shared_remote - before.shared_local - before.shared_remote,
    )


@pytest.mark.parametrize("nodes", [2, 3, 8, 16])
@pytest.mark.parametrize("fan_out", FAN_OUTS)
def test_2n_minus_2_messages_however_they_fan_out(nodes: int, fan_out: str) -> None:
    assert lazy_then_unmap(nodes, Agreement(fan_out=fan_out), nodes)[0] == 2 * (nodes - 1)


@pytest.mark.parametrize("sharing", [1, 2, 5])
def test_only_sharers_are_notified(sharing: int) -> None:
    messages, _ = lazy_then_unmap(8, Agreement(sharers=True), sharing)
    assert messages == 2 * (sharing - 1)


def test_through_shared_memory_no_message_passes_between_pagers() -> None:
    messages, shared = lazy_then_unmap(4, Agreement(SHARED_MEMORY), 4)
    assert messages == 0
    assert shared >= 4 * 3, "three letters and three acknowledgements, each written and read"


def test_with_derivation_by_owner_one_unmap_is_enough_and_walks_remote_entries() -> None:
    remote = {}
    for derivation in DERIVATIONS:
        touches: list[list[Operation]] = [[(Op.WRITE, DATA << 12)] for _ in range(4)]
        touches[0].append((Op.UNMAP_GLOBAL, DATA, 1))
        run = session(touches, nodes=4, agreement=Agreement(derivation=derivation))
        world = run.world
        last = next(iter(world.programs))
        world.programs[last] = world.programs[last]._replace(order=(0, 1000))
        run.run(10_000)
        assert faults_of(run) == []
        remote[derivation] = world.totals().kernel_remote
    assert remote["siblings"] == 0
    assert remote[OWNER] > 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_eager_maps_on_all_nodes_after_one_fault(protocol: str) -> None:
    for eager in (False, True):
        run = session(
            [[(Op.WRITE, DATA << 12)], [], [], []], nodes=4,
            agreement=Agreement(protocol, eager=eager),
        )  # fmt: skip
        run.run(1000)
        spaces = run.world.system.roster.applications[0].spaces
        mapped = [
            node
            for node, space in spaces.items()
            if run.world.kernel.translate(space, DATA) is not None
        ]
        assert mapped == ([0, 1, 2, 3] if eager else [0])
        assert run.world.totals().faults == 1


@pytest.mark.parametrize("nodes", range(1, 18))
def test_a_tree_reaches_everybody_once_in_about_log2_rounds(nodes: int) -> None:
    everybody = list(range(nodes))
    rounds, reached = 0, []
    level: list[list[int]] = [everybody]
    while any(level):
        told = [share for group in level for share in shares(group, TREE)]
        reached += [node for node, _ in told]
        level = [below for _, below in told]
        rounds += 1
    assert sorted(reached) == everybody
    assert rounds <= nodes.bit_length()


CAUGHT = {
    "A": ("stale",),
    "B": ("stale", "share"),
    "C": ("stale", "lost"),
    "D": ("deadlock",),
    "E": ("stuck",),
}


@pytest.mark.parametrize("letter", BUGS)
def test_every_mistake_is_caught(letter: str) -> None:
    seen: set[str] = set()
    for seed in range(150):
        run = run_of(Agreement(COMBINED, bugs=frozenset(letter)), seed)
        for _ in range(3000):
            if run.step() is None:
                break
            seen.update(text.split(":")[0].split()[0] for text in faults_of(run))
        if stuck(run):
            seen.add("deadlock" if run.world.kernel.deadlocks() else "stuck")
        if seen & set(CAUGHT[letter]):
            return
    pytest.fail(f"mistake {letter} was never noticed: {seen}")


def test_the_root_pager_takes_a_frame_from_a_pager_that_does_not_listen() -> None:
    touches: list[list[Operation]] = [
        [(Op.WRITE, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1)],
        [(Op.WRITE, DATA << 12), (Op.RECOVER, DATA)],
        [(Op.WRITE, DATA << 12)],
    ]
    deaf = Agreement(deaf=frozenset({2}))
    run = session(touches, nodes=3, agreement=deaf)
    programs_ = run.world.programs
    orders = iter(((0, 3), (1, 4), (2,)))
    for thread, program in list(programs_.items()):
        programs_[thread] = program._replace(order=next(orders))
    run.run(1000)
    assert stuck(run) == []
    assert faults_of(run) == []
    spaces = run.world.system.roster.applications[0].spaces
    assert all(run.world.kernel.translate(space, DATA) is None for space in spaces.values())
    free = sum(run.world.system.pools.left(node) for node in range(3))
    assert free == 3 * 32 - 1, "the frame is used no more"


def test_without_recovery_the_unmap_waits_for_ever() -> None:
    deaf = Agreement(deaf=frozenset({1}))
    run = session([[(Op.WRITE, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1)], []], agreement=deaf)
    run.run(1000)
    assert len(stuck(run)) == 1


def test_protocol_ipc_asks_the_pages_pager() -> None:
    # Page DATA is kept by the pager of node DATA mod 3, whoever touches it.
    keeper = DATA % 3
    other = (keeper + 1) % 3
    touches: list[list[Operation]] = [[] for _ in range(3)]
    touches[other] = [(Op.WRITE, DATA << 12)]
    run = session(touches, nodes=3, agreement=Agreement(IPC))
    run.run(1000)
    assert run.world.totals().cross_messages == 2, "a question and its answer"
    assert run.world.system.directory.rows.rows[0, DATA, 0][0] >> 28 == other, "first touch"
