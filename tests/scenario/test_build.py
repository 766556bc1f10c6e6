"""A session built from a scenario is the world that its author described, at its first step."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.world.schedulers import RoundRobin, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from tests.scenario.helpers import MACHINE, NAMES, REGION, SMALL, example, finished, step


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_builds_the_same_world_every_time(name: str) -> None:
    scenario = example(name)
    first, second = build_session(scenario), build_session(scenario)
    assert first.cursor == first.length == 0
    assert first.digest() == second.digest()
    first.run(1000)
    second.run(1000)
    assert first.actions == second.actions
    assert first.digest() == second.digest()


def thread_numbers(session: Session) -> dict[str, int]:
    return {name: thread for thread, name in session.world.system.thread_names.items()}


def test_threads_have_their_names_cpus_spaces_and_pagers() -> None:
    world = build_session(example("global-unmap")).world
    number = thread_numbers(build_session(example("global-unmap")))
    spaces = world.system.space_names
    cpus = {"web/0": 1, "web/1": 3, "web/2": 5, "logger": 4}  # two CPUs per node
    for name, cpu in cpus.items():
        space, on, pager = world.kernel.threads.rows[number[name]]
        assert on == cpu
        assert pager == number[f"pager{cpu // 2}"]
        assert spaces[space] == ("log.2" if name == "logger" else f"web.{name[-1]}")
    assert world.system.directory.home == 1


def test_pools_hold_the_frames_asked_for_or_none() -> None:
    for frames, left in ((0, 0), (1, 1), (5, 8), (16, 16)):
        text = f"{MACHINE}[memory]\npool_frames = {frames}\n"
        pools = build_session(parse_scenario(text, "x")).world.system.pools
        assert [pools.left(node) for node in (0, 1)] == [left, left]


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        ("", ScriptOrder),
        ('[run]\norder = "side_by_side"\n', RoundRobin),
        ('[run]\norder = "seeded"\nseed = 3\n', Seeded),
    ],
)
def test_the_order_of_the_run_is_as_asked(run: str, kind: type[object]) -> None:
    assert isinstance(build_session(parse_scenario(MACHINE + run, "x")).scheduler, kind)


def test_script_and_side_by_side_differ_as_they_should() -> None:
    """Two pieces of work each: as written A.0's come first, side by side they alternate."""
    work = step("work", "A.0", cycles=1, times=2) + step("work", "A.1", cycles=1, times=2)
    for order, threads in (("script", "0011"), ("side_by_side", "0101")):
        text = f'{MACHINE}{work}[run]\norder = "{order}"\n'
        session = finished(parse_scenario(text, "x"))
        names = session.world.system.thread_names
        assert "".join(names[action[1]][-1] for action in session.actions) == threads


def test_another_seed_is_another_order() -> None:
    work = "".join(step("work", f"A.{node}", cycles=1, times=8) for node in (0, 1))
    orders = set()
    for seed in range(8):
        text = f'{MACHINE}{work}[run]\norder = "seeded"\nseed = {seed}\n'
        orders.add(tuple(finished(parse_scenario(text, "x")).actions))
    assert len(orders) > 1


@pytest.mark.parametrize("nodes", [1, 2, 8, 64])
def test_defaults_suffice_for_any_number_of_nodes(nodes: int) -> None:
    """Every node touches every frame's home: nobody runs out of kernel memory."""
    touches = "".join(
        step("write", f"A.{node}", at=0x400000 + 4096 * node) for node in range(nodes)
    )
    touches += step("read", "A.0", at=0x400000, pages=nodes)
    text = f"[machine]\nnodes = {nodes}\n[[region]]\nname = 'd'\nat = 0x400000\npages = 64\n"
    session = finished(parse_scenario(text + touches, "x"))
    totals = session.world.totals()
    assert totals.local + totals.remote == 2 * nodes
    assert totals.remote == nodes - 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[machine]\nnodes = 2\n[memory]\nkernel_frames = [64, 2]\n", 4),
        ("[machine]\nnodes = 2\n[memory]\npool_frames = 8\nkernel_frames = 12\n", 5),
        ("[machine]\nnodes = 8\nmemory_per_node = '128 KiB'\n", 1),
        ("[machine]\nnodes = 2\n[memory]\nkernel_frames = [1, 9]\n", 4),
    ],
)
def test_a_machine_too_small_to_boot_is_refused(text: str, line: int) -> None:
    scenario = parse_scenario(text, "x.toml")
    with pytest.raises(UserError) as caught:
        build_session(scenario)
    assert str(caught.value).startswith(f"x.toml:{line}: ")
    assert "kernel frames of node" in str(caught.value)


def test_reply_decides_on_the_rights_of_a_mapping() -> None:
    """With all rights a write after a read needs no second fault, with the rights asked it does."""
    touches = step("read", at=0x400000) + step("write", at=0x400000)
    for reply, faults in (("all", 1), ("asked", 2)):
        text = f"{MACHINE}{REGION}reply = '{reply}'\n{touches}"
        assert finished(parse_scenario(text, "x")).world.totals().faults == faults


def test_home_decides_where_frames_lie() -> None:
    for home, local in (("'first_touch'", 1), ("0", 0), ("1", 1)):
        text = SMALL.replace("pages = 16", f"pages = 16\nhome = {home}")
        totals = finished(parse_scenario(text, "x")).world.totals()
        assert (totals.local, totals.remote) == (local, 1 - local)
