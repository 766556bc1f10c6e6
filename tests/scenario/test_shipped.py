"""Each scenario that comes with the program makes the point that it was written for.

What is expected follows from the kernel's rules (docs/model.md), not from a run.
"""

from __future__ import annotations

from l4numa_tui.kernel import memory
from l4numa_tui.kernel.errors import INVALID_PARAMETER, INVALID_THREAD, NO_PRIVILEGE, TIMEOUT
from l4numa_tui.kernel.fpage import fpage
from l4numa_tui.kernel.mapping_database import entry_id, space_of
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import READ, WRITE
from l4numa_tui.kernel.thread_state import ENDLESS, HALTED, READY, code_of, partner_of
from l4numa_tui.kernel.transfer import ENDLESS_REFAULTS, PAGEFAULT_PROTOCOL
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.scenario.summary import summary
from tests.scenario.shipped import Shipped

RW = READ | WRITE
A, B, P = 0x40_0000, 0x80_0000, 0x1_0000  # where most of them put things
PAGE = 1 << PAGE_LOG2


def test_unmap_or_flush() -> None:
    run = Shipped("unmap-or-flush")
    run.after("A", "write")
    assert run.parent("A", A) == (run.space["P"], P)
    run.after("P", "unmap")
    assert run.page("A", A) is None
    assert run.page("P", P) is not None
    run.after("A", "read")
    assert run.page("A", A) is not None, "P could answer once more"
    run.end()
    assert run.page("A", A) is run.page("P", P) is None
    faults = run.events("A", "write") + run.events("A", "read")
    assert faults.count(Event.PAGEFAULT_USER) == 2


def test_pager_is_not_owner() -> None:
    run = Shipped("pager-is-not-owner")
    run.after("P", "unmap")
    assert run.page("P", A) is not None
    assert run.parent("A", A) == (run.space["Q"], P)
    assert run.frame("A", A) != run.frame("P", A), "P has another frame at the same address"
    assert Event.MDB_UNMAP not in run.events("P", "unmap", 1)
    assert Event.PAGEFAULT_USER not in run.events("A", "read", 1)
    assert run.events("Q", "unmap").count(Event.MDB_UNMAP) == 1
    faults = [r for r in run.records("A", "read", 2) if r.event == Event.PAGEFAULT_USER]
    assert [record.c for record in faults] == [run.thread["P"]]
    assert run.events("P", "unmap", 2).count(Event.MDB_UNMAP) == 1
    assert run.end().page("A", A) is None


def test_grandchildren() -> None:
    run = Shipped("grandchildren")
    gone = [r.a for r in run.records("P", "unmap") if r.event == Event.MDB_UNMAP]
    assert [space_of(entry) for entry in gone] == [run.space["B"], run.space["A"]], "bottom-up"
    run.end()
    assert run.page("A", A) is run.page("B", B) is None
    assert run.page("P", P) is not None


def test_sibling_pagers() -> None:
    run = Shipped("sibling-pagers")
    run.after("A1", "read", 1)
    assert run.page("A0", A) == run.page("A1", A)
    run.after("P0", "unmap")
    assert run.page("A0", A) is None
    assert run.page("A1", A) is not None
    assert Event.PAGEFAULT_USER not in run.events("A1", "read", 2)
    run.end()
    for space, address in (("P0", P), ("P1", P), ("A1", A)):
        assert run.page(space, address) is None
    assert run.page("R", P) is not None


def test_revoke_after_grant() -> None:
    run = Shipped("revoke-after-grant")
    run.after("P", "send")
    assert run.page("P", 0x2_0000) is None
    assert run.parent("A", A) == (run.space["R"], P), "where the giver's entry hung"
    assert Event.MDB_UNMAP not in run.events("P", "unmap")
    assert Event.PAGEFAULT_USER not in run.events("A", "read")
    assert run.end().page("A", A) is None
    assert run.page("R", P) is not None


def test_grant_with_children() -> None:
    run = Shipped("grant-with-children")
    run.after("A", "write")
    assert run.page("A", A) == (run.frame("P", P), RW)
    run.after("P", "send", 2)
    assert run.page("P", P) is None
    assert run.parent("A", A) == (run.space["Q"], 0x2_0000)
    assert run.page("A", A) == (run.frame("Q", 0x2_0000), READ), "cut with its parent"
    assert Event.PAGEFAULT_USER not in run.events("A", "read")
    assert Event.MDB_UNMAP not in run.events("P", "unmap")
    assert run.events("Q", "unmap").count(Event.MDB_UNMAP) == 1
    assert run.end().page("A", A) is None


