"""The grid of pages and spaces: holes are the faults that can still come."""

from __future__ import annotations

import pytest

from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.userland.regions import NODE_LOCAL
from l4numa_tui.views.segments import Segment, plain
from l4numa_tui.views.tables.page_grid import holes_of, page_grid
from l4numa_tui.world.operations import Op
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import NODES, STACK, finished, scene_of
from tests.worlds import random_session, session


def _cells(of: Session, width: int = 84) -> list[Segment]:
    lines = page_grid(scene_of(of), 0, width, 40)
    kinds = ("entry", "page")
    return [s for line in lines for s in line if s.target is not None and s.target[0] in kinds]


def test_two_nodes_in_full() -> None:
    # After twelve steps: both have page 0x400 (frame on N0), A.0 has 0x402 (N0), A.1 0x403 (N1).
    # 22 pages, 20 of them open to both nodes and 2 to N0 alone: 42 cells, 4 of them mapped.
    of = finished(2)
    of.seek(12)
    assert [plain(line) for line in page_grid(scene_of(of), 0, 84, 20)] == [
        "pages of A  4 mapped, 38 holes",
        "      data 0x400 global ×16  code 0x500 node-local ×4  stack 0x600 private on N0 ×2",
        "      0   4   8   c          0                         0",
        "●N0   ●·●∘············       ····                      ··",
        "▲N1   ●·∘▲············       ····                      ××",
        "● frame on N0  ≠ node-local  · fault to come  ∘ frame known  × not allowed",
    ]


@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("width", [24, 36, 84])
def test_every_mapping_of_the_application_is_a_cell(nodes: int, width: int) -> None:
    of = finished(nodes)
    of.seek(of.length * 2 // 3)
    application = of.world.system.roster.applications[0]
    own = set(application.spaces.values())
    entries = {e for e in of.world.kernel.database.entries.rows if space_of(e) in own}
    cells = _cells(of, width)
    shown = {s.target[-1] for s in cells if s.target and s.target[0] == "entry"}
    assert shown == entries
    assert len(cells) == nodes * sum(region.pages for region in application.regions)
    holes, mapped = holes_of(scene_of(of), application)
    assert mapped == len(entries)
    assert holes == sum(s.text in "·∘" for s in cells)


@pytest.mark.parametrize("seed", range(4))
def test_marks_are_the_applications_entries_that_came_and_went(seed: int) -> None:
    of = random_session(seed)
    own = set(of.world.system.roster.applications[0].spaces.values())
    rows = of.world.kernel.database.entries.rows
    before = {key for key in rows if space_of(key) in own}
    while of.step() is not None:
        after = {key for key in rows if space_of(key) in own}
        cells = _cells(of)
        new = {s.target[-1] for s in cells if s.target and "new" in s.style}
        assert new == after - before
        assert sum("gone" in s.style for s in cells) == len(before - after)
        before = after


def test_a_resolved_fault_fills_one_hole() -> None:
    of = session([[(Op.READ, 0x400 << 12)], [(Op.READ, 0x400 << 12)]])
    application = of.world.system.roster.applications[0]
    holes = []
    while of.step() is not None:
        if of.at_rest():
            holes.append(holes_of(scene_of(of), application)[0])
    assert holes == [holes[0], holes[0] - 1]


def test_node_local_pages_and_forbidden_ones_have_their_own_signs() -> None:
    of = finished(4)
    of.seek(of.length)
    application = of.world.system.roster.applications[0]
    cells = _cells(of)
    code = next(region for region in application.regions if region.kind == NODE_LOCAL)
    assert sum(s.text == "≠" for s in cells) == 4  # each node executes one page of its own
    forbidden = [s.target for s in cells if s.text == "×"]
    assert forbidden == [("page", 0, page) for _ in range(3) for page in (STACK, STACK + 1)]
    assert code.pages == 4


def test_holes_that_have_a_frame_already_stand_out() -> None:
    # After twelve steps A.0 alone has 0x402 and A.1 alone 0x403: each is a hole with a frame on the
    # other node. A.0's code page, touched later, is node-local: no such hole on N1.
    of = finished(2)
    of.seek(12)
    bright = [s.target for s in _cells(of) if s.text == "∘" and s.style == "warn"]
    assert bright == [("page", 0, 0x403), ("page", 0, 0x402)]
    of.seek(of.length)
    bright = [s.target for s in _cells(of) if s.text == "∘" and s.style == "warn"]
    assert ("page", 0, 0x500) not in bright


def test_large_regions_show_only_the_blocks_in_use() -> None:
    from l4numa_tui.userland.regions import Application, Region

    of = session([[(Op.READ, 0x400 << 12)]], nodes=1)
    roster = of.world.system.roster
    old = roster.applications[0]
    region = Region("heap", 0x400, 1 << 20)
    roster.applications[0] = Application(0, "A", old.spaces, (region,))
    of.world.system.directory.rows.put((0, 0x400 + (1 << 19), 0), (5, 0))
    lines = [plain(line) for line in page_grid(scene_of(of), 0, 84, 20)]
    assert len(_cells(of)) == 2 * 72  # the first block, and the one in the middle
    assert any("heap 0x400 global ×1 048 576" in line for line in lines)


def test_an_unknown_application_is_said() -> None:
    of = finished(2)
    assert plain(page_grid(scene_of(of), 9, 84, 20)[0]) == "no application"
