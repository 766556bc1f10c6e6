"""A space that a run has made has a name, too, and the pagers' rarer steps have their sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.threads import MADE
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import load_scenario, parse_scenario
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.step_text import describe_record, headline
from l4numa_tui.world.session import Session
from tests.scenario.shipped import Shipped

MAKES_ONE = Path(__file__).resolve().parent.parent / "data" / "scenarios" / "system-calls.toml"


def run_that_makes_a_space() -> tuple[Session, int, int]:
    """A session at its end, the space of thread T in it, and the step that made it."""
    session = build_session(load_scenario(str(MAKES_ONE)))
    session.run(1000)
    at, space = next(
        (at, record.b)
        for at, record in session.records(1, session.length)
        if record.event == Event.THREAD_CONTROL and record.c == MADE
    )
    return session, space, at


def test_a_made_space_is_called_after_its_first_thread_even_when_it_has_ended() -> None:
    session, space, at = run_that_makes_a_space()
    scene = Scene(session.world)
    assert space not in session.world.system.space_names
    assert space not in session.world.kernel.spaces.rows, "T was deleted"
    assert scene.space_name(space) == scene.space_phrase(space) == "space of T"
    session.seek(at)
    assert space in session.world.kernel.spaces.rows
    assert scene.space_name(space) == "space of T"
    assert Facts(scene).name(space) == "space of T"
    said = [describe_record(scene, record) for record in session.change(at).records()]
    assert any("thread T is made in space of T" in text for text in said)


def test_a_named_space_keeps_its_name_and_is_called_a_space_in_sentences() -> None:
    session, made, _ = run_that_makes_a_space()
    scene = Scene(session.world)
    for space, name in session.world.system.space_names.items():
        assert (scene.space_name(space), scene.space_phrase(space)) == (name, f"space {name}")
    assert scene.space_name(made + 1) == f"space {made + 1}", "of which no record tells"


def headlines(session: Session) -> list[str]:
    out = []
    for at in range(1, session.length + 1):
        session.seek(at)
        out.append(headline(Scene(session.world), session.change(at)))
    return out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("recover-frame", "pager1 is notified by pager0, and does nothing"),
        ("recover-frame", "root unmaps 4 mapping entries, tells 3 node pagers that it is"),
        ("eager", "pager2 is told by pager0 to map a page: maps frame 0:0000"),
        ("mistake-no-service", "lets the notification of pager1 wait"),
        ("migrate-thread", "root moves T to N1"),
    ],
)
def test_rarer_steps_of_pagers_are_told(name: str, told: str) -> None:
    assert any(told in line for line in headlines(Shipped(name).session))


def test_a_migration_that_cannot_be_is_told_as_that() -> None:
    text = """
        [machine]
        nodes = 3
        cpus_per_node = 2
        memory_per_node = "4 MiB"
        [[application]]
        name = "A"
        nodes = [0, 1]
        [[thread]]
        name = "T"
        node = 0
        [[step]]
        thread = "T"
        op = "migrate"
        node = 2
        [[step]]
        thread = "T"
        op = "migrate"
        node = 0
    """
    session = build_session(parse_scenario(text, "x"))
    session.run(100)
    told = headlines(session)
    assert "root tells T that it cannot go there" in told
    assert "root tells T that it is there already" in told