def test_hot_spot() -> None:
    run = Shipped("hot-spot").end()
    sent = [run.frame("P", P + PAGE * page) for page in range(4)]
    inside = [run.page("A", A + PAGE * page) for page in range(4)]
    assert [page and page[0] for page in inside] == [None, None, sent[1], None]
    assert run.frame("A", B) == sent[3]
    assert run.page("A", B + PAGE) is None, "nothing outside the window"
    assert [run.frame("A", 0xC0_0000 + PAGE * page) for page in range(4)] == sent


def test_endless_refault() -> None:
    run = Shipped("endless-refault")
    faults = [r for r in run.all_records() if r.event == Event.PAGEFAULT_USER]
    assert len(faults) == ENDLESS_REFAULTS
    assert {record.a for record in faults} == {A}
    mapped = [r for r in run.all_records() if r.event == Event.MDB_MAP]
    assert len([r for r in mapped if space_of(r.a) == run.space["A"]]) == 1
    word = run.end().kernel.state.rows[run.thread["A"]]
    assert (code_of(word), partner_of(word)) == (HALTED, ENDLESS)


def test_copy_on_write() -> None:
    run = Shipped("copy-on-write")
    run.after("B", "read", 1)
    assert run.page("A", A) == run.page("B", A) == (run.frame("P", P), READ)
    faults = [r for r in run.records("A", "write") if r.event == Event.PAGEFAULT_USER]
    assert [(record.a, record.b) for record in faults] == [(A, WRITE)]
    answer = run.events("P", "reply", 3)
    assert answer.index(Event.FPAGE_OVERMAP) < answer.index(Event.MDB_UNMAP)
    assert answer.index(Event.MDB_UNMAP) < answer.index(Event.MDB_MAP), "never both"
    assert Event.PAGEFAULT_USER not in run.events("B", "read", 2)
    run.end()
    assert run.page("A", A) == (run.frame("P", P + PAGE), RW)
    assert run.page("B", A) == (run.frame("P", P), READ)


def test_fewer_rights() -> None:
    run = Shipped("fewer-rights")
    run.after("P", "send", 1)
    before = run.page("A", A)
    assert before == (run.frame("P", P), RW)
    run.after("P", "send", 2)
    assert run.page("A", A) == before
    touched = {Event.MDB_MAP, Event.MDB_UNMAP, Event.FPAGE_MAPCTRL, Event.TLB_SHOOTDOWN}
    assert not touched & set(run.events("P", "send", 2))
    assert Event.PAGEFAULT_USER not in run.events("A", "write", 2)
    run.after("P", "unmap")
    assert run.page("A", A) == (before[0], READ)
    assert Event.PAGEFAULT_USER not in run.events("A", "read")
    assert run.events("A", "write", 3).count(Event.PAGEFAULT_USER) == 1
    assert run.end().page("A", A) == before


def test_partial_unmap() -> None:
    run = Shipped("partial-unmap")
    entries = len(run.after("A", "send").kernel.database.entries.rows)
    run.after("P", "unmap")
    assert len(run.kernel.database.entries.rows) == entries
    assert run.page("A", A) == run.page("B", A) == (run.frame("P", P), READ)
    run.after("P", "send", 2)
    assert run.page("A", A) == (run.frame("P", P), RW)
    assert run.page("B", A) == (run.frame("P", P), READ), "the grandchild is not reached"
    assert run.end().page("B", A) == (run.frame("P", P), RW)
    assert len(run.kernel.database.entries.rows) == entries


def test_same_address() -> None:
    run = Shipped("same-address")
    run.after("P", "send", 2)
    assert run.page("A", A) is not None
    assert run.page("B", 0x50_0000) is not None
    run.after("P", "unmap")
    assert run.frame("A", A) == run.frame("P", 0x50_0000)
    assert run.page("B", 0x50_0000) is None
    assert Event.PAGEFAULT_USER not in run.events("A", "read")


