"""A run that keeps no history ends where the steps end, or says that it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.journal import NoHistoryError, UnloggedJournal
from l4numa_tui.kernel.records import Event
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario, shipped_names
from l4numa_tui.world.schedulers import Seeded
from l4numa_tui.world.session import Session
from tests.world.test_fast_path import build


def to_the_end(session: Session) -> Session:
    while session.run(1000) == 1000:
        assert session.cursor < 100_000
    return session


def may_give_up(stepped: Session) -> bool:
    """Whether there was something to take back, or an order that hangs on the log."""
    refused = Event.REFUSED in stepped.world.kernel.records.flat[::6]
    return refused or isinstance(stepped.scheduler, Seeded)


@given(st.integers(0, 1_000_000))
@settings(max_examples=40)
def test_it_ends_in_the_same_state_with_the_same_counters(seed: int) -> None:
    stepped = to_the_end(build(seed, fast=True))
    try:
        session = build(seed, fast=True, journal=UnloggedJournal())
        noted = session.world.kernel.records.end
        to_the_end(session)
    except NoHistoryError:
        assert may_give_up(stepped)
        return
    assert session.digest() == stepped.digest()
    assert session.world.totals() == stepped.world.totals()
    assert session.cursor == stepped.cursor
    assert session.world.kernel.records.end == noted


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_end_alike(name: str) -> None:
    scenario = open_scenario(name)
    stepped = to_the_end(build_session(scenario))
    try:
        session = to_the_end(build_session(scenario, history=False))
    except NoHistoryError:
        assert may_give_up(stepped)
        return
    assert session.digest() == stepped.digest()
    assert session.cursor == stepped.cursor


def test_it_cannot_go_back() -> None:
    session = build(2, fast=True, journal=UnloggedJournal())
    session.run(5)
    for ask in (session.back, lambda: session.seek(1), lambda: session.change(1)):
        with pytest.raises(NoHistoryError):
            ask()
    assert session.cursor == 5
