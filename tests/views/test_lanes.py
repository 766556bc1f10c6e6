"""Message lanes: rows, arrows, costs and which lanes there are."""

from __future__ import annotations

import re
from itertools import groupby

import pytest

from l4numa_tui.kernel.records import Event
from l4numa_tui.views.messages.lane_events import lane_events, party_of
from l4numa_tui.views.messages.lanes import HEADER, lanes
from l4numa_tui.views.segments import plain
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import NODES, finished, scene_of
from tests.worlds import random_session


def _show(session: Session, first: int, width: int = 84, height: int = 40) -> list[str]:
    records = session.records(first, session.cursor)
    return [
        plain(line) for line in lanes(scene_of(session), records, session.cursor, width, height)
    ]


def test_a_fault_in_full() -> None:
    # A.1's first fault on two nodes. Costs by the profile: walk ending at the root table 200 (one
    # local read), kernel entry 300, IPC 230; the pager works 1000 and reads the directory on N0
    # for 280; map: IPC 230, then 320 + 200 for entry and page table; the retry walks 3 * 3 + 200.
    session = finished(2)
    session.seek(6)
    assert _show(session, 4, 66) == [
        "                              ▲N1",
        " step        A.1             kernel            pager1         cost",
        "   4          ■ TLB miss, walk 1│                 │            200",
        "              │── #PF 400 r ───▶│                 │            300",
        "              │                 │── fault IPC ───▶│            230",
        "   5          │           dir 400 is 0:0000 at N0 ■          1 280",
        "              │◀──────────── map 400 ─────────────│            230",
        "              │                 ■ +PT ×3, +MDB A.1 400         520",
        "              │◀──── resume ────│                 │",
        "❯  6          ■ TLB miss, walk 4│                 │            209",
        "❯             ■ r 0:0000 remote │                 │            280",
    ]


@pytest.mark.parametrize("seed", range(6))
def test_costs_of_a_steps_rows_sum_to_what_its_records_say(seed: int) -> None:
    session = random_session(seed)
    session.run(400)
    events = lane_events(scene_of(session), session.records(1, session.length))
    for step in range(1, session.length + 1):
        told = max((record.cycles for record in session.change(step).records()), default=0)
        assert sum(event.cost for event in events if event.step == step) == told


@pytest.mark.parametrize("seed", range(6))
def test_every_message_is_one_arrow_between_the_right_parties(seed: int) -> None:
    session = random_session(seed)
    session.run(400)
    scene = scene_of(session)
    records = session.records(1, session.length)
    sent = [record for _, record in records if record.event == Event.IPC_SEND]
    events = lane_events(scene, records)
    arrows = [
        e for e in events if e.to is not None and e.to.thread and e.text not in ("resume", "halt")
    ]
    assert [arrow.to for arrow in arrows] == [party_of(scene, record.a) for record in sent]
    for arrow, record in zip(arrows, sent, strict=True):
        # A fault's message is the kernel's, on the faulting thread's node.
        assert arrow.source.node == scene.thread_node(record.thread)
        assert arrow.source.thread in (0, record.thread)


