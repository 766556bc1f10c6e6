"""2 MiB entries are layout only: what they cost, when they split, and that nothing else differs."""

from __future__ import annotations

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel import memory
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import WHOLE, Fpage, fpage, page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id
from l4numa_tui.kernel.records import WALK_LARGE, Event
from l4numa_tui.kernel.rights import ALL, READ, WRITE
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from tests.worlds import machine

PAGES = 512
BASE = 0x200  # the page of spaces 1 and 2 where the 2 MiB begin
CHILD = 0x400
REGION = fpage(BASE << 12, 21)


def chain(**options: bool) -> Kernel:
    """sigma0's frames 0 to 511 in space 1 at BASE, and from there in space 2 at CHILD."""
    kernel = Kernel(Journal(), machine(2), **options)
    for node in (0, 1, 0):
        kernel.create_space(node)
    kernel.map(SIGMA0, 1, MapItem(fpage(0, 21), BASE << 12))
    kernel.map(1, 2, MapItem(REGION, CHILD << 12))
    return kernel


def pages(kernel: Kernel) -> dict[tuple[int, int], tuple[int, int, int, int]]:
    """Each mapped page as the database has it: (frame, rights, parent, depth)."""
    out = {}
    for space in (1, 2, 3):
        for vpn in kernel.tables.mapped(kernel.root_of(space), 0, WHOLE.pages):
            found = kernel.database.find(entry_id(space, vpn))
            assert found is not None
            out[space, vpn] = found[:4]
    return out


def splits(kernel: Kernel) -> int:
    records = kernel.records.between(0, kernel.records.end)
    return sum(record.event == Event.FPAGE_SPLIT for record in records)


def test_one_entry_and_one_page_table_entry_for_512_pages() -> None:
    kernel, small = chain(), chain(large_pages=False)
    assert len(kernel.database.entries.rows) == 2
    assert len(small.database.entries.rows) == 2 * PAGES
    assert pages(kernel) == pages(small)
    # One leaf table fewer for each space, and no slabs for 511 entries.
    assert kernel.memory.bytes_on(1) < small.memory.bytes_on(1) - 4096


@pytest.mark.parametrize("region", [page(BASE + 5), fpage(BASE + 64 << 12, 16, WRITE)])
@pytest.mark.parametrize("flush", [False, True])
def test_a_partial_revoke_splits_and_then_does_what_it_would_have_done(
    region: Fpage, *, flush: bool
) -> None:
    kernel, small = chain(), chain(large_pages=False)
    for each in (kernel, small):
        each.unmap(1, region, flush=flush)
    assert splits(kernel) == (2 if flush else 1), "unmap leaves the caller's own entry alone"
    assert pages(kernel) == pages(small)


def test_a_whole_revoke_splits_nothing() -> None:
    kernel = chain()
    kernel.unmap(1, fpage(REGION.base, REGION.log2, WRITE))
    assert kernel.translate(2, CHILD + 7) == (7, ALL & ~WRITE)
    assert kernel.translate(1, BASE + 7) == (7, ALL)
    kernel.unmap(1, REGION, flush=True)
    assert not kernel.database.entries.rows
    assert splits(kernel) == 0


def test_reading_status_splits_nothing_and_tells_of_the_part_only() -> None:
    kernel = chain()
    thread = kernel.create_thread(2, 0, 0)
    kernel.dispatch(thread)
    assert kernel.access(thread, CHILD + 9 << 12, WRITE)
    assert kernel.unmap(1, Fpage(BASE + 8 << 12, 12, 0)) == 0
    assert kernel.unmap(1, Fpage(BASE + 8 << 12, 15, 0)) == READ | WRITE
    assert kernel.unmap(1, Fpage(BASE + 8 << 12, 15, 0)) == 0
    assert splits(kernel) == 0


