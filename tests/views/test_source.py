"""The source of a step: the tables name all there is, and the text shown is the code that ran."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import l4numa_tui
from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.records import Event
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario, shipped_names
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager import REFUSE
from l4numa_tui.views.code.source import Piece, read_source, source_pieces, telling
from l4numa_tui.views.code.source_table import FAULT, NODE_PAGER, NOTED, Rule, rules
from l4numa_tui.views.code.source_text import GUTTER, coloured, source_lines
from l4numa_tui.views.segments import Line
from l4numa_tui.world.operations import ANSWER, RUN, Op
from l4numa_tui.world.session import Session, StepChange
from tests.views.pane_worlds import finished, scene_of
from tests.worlds import CODE, DATA, random_session, session

ROOT = Path(l4numa_tui.__file__).parent
ROOMS = ("kernel", "userland", "world")
MOST_TEXTS = 200


def noters() -> dict[str, set[str]]:
    """For each event the functions that note it, `module:name`, as the syntax trees tell."""
    out: dict[str, set[str]] = {}
    # A fast path notes what its general path notes, and that is the one to be read.
    files = (file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))
    for file in (file for file in files if not file.stem.startswith("fast_")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = imported(tree)
        for prefix, function in functions(tree):
            nodes = list(ast.walk(function))
            calls = {
                node.func.attr
                for node in nodes
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            if calls & {"record", "note"}:
                used = {node.id for node in nodes if isinstance(node, ast.Name)} & names
                for name in used:
                    out.setdefault(name, set()).add(f"{module}:{prefix}{function.name}")
    return out


def imported(tree: ast.Module) -> set[str]:
    """The events' names that a module has from `kernel.records`; others may mean something else."""
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "l4numa_tui.kernel.records"
        for alias in node.names
    } & {event.name for event in Event}


