"""The Chrome trace keeps the format's rules, and its sums are the accounts'."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from l4numa_tui.kernel.records import Event
from l4numa_tui.world.session import Session
from tests.export.export_worlds import SEEDS, moment, shipped, text_of

NAMES = ["experiment-e3", "migrate-thread", "endless-refault", "protocol-shared-memory"]


def events(of: Session, **asked: Any) -> list[dict[str, Any]]:
    read = json.loads(text_of(of, "trace", **asked))
    assert "1 cycle" in read["otherData"]["unit"]
    found: list[dict[str, Any]] = read["traceEvents"]
    return found


def worlds() -> Iterator[Session]:
    yield from (moment(seed) for seed in SEEDS)
    yield from (shipped(name) for name in NAMES)


def lane(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def test_slices_nest_in_their_lanes_and_add_up_to_the_clock() -> None:
    for of in worlds():
        open_until: dict[tuple[int, int], list[int]] = {}
        total = 0
        for event in events(of):
            if event["ph"] == "X":
                start, end = event["ts"], event["ts"] + event["dur"]
                stack = open_until.setdefault(lane(event), [])
                while stack and stack[-1] <= start:
                    stack.pop()
                assert not stack or end <= stack[-1], "a slice sticks out of the one around it"
                assert bool(stack) == (event["cat"] == "kernel") or not event["dur"]
                stack.append(end)
                total += event["dur"] if event["cat"] == "step" else 0
            elif event["ph"] == "i":
                assert event["s"] == "t"
        assert total == of.world.totals().cycles


def test_time_never_runs_backwards_and_every_lane_has_a_name() -> None:
    for of in worlds():
        all_events = events(of)
        steps = [event["ts"] for event in all_events if event.get("cat") == "step"]
        assert steps == sorted(steps)
        assert len(steps) == of.cursor
        named = {lane(event) for event in all_events if event["name"] == "thread_name"}
        assert {lane(event) for event in all_events if event["ph"] in "Xisf"} == named
        for event in all_events:
            assert event["ph"] in "MXisfC"
            assert event["ph"] == "M" or event["ts"] >= 0


def test_arrows_begin_and_end_once_inside_slices_and_follow_the_messages() -> None:
    for of in worlds():
        all_events = events(of)
        ends = {event["id"]: event for event in all_events if event["ph"] == "f"}
        starts = {event["id"]: event for event in all_events if event["ph"] == "s"}
        assert starts.keys() == ends.keys()
        counts = Counter(event["ph"] for event in all_events)
        assert counts["s"] == counts["f"] == len(starts)
        slices = [event for event in all_events if event["ph"] == "X"]
        for each, start in starts.items():
            end = ends[each]
            assert start["ts"] <= end["ts"]
            assert end["bp"] == "e"
            for at in (start, end):
                assert any(
                    lane(at) == lane(s) and s["ts"] <= at["ts"] <= s["ts"] + s["dur"]
                    for s in slices
                )
        sent = sum(
            record.event in (Event.IPC_SEND, Event.MAIL_WRITE)
            for _, record in of.records(1, of.cursor)
        )
        took = sum(
            record.event in (Event.IPC_RECV, Event.MAIL_READ)
            for _, record in of.records(1, of.cursor)
        )
        assert took <= len(starts) <= sent


def test_every_message_of_a_run_that_ends_has_its_arrow() -> None:
    of = shipped("experiment-e3")
    sent = [record for _, record in of.records(1, of.cursor) if record.event == Event.IPC_SEND]
    assert sum(event["ph"] == "s" for event in events(of)) == len(sent) > 0


def test_counters_end_with_what_the_world_says() -> None:
    for of in worlds():
        last: dict[tuple[str, int], int] = {}
        for event in events(of):
            if event["ph"] == "C":
                (last[event["name"], event["pid"]],) = event["args"].values()
        for node in range(of.world.kernel.machine.nodes):
            assert last["kernel memory", node] == of.world.kernel.memory.bytes_on(node)
            assert last["faults", node] == of.world.totals(node).faults


def test_a_range_is_the_end_of_the_whole() -> None:
    of = shipped("experiment-e3")
    part = [event for event in events(of, first=14) if event.get("cat") in ("step", "kernel")]
    whole = [event for event in events(of) if event.get("cat") in ("step", "kernel")]
    assert part == whole[-len(part) :]
    assert part[0]["args"]["step"] == 14


def test_a_thread_that_moves_has_a_lane_on_both_nodes() -> None:
    of = shipped("migrate-thread")
    nodes = {event["pid"] for event in events(of) if event["name"] == "thread_name"}
    by_thread = Counter(event["tid"] for event in events(of) if event["name"] == "thread_name")
    assert len(nodes) > 1
    assert max(by_thread.values()) == 2


@pytest.mark.parametrize("name", NAMES)
def test_the_sequence_tells_every_message_of_its_steps(name: str) -> None:
    of = shipped(name)
    text = text_of(of, "sequence", first=1)
    boxes, ends = text.count("\n  box "), text.count("\n  end")
    assert boxes == ends > 0
    known = {line.split()[1] for line in text.splitlines() if line.startswith("    participant")}
    arrows = [line.strip() for line in text.splitlines() if "->>" in line.split(":")[0]]
    for arrow in arrows:
        assert set(arrow.split(":")[0].split("->>")) <= known
    sent = sum(record.event == Event.IPC_SEND for _, record in of.records(1, of.cursor))
    assert len(arrows) >= sent
    for step in range(1, of.cursor + 1):
        assert f": step {step}: " in text or not any(True for _ in of.change(step).records())
