"""The session: forwards, backwards and by leaps, the world is the same at the same step."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.world.operations import DO, RUN, Op, Operation
from tests.worlds import DATA, random_session, session, tables

SEEDS = st.integers(0, 10_000)


@given(SEEDS)
@settings(max_examples=30)
def test_undo_restores_tables_and_digest_at_every_step(seed: int) -> None:
    stepped = random_session(seed)
    seen = [(tables(stepped), stepped.digest())]
    while stepped.step() is not None:
        seen.append((tables(stepped), stepped.digest()))
    for before in reversed(seen[:-1]):
        assert stepped.back() is not None
        assert (tables(stepped), stepped.digest()) == before
    assert stepped.back() is None


@given(SEEDS, st.integers(0, 60))
@settings(max_examples=30)
def test_stepping_n_times_equals_running_n(seed: int, count: int) -> None:
    stepped, ran = random_session(seed), random_session(seed)
    for _ in range(count):
        stepped.step()
    ran.run(count)
    assert tables(stepped) == tables(ran)
    assert stepped.cursor == ran.cursor


@given(SEEDS, st.lists(st.integers(0, 80), min_size=1, max_size=5))
@settings(max_examples=30)
def test_any_seeks_end_where_a_fresh_run_does(seed: int, leaps: list[int]) -> None:
    sought, fresh = random_session(seed), random_session(seed)
    for leap in leaps:
        sought.seek(leap)
    fresh.seek(leaps[-1])
    assert sought.cursor == fresh.cursor
    assert tables(sought) == tables(fresh)
    assert sought.digest() == fresh.digest()


@given(SEEDS)
@settings(max_examples=20)
def test_going_back_and_on_again_repeats_the_same_future(seed: int) -> None:
    once = random_session(seed)
    once.run(10_000)
    end, digest = once.cursor, once.digest()
    once.seek(end // 2)
    assert once.next_action() == once.actions[end // 2]
    once.run(10_000)
    assert (once.cursor, once.digest()) == (end, digest)


def test_a_fresh_scheduler_agrees_with_one_that_has_been_elsewhere() -> None:
    # The script scheduler remembers how far the script is; acting in the past must not fool it.
    reads: list[Operation] = [(Op.READ, DATA + page << 12) for page in range(3)]
    wandering = session([reads, reads])
    wandering.run(12)
    wandering.seek(3)
    extra = (DO, next(iter(wandering.world.programs)), Op.WORK, 5)
    wandering.step(extra)
    direct = session([reads, reads])
    direct.run(3)
    direct.step(extra)
    wandering.run(1000)
    direct.run(1000)
    assert wandering.actions == direct.actions
    assert wandering.digest() == direct.digest()


def test_acting_in_the_past_keeps_the_old_future_as_a_branch() -> None:
    forked = session([[(Op.READ, DATA << 12), (Op.READ, DATA + 1 << 12)]])
    forked.run(100)
    old = forked.actions
    forked.seek(0)
    thread = next(iter(forked.world.programs))
    forked.step((DO, thread, Op.WRITE, DATA + 2 << 12))
    assert forked.length == 1
    assert forked.branches[0].at == 0
    assert list(forked.branches[0].actions) == old


def test_an_impossible_action_is_refused_and_changes_nothing() -> None:
    refused = session([[(Op.READ, DATA << 12)]])
    refused.step()
    before = refused.digest()
    thread = next(iter(refused.world.programs))
    impossible = ((RUN, thread), (RUN, 999), (DO, thread, 99, 0), (DO, thread, Op.READ), (7,), ())
    beyond = (
        (Op.READ, 1 << 48),
        (Op.WRITE, -1),
        (Op.WORK, 1 << 60),
        (Op.UNMAP_GLOBAL, 0, 1 << 40),
        (Op.UNMAP_GLOBAL, (1 << 36) - 1, 2),
    )
    for action in (*impossible, *((DO, thread, *operation) for operation in beyond)):
        with pytest.raises(ValueError, match="not possible now"):
            refused.step(action)
    assert refused.digest() == before
    assert refused.cursor == 1


def test_enabled_holds_exactly_what_can_be_done() -> None:
    checked = random_session(7)
    while True:
        enabled = checked.world.enabled()
        assert all(checked.world.can_do(action) for action in enabled)
        threads = {action[1] for action in enabled}
        others = set(checked.world.kernel.threads.rows) - threads
        assert not any(checked.world.can_do((RUN, thread)) for thread in others)
        if checked.step() is None:
            assert enabled == []
            break


def test_a_macro_step_serves_one_fault_whole() -> None:
    faulting = session([[(Op.READ, DATA << 12), (Op.READ, DATA << 12)]])
    faulting.macro_step()
    assert faulting.world.totals().faults == 1
    assert faulting.world.totals().local == 1  # the access that faulted has been made
    assert faulting.at_rest()


def test_a_macro_step_ends_when_the_answer_has_been_taken_up() -> None:
    asking = session([[(Op.READ, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1), (Op.READ, DATA << 12)]])
    asking.macro_step()
    asking.macro_step()
    (thread,) = asking.world.programs
    assert asking.world.kernel.ip_of(thread) == 2  # it has learned that the page is unmapped
    assert asking.world.totals().faults == 1
