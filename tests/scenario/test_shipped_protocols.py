"""Each shipped scenario of the pagers' protocols, and of their mistakes, makes its point.

What is expected follows from the protocols' rules (docs/model.md, docs/scenarios.md), not from a
run. The orders of the mistakes are seeded; if the seed no longer shows the point, the test names
one that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from l4numa_tui.kernel.mapping_database import entry_id, space_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.thread_state import RECEIVING, SENDING, code_of, partner_of
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.scenario.shipped import open_scenario, shipped_path
from l4numa_tui.scenario.summary import summary
from l4numa_tui.userland import labels
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.ending import ending
from l4numa_tui.world.schedulers import Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.stale import stale_mappings
from tests.scenario.shipped import LIMIT, Shipped

A, A2, HEAP = 0x40_0000, 0x40_1000, 0x80_0000
SEEDS = 4000  # where to look for another seed; 40 of them must be right without the mistake


def named(session: Session) -> dict[str, int]:
    return {name: number for number, name in session.world.system.thread_names.items()}


def frame_of(session: Session, space: str, address: int) -> int | None:
    names = {name: number for number, name in session.world.system.space_names.items()}
    found = session.world.kernel.translate(names[space], address >> PAGE_LOG2)
    return found[0] if found else None


def reads_anothers_page(session: Session) -> bool:
    """A.1 has faulted once, and its last access is to the frame of A.0's other page."""
    thread, last = named(session)["A.1"], session.last
    records = [record for _, record in session.records(1, session.length)]
    mine = [record for record in records if record.thread == thread]
    accesses = [record for record in last.records() if record in mine] if last else []
    return (
        [record.event for record in mine].count(Event.PAGEFAULT_USER) == 1
        and any(record.event == Event.ACCESS and record.a == A for record in accesses)
        and frame_of(session, "A.1", A) == frame_of(session, "A.0", A2) is not None
    )


def has_two_frames(session: Session) -> bool:
    frames = {frame_of(session, f"A.{node}", A) for node in (0, 1)}
    return len(frames) == 2 and None not in frames


def is_deadlocked(session: Session) -> bool:
    return bool(session.world.kernel.deadlocks())


def waits_without_deadlock(session: Session) -> bool:
    return bool(summary(session).stuck) and not is_deadlocked(session)


POINTS: dict[str, Callable[[Session], bool]] = {
    "mistake-notify-first": reads_anothers_page,
    "mistake-no-waiting": reads_anothers_page,
    "mistake-look-then-take": has_two_frames,
    "mistake-calls": is_deadlocked,
    "mistake-no-service": waits_without_deadlock,
}


def seeds_that_show(name: str) -> list[int]:
    """The first seed that shows the point of a scenario, if there is one."""
    for seed in range(SEEDS):
        session = build_session(open_scenario(name))
        session.scheduler = Seeded(seed)
        session.run(LIMIT)
        if POINTS[name](session):
            return [seed]
    return []


@pytest.mark.parametrize("name", POINTS)
def test_the_seed_shows_the_mistake(name: str) -> None:
    if not POINTS[name](Shipped(name).end().session):
        pytest.fail(f"the seed of {name} shows nothing any more; try {seeds_that_show(name)}")


@pytest.mark.parametrize("name", POINTS)
def test_without_the_mistake_no_order_goes_wrong(name: str) -> None:
    """What the explanations promise: take `[pagers]` out, and all is well."""
    text = shipped_path(name).read_text()
    right, cut = re.subn(r"\n\[pagers\]\nmistakes = .*\n", "\n", text)
    assert cut == 1
    scenario = parse_scenario(right, name)
    shipped = scenario.spec.run.seed
    assert shipped is not None
    for seed in (shipped, *range(40)):
        session = build_session(scenario)
        session.scheduler = Seeded(seed)
        assert session.run(LIMIT) < LIMIT
        assert not stale_mappings(session.world), f"seed {seed}"
        assert not summary(session).stuck, f"seed {seed}"
        frames = [row[0] for row in session.world.system.directory.rows.rows.values()]
        assert len(frames) == len(set(frames)), f"seed {seed}"


