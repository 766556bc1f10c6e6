"""The inspector: the selected thing in full, and the last step when nothing is selected."""

from __future__ import annotations

import re

import pytest

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.views.inspecting.inspect_table import LEVEL_NAMES, place_of
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.segments import Target, plain
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.operations import Op
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import CODE, DATA, finished, make_session, scene_of
from tests.worlds import session


def _card(of: Session, selected: Target | None, width: int = 60) -> list[str]:
    lines = inspector(scene_of(of, selected), width, of)
    return [plain(line) for line in lines]


def _space(of: Session, node: int) -> int:
    return of.world.system.roster.applications[0].spaces[node]


def test_an_entry_in_full() -> None:
    # A.1 has read page 0x400; step 5 mapped it from pager1, which holds it from root, from sigma0.
    of = finished(2)
    of.seek(6)
    kernel = of.world.kernel
    _, leaf, _ = kernel.mmu.walk(kernel.root_of(_space(of, 1)), DATA)
    assert _card(of, ("entry", entry_id(_space(of, 1), DATA))) == [
        "entry A.1 page 0x400",
        "space     A.1 ▲N1",
        "va        0x400000",
        "home      ▲N1 entry, page table",
        "memory    ●N0 0:0000 remote",
        "rights    rwx",
        "status    r-- read",
        "in TLB of CPU 3",
        "kernel    24 bytes",
        f"in table  slot {DATA & 511} of ▲{frame_text(leaf)}",
        "from      pager1 ▲N1",
        "          root ●N0",
        "          sigma0 ●N0",
        "made      by step 5, pager1",
        "",
        "page 0x400 of A",
        "region    data global",
        "backed by ●0:0000",
        " ●N0 A.0 ●0:0000 rwx",
        " ▲N1 A.1 ●0:0000 rwx",
    ]


def test_a_removed_entry_says_so_and_who_removed_it() -> None:
    of = finished(2)
    entry = entry_id(_space(of, 1), DATA)
    rows = of.world.kernel.database.entries.rows
    step = next(
        step for step in range(7, of.length + 1) if of.seek(step) == step and entry not in rows
    )
    of.seek(step)
    card = _card(of, ("entry", entry))
    assert "state     not mapped" in card
    assert any(line.startswith(f"changed   by step {step}, ") for line in card)
    assert "−▲N1 · not mapped" in card
    assert "backed by ●0:0000 being unmapped" in card


def test_an_entrys_children_and_status_bits() -> None:
    of = make_session(2)
    of.run(6)
    database = of.world.kernel.database
    pager = database.ancestors(entry_id(_space(of, 1), DATA))[0]
    card = _card(of, ("entry", pager))
    assert "derived   1 directly, 1 in all" in card
    assert "          ▲N1 A.1 page 0x400 rwx" in card
    assert "status    --- not accessed" in card
    # Nobody has asked for the bits of A.1's read: after this they wait for whoever will.
    of.world.kernel.status.collect(entry_id(_space(of, 1), DATA))
    assert "unread    r-- from below" in _card(of, ("entry", pager))
    own = _card(of, ("entry", entry_id(_space(of, 1), DATA)))
    assert "status    --- not accessed" in own
    assert "unread    r-- its own" in own


def test_many_children_are_counted() -> None:
    of = finished(8)
    of.seek(1)
    root = of.world.kernel.database.children(entry_id(0, 0))[0]
    card = _card(of, ("entry", root))
    assert "derived   8 directly, 8 in all" in card
    assert "          and 2 more" in card


@pytest.mark.parametrize("nodes", [1, 4])
def test_every_page_table_knows_its_place(nodes: int) -> None:
    of = finished(nodes)
    of.seek(of.length)
    kernel, node = of.world.kernel, nodes - 1
    root, scene = kernel.root_of(_space(of, node)), scene_of(of)
    tables = [frame for _, frame in kernel.tables.tables(root)]
    for vpn in (DATA, CODE):
        read = [root]
        while len(read) < 4:
            shift = 9 * (4 - len(read))
            slot = read[-1] << 9 | vpn >> shift & 511
            read.append(kernel.mmu.pte.rows[slot] >> 5)
        assert set(read[1:]) <= set(tables)
        for depth, frame in enumerate(read):
            place = place_of(scene, frame)
            assert place is not None
            assert place[:2] == (_space(of, node), depth)
            assert 0 <= vpn - place.first < 1 << 9 * (4 - depth)
            card = _card(of, ("frame", frame))
            assert f"use       page table, {LEVEL_NAMES[depth]}" in card
            used = sum(key >> 9 == frame for key in kernel.mmu.pte.rows)
            assert f"slots     {used} of 512 in use" in card
    assert place_of(scene, 0) is None


def test_who_made_a_row_and_who_changed_it_last() -> None:
    of = finished(2)
    of.seek(of.length)
    before: set[int] = set()
    made: dict[int, int] = {}
    for step in range(of.length + 1):
        of.seek(step)
        now = set(of.world.kernel.database.entries.rows)
        made |= dict.fromkeys(now - before, step)
        before = now
    assert {key: of.made(key) for key in before} == {key: made[key] for key in before}
    assert of.made(0) is None


