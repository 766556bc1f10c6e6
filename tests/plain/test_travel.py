"""Travelling in time line by line, on a scenario that the program comes with."""

from __future__ import annotations

import io

import pytest

from l4numa_tui.plain.explore import explore
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.operations import DO, Op
from l4numa_tui.world.session import Session

# A.2, A.0 and A.1 fault on page 0x400 in steps 1, 2 and 4; A.0 has it mapped in step 3, and asks
# for the global unmap in step 7; after that A.1 gets another frame in step 17.
NAME = "unmap-races-fault"


def said(*commands: str, session: Session | None = None) -> list[str]:
    """What each command is answered, without the program's first lines."""
    scenario = open_scenario(NAME)
    out = io.StringIO()
    lines = io.StringIO("".join(command + "\n" for command in commands))
    explore(session or build_session(scenario), scenario.about, lines, out)
    answers = out.getvalue().split("> ")[1:]
    return [" ".join(answer.split("\n", 1)[1].split()) for answer in answers[: len(commands)]]


def test_runs_stop_where_they_are_told_to_and_say_why() -> None:
    _, _, listed, first, second, _, third, fourth = said(
        "break fault", "break 3", "stops", "run", "run", "break fault", "run", "go"
    )
    assert listed == "Runs stop at: - step 3 - a pagefault step 0"
    assert "Stopped: step 1 is a pagefault. step 1" in first
    assert "Stopped: step 2 is a pagefault. step 2" in second
    assert third.startswith("Step 3: ")
    assert "Stopped: breakpoint at step 3. step 3" in third
    assert "Stopped" not in fourth
    *_, last = said("watch A.1 0x400000", "run")
    assert "Stopped: A.1 page 0x400 changed by step 17: mapped to frame 1:0000 rw-. step 17" in last


@pytest.mark.parametrize(
    ("thing", "step", "how"),
    [
        ("A.0 0x400000", 9, "unmapped"),
        ("frame 0:0000", 16, "backed by no frame any more"),
        ("page A 0x400000", 17, "backed by frame 1:0000"),
        ("thread A.2", 8, "ready to retry → ready"),
        ("space A.0", 9, "A.0 page 0x400 unmapped"),
    ],
)
def test_who_changed_things_of_every_kind(thing: str, step: int, how: str) -> None:
    _, who, _, following = said("run", f"who-changed {thing}", "seek 2", f"next-change {thing}")
    assert f"last changed in step {step}: " in who
    assert how in who
    assert "is next changed in step " in following


def test_differences_go_from_the_earlier_to_the_later_step() -> None:
    _, there, _, here = said("run", "diff 3 9", "seek 3", "diff 9")
    assert there.rsplit("step", 1)[0] == here.rsplit("step", 1)[0]
    assert there.startswith("From step 3 to step 9: 6 steps, ")
    assert "A.0 N0 −1 − page 0x400 frame 0:0000 rw-" in there


def test_another_future_is_listed_by_number_and_gone_into() -> None:
    session = build_session(open_scenario(NAME))
    session.run(1000)
    known, old = session.length, session.digest()
    session.seek(6)
    thread = session.world.system.programs[0]
    session.step((DO, thread, Op.WORK, 7))
    _, listed, went, _ = said("break 7", "branches", "branch 1", "seek 99", session=session)
    assert "1: after step 6, 13 steps: A.0 goes on" in listed
    assert f"forks after step 6: step 7 of {known}" in went
    assert session.digest() == old


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        ("break x", "`break 3`"),
        ("break 99999999999", "`break 3`"),
        ("watch", "`watch A.0 0x402000`"),
        ("watch A.0 rubbish", "`entry A.0 0x402000`"),
        ("watch step 0", "`entry A.0 0x402000`"),
        ("watch Z.9 0x400000", "A.0"),
        ("watch A.0 0x400", "page 0x400 begins at 0x400000"),
        ("watch thread Z.9", "A.0"),
        ("watch page 0x900000", "`page A 0x402000`"),
        ("who-changed frame 9:0000", "a node up to 2"),
        ("next-change", "`next-change A.0 0x402000`"),
        ("diff", "`diff 4`"),
        ("diff 4000", "0 to 0"),
        ("diff 1 2 3", "`diff 4`"),
        ("branch 1", "an action in the past first"),
        ("branch", "an action in the past first"),
    ],
)
def test_wrong_input_gets_a_line_that_helps(line: str, help_: str) -> None:
    (answer,) = said(line)
    assert answer.startswith("Not done: ")
    assert help_.replace("`", '"') in answer