def test_mistake_notify_first() -> None:
    run = Shipped("mistake-notify-first").end()
    (stale,) = stale_mappings(run.session.world)
    assert (stale.vpn, stale.node, stale.reused) == (A >> PAGE_LOG2, 1, True)
    records = run.all_records()
    acknowledged = sent(records, labels.ACK)
    (at,) = [i for i, record in enumerate(records) if record in acknowledged]
    mapped = [
        i
        for i, record in enumerate(records)
        if record.event == Event.MDB_MAP and space_of(record.a) == run.space["A.1"]
    ]
    assert len(mapped) == 1
    assert at < mapped[0], "pager1 has unmapped, then it maps"
    writes = [record.c for record in records if record.event == Event.DIRECTORY_WRITE]
    frame = run.frame("A.0", A2)
    assert writes == [frame + 1, 0, frame + 1], "published, removed, and never marked"


def test_mistake_no_waiting() -> None:
    run = Shipped("mistake-no-waiting")
    records = run.all_records()
    done = records.index(sent(records, labels.UNMAP_DONE)[0])
    assert done < records.index(sent(records, labels.ACK)[0]), "told before it is acknowledged"
    run.end()
    assert run.frame("A.1", A) == run.frame("A.0", A2)
    (stale,) = stale_mappings(run.session.world)
    assert stale.reused
    lost = [r for r in records if r.event == Event.MDB_UNMAP and space_of(r.a) == run.space["A.1"]]
    assert not lost, "pager1 finds no row, and cannot know which frame to unmap"


def test_mistake_look_then_take() -> None:
    run = Shipped("mistake-look-then-take").end()
    records = run.all_records()
    reads = [i for i, r in enumerate(records) if r.event == Event.DIRECTORY_READ]
    writes = [i for i, r in enumerate(records) if r.event == Event.DIRECTORY_WRITE]
    assert [records[i].c for i in reads] == [0, 0], "both look and find nothing"
    assert max(reads) < min(writes), "before either writes"
    assert {run.frame(f"A.{node}", A) >> NODE_SHIFT for node in (0, 1)} == {0, 1}
    rows = run.session.world.system.directory.rows.rows
    pools = run.session.world.system.pools
    assert len(rows) == 1
    pool_frames = run.scenario.spec.memory.pool_frames
    assert pools.left(0) + pools.left(1) == 2 * pool_frames - 2, "two are taken, one is known"


def test_mistake_calls() -> None:
    run = Shipped("mistake-calls").end()
    first, second = run.thread["pager0"], run.thread["pager1"]
    assert run.kernel.deadlocks() == [(first, second)]
    for pager, other in ((first, second), (second, first)):
        word = run.kernel.state.rows[pager]
        assert (code_of(word), partner_of(word)) == (SENDING, other)
    said = " ".join(ending(Scene(run.session.world)))
    assert "Deadlock: pager0 waits to send to pager1, pager1 waits to send to pager0" in said
    assert [each.thread for each in summary(run.session).stuck] == ["A.0", "A.1"]


def test_mistake_no_service() -> None:
    run = Shipped("mistake-no-service").end()
    assert not run.kernel.deadlocks(), "to the kernel all is well"
    for pager in ("pager0", "pager1"):
        word = run.kernel.state.rows[run.thread[pager]]
        assert (code_of(word), partner_of(word)) == (RECEIVING, 0), "waits for anyone"
    records = run.all_records()
    assert len(sent(records, labels.NOTIFY)) == 2, "both notifications were delivered"
    deferred = {(r.thread, r.b) for r in records if r.event == Event.DEFER}
    assert deferred == {(run.thread[f"pager{node}"], labels.NOTIFY) for node in (0, 1)}
    assert not sent(records, labels.ACK)
    assert [each.thread for each in summary(run.session).stuck] == ["A.0", "A.1"]


