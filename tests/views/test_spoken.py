"""Cards in words: the facts of the inspector, one on a line, with no glyph that has to be seen."""

from __future__ import annotations

import re

import pytest

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.inspecting.spoken import spoken
from l4numa_tui.views.segments import NODE_GLYPHS, Target, plain
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import DATA, finished, scene_of

WIDE = 200


def targets(of: Session) -> list[Target]:
    world = of.world
    spaces = world.kernel.spaces.rows
    entry = entry_id(world.system.roster.applications[0].spaces[1], DATA)
    return [
        *(("thread", thread) for thread in world.kernel.threads.rows),
        *(("space", space) for space in spaces),
        ("node", 0), ("node", 1), ("node", 99), ("frame", 0), ("frame", 1 << 40),
        ("page", 0, DATA), ("page", 0, 0x999), ("page", 7, DATA), ("entry", entry),
        ("step", 0), ("step", 3), ("step", of.length),
    ]  # fmt: skip


def told(of: Session, target: Target) -> list[str]:
    return spoken(scene_of(of, target), of)


def words(texts: list[str]) -> set[str]:
    """Words, whatever stands between them: glyphs of nodes and what is idle say nothing more."""
    text = re.sub(f"[{NODE_GLYPHS}·:]", "", " ".join(texts)).replace("–", " to ")
    return {word.lower().strip("+−~") for word in text.split()} - {""}


@pytest.mark.parametrize("step", [0, 1, 5, 6, 14, 40])
def test_a_card_says_what_the_inspector_shows(step: int) -> None:
    of = finished(2)
    of.seek(step)
    for target in targets(of):
        lines = inspector(scene_of(of, target), WIDE, of)
        assert words(told(of, target)) == words([plain(line) for line in lines]), target


def test_nothing_is_selected_then_the_last_step_is_told() -> None:
    of = finished(2)
    of.seek(2)
    said = spoken(scene_of(of, None))
    assert said[0] == "The last step:"
    assert "  pager0 answers A.0: maps frame 0:0000 at 0x400000" in said


def test_an_entry_in_words() -> None:
    of = finished(2)
    of.seek(6)
    entry = entry_id(of.world.system.roster.applications[0].spaces[1], DATA)
    assert told(of, ("entry", entry)) == [
        "Entry A.1 page 0x400:",
        "  space: A.1 N1",
        "  va: 0x400000",
        "  home: N1 entry, page table",
        "  memory: N0 0:0000 remote",
        "  rights: rwx",
        "  status: r-- read",
        "  in TLB of: CPU 3",
        "  kernel: 24 bytes",
        "  in table: slot 0 of 1:3dc1",
        "  from: pager1 N1",
        "  from: root N0",
        "  from: sigma0 N0",
        "  made: by step 5, pager1",
        "  page 0x400 of A:",
        "    region: data global",
        "    backed by: 0:0000",
        "    N0 A.0 0:0000 rwx",
        "    N1 A.1 0:0000 rwx",
    ]


def test_what_is_new_has_its_mark_and_depth_stays_an_indent() -> None:
    of = finished(2)
    of.seek(5)
    said = told(of, ("frame", 0))
    assert "        + N1 A.1 page 0x400 rwx" in said
    assert "      N1 pager1 rwx" in said
