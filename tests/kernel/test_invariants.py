"""Invariants of the kernel that must hold after every step of any program."""

from __future__ import annotations

import importlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import WHOLE, Fpage, fpage, from_word, page, place
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, vpn_of
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from tests.kernel import invariants, rig
from tests.kernel.invariants import IN_PROGRAMS, INVARIANTS
from tests.worlds import machine, random_session


def check(kernel: Kernel) -> None:
    state = invariants.check(kernel)
    invariants.memory_29(kernel, state, invariants.table_leaves(kernel)[1])


@given(st.integers(0, 100_000))
@settings(max_examples=25)
def test_invariants_hold_after_every_step(seed: int) -> None:
    run = random_session(seed)
    check(run.world.kernel)
    while run.step() is not None:
        check(run.world.kernel)


def test_running_out_of_kernel_memory_names_the_node_and_changes_nothing() -> None:

    small = Machine(machine().topology, CostProfile(), kernel_frames=(64, 6))
    kernel = Kernel(Journal(), small)
    kernel.create_space(1)
    region = MapItem(page(5), 1 << 40)
    kernel.map(SIGMA0, 1, region)
    assert kernel.database.find(entry_id(1, 1 << 28)) is not None
    mark = kernel.journal.digest()
    with pytest.raises(KernelError, match="node 1"):
        kernel.map(SIGMA0, 1, MapItem(page(6), 2 << 40))
    assert kernel.journal.digest() == mark


def test_the_depth_limit_is_an_error_that_changes_nothing() -> None:

    kernel = Kernel(Journal(), machine())
    spaces = [kernel.create_space(0), kernel.create_space(0)]
    kernel.map(SIGMA0, spaces[0], MapItem(page(1), 0))
    for held in range(254):  # with the first that makes 255 mappings below sigma0, the limit
        _map_on(kernel, spaces, held)
    before = kernel.journal.digest()
    with pytest.raises(KernelError, match="too deep"):
        _map_on(kernel, spaces, 254)
    assert kernel.journal.digest() == before


def _map_on(kernel: Kernel, spaces: list[int], held: int) -> None:
    source, target = spaces[held % 2], spaces[(held + 1) % 2]
    assert kernel.map(source, target, MapItem(page(held), (held + 1) << 12)) == 1


@given(st.integers(12, 47), st.integers(0, 2**36 - 1), st.integers(0, 7))
def test_an_fpage_word_names_the_same_region(log2: int, at: int, rights: int) -> None:
    region = fpage(at << 12 & (1 << 48) - 1, log2, rights)
    assert from_word(region.word()) == region
    assert region.base % (1 << log2) == 0


@given(
    st.integers(12, 30), st.integers(0, 2**20), st.integers(12, 48), st.integers(0, 2**20),
    st.integers(0, 2**47),
)  # fmt: skip
def test_placement_never_leaves_the_window_or_the_fpage(
    log2: int, at: int, window_log2: int, window_at: int, spot: int
) -> None:
    send: Fpage = fpage(at << 12, log2)
    window = fpage(window_at << 12, window_log2)
    source, target, pages = place(send, window, spot)
    assert pages == min(send.pages, window.pages)
    assert send.first_page <= source <= source + pages <= send.first_page + send.pages
    assert window.first_page <= target <= target + pages <= window.first_page + window.pages
    assert WHOLE.pages == 1 << 36


@pytest.mark.parametrize("flush", [False, True])
def test_a_region_may_hold_a_page_derived_from_another_of_its_pages(flush: bool) -> None:
    kernel = Kernel(Journal(), machine())
    first, second = kernel.create_space(0), kernel.create_space(1)
    kernel.map(SIGMA0, first, MapItem(page(1), 0x10000))
    kernel.map(first, second, MapItem(page(0x10), 0x10000))
    kernel.map(second, first, MapItem(page(0x10), 0x11000))
    kernel.unmap(first, fpage(0x10000, 13), flush=flush)
    left = {vpn_of(entry) for entry in kernel.database.entries.rows}
    assert left == (set() if flush else {0x10})
    check(kernel)


def test_every_invariant_is_tested_somewhere() -> None:
    assert sorted(INVARIANTS) == list(range(1, 37))
    for number, tests in INVARIANTS.items():
        for test in tests:
            module, _, name = test.rpartition(".")
            assert callable(getattr(importlib.import_module(module), name, None)), (number, test)
    checked = {
        int(number)
        for owner in (invariants, rig.Rig)
        for name in vars(owner)
        for number in re.findall(r"_(\d+)", name)
    }
    promised = {number for number, tests in INVARIANTS.items() if IN_PROGRAMS in tests}
    assert checked == promised
