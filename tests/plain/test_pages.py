"""What the looking commands say of a world, counted and compared with the world itself."""

from __future__ import annotations

import re

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.plain.machine_pages import show_node, show_space
from l4numa_tui.plain.memory_pages import show_database, show_frame
from l4numa_tui.plain.places import read_target
from l4numa_tui.plain.run_pages import (
    show_lanes,
    show_messages,
    show_next,
    show_timeline,
)
from l4numa_tui.plain.walk_pages import show_grid, show_walk
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.views.forest.limit import parse_limit
from l4numa_tui.views.tables.page_grid import holes_of
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import CODE, DATA, STACK, finished, scene_of


def pages_told(lines: list[str], state: str) -> int:
    """How many pages the lines of a grid tell to be in a state."""
    count = 0
    for line in lines:
        found = re.match(r"  N\d+: (?:([\d ]+) pages, \S+ to \S+|page \S+): (.*)", line)
        if found and found[2].removeprefix("a ").startswith(state):
            count += int((found[1] or "1").replace(" ", ""))
    return count


@pytest.mark.parametrize("nodes", [1, 2, 4])
@pytest.mark.parametrize("step", [0, 7, 30, 10_000])
def test_a_grid_tells_every_page_once_and_counts_as_the_screen_does(nodes: int, step: int) -> None:
    of = finished(nodes)
    of.seek(min(step, of.length))
    application = of.world.system.roster.applications[0]
    lines = show_grid(scene_of(of), application)
    holes, mapped = holes_of(scene_of(of), application)
    assert pages_told(lines, "mapped") == mapped
    assert pages_told(lines, "hole") + pages_told(lines, "unmapped by") == holes
    in_all = sum(region.pages for region in application.regions) * len(application.spaces)
    assert pages_told(lines, "") == in_all


def test_a_frame_is_told_with_all_that_was_derived_from_it() -> None:
    of = finished(4)
    of.seek(of.length - 1)
    database = of.world.kernel.database
    for frame in {row[0] for row in database.entries.rows.values()}:
        lines = show_frame(scene_of(of), of, frame)
        below = database.page_subtree(entry_id(SIGMA0, frame))
        assert sum(", from " in line and ", gone" not in line for line in lines) == len(below)


def test_who_changed_a_frame_is_the_last_step_after_which_its_tree_or_its_page_differs() -> None:
    of = finished(2)
    trees, directory = [], of.world.journal.table("directory").rows
    for step in range(of.length + 1):
        of.seek(step)
        below = of.world.kernel.database.page_subtree(entry_id(SIGMA0, 0))
        trees.append(
            (
                {each: of.world.kernel.database.row(each) for each in below},
                {key: row for key, row in directory.items() if row[0] == 0},
            )
        )
    for step in range(of.length + 1):
        of.seek(step)
        changed = [at for at in range(1, step + 1) if trees[at] != trees[at - 1]]
        assert of.changed_last(("frame", 0)) == (changed[-1] if changed else 0)


def test_who_changed_knows_a_page_inside_a_large_entry() -> None:
    of = build_session(open_scenario("superpage-split"))
    of.run(100)
    assert of.changed_last(("frame", 5)) == 8, "the unmap that split the entry"
    of.seek(7)
    assert of.changed_last(("frame", 5)) == 5, "the map item of 2 MiB"
    assert of.changed_last(("frame", 600)) is None


def test_the_walk_tells_as_many_levels_as_the_hardware_reads() -> None:
    of = finished(2)
    space = of.world.system.roster.applications[0].spaces[1]
    root = of.world.kernel.spaces.rows[space][1]
    for vpn in (DATA, CODE, STACK, 0, 1 << 35):
        lines = show_walk(scene_of(of), space, vpn)
        entry, _, levels = of.world.kernel.mmu.walk(root, vpn)
        assert sum(line.startswith("  level ") for line in lines) == levels
        assert ("pagefault" in lines[-2]) == (not entry)


def test_a_limit_leaves_the_frames_that_have_what_is_asked_for() -> None:
    of = finished(4)
    scene = scene_of(of)

    def frames(limit: str) -> set[int]:
        wanted = parse_limit(limit, scene)
        rows = of.world.kernel.database.entries.rows
        found = {row[0] for entry, row in rows.items() if wanted.holds(entry)}
        told = " ".join(show_database(scene, wanted))
        assert all(frame_text(frame) in told or " to " in told for frame in found)
        assert ("No entry is like that." in told) == (not found)
        return found

    members = of.world.system.roster.applications[0].spaces
    rows = of.world.kernel.database.entries.rows
    assert frames("A.1") == {row[0] for each, row in rows.items() if space_of(each) == members[1]}
    assert {frame >> 28 for frame in frames("memory:1")} == {1}
    assert frames("A.1 memory:1") == frames("A.1") & frames("memory:1")
    assert frames("node:2 node:1") == set()
    for bad in ("unicorn", "node:9", "memory:", "9:0", ":"):
        with pytest.raises(UserError):
            parse_limit(bad, scene)


