"""Whatever a file holds, it is used or refused with one clear line, soon."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.scenario.record_lines import Chain, FooterLine, StepLine
from l4numa_tui.scenario.recording import (
    digest_text,
    header_of,
    read_recording,
    replay_recording,
    save_recording,
)
from l4numa_tui.scenario.script import is_bounded
from l4numa_tui.scenario.summary import summary
from l4numa_tui.world.operations import Action
from l4numa_tui.world.world import World
from tests.scenario.helpers import EXAMPLES, NAMES, example, finished, with_other_values
from tests.topology.samples import mutated

TEXTS = [path.read_text() for path in EXAMPLES]


def use(text: str) -> str:
    """Parse, boot and run a scenario; the error that it gives, empty if none."""
    try:
        session = build_session(parse_scenario(text, "scenario"))
    except UserError as error:
        return str(error)
    session.run(200)
    assert all(line.isprintable() for line in summary(session).lines())
    return ""


@pytest.mark.parametrize("change", [mutated, with_other_values])
def test_mutated_scenarios_are_run_or_refused(
    change: Callable[[str, random.Random], str], full: bool
) -> None:
    chance = random.Random(change.__name__)
    rounds = 20_000 if full else 800
    refused = 0
    for _ in range(rounds):
        said = use(change(chance.choice(TEXTS), chance))
        if said:
            refused += 1
            assert said.startswith("scenario:")
            assert said.isprintable()
            assert len(said) < 1000
    assert rounds // 20 < refused < rounds


def test_bytes_of_recordings_changed_at_random(tmp_path: Path, full: bool) -> None:
    """Never believed: what differs from the original is refused or named, but never holds."""
    chance = random.Random("recordings")
    originals = []
    for name in NAMES:
        scenario = example(name)
        save_recording(str(tmp_path / "r"), finished(scenario), scenario)
        originals.append((tmp_path / "r").read_bytes())
    path = str(tmp_path / "c")
    for _ in range(10_000 if full else 500):
        original = chance.choice(originals)
        text = mutated(original.decode(), chance)
        Path(path).write_bytes(text.encode())
        said, holds = outcome(path)
        assert holds is (text.rstrip("\n").encode() == original.rstrip(b"\n"))
        assert said.startswith(path)
        assert said.isprintable()


def outcome(path: str) -> tuple[str, bool]:
    """What is said of a recording, and whether it holds."""
    try:
        report = replay_recording(read_recording(path))
    except UserError as error:
        return str(error), False
    return report.text(), report.holds


WORDS = [0, 1, 2, 3, 4, 8, 11, 0x400, 0x10000, 0x400000, 0x402000, 0x10001000, 1 << 35, 1 << 48]
WORDS += [word << 12 | 12 << 4 | 7 for word in (0x400, 0x402, 0x10000)] + [
    1 << 4 | 7,
    (1 << 48) - 1,
]


def any_action(chance: random.Random, world: World) -> Action:
    kind = chance.randrange(8)
    enabled = world.enabled()
    if kind < 4 and enabled:
        return chance.choice(enabled)
    if kind == 4:
        return tuple(chance.choice(WORDS) for _ in range(chance.randint(2, 6)))
    if kind == 5:
        return (2, chance.randrange(12), chance.randrange(10))
    op = chance.randrange(9)
    return (1, chance.randrange(12), op, *chance.choices(WORDS, k=2 if op == 4 else 1))


def test_forged_recordings_of_anything_that_is_possible_hold(tmp_path: Path, full: bool) -> None:
    """Somebody who knows the format makes up actions: what is possible is done, and undone."""
    chance = random.Random("forged")
    path = tmp_path / "r"
    for _ in range(1_000 if full else 25):
        scenario = example(chance.choice(NAMES))
        session = build_session(scenario)
        booted = session.digest()
        chain = Chain()
        data = chain.write(header_of(session, scenario))
        for _ in range(80):
            action = any_action(chance, session.world)
            if is_bounded(action) and session.world.can_do(action):
                session.step(action)
                data += chain.write(StepLine(action, digest_text(session)))
        path.write_bytes(data + chain.write(FooterLine(session.length, digest_text(session))))
        report = replay_recording(read_recording(str(path)))
        assert report.holds, report.text()
        assert report.steps == session.length > 0
        session.seek(0)
        assert session.digest() == booted