def test_holes() -> None:
    run = Shipped("holes")
    run.after("P", "send", 1)
    before = run.page("A", A + PAGE)
    run.end()
    assert run.page("A", A) == run.page("P", P)
    assert run.page("A", A + PAGE) == before == run.page("P", 0x2_0000)
    assert run.page("A", A + 2 * PAGE) == run.page("P", P + 2 * PAGE)
    assert run.page("A", A + 3 * PAGE) is None
    assert run.page("P", P + PAGE) is run.page("P", P + 3 * PAGE) is None, "holes indeed"


def test_two_readers() -> None:
    run = Shipped("two-readers")
    run.after("A", "write")
    answers = [
        run.kernel.unmap(run.space[space], fpage(address, PAGE_LOG2, 0))
        for space, address in (("P", 0x2_0000), ("R", P), ("P", 0x2_0000), ("R", P))
    ]
    assert answers == [RW, RW, 0, 0]
    calls = [r for r in Shipped("two-readers").all_records() if r.event == Event.SYSCALL_UNMAP]
    assert [record.c for record in calls] == [0, 0, 0], "asking revokes nothing"


def test_one_frame_twice() -> None:
    run = Shipped("one-frame-twice")
    run.after("P", "send")
    frame = run.frame("P", P)
    twice = {A: RW, 0x50_0000: READ, 0x60_0000: READ}
    assert {at: run.page("A", at) for at in twice} == {at: (frame, twice[at]) for at in twice}
    run.after("A", "flush")
    assert run.page("A", 0x50_0000) is None
    assert run.page("A", A) is not None
    run.end()
    assert [run.page("A", at) for at in twice] == [None] * 3
    assert run.events("P", "unmap").count(Event.MDB_UNMAP) == 2


def test_cycle() -> None:
    run = Shipped("cycle")
    run.after("A", "read")
    assert run.frame("A", 0x3_0000) == run.frame("A", P) == run.frame("B", 0x2_0000)
    assert run.parent("A", 0x3_0000) == (run.space["B"], 0x2_0000)
    run.end()
    assert run.page("A", P) is not None
    assert run.page("B", 0x2_0000) is run.page("A", 0x3_0000) is None


def test_overmap_ancestor() -> None:
    run = Shipped("overmap-ancestor")
    run.after("A", "send")
    assert run.parent("B", 0x2_0000) == (run.space["A"], P)
    run.end()
    assert run.page("A", P) is run.page("B", 0x2_0000) is None
    assert Event.MDB_MAP not in run.events("B", "send")


def test_superpage_split() -> None:
    run = Shipped("superpage-split")
    whole = {A + PAGE * page for page in range(512)}
    taken = A + 5 * PAGE
    first = run.events("P", "send")
    assert first.count(Event.MDB_MAP_LARGE) == 1
    assert Event.MDB_MAP not in first
    before = run.after("A", "write", 1).kernel.memory.bytes_on(0)
    assert all(run.page("A", address) for address in whole)
    events = run.events("P", "unmap")
    assert events.count(Event.FPAGE_SPLIT) == 1, "A's; P's own mapping loses nothing"
    assert events.index(Event.FPAGE_SPLIT) < events.index(Event.MDB_UNMAP)
    run.after("P", "unmap")
    assert {address for address in whole if run.page("A", address)} == whole - {taken}
    assert run.page("P", 0x20_5000) is not None
    assert run.kernel.memory.bytes_on(0) > before
    assert Event.PAGEFAULT_USER not in run.events("A", "write", 2)


def test_tables_stay() -> None:
    def objects(run: Shipped, kind: int) -> int:
        return {k: n for k, n, _ in run.kernel.memory.objects_on(1)}.get(kind, 0)

    run = Shipped("tables-stay")
    root = objects(run.after("P", "ask_sigma0"), memory.TABLE)
    assert objects(run, memory.ENTRY) == 0
    run.after("P", "send", 1)
    assert objects(run, memory.TABLE) == root + 3, "one for each level below the root"
    assert objects(run, memory.ENTRY) == 1
    run.after("P", "unmap")
    assert objects(run, memory.TABLE) == root + 3
    assert objects(run, memory.ENTRY) == 0
    run.end()
    assert objects(run, memory.TABLE) == root + 3
    assert run.page("A", A + PAGE) is not None


