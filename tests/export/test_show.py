"""`show kdb`, `show jdb` and `source` in the conversation."""

from __future__ import annotations

import io

from l4numa_tui.export.jdb import jdb_lines
from l4numa_tui.export.kdb import kdb_lines
from l4numa_tui.plain.explore import Explorer
from l4numa_tui.plain.printer import Printer
from l4numa_tui.scenario.about import About
from l4numa_tui.views.code.source import read_source
from l4numa_tui.world.operations import Op
from tests.worlds import DATA, session


def said(steps: int, *lines: str) -> str:
    of = session([[(Op.READ, DATA << 12)]], pool_frames=2)
    of.run(steps)
    out = io.StringIO()
    explorer = Explorer(of, Printer(out), About("a title"))
    for line in lines:
        explorer.take(line)
    return out.getvalue()


def test_dumps_stand_in_the_conversation_as_they_are_exported() -> None:
    of = session([[(Op.READ, DATA << 12)]], pool_frames=2)
    of.run(2)
    for name, lines in (("kdb", kdb_lines), ("jdb", jdb_lines)):
        whole = [line.removeprefix("    ") for line in said(2, f"show {name}").splitlines()]
        assert whole[:-1] == list(lines(of))
        one = [line.removeprefix("    ") for line in said(2, f"show {name} 0:0001").splitlines()]
        assert one[:-1] == list(lines(of, 1))


def test_what_is_no_frame_and_no_form_gets_one_line() -> None:
    assert "expected NODE:INDEX" in said(1, "show kdb everything")
    assert "Not done" in said(1, "show gdb")
    assert "Not done" in said(1, "show tables 0:0001")


def test_source_lists_the_functions_and_shows_the_telling_one_with_its_numbers() -> None:
    text = said(1, "source")
    assert "- walk: the TLB missed" in text
    found = read_source("kernel.pagefault:handle_pagefault")
    assert found is not None
    first, source = found
    for at, line in enumerate(source.splitlines(), first):
        assert f"{at:>8}  {line}".rstrip() in text


def test_source_of_one_function_by_the_end_of_its_name() -> None:
    text = said(2, "source ON_FAULT")
    assert text.startswith("NodePager.on_fault, l4numa_tui/userland/pager.py:")
    assert "_map_page" not in text
    assert '"_map_page"' in said(2, "source unmap")


def test_before_the_first_step_there_is_no_source() -> None:
    assert said(0, "source") == "Nothing has happened yet: this is the beginning.\n\n"


def test_find_lists_what_something_can_mean() -> None:
    assert "- node ●N0" in said(2, "find n0")
    assert "- step 1 " in said(2, "find pagefault")
    assert "- word mapping database" in said(2, "find MDB")
    assert "called that" in said(2, "find zzzz")
    assert "Not done" in said(2, "find")
