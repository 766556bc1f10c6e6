"""Costs follow the topology, TLBs are first in first out, and tags name pages without mistakes."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.journal import Journal
from l4numa_tui.machine.account import LOCAL, MESSAGE, Account, Totals, unpack
from l4numa_tui.machine.costs import COST_KEYS, CostProfile, cost_profile
from l4numa_tui.machine.machine import INDEX_MASK, NODE_SHIFT, Machine, frame_text, read_frame
from l4numa_tui.machine.mmu import CPU_SHIFT, FLAG_BITS, FRAME_MASK, Mmu, tag, tag_page, tag_space
from l4numa_tui.machine.topology import Node, Topology


def topology(
    slit: tuple[tuple[int, ...], ...], latency: tuple[tuple[float, ...], ...] = ()
) -> Topology:
    nodes = tuple(Node(n, (n,), 1 << 20) for n in range(len(slit)))
    return Topology("t", nodes, slit, latency)


def test_a_remote_read_costs_1_4_times_a_local_one() -> None:
    machine = Machine(topology(((10, 16, 22), (16, 10, 16), (22, 16, 10))), CostProfile())
    assert machine.read_cost[0] == (200, 280, 360)  # the smallest remote distance is one hop
    assert machine.write_cost[0][0] == 226  # ×1.13


def test_measured_latencies_win_over_the_firmwares_distances() -> None:
    machine = Machine(topology(((10, 21), (21, 10)), ((77.0, 133.0), (132.0, 77.0))), CostProfile())
    assert machine.read_cost == ((200, round(200 * 133 / 77)), (round(200 * 132 / 77), 200))


def test_every_node_is_equally_far_under_uma() -> None:
    machine = Machine(topology(((10, 40), (40, 10))), cost_profile("uma"))
    assert machine.read_cost == ((200, 200), (200, 200))


def test_machines_that_cannot_run_are_refused() -> None:
    with pytest.raises(UserError, match="node 1 cannot reach node 0"):
        Machine(topology(((10, 20), (255, 10))), CostProfile())
    with pytest.raises(UserError, match="no CPU"):
        Machine(Topology("t", (Node(0, (), 1024),), ((10,),)), CostProfile())


def test_a_profile_is_named_by_its_constants() -> None:
    base = CostProfile().fingerprint()
    assert CostProfile("another name").fingerprint() == base
    changed = {
        CostProfile(**{key: getattr(CostProfile, key) + 1}).fingerprint() for key in COST_KEYS
    }
    assert len(changed | {base}) == len(COST_KEYS) + 1
    with pytest.raises(UserError, match="no_such_cost"):
        CostProfile(no_such_cost=1)


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**36 - 1), st.integers(0, 2**36 - 1))
def test_a_tag_names_one_page_of_one_space(space: int, vpn: int, other: int) -> None:
    name = tag(space, vpn)
    assert (tag_space(name), tag_page(name)) == (space, vpn)
    assert (tag(space, other) == name) == (other == vpn)


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_the_tlb_evicts_first_in_first_out(size: int, uses: list[tuple[int, bool]]) -> None:
    mmu = Mmu(Journal(), size)
    model: OrderedDict[int, int | None] = OrderedDict()  # slots in order of filling; None: emptied
    for page, forget in uses:
        key = 1 << CPU_SHIFT | page
        held = page in model.values()
        if forget:
            assert mmu.forget(key) == held
            for slot, there in model.items():
                if there == page:
                    model[slot] = None
        else:
            mmu.fill(key, page << FLAG_BITS | 4)
            if not held:
                if len(model) == size:
                    model.popitem(last=False)
                model[len(uses) + (max(model, default=0))] = page
        expected = {1 << CPU_SHIFT | there for there in model.values() if there is not None}
        assert set(mmu.tlb.rows) == expected
        assert all(v >> FLAG_BITS & FRAME_MASK == k & 15 for k, v in mmu.tlb.rows.items())


@given(st.lists(st.integers(0, 2**47), min_size=12, max_size=12))
def test_an_account_row_keeps_its_fields_apart(values: list[int]) -> None:
    assert unpack(Totals(*values).packed()) == Totals(*values)


def test_an_account_adds_up_what_an_action_did() -> None:
    account = Account(Journal())
    for cycles in (5, 7):
        account.cycles += cycles
        account.events += LOCAL + MESSAGE + MESSAGE
        account.interrupt(3, 11)
        assert account.settle(0) == cycles + 11
    assert account.of(0) == Totals(cycles=12, local=2, messages=4)
    assert account.of(3) == Totals(cycles=22)


@given(st.integers(0, 99_999), st.integers(0, INDEX_MASK))
def test_a_frame_reads_back_from_what_the_screen_writes(node: int, index: int) -> None:
    frame = node << NODE_SHIFT | index
    assert read_frame(frame_text(frame)) == frame
    assert read_frame(f"{node}:0x{index:X}") == frame


@pytest.mark.parametrize(
    "text",
    ["", "7", ":7", "1:", "1:0x", "1:10000000", "1:xyz", "-1:7", "1:-7", "1: 7", "²:7", "123456:7",
     "1:2:3", "N1:7", "1:0x0x7", "1:7_0"],
)  # fmt: skip
def test_what_is_no_frame_is_none(text: str) -> None:
    assert read_frame(text) is None
