"""Queries against a run that can be followed by hand: A.0 writes, A.1 reads the same page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from l4numa_tui.course.queries import _VALUES, Evidence, totals_of, value_of
from l4numa_tui.course.query_model import HEADS, Query
from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.world.session import Session

SCENARIO = """
[machine]
nodes = 2
[[region]]
name = "data"
at = 0x400000
pages = 4
[[step]]
thread = "A.0"
op = "write"
at = 0x400000
[[step]]
thread = "A.1"
op = "read"
at = 0x400008
"""
PAGE = {"space": "A.1", "va": 0x400123}


def session_at(step: int) -> Session:
    session = build_session(parse_scenario(SCENARIO, "s"))
    session.seek(step)
    return session


def ask(query: dict[str, Any], start: int = 0, stop: int = 6) -> Any:
    session = session_at(start)
    before = totals_of(session)
    session.seek(stop)
    return value_of(msgspec.convert(query, Query), Evidence(session, start, before))


@pytest.mark.parametrize(
    ("query", "value"),
    [
        # Each of the two faults costs two messages: the fault's, and the reply.
        ({"metric": "faults"}, 2),
        ({"metric": "messages"}, 4),
        ({"metric": "faults", "where": {"node": 1}}, 1),
        ({"metric": "remote"}, 1),
        ({"count": {"event": "ACCESS"}}, 2),
        ({"count": {"event": "ACCESS", "access": "w"}}, 1),
        ({"count": {"event": "MDB_MAP", "space": "A.1", "va": 0x400FFF}}, 1),
        ({"happened": {"event": "ACCESS", "thread": "A.1", "access": "w"}}, False),
        ({"who": {"event": "IPC_SEND", "label": "map", "to": "A.1"}}, "pager1"),
        ({"receiver": {"event": "IPC_SEND", "label": "fault IPC", "nth": 2}}, "pager1"),
        ({"receiver": {"event": "HALT"}}, ""),
        (
            {
                "order": [
                    {"key": "c", "event": "RESUME"},
                    {"key": "a", "event": "TLB_MISS"},
                    {"key": "x", "event": "HALT"},
                    {"key": "b", "event": "MDB_MAP"},
                ]
            },
            ("a", "b", "c"),
        ),
        ({"entries_added": "A.1"}, 1),
        ({"mapped": PAGE}, True),
        ({"mapped": {"space": "A.1", "va": 0x401000}}, False),
        ({"rights": PAGE}, "rwx"),
        ({"rights": {"space": "A.1", "va": 0x401000}}, "---"),
        ({"frame_node": PAGE}, 0),
        ({"frame_node": {"space": "A.1", "va": 0}}, None),
        ({"parent": PAGE}, "pager1"),
        ({"depth": PAGE}, 3),
        ({"holders": PAGE}, frozenset({"root", "pager0", "pager1", "A.0", "A.1"})),
        ({"same_frame": ["A.0", "A.1"], "va": 0x400000}, True),
        ({"same_frame": ["A.0", "A.1"], "va": 0x401000}, False),
        ({"home_of": "A.1"}, 1),
        ({"state_of": "A.1"}, "ready"),
        ({"all": [{"mapped": PAGE}, {"metric": "faults", "is": 3}]}, False),
        ({"any": [{"mapped": PAGE}, {"metric": "faults", "is": 3}]}, True),
        ({"not": {"mapped": PAGE}}, False),
        ({"metric": "faults", "at_least": 2, "at_most": 2}, True),
        ({"metric": "faults", "at_least": 3}, False),
        ({"parent": PAGE, "is": "pager0"}, False),
    ],
)
def test_what_a_query_answers(query: dict[str, Any], value: Any) -> None:
    assert ask(query) == value


def test_only_the_stretch_asked_about_counts() -> None:
    assert ask({"metric": "faults"}, start=3) == 1
    assert ask({"count": {"event": "ACCESS"}}, start=3, stop=5) == 0
    assert ask({"mapped": PAGE}, stop=4) is False
    assert ask({"state_of": "A.1"}, stop=4) == "waiting for its pager"


def test_every_head_has_a_meaning() -> None:
    assert set(_VALUES) == set(HEADS)


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "luck"},
        {"metric": "faults", "where": {"node": 2}},
        {"count": {"event": "PARTY"}},
        {"happened": {"event": "ACCESS", "thread": "A.7"}},
        {"count": {"event": "MDB_MAP", "space": "B"}},
        {"mapped": {"space": "B", "va": 0}},
        {"home_of": "B"},
        {"state_of": "B"},
        {"same_frame": ["A.0", "A.1"]},
        {"parent": PAGE, "at_least": 1},
        {"all": [{"metric": "faults"}]},
    ],
)
def test_a_query_that_means_nothing_is_the_authors_error(query: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        ask(query)


def test_a_query_asks_one_thing() -> None:
    with pytest.raises(UserError, match="metric and home_of"):
        ask({"metric": "faults", "home_of": "A.0"})
    with pytest.raises(UserError, match="nothing"):
        ask({"is": 3})


def test_asking_changes_nothing() -> None:
    session = session_at(6)
    digest, before = session.digest(), totals_of(session_at(0))
    for query in ({"metric": "faults"}, {"holders": PAGE}, {"rights": PAGE}):
        value_of(msgspec.convert(query, Query), Evidence(session, 0, before))
    assert (session.digest(), session.cursor) == (digest, 6)
