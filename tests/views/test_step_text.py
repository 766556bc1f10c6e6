"""The program's voice: what it says of records and steps is true and in the field's terms."""

from __future__ import annotations

import re

import pytest

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.views.messages.lane_events import PAGER, lane_events
from l4numa_tui.views.pane_parts import count_of, number, wrap
from l4numa_tui.views.steps.step_text import describe_record, explain_changes, headline
from l4numa_tui.world.operations import ANSWER, DO, Op, Operation
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import CODE, DATA, address, finished, make_session, scene_of
from tests.worlds import random_session, session, tables

MARKS = "+−~"


def _heads(of: Session, stop: int) -> list[str]:
    return [headline(scene_of(of), of.change(step)) for step in range(1, stop + 1)]


def test_a_fault_on_a_page_with_a_frame_elsewhere_is_told_in_three_steps() -> None:
    # Two nodes, script order: A.0 touches page 0x400 first, so its frame is N0's first, 0:0000;
    # A.1 then faults into its own pager. A remote read costs 200 * 1.4 = 280 cycles.
    world = finished(2)
    world.seek(6)
    assert _heads(world, 6)[3:] == [
        "A.1 reads 0x400000 → pagefault, fault IPC to pager1",
        "pager1 answers A.1: maps frame 0:0000 at 0x400000",
        "A.1 retries and reads 0x400000: 0:0000 (remote, 280 cycles)",
    ]


def test_a_global_unmap_is_told_from_the_call_to_the_answer() -> None:
    # Both nodes have page 0x400, nobody has touched 0x401: one entry goes on each node.
    world = finished(2)
    world.seek(world.length)
    heads = _heads(world, world.length)
    start = next(at for at, head in enumerate(heads) if head.startswith("A.1 asks"))
    assert heads[start : start + 5] == [
        "A.1 asks pager1 to unmap pages 0x400–0x401 on all nodes",
        "pager1 is asked by A.1 to unmap on all nodes: unmaps 1 mapping entry, "
        "notifies 1 other pager",
        "pager0 is notified by pager1: unmaps 1 mapping entry, acknowledges to pager1",
        "pager1 has the acknowledgement of pager0: tells A.1 that all nodes have unmapped",
        "A.1 learns that pages 0x400–0x401 are unmapped on all nodes",
    ]


def test_empty_pools_are_filled_through_root_and_sigma0() -> None:
    world = make_session(1, 0)
    world.run(6)
    assert _heads(world, 6)[1:] == [
        "pager0 asks root for frames of N0, lets the fault of A.0 wait",
        "root asks sigma0 for any 16 frames",
        "sigma0 maps 16 frames from 0:0000 on to root",
        "root maps 16 frames from 0:0000 on to pager0",
        "pager0 answers A.0: maps frame 0:0000 at 0x400000",
    ]


def test_an_answer_without_a_map_item_is_told_as_that() -> None:
    world = session([[(Op.READ, address(DATA))]], nodes=1)
    world.run(1)
    pager = next(n for n, name in world.world.system.thread_names.items() if name == "pager0")
    world.step((ANSWER, pager, 0))
    change = world.last
    assert change is not None
    scene = scene_of(world)
    assert headline(scene, change) == "pager0 answers A.0 with an empty message: nothing is mapped"
    told = [describe_record(scene, record) for record in change.records()]
    assert "pager0 answers A.0 with an empty message" in told
    rows = lane_events(scene, [(2, record) for record in change.records()])
    assert [row.text for row in rows if row.source.kind == PAGER] == ["empty"]


def test_the_end_of_a_bad_access_is_a_halted_thread() -> None:
    world = session([[(Op.READ, address(0x999))]], nodes=1)
    world.run(2)
    assert _heads(world, 2)[1] == (
        "pager0 refuses the fault of A.0, which is halted: 0x999000 is in no region"
    )
    assert "~ thread A.0: waiting for its pager → halted" in explain_changes(
        scene_of(world), world.change(2)
    )


def test_work_and_operations_made_by_hand_are_told_too() -> None:
    world = session([[(Op.WORK, 70)], [(Op.WORK, 5)]], nodes=1)
    thread = world.world.system.programs[1]
    world.step()
    world.step((DO, thread, Op.WORK, 90))
    world.step((DO, thread, Op.UNMAP_GLOBAL, DATA, 1))
    assert _heads(world, 3) == [
        "A.0 computes for 70 cycles",
        "A.1 computes for 90 cycles",
        "A.1 asks pager0 to unmap page 0x400 on all nodes",
    ]


def test_a_stride_is_told_by_its_accesses_and_its_trap() -> None:
    again: Operation = (Op.READ, address(DATA))
    program = [again, again, again, (Op.READ, address(DATA + 1))]
    world = session([program], nodes=1, strides=True)
    world.run(3)
    assert _heads(world, 3)[2] == (
        "A.0 retries and makes 3 accesses, then reads 0x401000 → pagefault, fault IPC to pager0"
    )


def test_a_busy_pager_makes_faults_wait() -> None:
    world = session([[(Op.READ, address(DATA))], [(Op.READ, address(DATA + 1))]], nodes=1)
    first, second = world.world.system.programs
    world.step((0, first))
    world.step((0, second))
    assert (
        _heads(world, 2)[1] == "A.1 reads 0x401000 → pagefault, pager0 is busy: the fault IPC waits"
    )