def test_entries_that_the_last_step_took_are_still_told() -> None:
    of = finished(2)
    gone = next(step for step in range(1, of.length + 1) if _removed(of, step))
    of.seek(gone)
    assert any("−" in line for line in show_database(scene_of(of)))
    assert any(
        "−" in line for line in show_database(scene_of(of), parse_limit("changed", scene_of(of)))
    )


def _removed(of: Session, step: int) -> bool:
    return any(
        table == "mdb" and new is None and vpn_of(key) < 0x1000
        for table, key, _, new in of.change(step).changes()
    )


def test_neighbours_alike_are_told_once_with_their_pages() -> None:
    of = finished(1)
    space = of.world.system.roster.applications[0].spaces[0]
    lines = show_space(scene_of(of), space)
    mapped = of.world.kernel.database.entries.rows
    told = 0
    for line in lines[lines.index("  what it maps:") + 1 :]:
        found = re.match(r"    (?:([\d ]+) pages, |page )", line)
        assert found
        told += int((found[1] or "1").replace(" ", ""))
    assert told == sum(space_of(entry) == space for entry in mapped)


def test_a_node_counts_the_frames_by_who_reads_them() -> None:
    of = finished(4)
    lines = show_node(scene_of(of), 0)
    start = lines.index("  who reads its memory:") + 1
    counts = [int(line.split()[0]) for line in lines[start:] if " frame" in line]
    given = next(line for line in lines if "given out:" in line)
    assert sum(counts) == int(given.split()[2])


def test_messages_and_timeline_take_a_number() -> None:
    of = finished(2)
    assert len(show_messages(scene_of(of), of, 3)) == 4
    assert len(show_messages(scene_of(of), of, 10_000)) > 13
    dear = [line for line in show_timeline(scene_of(of), of) if line.startswith("  step ")]
    found = [re.match(r"  step \d+, ([\d ]+) cycles: ", line) for line in dear]
    costs = [int(each[1].replace(" ", "")) for each in found if each]
    assert len(costs) == len(dear) == 5
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == max(of.change(step).cycles for step in range(1, of.length + 1))
    told = show_timeline(scene_of(of), of, 2)
    assert next(line for line in told if line.startswith("  step ")).startswith("  step 2, ")
    assert "no step" in show_timeline(scene_of(of), of, 99_999)[-1]


def test_what_comes_next_is_what_the_next_step_does() -> None:
    of = finished(2)
    for step in range(of.length):
        of.seek(step)
        action = of.next_action()
        assert action is not None
        name = of.world.system.thread_names[action[1]]
        lines = show_next(scene_of(of), of)
        assert lines[0].startswith(f"Next comes {name}, ")
        assert len(lines) == 2 + len(of.world.enabled())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("frame 0:0001", "frame"), ("0:1", "frame"), ("thread A.1", "thread"),
        ("space a.1", "space"), ("pager1 frame 0:0000", "entry"), ("A.1 page 0x400", "entry"),
        ("A.0 0x400000", "entry"), ("entry A.0 0x400000", "entry"), ("A 0x400000", "page"),
        ("page A 0x400000", "page"), ("node 1", "node"), ("N1", "node"), ("step 2", "step"),
    ],
)  # fmt: skip
def test_things_are_named_as_the_program_writes_them(text: str, kind: str) -> None:
    assert read_target(finished(2), text)[0] == kind


def test_names_read_back_from_what_is_printed() -> None:
    of = finished(2)
    entry = entry_id(of.world.system.roster.applications[0].spaces[1], DATA)
    assert read_target(of, "A.1 page 0x400") == read_target(of, "A.1 0x400123") == ("entry", entry)


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("", "frame 2:0007"), ("A.1", "`thread A.1`, `space A.1`"), ("A.1 0x400", "an address"),
        ("frame x", "NODE:INDEX"), ("node 2", "0 to 1"), ("thread X", "one of sigma0"),
        ("step 99999", "0 to"), ("page A", "frame 2:0007"), ("page B 0x400000", "one of A"),
        ("A.1 page 0xfffffffffffff", "frame 2:0007"), ("unicorn", "frame 2:0007"),
    ],
)  # fmt: skip
def test_what_is_no_thing_gets_the_form(text: str, help_: str) -> None:
    with pytest.raises(UserError) as caught:
        read_target(finished(2), text)
    assert help_ in str(caught.value)


def test_the_lanes_are_told_with_the_costs_of_the_last_step_summed() -> None:
    of = finished(2)
    of.seek(2)
    lines = show_lanes(scene_of(of), of, 50)
    rows = [line for line in lines if line.startswith("  step 2: ")]
    costs = [int(row.split(", ")[-1].removesuffix(" cycles").replace(" ", "")) for row in rows
             if row.endswith("cycles")]  # fmt: skip
    assert sum(costs) <= of.change(2).cycles
    assert any("pager0 on N0 to A.0 on N0: map 400" in row for row in rows)
    assert len(show_lanes(scene_of(of), of, 2)) == 3