def sent(records: list[Record], label: int) -> list[Record]:
    """The messages and letters with a label."""
    told = (Event.IPC_SEND, Event.MAIL_WRITE)
    return [record for record in records if record.event in told and record.b == label]


def test_protocol_shared_memory() -> None:
    run = Shipped("protocol-shared-memory").end()
    assert run.session.world.totals().cross_messages == 0
    letters = [r for r in run.all_records() if r.event == Event.MAIL_WRITE]
    assert [r.b for r in letters].count(labels.NOTIFY) == 2
    assert [r.b for r in letters].count(labels.ACK) == 2
    assert len(letters) == 2 * (3 - 1)
    assert all(run.page(f"A.{node}", A) is None for node in range(3))


def test_protocol_ipc() -> None:
    run = Shipped("protocol-ipc").end()
    keeper = run.thread["pager1"]
    assert (A >> PAGE_LOG2) % 3 == 1
    records = run.all_records()
    asked = [(r.thread, r.a) for r in sent(records, labels.LOOKUP)]
    assert asked == [(run.thread["pager0"], keeper), (run.thread["pager2"], keeper)]
    leader = {r.thread for r in sent(records, labels.NOTIFY)}
    assert leader == {keeper}
    assert run.session.world.totals().cross_messages == 2 * 2 + 2 + 2 * (3 - 1)
    homes = {r.b for r in records if r.event in (Event.DIRECTORY_READ, Event.DIRECTORY_WRITE)}
    assert homes == {1}, "the books of this page are pager1's alone"
    first = next(r.c for r in records if r.event == Event.DIRECTORY_WRITE) - 1
    assert first >> NODE_SHIFT == 0, "first touch"


def test_fan_out_tree() -> None:
    run = Shipped("fan-out-tree").end()
    records = run.all_records()
    pagers = {run.thread[f"pager{node}"]: node for node in range(8)}
    tree = {(pagers[r.thread], pagers[r.a]) for r in sent(records, labels.NOTIFY)}
    # [1..7]: half of what is left goes to the first of it, again and again.
    assert tree == {(0, 1), (0, 5), (0, 7), (1, 2), (1, 4), (2, 3), (5, 6)}
    back = {(pagers[r.a], pagers[r.thread]) for r in sent(records, labels.ACK)}
    assert back == tree
    assert run.session.world.totals().cross_messages == 2 * (8 - 1)
    assert run.page("A.3", A) is None


def test_sharers() -> None:
    run = Shipped("sharers").end()
    told = [r.a for r in sent(run.all_records(), labels.NOTIFY)]
    assert told == [run.thread["pager1"], run.thread["pager3"]]
    assert run.session.world.totals().cross_messages == 2 * (3 - 1)
    assert not stale_mappings(run.session.world)
    noted: dict[int, int] = {}
    for at in range(1, run.session.length + 1):
        for change in run.session.change(at).changes():
            if change[0] == "sharers":
                noted[at] = change[3] or 0
    assert list(noted.values()) == [0b1, 0b11, 0b1011, 0]
    maps = [at for at, r in run.session.records(1, run.session.length) if is_application(run, r)]
    assert maps == list(noted)[:3], "the bit and the mapping come in one step"


def is_application(run: Shipped, record: Record) -> bool:
    spaces = {run.space[f"A.{node}"] for node in range(4)}
    return record.event == Event.MDB_MAP and space_of(record.a) in spaces


def test_eager() -> None:
    run = Shipped("eager").end()
    assert run.frame("A.0", A) == run.frame("A.1", A) == run.frame("A.2", A)
    faults = [r.thread for r in run.all_records() if r.event == Event.PAGEFAULT_USER]
    assert faults == [run.thread["A.0"]]
    assert run.session.world.totals().cross_messages == 2, "one to each of the others"
    root = run.kernel.database.find(entry_id(run.space["A.2"], A >> PAGE_LOG2))
    assert root is not None, "node 2 pays for it and never uses it"
    assert Event.ACCESS not in [r.event for r in run.all_records() if r.thread == run.thread["A.2"]]