def test_second_owner() -> None:
    run = Shipped("second-owner")
    run.after("Q", "ask_sigma0", 1)
    assert run.frame("P", P) == 5
    assert run.page("Q", P) is None
    run.end()
    assert run.frame("P", 0x2_0000) == 5
    assert run.frame("Q", P) >> NODE_SHIFT == 1


def test_new_pager() -> None:
    run = Shipped("new-pager")
    asked = [r.c for r in run.all_records() if r.event == Event.PAGEFAULT_USER]
    assert asked == [run.thread["P0"], run.thread["P1"]]
    row = run.end().kernel.threads.rows[run.thread["T"]]
    assert row[0] == run.space["A1"]
    assert run.kernel.cpu_node[row[1]] == 1
    assert run.frame("A0", A) == run.frame("A1", A), "one page of the application"


def test_revoke_needs_ipis() -> None:
    run = Shipped("revoke-needs-ipis")
    assert Event.FPAGE_MAPCTRL in run.events("P", "reply", 2)
    for step in (("P", "reply", 1), ("P", "reply", 2)):
        assert Event.TLB_SHOOTDOWN not in run.events(*step)
    assert Event.PAGEFAULT_USER not in run.events("A2", "write")
    hit = [r for r in run.records("P", "unmap") if r.event == Event.TLB_SHOOTDOWN]
    cpus = {run.kernel.threads.rows[run.thread[name]][1] for name in ("A1", "A2")}
    assert len(cpus) == 2
    assert sorted(record.a for record in hit) == sorted(cpus), "one each"


def test_unmap_races_fault() -> None:
    run = Shipped("unmap-races-fault")
    records = run.all_records()
    late = [r for r in records if r.event == Event.DEFER and r.b >> 4 == PAGEFAULT_PROTOCOL]
    assert late, "no fault meets the unmap in this order: the scenario needs another seed"
    assert {record.a for record in late} == {run.thread["A.1"]}
    run.after("A.0", "unmap_everywhere")
    old = next(
        r.c >> 3 for r in records if r.event == Event.MDB_MAP and space_of(r.a) in spaces(run)
    )
    run.end()
    assert [run.page(f"A.{node}", A) for node in (0, 2)] == [None, None]
    assert run.frame("A.1", A) != old
    assert run.frame("A.1", A) >> NODE_SHIFT == 1, "a fresh frame, by first touch"
    assert not summary(run.session).stuck


def spaces(run: Shipped) -> set[int]:
    return {run.space[f"A.{node}"] for node in range(3)}


def test_last_thread() -> None:
    run = Shipped("last-thread")
    run.after("B", "write")
    assert run.page("B", A) is not None
    run.after("P", "thread_control")
    assert run.space["A"] not in run.kernel.spaces.rows
    assert entry_id(run.space["A"], A >> PAGE_LOG2) not in run.kernel.database.entries.rows
    assert run.page("B", A) is None
    assert run.page("P", P) is not None
    assert run.kernel.memory.bytes_on(1) == 0, "only A's space had its home there"
    assert Event.MDB_UNMAP not in run.events("P", "unmap")


def test_deadlock() -> None:
    run = Shipped("deadlock").end()
    both = (run.thread["A"], run.thread["B"])
    assert run.kernel.deadlocks() == [both]
    assert [each.thread for each in summary(run.session).stuck] == ["A", "B"]
    failed = [r.b for r in run.records("C", "send") if r.event == Event.IPC_ERROR]
    assert failed == [TIMEOUT]
    assert code_of(run.end().kernel.state.rows[run.thread["C"]]) == READY


def test_refused_call() -> None:
    run = Shipped("refused-call")
    codes = [record.a for record in run.all_records() if record.event == Event.REFUSED]
    assert codes == [NO_PRIVILEGE, INVALID_THREAD, INVALID_PARAMETER]
    assert Event.SYSCALL_UNMAP in run.events("A", "unmap"), "a nil fpage is none of them"
    free = {
        "account",
        "state",
        "error",
        "running",
        "space_cpus",
        "registers",
    }  # time, progress, the result
    for step in (1, 2, 3, 4):
        touched = {change[0] for change in run.session.change(step).changes()}
        assert touched <= free, touched - free
