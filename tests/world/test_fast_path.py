"""The fast path leaves what the general path leaves: log, records, accounts, after every step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.fast_reply import no_fast_reply
from l4numa_tui.kernel.fpage import fpage, page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland.pager import REFUSE
from l4numa_tui.userland.regions import NODE_LOCAL, PRIVATE, Region
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import ANSWER, DO, Op, Operation, Program
from l4numa_tui.world.schedulers import RoundRobin, ScriptOrder, Seeded
from l4numa_tui.world.session import Session, StepChange
from l4numa_tui.world.world import World

SEEDS = st.integers(0, 1_000_000)
BASES = (0x400, 0x3FE, 0x600, 0x700, 1 << 29)  # the second reaches over a page table's end
PAGES = 8


def draw_operation(draw: random.Random) -> Operation:
    vpn = draw.choice(BASES) + draw.randrange(PAGES)
    chance = draw.random()
    if chance < 0.05:
        return (Op.WORK, draw.randrange(1000))
    if chance < 0.1:
        return (Op.UNMAP_GLOBAL, vpn, draw.randint(1, 3))
    if chance < 0.15:
        region = fpage(vpn << 12, draw.choice((12, 13, 21)), draw.randrange(8)).word()
        return (draw.choice((Op.FLUSH, Op.UNMAP)), region)
    if chance < 0.17:
        # Not the instruction pointer: a program that sets its own back strides for ever.
        control = draw.choice((2, 4, 6, 128, 256, 257))
        return (Op.EXCHANGE_REGISTERS, draw.randrange(1, 12), control, 0, draw.randrange(1, 8))
    return (draw.choice((Op.READ, Op.READ, Op.WRITE, Op.EXECUTE)), vpn << 12 | draw.randrange(4096))


def build(seed: int, fast: bool, journal: Journal | None = None) -> Session:
    """A world drawn from `seed`: machine, costs, regions, programs, order."""
    draw = random.Random(seed)
    threads, length = 4, 30
    nodes, tlb = draw.randint(1, 3), draw.choice((0, 2, 64))
    costs = CostProfile(
        tlb_entries=tlb, walk_last=draw.choice((-1, 7)), tlb_tagged=draw.randrange(2)
    )
    topology = Topology(
        "drawn",
        tuple(Node(n, (2 * n, 2 * n + 1), 16384) for n in range(nodes)),
        tuple(tuple(10 if a == b else 20 for b in range(nodes)) for a in range(nodes)),
    )
    machine = Machine(topology, costs, kernel_frames=(draw.choice((60, 400)),) * nodes)
    kernel = Kernel(journal or Journal(), machine, large_pages=draw.random() < 0.5)
    if not kernel.journal.logged:
        kernel.mute()
    system = System(kernel, draw.choice((0, 16, 32, 512)))
    rights = draw.choice((7, 6, 4))
    regions = [
        Region("data", 0x3F0, 0x100, rights=rights, as_asked=draw.random() < 0.5),
        Region("code", 0x600, PAGES, NODE_LOCAL),
        Region("own", 0x700, PAGES - 1, PRIVATE),
        Region("far", 1 << 29, PAGES),
    ]
    application = system.add_application("A", range(nodes), regions)
    programs, place = {}, 0
    for index in range(threads):
        operations = tuple(draw_operation(draw) for _ in range(length))
        order = tuple(range(place, place + length))
        place += length
        thread = system.add_thread(application, f"A.{index}", index % nodes, index // nodes)
        programs[thread] = Program(operations, order)
    if draw.random() < 0.1:
        kernel.set_areas(application.spaces[0], fpage(0x401 << 12, 12))
    world = World(system, programs, strides=draw.random() < 0.5)
    if not fast:
        world.fast_perform = world.perform
        kernel.fast_reply = no_fast_reply
    return Session(world, draw.choice((ScriptOrder(), RoundRobin(), Seeded(seed))))


def counted(session: Session, taken: Counter[str]) -> None:
    """Count what the fast path does, so that a test of it cannot pass by never taking it."""
    kernel, perform = session.world.kernel, session.world.fast_perform
    reply: Callable[..., bool] = kernel.fast_reply

    def counting(*arguments: Any) -> bool:
        done = reply(*arguments)
        taken["mapped" if done else "left"] += 1
        return done

    def performing(action: tuple[int, ...]) -> int:
        before = kernel.records.end
        general = session.world._run_program
        called = []
        session.world._run_program = lambda thread: (called.append(thread), general(thread))  # type: ignore[method-assign,assignment,func-returns-value]
        cycles = perform(action)
        del session.world._run_program
        events = kernel.records.flat[before::6]
        if not called:
            taken.update(f"event {event}" for event in events)
        return cycles

    kernel.fast_reply = counting
    session.world.fast_perform = performing


def same(one: Session, other: Session, since: StepChange) -> None:
    """Compare two sessions, and what they wrote and noted from the step `since` on."""
    mine, others = one.world, other.world
    log, noted = since.log_start, since.record_start
    assert mine.journal.log[log:] == others.journal.log[log:]
    assert mine.kernel.records.flat[noted:] == others.kernel.records.flat[noted:]
    assert one._steps == other._steps
    assert one.digest() == other.digest()


def interfere(draw: random.Random, sessions: tuple[Session, Session]) -> None:
    """What a student may do in between: another operation, an answer of his own, a step back."""
    first = sessions[0]
    chance = draw.random()
    thread = draw.choice(list(first.world.programs))
    servers = [
        action[1] for action in first.world.enabled() if action[1] not in first.world.programs
    ]
    if chance < 0.05:
        action = (DO, thread, *draw_operation(draw))
    elif chance < 0.12 and servers:
        action = (ANSWER, draw.choice(servers), draw.choice((0, 4, 7, REFUSE)))
    elif chance < 0.15 and first.cursor > 5:
        back = first.cursor - 3
        for session in sessions:
            session.seek(back)
        return
    else:
        return
    if first.world.can_do(action):
        for session in sessions:
            session.step(action)


def run_both(seed: int, taken: Counter[str]) -> None:
    fast, general = build(seed, fast=True), build(seed, fast=False)
    counted(fast, taken)
    draw = random.Random(seed)
    for _ in range(600):
        for session in (fast, general):
            session.run(1)
        if fast.last is not None:
            same(fast, general, fast.last)
        if not fast.world.enabled():
            break
        interfere(draw, (fast, general))
    tables = [[table.rows for table in each.world.journal.tables] for each in (fast, general)]
    assert tables[0] == tables[1]


@given(SEEDS)
@settings(max_examples=40)
def test_fast_and_general_path_leave_the_same_after_every_step(seed: int) -> None:
    run_both(seed, Counter())


def test_the_fast_path_is_taken() -> None:
    taken: Counter[str] = Counter()
    for seed in range(40):
        run_both(seed, taken)
    assert taken["mapped"] > 100
    for event in ("event 1", "event 2", "event 4", "event 13"):
        assert taken[event] > 60, (event, taken)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_a_reply_maps_as_a_map_does(replies: list[tuple[int, int, int]]) -> None:
    """One pager answers many threads of several spaces from few pages: siblings, other rights."""
    states = []
    for fast in (True, False):
        session = build(3, fast=fast)
        kernel = session.world.kernel
        pager = next(iter(session.world.system.roster.pager_threads.values()))
        home = kernel.threads.rows[pager][0]
        for frame in range(8):
            kernel.map(0, home, page_item(frame, frame << 12))
        spaces = [kernel.create_space(0) for _ in range(4)]
        waiting = [kernel.create_thread(space, 1, pager) for space in spaces]
        for space in spaces:
            kernel.map(0, space, page_item(100, 0x1F0 << 12))
        kernel.dispatch(pager)
        context = session.world._servers[pager][1]
        for who, frame, rights in replies:
            thread = waiting[who]
            kernel.state.put(thread, 3 | pager << 3 | 1 << 24 | 5 << 32)
            context.reply(thread, 1, (), (page_item(frame, (0x100 + frame) << 12, rights),))
        states.append((kernel.journal.log, kernel.records.flat, kernel.account.cycles))
    assert states[0] == states[1]


def test_an_answer_to_an_unknown_thread_is_refused_as_ever() -> None:
    session = build(1, fast=True)
    kernel = session.world.kernel
    assert not kernel.fast_reply(1, 999, 1, (), (page_item(1, 0),))
    assert not kernel.fast_reply(1, 2, 1, (), (page_item(1, 0)._replace(send=page(1)),))