def test_derivation_owner() -> None:
    run = Shipped("derivation-owner")
    run.after("A.2", "read")
    frame = run.frame("A.0", A)
    held = frame << PAGE_LOG2
    for node in (1, 2):
        assert run.parent(f"A.{node}", A) == (run.space[f"pager{node}"], held)
        assert run.parent(f"pager{node}", held) == (run.space["pager0"], held)
    remote = run.session.world.totals().kernel_remote
    run.after("A.0", "unmap_everywhere")
    gone = [r for r in run.all_records() if r.event == Event.MDB_UNMAP]
    spaces = ["A.0", "A.1", "A.2", "pager1", "pager2"]
    assert {space_of(r.a) for r in gone} == {run.space[name] for name in spaces}
    assert len(gone) == len(spaces)
    assert run.page("pager0", held) is not None
    assert run.session.world.totals().kernel_remote > remote, "entries on nodes 1 and 2"
    assert not sent(run.all_records(), labels.NOTIFY)
    assert [r.event for r in run.all_records()].count(Event.SYSCALL_UNMAP) == 1
    assert run.end().frame("A.1", A) >> NODE_SHIFT == 1


def test_recover_frame() -> None:
    run = Shipped("recover-frame")
    records = run.all_records()
    pager1 = run.thread["pager1"]
    assert pager1 in [r.a for r in sent(records, labels.NOTIFY)]
    assert pager1 not in [r.thread for r in sent(records, labels.ACK)]
    run.after("A.1", "read", 1)
    frame = run.frame("A.1", A)
    run.after("A.0", "unmap_everywhere")
    before, taken = run.session.cursor, sent(records, labels.TAKEN)
    root_step = next(at for at, r in run.session.records(1, before) if r in taken)
    run.session.seek(root_step - 1)
    assert run.frame("A.1", A) == frame, "until then the frame is in use"
    run.session.seek(root_step)
    assert run.page("A.1", A) is None
    assert all(run.page(f"pager{node}", frame << PAGE_LOG2) is None for node in range(3))
    run.end()
    assert not summary(run.session).stuck
    assert run.frame("A.1", A) != frame
    left = sum(run.session.world.system.pools.left(node) for node in range(3))
    pool_frames = run.scenario.spec.memory.pool_frames
    assert left == 3 * pool_frames - 2, "one is lost, one behind the page"


def test_migrate_thread() -> None:
    run = Shipped("migrate-thread")
    # These are the events of each step's last operation, on one of its two pages.
    steps = [run.events("T", op, nth) for op, nth in (("write", 1), ("read", 1), ("read", 2))]
    assert [events.count(Event.PAGEFAULT_USER) for events in steps] == [1, 1, 0]
    thread = run.thread["T"]
    for nth, node in ((1, 1), (2, 0)):
        run.after("T", "migrate", nth)
        space, cpu, pager = run.kernel.threads.rows[thread]
        assert space == run.space[f"A.{node}"]
        assert run.kernel.cpu_node[cpu] == node
        assert pager == run.thread[f"pager{node}"]
    run.end()
    for page in (A, A2):
        assert run.frame("A.1", page) == run.frame("A.0", page)
        assert run.frame("A.0", page) >> NODE_SHIFT == 0
    totals = run.session.world.totals()
    assert (totals.faults, totals.remote) == (4, 2)


def test_node_local_code() -> None:
    run = Shipped("node-local-code").end()
    for address in (A, HEAP):
        assert [run.frame(f"A.{node}", address) >> NODE_SHIFT for node in (0, 1)] == [0, 1]
    assert run.events("T", "execute", 2).count(Event.PAGEFAULT_USER) == 0
    written = [r.c for r in run.records("T", "write") if r.event == Event.ACCESS]
    read = [r.c for r in run.records("T", "read") if r.event == Event.ACCESS]
    assert read == [run.frame("A.1", HEAP)], "the page of A.1"
    assert written != read
    totals = run.session.world.totals()
    assert totals.remote == 0
    assert not sent(run.all_records(), labels.LOOKUP) + sent(run.all_records(), labels.NOTIFY)
