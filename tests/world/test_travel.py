"""Travelling in time: who changed what, where a run stops, and futures that were left behind."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.records import Event
from l4numa_tui.world.branches import Branch, beside
from l4numa_tui.world.operations import DO, Op, Operation
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import KINDS, Stop, Watched
from l4numa_tui.world.subjects import Subject, subject_of
from tests.worlds import DATA, PAGES, random_operation, random_session, session, tables

SEEDS = st.integers(0, 10_000)
NODES = 3


def things(of: Session) -> list[Watched]:
    """One of each kind that a selection can be, and some more."""
    application = of.world.system.roster.applications[0]
    entries = [
        entry_id(space, DATA + page) for space in application.spaces.values() for page in range(2)
    ]
    return [
        *(("entry", entry) for entry in entries),
        *(("page", 0, DATA + page) for page in range(PAGES)),
        *(("frame", frame) for frame in range(4)),
        *(("space", space) for space in application.spaces.values()),
        *(("thread", thread) for thread in of.world.programs),
        ("node", 1),
        ("slot", next(iter(of.world.kernel.mmu.pte.rows))),
    ]


def wander(of: Session, seed: int, forks: int = 4) -> None:
    """Run, go back, act otherwise, again and again; ends anywhere."""
    draw = random.Random(seed)
    for _ in range(forks):
        of.run(draw.randrange(60))
        of.seek(draw.randrange(of.length + 1))
        ready = [each for each in of.world.programs if of.world.can_do((DO, each, Op.WORK, 1))]
        if ready:
            of.step((DO, draw.choice(ready), *random_operation(draw)))
    of.run(draw.randrange(60))


def changed(of: Session, subject: Subject, step: int) -> bool:
    """By looking at the step alone: whether it leaves anything of the subject as it was not."""
    change = of.change(step)
    rows: dict[object, list[object]] = {}
    for table, key, old, new in change.changes():
        rows.setdefault((table, key), [old])[1:] = [new]
    large = of.world.kernel.database.large.rows
    net: dict[str, dict[object, tuple[object, object]]] = {}
    for (table, key), (old, new) in rows.items():  # type: ignore[misc]
        if old != new:
            net.setdefault(table, {})[key] = (old, new)
    return any(subject.changes(net, large))


@given(SEEDS)
@settings(max_examples=15)
def test_reverse_watch_says_what_looking_at_every_step_says(seed: int) -> None:
    watched = random_session(seed, nodes=NODES)
    subjects = [subject_of(watched.world, *thing) for thing in things(watched)]
    for part in range(3):
        wander(watched, seed + part)  # in between the index is asked, cut and kept up
        for subject in subjects:
            every = [n for n in range(1, watched.length + 1) if changed(watched, subject, n)]
            here = watched.cursor
            assert [step for step in watched.history.steps(subject) if step] == every
            before = [step for step in every if step <= here]
            assert (watched.history.last(subject, here) or 0) == (before[-1] if before else 0)
            after = [step for step in every if step > here]
            assert watched.history.next(subject, here) == (after[0] if after else None)


@given(SEEDS, SEEDS)
@settings(max_examples=15)
def test_no_future_is_lost_and_each_can_be_gone_into_and_left(seed: int, way: int) -> None:
    forked = random_session(seed, nodes=NODES)
    wander(forked, way, forks=4)

    def ends() -> list[tuple[object, ...]]:
        beside = [(*forked.actions[: b.at], *b.actions) for b in forked.futures()]
        return [tuple(forked.actions), *beside]

    draw, known = random.Random(way), ends()
    digests: dict[tuple[object, ...], int] = {}
    for _ in range(4):
        if not forked.futures():
            break
        index = draw.randrange(len(forked.futures()))
        wanted = ends()[index + 1]
        here = forked.seek(draw.randrange(forked.length + 1))
        forked.switch(index)
        assert tuple(forked.actions) == wanted
        assert forked.cursor == min(here, forked.length)
        # Whatever was known still is, if only as the beginning of what goes further.
        assert all(any(now[: len(was)] == was for now in ends()) for was in known)
        forked.seek(forked.length)
        assert digests.setdefault(wanted, forked.digest()) == forked.digest()
    fresh = random_session(seed, nodes=NODES)
    for action in forked.actions:
        assert fresh.step(action) is not None
    forked.seek(forked.length)
    assert tables(fresh) == tables(forked)


def test_a_fork_of_a_fork_is_told_from_where_the_present_leaves_it() -> None:
    a, b, c, d = (0, 1), (0, 2), (0, 3), (0, 4)
    inner = Branch(2, (d,))  # a b d, beside a b c
    assert beside([inner], [a, b, c]) == [inner]
    assert beside([Branch(1, (b, d))], [a, b, c]) == [inner]
    assert beside([Branch(0, (a, b))], [a, b, c]) == []
    assert beside([inner, inner], [a, b, c]) == [inner]
    assert beside([Branch(1, (b, c))], [a, b]) == [Branch(2, (c,))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_stops_at_every_event_of_a_kind_and_nowhere_else(kind: str) -> None:
    events = {
        "fault": Event.PAGEFAULT_USER, "message": Event.IPC_SEND, "unmap": Event.SYSCALL_UNMAP,
        "shootdown": Event.TLB_SHOOTDOWN, "refused": Event.REFUSED,
    }  # fmt: skip
    stopped = random_session(4, nodes=NODES)
    stopped.stops.toggle_kind(kind)
    places = []
    while True:
        done, stop = stopped.run_to_stop(10_000)
        if stop is None:
            assert not done or stopped.next_action() is None
            break
        assert stop == Stop(kind, stopped.cursor)
        places.append(stopped.cursor)
    node = stopped.world.kernel.node_of
    wanted = [
        step
        for step in range(1, stopped.length + 1)
        if any(
            r.event == events[kind] and (kind != "message" or node(r.thread) != node(r.a))
            for r in stopped.change(step).records()
        )
    ]
    assert places == wanted
    assert places or kind == "refused"


@given(SEEDS, st.lists(st.integers(1, 40), min_size=1, max_size=6))
@settings(max_examples=15)
def test_where_a_run_stops_does_not_depend_on_its_pace(seed: int, paces: list[int]) -> None:
    whole, pieces = random_session(seed, nodes=NODES), random_session(seed, nodes=NODES)
    for each in (whole, pieces):
        each.stops.toggle_watch(("page", 0, DATA))
        each.stops.toggle_step(7)
    turn = 0
    for _ in range(5):
        _, stop = whole.run_to_stop(10_000)
        while True:
            done, other = pieces.run_to_stop(paces[turn % len(paces)])
            turn += 1
            if other is not None or not done:
                break
        assert (other, pieces.cursor, pieces.digest()) == (stop, whole.cursor, whole.digest())


def test_a_watch_stops_where_the_thing_changes_and_says_how() -> None:
    reads: list[Operation] = [(Op.WORK, 1), (Op.READ, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1)]
    watched = session([reads])
    space = watched.world.system.roster.applications[0].spaces[0]
    entry = entry_id(space, DATA)
    assert watched.stops.toggle_watch(("entry", entry))
    _, mapped = watched.run_to_stop(1000)
    assert mapped is not None
    assert mapped.watched == ("entry", entry)
    assert [(each.table, each.old is None) for each in mapped.changes] == [("mdb", True)]
    _, gone = watched.run_to_stop(1000)
    assert gone is not None
    assert gone.changes[0].new is None
    assert not watched.stops.toggle_watch(("entry", entry))
    assert watched.run_to_stop(1000)[1] is None


def test_a_breakpoint_lets_a_run_go_on_from_itself() -> None:
    stopped = random_session(2)
    stopped.stops.toggle_step(3)
    assert stopped.run_to_stop(1000) == (3, Stop("step", 3))
    done, stop = stopped.run_to_stop(1000)
    assert done > 0
    assert stop is None
    stopped.seek(0)
    assert stopped.run_to_stop(2) == (2, None)


def test_what_several_steps_did_together_leads_from_the_first_state_to_the_last() -> None:
    spanned = random_session(11, nodes=NODES)
    spanned.run(400)
    draw = random.Random(11)
    for _ in range(20):
        first, last = sorted(draw.sample(range(spanned.length + 1), 2))
        spanned.seek(last)
        after = tables(spanned)
        spanned.seek(first)
        state = tables(spanned)
        for table, rows in spanned.span(first, last).net().items():
            for key, (old, new) in rows.items():
                assert state.get(table, {}).get(key) == old
                if new is None:
                    del state[table][key]
                else:
                    state.setdefault(table, {})[key] = new
        assert {name: rows for name, rows in state.items() if rows} == after
        assert spanned.span(first, last).cycles == sum(spanned.costs()[first:last])
