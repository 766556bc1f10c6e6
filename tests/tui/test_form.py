"""Editing a line, and a form without a screen."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.scenario.building.fresh import fresh_scenario
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.building.typed import all_requests
from l4numa_tui.tui.screens.form import Form
from l4numa_tui.tui.screens.line_edit import LONGEST, LineEdit
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.workbench import Workbench
from l4numa_tui.views.segments import plain, width_of

KEYS = ("left", "right", "home", "end", "backspace", "delete", "ctrl+u", "ctrl+w")


def pressed(edit: LineEdit, *keys: str) -> LineEdit:
    for key in keys:
        edit = edit.pressed(key, key if len(key) == 1 else None) or edit
    return edit


def test_a_line_is_edited_where_the_cursor_is() -> None:
    edit = pressed(LineEdit(), *"A.1 wite", "left", "left", "left", "r")
    assert edit == ("A.1 write", 6)
    assert pressed(edit, "home", "delete", "B").text == "B.1 write"
    assert pressed(edit, "end", "ctrl+w").text == "A.1"
    assert pressed(edit, "ctrl+u") == ("ite", 0)
    assert pressed(LineEdit(), "backspace", "left", "delete") == ("", 0)
    assert edit.pressed("f5", None) is None
    assert LineEdit().typed("two\nlines\x1b[2J").text == "twolines[2J"
    assert len(LineEdit().typed("x" * 1_000).text) == LONGEST


@given(st.lists(st.sampled_from((*KEYS, *"ab c")), max_size=60), st.integers(2, 12))
@settings(max_examples=60)
def test_the_cursor_stays_in_the_line_and_in_sight(keys: list[str], width: int) -> None:
    edit = pressed(LineEdit(), *keys)
    assert 0 <= edit.cursor <= len(edit.text)
    line = edit.line(width, here=True, more="more to come")
    assert width_of(line) == width
    (cursor,) = [part.text for part in line if part.style == "pick"]
    assert cursor == (edit.text + "more to come")[edit.cursor]
    assert width_of(edit.line(width, here=False)) == width


def form(name: str = "write", *, bare: bool = False) -> Form:
    bench = Workbench(Sandbox(fresh_scenario("2", bare=bare)))
    request = all_requests()[name]
    stage = Stage(bench.sandbox.session, "", bench=bench)
    return Form(stage, bench, request, bench.defaults(request, None))


def type_in(target: Form, *keys: str) -> None:
    for key in keys:
        target.press(key, key if len(key) == 1 else None)


def test_a_field_is_completed_to_what_is_offered() -> None:
    filling = form()
    assert filling.focused == "at"
    type_in(filling, "ctrl+u", *"0x5")
    assert filling.suggestion() == "00000"
    type_in(filling, "right", "enter")
    assert filling.done is not None
    assert filling.bench.sandbox.scenario.spec.step[0].at == 0x500000


def test_values_are_turned_through_in_both_directions() -> None:
    filling = form("add region")
    while filling.focused != "kind":
        type_in(filling, "tab")
    seen = []
    for _ in range(4):
        type_in(filling, "pagedown")
        seen.append(filling.fields["kind"])
    assert seen == ["global", "node_local", "private", "global"]
    type_in(filling, "pageup")
    assert filling.fields["kind"] == "private"


def test_what_is_missing_is_said_only_after_it_was_tried() -> None:
    filling = form("add region")
    assert filling.focused == "name"
    assert filling.wrong
    assert not any(part.style == "bad" for line in filling.lines(80) for part in line)
    type_in(filling, "tab", "enter")
    assert filling.done is None
    assert filling.focused == "name"
    (said,) = [plain(line) for line in filling.lines(110) if any(p.style == "bad" for p in line)]
    assert "name" in said
    type_in(filling, *"heap", "enter")
    assert filling.done is not None


@given(st.integers(0, 1 << 32))
@settings(max_examples=25)
def test_no_keys_break_a_form_and_it_always_fits(seed: int) -> None:
    rng = random.Random(seed)
    filling = form(rng.choice(sorted(all_requests())), bare=rng.random() < 0.5)
    moves = ("tab", "up", "pagedown", "pageup", "enter", "right", *KEYS, *'a"0x[{=,]} ')
    for _ in range(rng.randrange(25)):
        type_in(filling, rng.choice(moves))
        if filling.done is not None:
            break
        width = rng.choice((60, 80, 96))
        lines = filling.lines(width)
        assert len(lines) == filling.rows
        assert all(width_of(line) <= width for line in lines)
        assert all(part.text.isprintable() for line in lines for part in line)


def test_a_proposed_value_gives_way_to_what_is_typed_and_stays_where_it_is_edited() -> None:
    region = form("add region")
    assert region.fields["at"]
    region.press("down", None)
    type_in(region, *"0x8")
    assert region.fields["at"] == "0x8"
    edited = form("add region")
    proposed = edited.fields["at"]
    edited.press("down", None)
    edited.press("backspace", None)
    type_in(edited, "1")
    assert edited.fields["at"] == f"{proposed[:-1]}1"