def test_a_small_child_needs_a_sub_table_from_the_first_to_the_last() -> None:
    kernel = chain()
    kernel.unmap(1, REGION)
    before = kernel.memory.objects_on(0)
    for vpn in (3, 4):
        kernel.map(1, 3, MapItem(page(BASE + vpn), vpn << 12))
    count = {kind: number for kind, number, _ in kernel.memory.objects_on(0)}
    assert (count[memory.SUBTABLE], count[memory.SUBTABLE_HEAD]) == (1, 1)
    assert kernel.database.find(entry_id(3, 3)) is not None
    kernel.unmap(1, page(BASE + 3))
    assert memory.SUBTABLE in {kind for kind, _, _ in kernel.memory.objects_on(0)}
    kernel.unmap(1, page(BASE + 4))
    left = [each for each in kernel.memory.objects_on(0) if each[0] != memory.TABLE]
    assert left == [each for each in before if each[0] != memory.TABLE]
    assert splits(kernel) == 0


def test_the_tlb_holds_one_translation_for_all_512_pages() -> None:
    kernel = chain()
    thread = kernel.create_thread(2, 0, 0)
    kernel.dispatch(thread)
    for vpn in (0, 5, 511):
        assert kernel.access(thread, CHILD + vpn << 12, READ)
    assert len(kernel.mmu.tlb.rows) == 1
    assert kernel.account.events
    misses = [r for r in kernel.records.between(0, kernel.records.end) if r.event == Event.TLB_MISS]
    assert [miss.b for miss in misses] == [3 | WALK_LARGE], "one walk, of three levels"
    frames = [r.c for r in kernel.records.between(0, kernel.records.end) if r.event == Event.ACCESS]
    assert frames == [0, 5, 511]
    kernel.unmap(1, page(BASE + 5))
    assert not kernel.access(thread, CHILD + 5 << 12, READ)


def test_a_grant_moves_the_entry_with_what_hangs_below_its_pages() -> None:
    kernel = chain()
    kernel.map(2, 3, MapItem(page(CHILD + 9), 0x9000))
    kernel.map(1, 3, MapItem(REGION, 0x4000_0000, grant=True))
    assert len(kernel.database.large.rows) == 2
    at = 0x4000_0000 >> 12
    assert kernel.translate(1, BASE) is None
    assert kernel.translate(3, at + 9) == (9, ALL)
    child = kernel.database.find(entry_id(2, CHILD + 9))
    assert child is not None
    assert child.parent == entry_id(3, at + 9)
    assert splits(kernel) == 0


def test_mapping_back_onto_a_part_of_the_ancestor_splits_and_takes_both() -> None:
    kernel, small = chain(), chain(large_pages=False)
    for each in (kernel, small):
        each.map(2, 1, MapItem(page(CHILD + 3), BASE + 3 << 12))
    assert pages(kernel) == pages(small)
    assert kernel.translate(2, CHILD + 3) is None
    assert kernel.translate(2, CHILD + 4) is not None


def test_a_split_without_memory_is_refused_and_changes_nothing() -> None:
    tight = Machine(machine(2).topology, CostProfile(), kernel_frames=(40, 7))
    kernel = Kernel(Journal(), tight)
    for node in (0, 1):
        kernel.create_space(node)
    kernel.map(SIGMA0, 1, MapItem(fpage(0, 21), BASE << 12))
    kernel.map(1, 2, MapItem(REGION, CHILD << 12))
    before = kernel.journal.digest()
    with pytest.raises(KernelError, match="node 1"):
        kernel.unmap(1, page(BASE + 5))
    assert kernel.journal.digest() == before
    kernel.unmap(1, REGION)  # all of it needs no split, and so no memory
    assert kernel.translate(2, CHILD) is None


def test_sigma0_may_send_its_whole_space() -> None:
    kernel = Kernel(Journal(), machine(2))
    kernel.create_space(0)
    assert kernel.map(SIGMA0, 1, MapItem(WHOLE, 0)) == sum(kernel.machine.user_frames)
    assert splits(kernel) == 0
