"""The radix walk of one address, against the MMU's own walk."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.machine.mmu import FLAG_BITS
from l4numa_tui.views.inspecting.inspect_table import LEVEL_NAMES
from l4numa_tui.views.segments import Line, plain
from l4numa_tui.views.tables.page_table_view import page_table
from tests.views.pane_worlds import finished, scene_of

_PAGES = st.sampled_from((0x400, 0x402, 0x40F, 0x500, 0x5FF, 0x7FF, 1 << 28, (1 << 36) - 1))


def _levels(lines: list[Line]) -> list[str]:
    return [
        plain(line)
        for line in lines
        if plain(line).split()[:1] and plain(line).split()[0] in LEVEL_NAMES
    ]


def test_a_mapped_page_in_full() -> None:
    # A.1 on N1 reads page 0x400, whose frame is 0:0000; its walk has taken three new tables after
    # the root. 0x400 is 0.0.2.0 in steps of nine bits.
    session = finished(2)
    session.seek(6)
    kernel = session.world.kernel
    space = session.world.system.roster.applications[0].spaces[1]
    root = frame_text(kernel.root_of(space))
    lines = [plain(line) for line in page_table(scene_of(session), space, 0x400, 36, 20)]
    assert lines[:3] == [
        "page table of A.1 ▲N1",
        "va 0x00400000 → 0.0.2.0",
        f"PML4   0│█···············│ {root}",
    ]
    assert lines[7].startswith("           └▶ next table")  # below slot 2
    assert lines[9:] == [
        "         └▶ ●0:0000 rwx",
        "",
        "the memory is remote, ●N0",
        "all 4 tables are on home N1 ✓",
    ]


@given(
    nodes=st.sampled_from((1, 2, 8, 64)),
    place=st.integers(0, 1000),
    vpn=_PAGES,
    pick=st.integers(0, 200),
)
def test_the_levels_are_those_the_mmu_reads(nodes: int, place: int, vpn: int, pick: int) -> None:
    session = finished(nodes)
    session.seek(place % (session.length + 1))
    kernel = session.world.kernel
    space = sorted(kernel.spaces.rows)[pick % len(kernel.spaces.rows)]
    home, root, _ = kernel.spaces.rows[space]
    entry, table, levels = kernel.mmu.walk(root, vpn)
    lines = page_table(scene_of(session), space, vpn, 36, 20)
    shown = _levels(lines)
    assert len(shown) == levels
    assert shown[0].endswith(frame_text(root))
    assert shown[-1].endswith(frame_text(table))
    text = "\n".join(plain(line) for line in lines)
    assert f"home N{home}" in text
    assert "not on home" not in text  # the kernel's promise
    if entry:
        assert frame_text(entry >> FLAG_BITS) in text
        assert ("remote" in text) == (node_of(entry >> FLAG_BITS) != home)
    else:
        assert f"the walk ends at level {levels}" in text


@pytest.mark.parametrize("width", [36, 60])
def test_the_arrow_stands_under_the_slot(width: int) -> None:
    session = finished(2)
    session.seek(session.length)
    space = session.world.system.roster.applications[0].spaces[0]
    for vpn in range(0x400, 0x440):
        lines = [plain(line) for line in page_table(scene_of(session), space, vpn, width, 20)]
        at = next(n for n, line in enumerate(lines) if line.startswith("PT "))
        slots = 32 if width == 60 else 16
        column = 9 + vpn % slots
        assert lines[at + 1][column] in "└┘"


def test_new_tables_and_entries_are_marked_in_the_step_that_made_them_only() -> None:
    session = finished(2)
    space = session.world.system.roster.applications[0].spaces[0]
    marks = []
    for step in (2, 3, 8):  # A.0's first page, its access, its second page
        session.seek(step)
        lines = page_table(scene_of(session), space, 0x400, 36, 20)
        new = [s.text for line in lines for s in line if "new" in s.style]
        marks.append(new)
    # Three slots lead to three new tables, and the leaf; then the neighbour's leaf alone.
    assert marks == [["█", "█", "+", "█", "+", "●", "+"], [], ["●"]]


def test_few_lines_keep_the_levels() -> None:
    session = finished(2)
    session.seek(6)
    space = session.world.system.roster.applications[0].spaces[1]
    lines = page_table(scene_of(session), space, 0x400, 36, 9)
    assert len(lines) == 9
    assert [row.split()[0].split("│")[0] for row in _levels(lines)] == list(LEVEL_NAMES)
    assert re.search("home N1", plain(lines[-1]))


def test_an_ended_space_has_no_table() -> None:
    session = finished(2)
    session.seek(0)
    assert plain(page_table(scene_of(session), 9999, 0, 36, 9)[0]) == "the space has ended"
