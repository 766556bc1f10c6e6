"""What a check asks beside what is so now, on the run of test_queries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from l4numa_tui.course.goals import goal_text, goals_of
from l4numa_tui.course.queries import Evidence, holds, totals_of
from l4numa_tui.course.query_model import HEADS, Query
from tests.course.small_course import small_player, to_challenge
from tests.course.test_queries import PAGE, session_at

FIRST = {"space": "A.0", "va": 0x400000}


def evidence(stop: int) -> Evidence:
    session = session_at(0)
    before = totals_of(session)
    session.seek(stop)
    return Evidence(session, 0, before)


def shown(stop: int, query: dict[str, Any]) -> list[str]:
    read = msgspec.convert(query, Query)
    at = evidence(stop)
    goals = goals_of(read, at)
    # A goal never contradicts the check that it is part of.
    if all(goal.held for goal in goals):
        assert holds(read, at)
    return [goal_text(goal).replace("*", "") for goal in goals]


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        # Each of the two threads faults once; A.0's page lies on N0, where it was written first.
        ({"metric": "faults", "at_most": 1}, "faults: at most 1 | now 0",
         "faults: at most 1 | now 2"),
        ({"metric": "faults", "where": {"node": 1}, "is": 1}, "faults on N1: exactly 1 | now 0",
         "faults on N1: exactly 1 | now 1"),
        ({"count": {"event": "ACCESS", "thread": "A.1"}, "at_least": 1, "at_most": 3},
         "accesses by A.1: at least 1 and at most 3 | now 0",
         "accesses by A.1: at least 1 and at most 3 | now 1"),
        ({"happened": {"event": "ACCESS", "thread": "A.1", "access": "r", "va": 0x400000}},
         "A.1 reads 0x400000 | not yet", "A.1 reads 0x400000 | it has happened"),
        ({"not": {"happened": {"event": "PAGEFAULT_USER", "thread": "A.1", "access": "r"}}},
         "A.1 faults reading memory: not | not yet",
         "A.1 faults reading memory: not | it has happened"),
        ({"frame_node": PAGE, "is": 0}, "memory of 0x400123 in A.1 on: N0 | now not mapped",
         "memory of 0x400123 in A.1 on: N0 | now N0"),
        ({"any": [{"rights": FIRST, "is": "rw-"}, {"rights": FIRST, "is": "rwx"}]},
         "rights at 0x400000 in A.0: rw- or rwx | now ---",
         "rights at 0x400000 in A.0: rw- or rwx | now rwx"),
        ({"same_frame": ["A.0", "A.1"], "va": 0x400000},
         "0x400000 in A.0 A.1: the same frame | now A.0 none, A.1 none",
         "0x400000 in A.0 A.1: the same frame | now A.0 0:0000, A.1 0:0000"),
        ({"parent": PAGE, "is": "pager1"}, "0x400123 in A.1 derived from: pager1 | now nobody",
         "0x400123 in A.1 derived from: pager1 | now pager1"),
        ({"holders": PAGE, "is": ["A.0"]}, "who has the frame of 0x400123 in A.1: A.0 | now none",
         "who has the frame of 0x400123 in A.1: A.0 | "
         "now A.0 A.1 pager0 pager1 root"),
        ({"state_of": "A.0", "is": "halted"}, "state of A.0: halted | now ready",
         "state of A.0: halted | now ready"),
    ],
)  # fmt: skip
def test_what_is_asked_stands_beside_what_is_so(
    query: dict[str, Any], before: str, after: str
) -> None:
    assert shown(0, query) == [before]
    assert shown(99, query) == [after]


def test_places_at_one_address_are_told_together() -> None:
    query = {
        "all": [
            {"mapped": FIRST},
            {"metric": "faults", "at_most": 2},
            {"mapped": {"space": "A.1", "va": 0x400000}},
        ]
    }
    asked = "0x400000 mapped in: A.0 A.1"
    assert shown(0, query)[0] == f"{asked} | now nowhere"
    assert shown(2, query) == [f"{asked} | now A.0", "faults: at most 2 | now 1"]
    assert shown(99, query)[0] == f"{asked} | now A.0 A.1"


def test_every_kind_of_query_can_be_told() -> None:
    pattern = {"event": "IPC_SEND", "key": "a"}
    values: dict[str, Any] = {
        "metric": "faults", "count": pattern, "happened": pattern, "who": pattern,
        "receiver": pattern, "order": [pattern], "entries_added": "A.1", "home_of": "A.1",
        "same_frame": ["A.0", "A.1"], "state_of": "A.0", "all": [{"mapped": PAGE}],
        "any": [{"mapped": PAGE}, {"metric": "faults", "is": 1}],
        "not": {"all": [{"mapped": PAGE}, {"metric": "faults", "is": 1}]},
    }  # fmt: skip
    for head in HEADS:
        name = {"negated": "not"}.get(head, head)
        query = {name: values.get(name, PAGE)}
        if head == "same_frame":
            query["va"] = 0x400000
        for stop in (0, 3, 99):
            assert all(text and "None" not in text for text in shown(stop, query))


def test_the_goals_of_open_checks_hold_one_by_one_as_the_student_goes_on(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    open_now = [goal.held for check in player.checks() for goal in check.goals]
    assert open_now
    assert not all(open_now)
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply r"))
    player.step()
    assert all(check.status == "pass" and not check.goals for check in player.checks())