@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("width", [78, 84, 120, 160])
def test_rows_fit_and_are_the_newest(nodes: int, width: int) -> None:
    session = finished(nodes, 5)
    session.seek(session.length // 2)
    scene = scene_of(session)
    records = session.records(1, session.length)
    events = [e for e in lane_events(scene, records) if e.step <= session.cursor]
    lines = lanes(scene, records, session.cursor, width, 14)
    assert len(lines) == 14
    # Equal messages in a row may share a line: compare without repetitions.
    targets = [target for target, _ in groupby(line[-1].target for line in lines[HEADER:])]
    newest = [target for target, _ in groupby(event.target for event in events)]
    assert targets == newest[-len(targets) :]
    assert len(plain(lines[1]).split()) <= 2 + 2 * 7  # step, at most seven names, cost


def test_rows_of_later_steps_are_not_shown_and_present_ones_are_marked() -> None:
    session = finished(2)
    session.seek(5)
    lines = lanes(scene_of(session), session.records(1, 12), 5, 84, 60)
    shown = [plain(line) for line in lines[HEADER:]]
    steps = [int(found[1]) for row in shown if (found := re.match(r".\s*(\d+) ", row))]
    assert steps == [1, 2, 3, 4, 5]
    now = [row.startswith("❯") for row in shown]
    assert sum(now) == 4  # look-up, map, entries, resume
    assert now == sorted(now)


@pytest.mark.parametrize("ascii_only", [False, True])
def test_arrows_that_cross_nodes_are_double(ascii_only: bool) -> None:
    session = finished(2)
    session.seek(session.length)
    records = session.records(1, session.length)
    scene = scene_of(session, ascii_only=ascii_only)
    events = lane_events(scene, records)
    rows = [plain(line) for line in lanes(scene, records, session.length, 120, 10_000)][HEADER:]
    double, single = ("=", "-") if ascii_only else ("═", "─")
    crossing = 0
    for event, row in zip(events, rows, strict=True):
        if event.to is not None:
            crosses = event.to.node != event.source.node
            crossing += crosses
            assert (double in row) == crosses
            assert (single in row.replace("-MDB", "")) == (not crosses)
    assert crossing == 2  # one other pager is notified and acknowledges


def test_an_unmap_call_comes_before_its_effects() -> None:
    session = finished(2)
    session.seek(session.length)
    texts = [e.text for e in lane_events(scene_of(session), session.records(1, session.length))]
    at = texts.index("−MDB A.1 400")
    assert texts[at - 1] == "unmap"
    assert texts[at + 1] == "IPI CPU 3"


def test_a_single_entry_can_be_selected_from_its_row() -> None:
    session = finished(2)
    session.seek(2)
    rows = lanes(scene_of(session), session.records(2, 2), 2, 84, 20)[HEADER:]
    own = next(row for row in rows if "+MDB" in plain(row))
    (entry,) = [e for e in session.world.kernel.database.entries.rows if e >> 36 == 4]
    assert {segment.target for segment in own} == {("step", 2), ("entry", entry)}


def test_too_many_parties_share_a_lane_and_keep_their_names() -> None:
    session = finished(64)
    step = next(
        step
        for step in range(1, session.length + 1)
        if sum(r.event == Event.IPC_SEND for r in session.change(step).records()) == 63
    )
    session.seek(step)
    rows = _show(session, step - 1, 84, 100)
    assert "others" in rows[1]
    told = [re.search(r"notify(?: ×(\d+))?", row) for row in rows]
    assert sum(int(found[1] or 1) for found in told if found) == 63  # all pagers but the leader's
    assert len([found for found in told if found]) <= 4


@pytest.mark.parametrize("width", [66, 84, 120])
def test_a_name_without_a_lane_is_written_out(width: int) -> None:
    # Two pagers answer faults in turn: with few lanes some of the parties have none.
    session = finished(8)
    session.seek(40)
    scene = scene_of(session)
    records = session.records(20, 40)
    lines = lanes(scene, records, 40, width, 200)
    names = plain(lines[1])
    for event, line in zip(lane_events(scene, records), lines[HEADER:], strict=True):
        for party in (event.source, event.to):
            if party is not None and party.thread:
                name = scene.thread_name(party.thread)
                assert name in names or name in plain(line)


def test_a_step_that_only_took_a_message_has_a_row() -> None:
    # With three nodes the leader of an unmap gets two acknowledgements; the first changes nothing
    # that the kernel could record.
    session = random_session(0)
    session.run(400)
    scene = scene_of(session)
    quiet = [
        step
        for step in range(1, session.length + 1)
        if [record.event for record in session.change(step).records()] == [Event.IPC_RECV]
    ]
    assert quiet
    for step in quiet:
        (event,) = lane_events(scene, session.records(step, step))
        (record,) = session.change(step).records()
        assert event.source == party_of(scene, record.thread)
        assert event.text == "takes ack"


def test_nothing_yet_says_what_to_do() -> None:
    session = finished(2)
    session.seek(0)
    assert _show(session, 1) == [" no messages yet: take a step"]


def test_too_narrow_for_lanes_is_a_list() -> None:
    session = finished(2)
    session.seek(1)
    assert _show(session, 1, 36) == [
        "❯   1 A.0: TLB miss, walk 1      200",
        "❯     A.0 → kernel: #PF 400 r    300",
        "❯     kernel → pager0: fault…    230",
    ]