def functions(tree: ast.Module) -> list[tuple[str, ast.FunctionDef]]:
    """Every function of a module and of its classes, with the class's name before it."""
    out = [("", node) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for each in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        out += [(f"{each.name}.", node) for node in each.body if isinstance(node, ast.FunctionDef)]
    return out


def test_every_event_has_a_function() -> None:
    missing = [event.name for event in Event if event not in NOTED]
    assert missing == [], "events that NOTED in views/code/source_table.py does not have"


def test_every_named_function_exists() -> None:
    missing = sorted({rule.place for rule in rules() if read_source(rule.place) is None})
    assert missing == [], "functions that views/code/source_table.py names and that are not there"


def test_the_functions_named_are_those_that_note_the_event() -> None:
    missing, stale = [], []
    for name, found in sorted(noters().items()):
        named = {rule.place for rule in NOTED.get(Event[name], ())}
        missing += [f"{name}: {place}" for place in sorted(found - named)]
        stale += [f"{name}: {place}" for place in sorted(named - found)]
    assert missing == [], "these note an event: NOTED in views/code/source_table.py lacks them"
    assert stale == [], "NOTED in views/code/source_table.py has these, which note no event"


def test_a_record_always_finds_a_rule() -> None:
    # The last rule of an event is for all that the others leave over.
    always = Rule("", "").when
    bare = [event.name for event, found in NOTED.items() if found[-1].when is not always]
    assert bare == []


def test_every_label_that_a_node_pager_serves_has_its_function() -> None:
    served = set()
    for place in (
        "userland.pager:NodePager.on_message",
        "userland.pager:NodePager._from_root",
        "userland.pager:NodePager._serve",
        "userland.agreement.backing:PagePagers.on_message",
        "userland.agreement.global_unmap:GlobalUnmap.on_message",
    ):
        source = read_source(place)
        assert source is not None
        for node in ast.walk(ast.parse(source[1])):
            if isinstance(node, ast.Compare):
                served |= {
                    part.attr
                    for part in ast.walk(node)
                    if isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == "labels"
                }
    assert {getattr(labels, name) for name in served} | {FAULT} == set(NODE_PAGER)


def pieces_at(of: Session, step: int) -> list[Piece]:
    of.seek(step)
    return source_pieces(scene_of(of), of.change(step))


@pytest.mark.parametrize("seed", range(6))
def test_every_step_shows_code_that_stands_where_it_is_said_to(seed: int) -> None:
    of = random_session(seed)
    of.run(60)
    for step in range(1, of.length + 1):
        pieces = pieces_at(of, step)
        assert pieces, f"seed {seed}, step {step}"
        assert len({(piece.module, piece.title) for piece in pieces}) == len(pieces)
        for piece in pieces:
            path, _, line = piece.path.rpartition(":")
            rows = (ROOT.parent / path).read_text(encoding="utf-8").splitlines()
            first = rows[int(line) - 1].strip()
            assert first == piece.text.splitlines()[0]
            assert first.startswith(("def ", "@")), f"seed {seed}, step {step}"
            assert piece.title.rpartition(".")[2] in piece.text


@pytest.mark.parametrize("name", shipped_names())
def test_every_step_of_every_scenario_has_a_function_to_show(name: str) -> None:
    of = build_session(open_scenario(name))
    of.run(300)
    for step in range(1, of.length + 1):
        assert pieces_at(of, step), f"step {step}"


def titles(pieces: list[Piece]) -> list[str]:
    return [piece.title for piece in pieces]


def test_a_fault_in_three_steps() -> None:
    of = session([[(Op.READ, DATA << 12)]])
    of.run(100)
    first, second, third = (pieces_at(of, step) for step in (1, 2, 3))
    assert titles(first) == ["access", "walk", "handle_pagefault", "call", "transfer"]
    assert first[telling(first)].title == "handle_pagefault"
    assert second[telling(second)].title == "NodePager.on_fault"
    inside = ["Directory.publish", "transfer", "map_fpage", "_map_page", "_end_fault"]
    assert [title for title in titles(second) if title in inside] == inside
    assert "_extend" not in titles(second)
    assert titles(third)[:2] == ["access", "walk"]
    assert third[telling(third)].title == "access"


def test_a_global_unmap_from_the_call_to_its_end() -> None:
    of = session([[(Op.READ, DATA << 12), (Op.UNMAP_GLOBAL, DATA, 1)], [(Op.READ, DATA << 12)]])
    of.run(100)
    shown = [pieces_at(of, step) for step in range(1, of.length + 1)]
    opened = [pieces[telling(pieces)].title for pieces in shown]
    called = opened.index("World._ask")
    assert opened[called : called + 4] == [
        "World._ask",
        "GlobalUnmap._lead",
        "GlobalUnmap._on_notify",
        "GlobalUnmap._finish",
    ]
    assert {"unmap", "revoke", "_erase"} <= set(titles(shown[called + 1]))
    assert "GlobalUnmap._acknowledged" in titles(shown[called + 3])


def test_a_pager_that_is_answered_for_shows_what_it_did() -> None:
    for rights, policy in ((4, True), (0, False), (REFUSE, False)):
        of = session([[(Op.READ, DATA << 12)]])
        of.step()
        pager = of.world.system.roster.pager_threads[0]
        change = of.step((ANSWER, pager, rights))
        assert change is not None
        pieces = source_pieces(scene_of(of), change)
        assert pieces[telling(pieces)].title == "NodePager.answer"
        assert ("NodePager.on_fault" in titles(pieces)) == policy


def test_a_grant_shows_the_grants_code_and_a_map_the_maps() -> None:
    of = session([[(Op.READ, DATA << 12)]])
    of.run(100)
    world, kernel = of.world, of.world.kernel
    thread = next(iter(world.programs))
    owner, other = kernel.threads.rows[thread][0], kernel.create_space(0)
    shown = []
    for item in (
        MapItem(page(DATA, 4), DATA << 12),
        MapItem(page(DATA, 4), CODE << 12, grant=True),
    ):
        log, record = kernel.journal.end, kernel.records.end
        kernel.map(owner, other, item)
        ends = kernel.journal.end, kernel.records.end
        change = StepChange(world, (RUN, thread), log, ends[0], record, ends[1], 0)
        shown.append(titles(source_pieces(scene_of(of), change)))
    assert ("_map_page" in shown[0], "grant_page" in shown[0]) == (True, False)
    assert ("_map_page" in shown[1], "grant_page" in shown[1]) == (False, True)


def test_looking_at_the_source_changes_nothing() -> None:
    of = finished(2)
    of.seek(of.length)
    before = of.digest(), of.world.kernel.records.end, len(of.world.journal.tables)
    for step in range(1, of.length + 1):
        source_pieces(scene_of(of), of.change(step))
    assert (of.digest(), of.world.kernel.records.end, len(of.world.journal.tables)) == before


def all_texts() -> list[Piece]:
    out = []
    for place in sorted({rule.place for rule in rules()})[:MOST_TEXTS]:
        source = read_source(place)
        assert source is not None, place
        out.append(Piece(place, "", "l4numa_tui", *source, 1, ()))
    return out


def code(line: Line) -> str:
    text = "".join(segment.text for segment in line)
    return text[GUTTER:]


@pytest.mark.parametrize("width", [27, 60, 72, 120])
def test_no_width_loses_a_character_of_the_source(width: int) -> None:
    for piece in all_texts():
        lines = source_lines(piece, width)
        assert all(len(code(line)) + GUTTER <= width for line in lines), piece.title
        shown = "".join(code(line) for line in lines)
        assert "".join(shown.split()) == "".join(piece.text.split()), piece.title
        numbers = [int(line[0].text) for line in lines if line[0].text.strip()]
        last = piece.first_line + len(piece.text.splitlines())
        assert numbers == list(range(piece.first_line, last)), piece.title


def test_where_nothing_needs_to_be_broken_lines_are_the_files_own() -> None:
    for piece in all_texts():
        assert [code(line) for line in source_lines(piece, 120)] == piece.text.splitlines()


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_line_that_noted_what_happened_is_marked(ascii_only: bool) -> None:
    of = session([[(Op.READ, DATA << 12)]])
    of.run(100)
    (piece,) = [piece for piece in pieces_at(of, 2) if piece.title == "_map_page"]
    lines = source_lines(piece, 120, ascii_only=ascii_only)
    marked = [code(line) for line in lines if line[1].style == "syn-mark"]
    assert len(marked) == 1
    assert "MDB_MAP" in marked[0]
    text = "".join(segment.text for line in lines for segment in line)
    assert text.isascii() == ascii_only


def test_tokens_have_their_styles() -> None:
    text = 'def f(a: int) -> str:\n    """Say it."""\n    return f"{a + 1}"  # why\n'
    styled = {
        style: "".join(
            c
            for (line, s) in coloured(text)
            for c, each in zip(line, s, strict=True)
            if each == style
        )
        for style in ("syn-keyword", "syn-name", "syn-comment", "syn-string")
    }
    assert styled["syn-keyword"] == "defreturn"
    assert styled["syn-name"] == "f"
    assert styled["syn-comment"] == "# why"
    assert styled["syn-string"].startswith('"""Say it."""')


@pytest.mark.parametrize("text", ["", "def f(:\n", "x = '''never ended\n", "  if\n x\n", "(\n"])
def test_text_that_is_no_python_is_shown_as_it_is(text: str) -> None:
    assert [line for line, _ in coloured(text)] == text.splitlines()
