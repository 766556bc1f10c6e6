"""The sandbox: what is done there is its scenario, and the saved file leads to the same state."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.fresh import fresh_scenario
from l4numa_tui.scenario.load import load_scenario, parse_scenario
from l4numa_tui.scenario.sandbox import Sandbox, proposed_name
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.session import Session

SEEDS = st.integers(0, 1 << 32)
ENOUGH = 20_000

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
    "A.{n} exchange_registers A.{m} control=0x1e",
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
    "P exchange_registers P control=0x10 ip={few}",
    "add space s{any} node={m}",
    "add thread t{any} space=A pager=P",
)


def act(sandbox: Sandbox, rng: random.Random, forms: tuple[str, ...]) -> str:
    line = rng.choice(forms).format(
        n=rng.randrange(2), m=rng.randrange(2), few=rng.randint(1, 3), few2=rng.choice([1, 2, 4]),
        data=hex(0x402000 + 0x1000 * rng.randrange(4)), code=hex(0x500000 + 0x1000 * rng.randrange(2)),
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
@settings(max_examples=60)
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
@settings(max_examples=15)
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
    session.run(ENOUGH)
    sandbox.session.seek(sandbox.session.length)
    sandbox.session.run(ENOUGH)
    assert session.digest() == sandbox.session.digest()
    assert session.actions == sandbox.session.actions
