"""What a run came to: the counts that follow from the scenario, and who never finished."""

from __future__ import annotations

import json

import pytest

from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.scenario.summary import grouped, run_scenario, stuck_threads, summary
from l4numa_tui.world.operations import ANSWER
from l4numa_tui.world.session import Session
from tests.scenario.helpers import MACHINE, NAMES, REGION, SMALL, example, finished, step


def test_a_lazy_global_page_costs_one_fault_and_two_messages_per_node() -> None:
    found = summary(finished(example("lazy-global")))
    assert found.ended
    json_form = found.to_json()
    cycles = json_form["totals"].pop("cycles")
    assert cycles > 0
    assert json_form["totals"] == {
        "accesses": 4, "faults": 4, "messages": 8, "local": 1, "remote": 3,
    }  # fmt: skip
    nodes = [(node["node"], node["local"], node["remote"]) for node in json_form["nodes"]]
    assert nodes == [(0, 0, 1), (1, 1, 0), (2, 0, 1), (3, 0, 1)]  # it was first touched on node 1


def test_a_global_unmap_adds_two_messages_per_other_node_and_the_call() -> None:
    """Nodes 0 and 1 fault once each; then call, notify, acknowledgement, done."""
    touches = step("write", "A.0", at=0x400000) + step("read", "A.1", at=0x400000)
    before = finished(parse_scenario(MACHINE + REGION + touches, "x")).world.totals().messages
    text = MACHINE + REGION + touches + step("unmap_everywhere", "A.1", at=0x400000)
    after = finished(parse_scenario(text, "x")).world.totals().messages
    assert after - before == 2 * (2 - 1) + 2


def test_a_thread_that_nobody_makes_is_stuck_and_a_deleted_one_is_not() -> None:
    text = """
    [machine]
    nodes = 1
    [[space]]
    name = "R"
    privileged = true
    [[thread]]
    name = "R"
    [[thread]]
    name = "W"
    [[thread]]
    name = "T"
    created = true
    """
    work = step("work", "T", cycles=1) + step("receive", "W")
    made = step("thread_control", "R", target="T", scheduler="R")
    deleted = step("thread_control", "R", target="W") + "delete = true\n"
    for steps, stuck in ((work, ["W", "T"]), (work + made, ["W", "T"]), (work + deleted, ["T"])):
        session = finished(parse_scenario(text + steps, "x"))
        found = {each.thread: each.why for each in stuck_threads(session)}
        assert list(found) == stuck
        assert found["T"] == "has not been made active by ThreadControl"


@pytest.mark.parametrize("name", NAMES)
def test_sums_agree(name: str) -> None:
    session = finished(example(name))
    found = summary(session).to_json()
    assert found["schema"] == "l4numa.run/1"
    for key in ("accesses", "faults", "local", "remote"):
        assert found["totals"][key] == sum(node[key] for node in found["nodes"])
    assert found["totals"]["accesses"] == found["totals"]["local"] + found["totals"]["remote"]
    alive = [each for each in session.world.programs if each in session.world.kernel.threads.rows]
    assert sum(node["threads"] for node in found["nodes"]) == len(alive)
    assert found["digest"] == f"{session.digest():016x}"
    assert found["costs"]["fingerprint"] == session.world.kernel.costs.fingerprint()
    assert json.loads(json.dumps(found)) == found


def test_changed_costs_are_named() -> None:
    found = summary(build_session(example("lazy-global")))
    assert found.to_json()["costs"]["changed"] == {"tlb_entries": 8}
    assert "opteron-2009 with tlb_entries = 8" in found.lines()[1]
    assert summary(build_session(example("pagefault"))).changed_costs == ()


def test_a_run_that_is_cut_short_is_not_said_to_have_ended() -> None:
    session = build_session(example("lazy-global"))
    assert run_scenario(session, 3) == 3
    found = summary(session)
    assert not found.ended
    assert found.stuck == ()
    assert found.lines()[-1].startswith("not finished after 3 steps")


def test_a_thread_whose_pager_refused_is_stuck() -> None:
    text = MACHINE + REGION + step("write", "A.0", at=0x999000) + step("write", at=0x400000)
    found = summary(finished(parse_scenario(text, "x")))
    assert found.ended
    (stuck,) = found.stuck
    assert stuck.thread == "A.0"
    assert "its pager refused" in stuck.why
    assert f"stuck: A.0 {stuck.why}" in found.lines()
    assert found.to_json()["stuck"] == [{"thread": "A.0", "why": stuck.why}]


def test_a_thread_halted_long_before_the_end_is_stuck_at_once() -> None:
    text = MACHINE + REGION + step("write", "A.0", at=0x999000) + step("work", cycles=1, times=50)
    session = build_session(parse_scenario(text, "x"))
    session.run(10)
    assert not summary(session).ended
    assert [each.thread for each in summary(session).stuck] == ["A.0"]


def test_threads_that_wait_for_ever_are_stuck() -> None:
    """A pager that has lost its message: nobody can act, and the thread waits for its answer."""
    session = build_session(parse_scenario(SMALL, "x"))
    session.step()
    pager = session.actions[0][1]
    kernel = session.world.kernel
    waiting_for = kernel.threads.rows[pager][2]
    assert session.world.can_do((ANSWER, waiting_for, 0))
    kernel.inbox.drop(waiting_for)
    found = summary(session)
    assert found.ended
    assert [(each.thread, each.why) for each in found.stuck] == [
        ("A.1", "waits for pager1, for ever")
    ]


def test_the_table_is_aligned_and_groups_thousands() -> None:
    many = step("read", at=0x400000, pages=16, times=100)
    lines = summary(finished(parse_scenario(MACHINE + REGION + many, "x"))).lines()
    head, first, second, total = lines[3:7]
    assert len({len(head), len(first), len(second), len(total)}) == 1
    assert head.split() == [
        "node", "threads", "accesses", "faults", "local", "remote", "remote/local", "kernel",
        "bytes",
    ]  # fmt: skip
    assert "1 600" in second
    assert "0.00" in second
    assert first.split()[:7] == ["0", "1", "0", "0", "0", "0", "-"]
    column = head.index("accesses") + len("accesses")
    assert second[:column].endswith("1 600")
    assert total[:column].endswith("1 600")
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (12345, "12 345"), (1234567, "1 234 567")]
)
def test_grouping(number: int, text: str) -> None:
    assert grouped(number) == text


def test_summary_leaves_the_session_alone() -> None:
    session: Session = finished(example("global-unmap"))
    mark, cursor = session.world.journal.mark(), session.cursor
    summary(session).lines()
    assert (session.world.journal.mark(), session.cursor) == (mark, cursor)