def test_every_kind_of_record_has_its_sentence() -> None:
    world = finished(2)
    world.seek(0)
    scene, plain = scene_of(world), scene_of(world, ascii_only=True)
    thread = world.world.system.programs[0]
    pager = world.world.system.roster.pager_threads[1]
    entry = entry_id(world.world.kernel.threads.rows[thread][0], DATA)
    texts = set()
    for event in Event:
        number_ = entry if event in (Event.MDB_MAP, Event.MDB_UNMAP) else pager
        if event == Event.TLB_SHOOTDOWN:
            number_ = 1
        record = Record(event, thread, number_, 1, 1, 0)
        text = describe_record(scene, record)
        assert describe_record(plain, record).isascii()
        assert text == text.strip()
        assert "None" not in text
        texts.add(text)
    assert len(texts) == len(Event)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            Record(Event.DIRECTORY_READ, 4, 0x402, 0, (2 << 28 | 7) + 1, 0),
            "pager1 looks page 0x402 up in the directory on N0 (remote): frame 2:0007",
        ),
        (
            Record(Event.TLB_MISS, 6, 0x402000, 1, 1, 0),
            "A.1 accesses 0x402000: TLB miss, the walk ends at level 1: not mapped",
        ),
        (
            Record(Event.MDB_MAP, 4, entry_id(5, 0x402), entry_id(3, 7), 7 << 3 | 6, 0),
            "mapping database: A.1 page 0x402 below pager1, frame 0:0007 rw-, entry on N1",
        ),
        (
            Record(Event.IPC_SEND, 4, 3, 4, 0, 0),
            "pager1 notifies pager0: unmap pages of A on your node (N1 → N0)",
        ),
        (
            Record(Event.IPC_SEND, 6, 4, -2 << 4 | 4, 0x402000, 0),
            "the kernel sends A.1's fault at 0x402000 as an IPC to pager1",
        ),
    ],
)
def test_sentences_in_full(record: Record, text: str) -> None:
    # Threads: 1 sigma0, 2 root, 3 and 4 the pagers, 5 and 6 A.0 and A.1; spaces: 0 sigma0, 1 root,
    # 2 and 3 the pagers', 4 and 5 A's.
    world = finished(2)
    world.seek(0)
    assert describe_record(scene_of(world), record) == text


@pytest.mark.parametrize("seed", range(6))
def test_explained_changes_are_exactly_those_that_happened(seed: int) -> None:
    world = random_session(seed)
    kernel = world.world.kernel
    before, bytes_before = tables(world), [kernel.memory.bytes_on(node) for node in range(3)]
    while world.step() is not None:
        last = world.last
        assert last is not None
        scene = scene_of(world)
        lines = explain_changes(scene, last)
        after = tables(world)
        old, new = before.get("mdb", {}), after.get("mdb", {})
        assert _entries(lines, "+") == len(new.keys() - old.keys())
        assert _entries(lines, "−") == len(old.keys() - new.keys())
        assert _entries(lines, "~") == sum(old[key] != new[key] for key in old.keys() & new.keys())
        assert _cycles(lines) == last.cycles
        bytes_now = [kernel.memory.bytes_on(node) for node in range(3)]
        for node in range(3):
            assert _bytes(lines, node) == bytes_now[node] - bytes_before[node]
        messages = sum(record.event == Event.IPC_SEND for record in last.records())
        assert sum(int(n) for n in re.findall(r"(\d+) messages?", " ".join(lines))) == messages
        before, bytes_before = after, bytes_now


def _entries(lines: list[str], mark: str) -> int:
    own = [line for line in lines if line.startswith(mark) and "mapping entr" in line]
    counts = [re.match(r". (\d+) mapping entries of", line) for line in own if "kernel" not in line]
    return sum(int(found[1]) if found else 1 for found in counts)


def _cycles(lines: list[str]) -> int:
    found = re.findall(r"^CPU \d+ on N\d+: ([\d ]+) cycles", "\n".join(lines), re.MULTILINE)
    return sum(int(text.replace(" ", "")) for text in found)


def _bytes(lines: list[str], node: int) -> int:
    total = 0
    for line in lines:
        found = re.match(rf"(.) kernel memory of N{node}: .*, ([\d ]+) bytes$", line)
        if found:
            total += int(found[2].replace(" ", "")) * (1 if found[1] == "+" else -1)
    return total


@pytest.mark.parametrize("seed", range(6))
def test_every_step_of_random_worlds_has_one_line(seed: int) -> None:
    world = random_session(seed)
    world.run(500)
    everyone = list(world.world.system.thread_names.values())
    for step in range(1, world.length + 1):
        line = headline(scene_of(world), world.change(step))
        assert line.split()[0] in everyone
        assert "\n" not in line
        assert headline(scene_of(world, ascii_only=True), world.change(step)).isascii()


def test_lines_are_wrapped_on_request_and_marks_begin_them() -> None:
    world = finished(8)
    for step in range(1, world.length + 1):
        whole = explain_changes(scene_of(world), world.change(step))
        wrapped = explain_changes(scene_of(world), world.change(step), 76)
        assert all(line[0] in MARKS or line.startswith("CPU ") for line in whole)
        assert all(0 < len(line) <= 76 for line in wrapped)
        assert " ".join(" ".join(wrapped).split()) == " ".join(" ".join(whole).split())


def test_node_local_pages_are_named_with_their_node() -> None:
    world = finished(2)
    told = [
        line
        for step in range(1, world.length + 1)
        for line in explain_changes(scene_of(world), world.change(step))
        if f"page {CODE:#x}" in line and "directory" in line
    ]
    assert [line.split(" is ")[0] for line in told] == [
        "+ directory: page 0x500 of A on N0",
        "+ directory: page 0x500 of A on N1",
    ]


def test_counting_words() -> None:
    assert [count_of(1, "entry"), count_of(2, "mapping entry"), count_of(0, "access")] == [
        "1 entry",
        "2 mapping entries",
        "0 accesses",
    ]
    assert count_of(4000, "fault") == "4 000 faults"
    assert number(1234567) == "1 234 567"
    assert wrap(["one two three"], 7) == ["one two", "  three"]
