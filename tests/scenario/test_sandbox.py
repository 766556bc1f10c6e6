"""The sandbox: what is done there is its scenario, and the saved file leads to the same state."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.building.fresh import fresh_scenario
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.load import load_scenario, parse_scenario
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.session import Session

SEEDS = st.integers(0, 1 << 32)
ENOUGH = 1_000

USER = (
    "A.{n} read {data} pages={few}",
    "A.{n} write {data}",
    "A.{n} execute {code}",
    "A.{n} unmap_everywhere {data} pages={few}",
    "A.{n} unmap {data}",
    "A.{n} flush {data} rights=w",
    "A.{n} work 50 times={few}",
    "A.{n} migrate {m}",
    "A.{n} recover {data}",
    "A.{n} send A.{m} words=[1, {few}]",
    "A.{n} receive no_wait=true",
    "A.{n} receive A.{m}",
    "A.{n} exchange_registers A.{m} control=0x101",
    "A.{n} schedule A.{m} 1",
    "add region r{any} {fresh} pages={few} kind=node_local",
    "add thread t{any} node={m}",
)
BARE = (
    "P ask_sigma0 pages=4 into=0x10000",
    "P ask_sigma0 frame=1:0003 into=0x20000",
    "A read {data}",
    "A write {data}",
    "P receive",
    "P receive A no_wait=true",
    "P reply A items=[{{map=0x10000, rights=rw, at={data}}}]",
    "P reply A refuse=true",
    "P reply_wait A items=[{{grant=0x11000, at={data}}}]",
    "P flush 0x10000 pages={few2}",
    "P unmap 0x10000",
    "A call P label=7 words=[{few}]",
    "A receive window=all no_wait=true",
    "P thread_control A delete=true",
    "P exchange_registers P control=0x10 ip=9{few}",
    "add space s{any} node={m}",
    "add thread t{any} space=A pager=P",
)


def act(sandbox: Sandbox, rng: random.Random, forms: tuple[str, ...]) -> str:
    line = rng.choice(forms).format(
        n=rng.randrange(2), m=rng.randrange(2), few=rng.randint(1, 3), few2=rng.choice([1, 2, 4]),
        data=hex(0x402000 + 0x1000 * rng.randrange(4)),
        code=hex(0x500000 + 0x1000 * rng.randrange(2)),
        fresh=hex(0x700000 + 0x10000 * rng.randrange(4)), any=rng.randrange(10),
    )  # fmt: skip
    try:
        sandbox.do_line(line)
    except UserError:
        assert line.startswith("add"), line  # a name or a place may be taken, a step never is
    return line


def wander(sandbox: Sandbox, rng: random.Random) -> None:
    session = sandbox.session
    kind = rng.randrange(6)
    if kind == 0:
        session.seek(rng.randint(0, session.length))
    elif kind == 1:
        session.seek(session.length)
    elif kind < 4:
        session.run(rng.randint(1, 4))


def replayed(sandbox: Sandbox) -> Session:
    """The present branch as a file, run as far as it is known here."""
    session = build_session(parse_scenario(sandbox.text(), "replayed"))
    session.run(sandbox.session.length)
    return session


@given(SEEDS, st.booleans())
@settings(max_examples=40)
def test_at_any_time_the_session_is_that_of_its_scenario(seed: int, bare: bool) -> None:
    rng = random.Random(seed)
    sandbox = Sandbox(fresh_scenario("2", bare=bare))
    for _ in range(rng.randint(1, 12)):
        act(sandbox, rng, BARE if bare else USER)
        there = replayed(sandbox)
        here = sandbox.session
        assert there.actions == here.actions
        here.seek(here.length)
        assert there.digest() == here.digest()
        wander(sandbox, rng)


@given(SEEDS, st.booleans())
@settings(max_examples=8)
def test_a_saved_sandbox_runs_to_the_same_end(
    tmp_path_factory: pytest.TempPathFactory, seed: int, bare: bool
) -> None:
    rng = random.Random(seed)
    sandbox = Sandbox(fresh_scenario("2", bare=bare))
    for _ in range(rng.randint(1, 10)):
        act(sandbox, rng, BARE if bare else USER)
        wander(sandbox, rng)
    path = sandbox.save(str(tmp_path_factory.mktemp("sandbox") / "s.toml"))
    session = build_session(load_scenario(path))
    session.run(ENOUGH)  # some go round for ever, by setting an instruction pointer back
    sandbox.session.seek(ENOUGH)
    assert session.digest() == sandbox.session.digest()
    assert session.actions == sandbox.session.actions


def user(nodes: str = "2") -> Sandbox:
    return Sandbox(fresh_scenario(nodes))


def asked(sandbox: Sandbox) -> list[tuple[str, str, int | None]]:
    return [(step.thread, step.op, step.pages) for step in sandbox.scenario.spec.step]


def test_what_is_asked_for_is_begun_at_once_and_stepped_through_like_any_script() -> None:
    sandbox = user()
    done = sandbox.do_line("A.1 write 0x402000")
    assert done == (1, True, "")
    sandbox.session.run(ENOUGH)
    assert sandbox.session.world.totals().faults == 1
    done = sandbox.do_line("A.0 read 0x402000")
    assert done.step == sandbox.session.cursor == 4
    assert sandbox.session.change(4).action[1] == sandbox.session.change(4).action[-1]


def test_what_is_under_way_is_finished_first_and_that_is_said() -> None:
    sandbox = user()
    sandbox.do_line("A.1 read 0x402000 pages=3")
    done = sandbox.do_line("A.0 read 0x402000")
    assert done.began
    assert f"steps 2–{done.step - 1} finished" in done.said
    assert sandbox.session.world.totals().faults >= 3
    assert asked(sandbox) == [("A.1", "read", 3), ("A.0", "read", None)]


def test_acting_in_the_past_leaves_the_rest_behind_and_cuts_a_step_where_it_was() -> None:
    sandbox = user()
    sandbox.do_line("A.1 read 0x402000 pages=3")
    sandbox.do_line("A.0 work 5")
    sandbox.do_line("A.0 work 7")
    session = sandbox.session
    session.seek(4)  # the second page's fault
    done = sandbox.do_line("A.0 write 0x405000")
    assert "2 later steps" in done.said
    assert asked(sandbox) == [("A.1", "read", 2), ("A.0", "write", None)]
    (branch,) = session.branches
    assert branch.at < done.step
    ended = session.seek(ENOUGH), session.digest()
    # The future that was left can be taken up again with the programs that it had, and this one.
    session.switch(0)
    session.seek(ENOUGH)
    assert [step.op for step in sandbox.scenario.spec.step] == ["read", "work", "work"]
    assert replayed(sandbox).digest() == session.digest()
    (branch,) = session.futures()
    session.switch(0)
    assert (session.seek(ENOUGH), session.digest()) == ended
    assert asked(sandbox) == [("A.1", "read", 2), ("A.0", "write", None)]
    assert len(session.futures()) == 1


def test_a_thread_that_waits_does_it_later_and_nothing_of_that_is_lost() -> None:
    sandbox = Sandbox(fresh_scenario("2", bare=True))
    sandbox.do_line("P ask_sigma0 pages=2 into=0x10000")
    assert sandbox.do_line("P receive").began
    sandbox.session.run(ENOUGH)
    done = sandbox.do_line("P reply A items=[{map=0x10000, at=0x400000}]")
    assert not done.began
    assert "P cannot do it yet" in done.said
    assert sandbox.do_line("A write 0x400000").began
    sandbox.session.run(ENOUGH)
    assert sandbox.do_line("A read 0x400008").began
    sandbox.session.run(ENOUGH)
    assert [step.op for step in sandbox.scenario.spec.step][-3:] == ["reply", "write", "read"]
    assert sandbox.session.world.totals().faults == 1


def test_a_scenario_that_was_opened_keeps_the_steps_that_were_done() -> None:
    scenario = open_scenario("unmap-or-flush")
    sandbox = Sandbox(scenario)
    sandbox.session.seek(7)
    given = sandbox.session.actions
    done = sandbox.do_line("P flush 0x10000")
    kept = sandbox.scenario.spec.step[:-1]
    assert kept == scenario.spec.step[: len(kept)]
    assert sandbox.session.actions[:7] == given
    assert done.began
    assert "left behind" in done.said
    assert replayed(sandbox).actions == sandbox.session.actions
    assert "unmap names P's own address" not in sandbox.text()


def ordered(order: str) -> Sandbox:
    steps = "".join(
        f'[[step]]\nthread = "A.{n}"\nop = "write"\nat = {0x402000 + 0x1000 * n}\ntimes = 2\n'
        for n in range(2)
    )
    text = f'{user().text()}{steps}[run]\norder = "{order}"\n'
    return Sandbox(parse_scenario(text, "ordered.toml"))


def test_side_by_side_becomes_a_script_that_does_the_same() -> None:
    sandbox = ordered("side_by_side")
    sandbox.session.run(ENOUGH)
    digest, length = sandbox.session.digest(), sandbox.session.length
    sandbox.do_line("A.0 work 1")
    assert sandbox.scenario.spec.run.order == "script"
    assert [step.thread for step in sandbox.scenario.spec.step] == [
        "A.0", "A.1", "A.0", "A.1", "A.0",
    ]  # fmt: skip
    sandbox.session.seek(length)
    assert sandbox.session.digest() == digest


def test_an_order_that_no_script_can_say_is_refused_clearly_and_nothing_changes() -> None:
    sandbox = Sandbox(open_scenario("unmap-races-fault"))
    sandbox.session.run(ENOUGH)
    before = (sandbox.session, sandbox.session.digest(), sandbox.text())
    with pytest.raises(UserError, match="in the order seeded"):
        sandbox.do_line("A.0 work 1")
    assert before == (sandbox.session, sandbox.session.digest(), sandbox.text())
    sandbox.session.seek(0)
    assert sandbox.do_line("A.0 work 1").began
    assert replayed(sandbox).digest() == sandbox.session.digest()


def test_what_is_added_keeps_the_session_where_it_is() -> None:
    sandbox = user()
    sandbox.do_line("A.1 write 0x402000")
    sandbox.session.run(ENOUGH)
    sandbox.session.seek(2)
    sandbox.do_line("add region heap 0x600000 pages=2 kind=node_local")
    sandbox.do_line("add thread B node=1")
    sandbox.do_line("add space S node=1")
    sandbox.do_line("add thread T space=S pager=B")
    session = sandbox.session
    assert (session.cursor, session.length) == (2, 3)
    assert {"A.0", "A.1", "B", "T"} == set(sandbox.thread_names)
    session.seek(3)
    assert sandbox.do_line("B read 0x600000").began
    assert replayed(sandbox).digest() == session.digest()


def test_stops_outlive_an_addition_and_futures_that_end_with_the_world_are_told() -> None:
    sandbox = user()
    sandbox.do_line("A.1 write 0x402000")
    sandbox.session.run(ENOUGH)
    sandbox.session.seek(0)
    sandbox.do_line("A.0 write 0x402000")
    stops = sandbox.session.stops
    stops.toggle_step(2)
    stops.toggle_watch(("frame", 0))
    assert len(sandbox.session.futures()) == 1
    said = sandbox.do_line("add region heap 0x600000").said
    assert "1 other future ended" in said
    assert sandbox.session.stops.steps == {2}
    assert list(sandbox.session.stops.watched) == [("frame", 0)]
    sandbox.session.seek(0)
    assert sandbox.session.run_to_stop(ENOUGH)[1] is not None


def test_an_addition_that_would_change_what_was_done_is_refused() -> None:
    sandbox = user()
    sandbox.do_line("A.0 write 0x900000")  # in no region: the pager refuses it
    sandbox.session.run(ENOUGH)
    before = sandbox.session.digest()
    with pytest.raises(UserError, match="step 2 would be another one"):
        sandbox.do_line("add region late 0x900000")
    assert sandbox.session.digest() == before
    sandbox.session.seek(0)
    assert "late" not in sandbox.text()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "expected `THREAD REQUEST"),
        ("A.0", "is to do what, expected"),
        ("A.7 read 0x402000", "there is no thread `A.7`, expected one of A.0, A.1"),
        ("write A.0 0x402000", "expected `A.0 write"),
        ("A.0 wirte 0x402000", "`wirte` is no request, expected `write`"),
        ("A.0 map 0x402000", "an item of a message"),
        ("A.0 write", "`write` needs `at`"),
        ("A.0 write here", "`at` is of type string, expected integer"),
        ("A.0 write 1 2 3 4 5", "one value too many"),
        ("A.0 write at=1 at=2", "given twice"),
        ("A.0 write 0x402000 rights=r", "`rights` does not go with `write`"),
        ("A.0 unmap 0x402001", "expected a multiple of 0x1000"),
        ("A.0 unmap 0x402000 pages=3", "expected a power of two"),
        ("A.0 migrate 9", "there is no node 9"),
        ("A.0 work 5 times=100000000", "`times`"),
        ("A.0 send A.1 items=[{", "not TOML"),
        ('A.0 read 0x402000 note="', "not TOML"),
        ("A.0 ask_sigma0 frame=7", "expected node:index"),
        ("add", "add what"),
        ("add page x", "cannot be added"),
        ("add region data 0x900000", "the name `data` is taken"),
        ("add region more 0x402000", "overlap"),
        ("add thread A.0 node=0", "is taken"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_changes_nothing(line: str, message: str) -> None:
    sandbox = user()
    with pytest.raises(UserError) as caught:
        sandbox.do_line(line)
    assert message in str(caught.value)
    assert not caught.value.source
    assert sandbox.session.length == 0
    assert asked(sandbox) == []


def test_a_script_that_grows_too_long_is_refused() -> None:
    sandbox = user()
    for _ in range(2):
        sandbox.do_line("A.0 unmap_everywhere 0x402000 pages=4096 times=12")
        sandbox.session.run(ENOUGH)
    digest = sandbox.session.digest()
    with pytest.raises(UserError, match="too long"):
        sandbox.do_line("A.0 unmap_everywhere 0x402000 pages=4096 times=12")
    assert sandbox.session.digest() == digest


def test_a_machine_with_a_node_without_cpus_can_be_used() -> None:
    sandbox = user("cxl-1s-2n")
    sandbox.do_line("A.0 write 0x402000")
    sandbox.session.run(ENOUGH)
    assert sandbox.session.world.totals().faults == 1


def test_unnamed_things_stay_what_they_were_when_there_are_more() -> None:
    text = """
[machine]
nodes = 1
cpus_per_node = 4
[[space]]
name = "S"
[[thread]]
name = "T"
[[step]]
op = "work"
cycles = 5
"""
    sandbox = Sandbox(parse_scenario(text, "one.toml"))
    sandbox.session.run(ENOUGH)
    sandbox.do_line("add space R")
    sandbox.do_line("add thread U space=R")
    (step,) = sandbox.scenario.spec.step
    assert step.thread == "T"
    assert msgspec.structs.asdict(sandbox.scenario.spec.thread[0])["space"] == "S"
