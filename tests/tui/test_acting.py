"""Acting on the screen: the chooser, the palette of requests, forms, typed requests, saving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.scenario.building.fresh import fresh_scenario
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.building.typed import all_requests, parse_line
from l4numa_tui.scenario.load import load_scenario
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.tui.screens.machine_chooser import machine_choices, machine_named
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.workbench import Workbench, typed_form
from tests.tui.helpers import Screen, lesson, scenario


def workbench(*, bare: bool = False) -> Workbench:
    return Workbench(Sandbox(fresh_scenario("2", bare=bare)))


@asynccontextmanager
async def sandbox(
    width: int = 120, height: int = 40, *, choosing: bool = False
) -> AsyncIterator[Screen]:
    bench = Workbench(Sandbox(fresh_scenario("2")), choosing=choosing)
    app = L4numaApp(Stage(bench.sandbox.session, "", bench=bench))
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield Screen(app, pilot)


def bench_of(screen: Screen) -> Workbench:
    assert screen.stage.bench is not None
    return screen.stage.bench


async def test_a_request_from_the_palette_becomes_a_step() -> None:
    async with sandbox(80, 24) as screen:
        assert "a acts" in screen.lines()[1]
        await screen.press("a", *"wri")
        assert any("write memory" in line for line in screen.lines())
        await screen.press("enter")
        assert any("A.0 write 0x402000" in line for line in screen.lines())
        await screen.press("enter")
        assert screen.cursor == 1
        assert "A.0 writes 0x402000" in screen.lines()[1]
        await screen.press("N", "p")
        assert screen.cursor == 2


async def test_a_form_says_what_is_wrong_beside_the_field_and_does_nothing_until_it_is_right() -> (
    None
):
    async with sandbox() as screen:
        await screen.press("a", *"unmap_ev", "enter", "tab", "x", "enter")
        assert screen.cursor == 0
        (line,) = [line for line in screen.lines() if "expected integer" in line]
        assert "pages" in line
        await screen.press("backspace", "pagedown", "pagedown", "enter")
        assert screen.cursor == 1
        assert bench_of(screen).sandbox.scenario.spec.step[0].pages == 2


async def test_all_of_it_can_be_typed_ahead() -> None:
    async with sandbox() as screen:
        await screen.press("a", *"wri", "enter", "up", "pagedown", "down", "enter", "n", "n")
        await screen.pilot.pause()
        assert [step.thread for step in bench_of(screen).sandbox.scenario.spec.step] == ["A.1"]
        assert screen.cursor == 3


async def test_escape_leaves_palette_and_form_with_nothing_done() -> None:
    async with sandbox() as screen:
        await screen.press("a", "escape", "a", "enter", "escape")
        assert screen.cursor == 0
        await screen.press("a", *"zzz", "enter", "escape", "n")
        assert screen.cursor == 0


async def test_a_form_takes_completions_and_clicks() -> None:
    async with sandbox() as screen:
        await screen.press("a", *"exec", "enter")
        rows = screen.lines()
        row = next(y for y, line in enumerate(rows) if "0x500000 region code" in line)
        await screen.pilot.click(offset=(rows[row].index("0x500000") + 1, row))
        await screen.press("up", "pagedown", "enter")
        (step,) = bench_of(screen).sandbox.scenario.spec.step
        assert (step.thread, step.at) == ("A.1", 0x500000)


async def test_typed_requests_complete_and_stay_to_be_mended() -> None:
    async with sandbox() as screen:
        await screen.press("colon", *"A.1 wri", "tab", *"0x40", "tab")
        assert "A.1 write 0x402000" in screen.lines()[1]
        await screen.press("x", "enter")
        assert screen.cursor == 0
        await screen.press("backspace", "backspace", "enter")
        assert screen.cursor == 1
        await screen.press("colon", *"A.7", "enter")
        assert "expected" in screen.lines()[1]
        await screen.press("escape")
        assert screen.app.prompt is None


async def test_saving_asks_for_a_name_and_twice_where_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sandbox.toml").write_text("precious")
    async with sandbox() as screen:
        await screen.press("colon", *"A.0 work 5", "enter", "ctrl+s")
        assert "sandbox-2.toml" in screen.lines()[1]
        await screen.press("enter")
        assert str(tmp_path) in screen.stage.notice
        assert load_scenario("sandbox-2.toml").spec.step[0].cycles == 5
        await screen.press("ctrl+s", *["backspace"] * 20, *"sandbox.toml", "enter")
        assert "there already" in screen.lines()[1]
        assert (tmp_path / "sandbox.toml").read_text() == "precious"
        await screen.press("enter")
        assert load_scenario("sandbox.toml").spec.step[0].cycles == 5


async def test_without_a_scenario_one_chooses_what_to_start_from() -> None:
    async with sandbox(80, 24, choosing=True) as screen:
        assert "A machine to start from" in screen.text()
        await screen.press("tab", "3", "enter")
        assert "Bare kernel on 3 nodes" in screen.lines()[0]
        assert screen.stage.session.world.kernel.machine.nodes == 3
        await screen.press("a")
        assert "ask_sigma0" in screen.text() or "thread_control" in screen.text()
        await screen.press("escape")
        await screen.app.run_action("app.new_world")
        await screen.pilot.pause()
        await screen.press("tab", "6", "4", "enter", "2")
        assert "User level on 64 nodes" in screen.lines()[0]
        assert "N1" in screen.text()


async def test_lessons_and_traces_cannot_be_acted_on() -> None:
    async with lesson() as screen:
        before = screen.text()
        for needs in ("explores", "may_type"):
            assert not screen.app.possible(needs)
        await screen.press("ctrl+s")
        assert screen.text() == before
    async with scenario() as screen:  # a session without a scenario, as a trace is
        await screen.press("a")
        assert "nothing can be added" in screen.lines()[1]
        await screen.press("ctrl+s")
        assert screen.app.prompt is None


def test_a_form_begins_with_what_is_selected_else_with_the_last_one() -> None:
    bench = workbench()
    world = bench.sandbox.session.world
    requests = all_requests()
    space = world.system.roster.applications[0].spaces[1]
    assert bench.defaults(requests["read"], None) == {"thread": "A.0", "at": "0x402000"}
    selected = bench.defaults(requests["flush"], ("entry", entry_id(space, 0x404)))
    assert selected == {"thread": "A.1", "at": "0x404000"}
    assert bench.defaults(requests["read"], ("page", 0, 0x501))["at"] == "0x501000"
    assert bench.defaults(requests["migrate"], ("node", 1))["node"] == "1"
    pager = next(n for n, name in world.system.thread_names.items() if name == "pager1")
    assert bench.defaults(requests["call"], ("thread", pager))["to"] == "pager1"
    bench.do_line("A.1 unmap_everywhere 0x403000 pages=2 times=3")
    again = bench.defaults(requests["unmap_everywhere"], None)
    assert again == {"thread": "A.1", "at": "0x403000", "pages": "2"}
    assert bench.defaults(requests["write"], None)["thread"] == "A.1"


@pytest.mark.parametrize(
    "line",
    [
        "A.0 write 0x402000",
        "A.0 unmap 0x402000 rights=w",
        'A.0 work 5 note="two words"',
        "A.0 receive from=A.1 no_wait=true",
        "A.0 send A.1 items=[{map=0x402000, rights=r}]",
        "add region heap 0x600000 kind=private home=1",
        "add thread B node=1",
    ],
)
def test_a_form_shows_the_line_that_asks_for_the_same(line: str) -> None:
    request, fields = parse_line(line)
    shown = typed_form(request, fields)
    assert parse_line(shown) == (request, fields)
    assert shown == line


def test_completing_goes_as_far_as_it_is_certain() -> None:
    bench = workbench()
    assert bench.complete("A") == ("A.", "A.0  A.1")
    assert bench.complete("A.1 unmap") == ("A.1 unmap", "unmap_everywhere  unmap")
    assert bench.complete("A.1 fl")[0] == "A.1 flush "
    assert bench.complete("A.1 flush 0x402000 ri")[0] == "A.1 flush 0x402000 rights="
    assert bench.complete("nobody knows") == ("nobody knows", "")
    prompt = Prompt("Do", print, complete=bench.complete, text="A.1 fl").completed()
    assert prompt.text == "A.1 flush "
    assert prompt.typed("x").hint == ""


def test_a_proposed_name_gives_way_to_what_is_typed() -> None:
    prompt = Prompt("Save as", print, text="sandbox.toml", proposed=True)
    assert prompt.typed("m").typed("y").text == "my"
    assert prompt.rubbed().typed("x").text == "sandbox.tomx"


def test_a_new_world_tells_what_to_do_until_something_was_done() -> None:
    bench = workbench(bare=True)
    example = "P ask_sigma0 pages=4 into=0x10000"
    assert any(example in line for line in bench.about.explanation)
    assert "add region" not in [request.name for request in bench.requests()]
    bench.do_line(example)
    assert not bench.about.explanation
    with pytest.raises(UserError):
        bench.start("no-such-machine", bare=False)
    assert bench.sandbox.scenario.about.starts


def test_every_machine_that_can_be_chosen_can_be_started() -> None:
    bench = workbench()
    for choice in machine_choices():
        if choice.name != "64 nodes":
            bench.start(machine_named(choice.name), bare=False)
            assert bench.fresh


@pytest.mark.parametrize("keys", [("a",), ("a", "enter"), ()])
async def test_one_key_leaves_the_program_from_everywhere(keys: tuple[str, ...]) -> None:
    async with sandbox() as screen:
        await screen.press(*keys)
        assert screen.app.return_code is None
        await screen.pilot.press("ctrl+q")
        assert screen.app.return_code == 0