def test_a_frame_shows_its_whole_tree() -> None:
    of = finished(4)
    of.seek(of.length // 2)
    database = of.world.kernel.database
    root = entry_id(0, 0)
    text = _card(of, ("frame", 0))
    heading = next(at for at, line in enumerate(text) if line.startswith("who maps it"))
    below = database.subtree(root)
    assert text[heading] == f"who maps it: {len(below)}"
    assert len(text) - heading - 2 == len(below)
    for entry, line in zip(below, text[heading + 2 :], strict=True):
        depth = len(database.ancestors(entry))
        assert len(line) - len(line.lstrip()) == 2 * (depth - 1) + 1  # one column is the mark's


def test_frames_that_nobody_has_and_the_kernels_own() -> None:
    of = finished(2)
    of.seek(3)
    kernel = of.world.kernel
    spare = kernel.machine.user_frames[0] - 1
    assert "owner     sigma0: nobody asked yet" in _card(of, ("frame", spare))
    table = kernel.root_of(_space(of, 0))
    assert "state     the kernel's own" in _card(of, ("frame", table))


def test_a_waiting_thread_and_its_pager() -> None:
    of = make_session(2)
    of.run(1)
    thread = of.world.system.programs[0]
    card = _card(of, ("thread", thread))
    assert card[:2] == ["thread A.0 ●N0", "state     waiting for its pager"]
    assert "partner   pager0 ●N0" in card
    assert "next      read 0x400000" in card
    assert "done      0 of 6 operations" in card
    pager = _card(of, ("thread", of.world.system.roster.pager_threads[0]))
    assert "received  fault IPC from A.0 ●N0" in pager


def test_threads_that_queue_for_a_busy_pager() -> None:
    of = session([[(Op.READ, DATA << 12)], [(Op.READ, DATA << 12)]], nodes=1)
    for thread in of.world.system.programs:
        of.step((0, thread))
    pager = of.world.system.roster.pager_threads[0]
    assert "queue     A.1 ●N0" in _card(of, ("thread", pager))
    second = _card(of, ("thread", of.world.system.programs[1]))
    assert "state     sending" in second
    assert "sending   fault IPC to pager0 ●N0" in second


@pytest.mark.parametrize("nodes", [1, 4, 64])
def test_a_nodes_kernel_memory_is_the_kernels_sum(nodes: int) -> None:
    of = finished(nodes)
    of.seek(of.length // 2)
    memory = of.world.kernel.memory
    for node in range(min(nodes, 4)):
        card = _card(of, ("node", node))
        at = next(n for n, line in enumerate(card) if line.startswith("kernel memory: "))
        total = int("".join(re.findall(r"\d", card[at])))
        parts = [re.match(r" *[\d ]+ [A-Za-z ]+, ([\d ]+) bytes$", line) for line in card[at + 1 :]]
        sizes = [int(found[1].replace(" ", "")) for found in parts if found]
        assert total == sum(sizes) == memory.bytes_on(node)
        left = of.world.system.pools.left(node)
        assert any(line.startswith(f"pool      {left} free frame") for line in card)


def test_a_space_counts_its_pages_and_tables() -> None:
    of = finished(2)
    of.seek(12)
    card = _card(of, ("space", _space(of, 0)))
    assert "mapped    2 pages" in card
    assert "tables    4, 16 384 bytes" in card  # root and one of each level below it
    assert "ran on    CPU 1" in card
    assert "threads   A.0 ●N0" in card


def test_an_ended_space_is_said_to_have_ended() -> None:
    of = make_session(2)
    of.run(6)
    space = _space(of, 1)
    of.world.kernel.end_space(space)
    assert "state     ended" in _card(of, ("space", space))
    assert "state     not mapped" in _card(of, ("entry", entry_id(space, DATA)))


def test_a_page_is_told_for_every_node() -> None:
    of = finished(4)
    of.seek(6)  # N0 and N1 have it by now
    card = _card(of, ("page", 0, DATA))
    assert card[-4:] == [
        " ●N0 A.0 ●0:0000 rwx",
        " ▲N1 A.1 ●0:0000 rwx",
        " ■N2 · not mapped",
        " ◆N3 · not mapped",
    ]
    assert "region    none: a fault here is refused" in _card(of, ("page", 0, 0x999))


def test_with_nothing_selected_the_last_step_is_told() -> None:
    of = finished(2)
    of.seek(5)
    last = of.last
    assert last is not None
    card = _card(of, None, 76)
    assert card[:2] == ["the last step", headline(scene_of(of), last)]
    assert any(line.startswith("+ mapping entry A.1 page 0x400") for line in card)
    told = _card(of, ("step", 5), 76)
    assert card[1 : len(told)] == told[1:]
    of.seek(0)
    assert _card(of, None)[0] == "the machine as booted"


def test_any_step_can_be_told_from_anywhere() -> None:
    of = finished(2)
    of.seek(9)
    assert _card(of, ("step", 5))[:2] == [
        "step 5",
        "pager1 answers A.1: maps frame 0:0000 at 0x400000",
    ]
    assert _card(of, ("step", 10**6)) == ["step 1000000", "not taken yet"]
