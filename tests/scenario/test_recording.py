"""A recording comes out again everywhere; whatever is changed in one is found, at its step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario, parse_scenario
from l4numa_tui.scenario.record_lines import (
    BackLine,
    Chain,
    FooterLine,
    HeaderLine,
    Line,
    RawLine,
    StepLine,
    parse_line,
)
from l4numa_tui.scenario.recording import (
    Recording,
    header_of,
    read_recording,
    replay_recording,
    save_recording,
)
from l4numa_tui.world.operations import ANSWER, DO, RUN, Action, Op
from l4numa_tui.world.session import Session
from tests.scenario.helpers import NAMES, SMALL, example, finished

ROOT = Path(__file__).resolve().parents[2]


def recorded(name: str, path: Path) -> Session:
    scenario = example(name)
    session = finished(scenario)
    save_recording(str(path), session, scenario)
    return session


def lines_of(path: Path) -> list[Line]:
    raw = enumerate(path.read_bytes().splitlines(), 1)
    return [parse_line(RawLine(number, data, True), "x") for number, data in raw]


def write_lines(path: Path, lines: list[Line]) -> Recording:
    """Write lines with a chain that holds, as somebody would who knows how, and read them."""
    chain = Chain()
    path.write_bytes(b"".join(map(chain.write, lines)))
    return read_recording(str(path))


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_comes_out_again(name: str, tmp_path: Path) -> None:
    session = recorded(name, tmp_path / "r")
    recording = read_recording(str(tmp_path / "r"))
    assert recording.actions == session.actions
    assert recording.header.source == example(name).source
    report = replay_recording(recording)
    assert report.holds
    assert report.steps == session.length
    assert report.text() == f"{tmp_path / 'r'}: {session.length} steps, every one as recorded"


def test_saving_leaves_the_session_where_it_stood(tmp_path: Path) -> None:
    scenario = example("global-unmap")
    session = finished(scenario)
    end = session.digest()
    session.seek(5)
    save_recording(str(tmp_path / "r"), session, scenario)
    assert session.cursor == 5
    assert session.seek(10_000) == session.length
    assert session.digest() == end
    assert len(read_recording(str(tmp_path / "r")).actions) == session.length


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        recorded("global-unmap", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_a_student_did_is_recorded_as_well(tmp_path: Path) -> None:
    """Actions out of the script: an operation of one's own, and an answer in the pager's place."""
    scenario = parse_scenario(SMALL, "x")
    session = build_session(scenario)
    names = {name: thread for thread, name in session.world.system.thread_names.items()}
    session.step((DO, names["A.0"], Op.READ, 0x400000))
    session.step((ANSWER, names["pager0"], 4))
    session.run(100)
    save_recording(str(tmp_path / "r"), session, scenario)
    recording = read_recording(str(tmp_path / "r"))
    assert recording.actions[:2] == [(DO, names["A.0"], 1, 0x400000), (ANSWER, names["pager0"], 4)]
    assert replay_recording(recording).holds


CODE = """
import sys
from l4numa_tui.scenario.recording import read_recording, replay_recording, save_recording
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import load_scenario
assert replay_recording(read_recording(sys.argv[1])).holds
scenario = load_scenario(sys.argv[2])
session = build_session(scenario)
session.run(10000)
save_recording(sys.argv[3], session, scenario)
"""


def test_hash_seed_and_locale_do_not_matter(tmp_path: Path) -> None:
    recorded("global-unmap", tmp_path / "here")
    arguments = [str(tmp_path / "here"), example("global-unmap").source, str(tmp_path / "there")]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", CODE, *arguments], env=environment, check=True)
    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_line_changed_by_hand_is_found_at_its_step(name: str, tmp_path: Path) -> None:
    """Another digit anywhere, the chain left as it was: the line itself is named."""
    length = recorded(name, tmp_path / "r").length
    lines = (tmp_path / "r").read_bytes().splitlines(keepends=True)
    for index, line in enumerate(lines):
        at = line.index(b'"digest":"') + len(b'"digest":"')
        other = b"0" if line[at : at + 1] != b"0" else b"1"
        changed = [*lines[:index], line[:at] + other + line[at + 1 :], *lines[index + 1 :]]
        (tmp_path / "c").write_bytes(b"".join(changed))
        report = replay_recording(read_recording(str(tmp_path / "c")))
        assert report.mismatch is not None
        assert (report.mismatch.step, report.mismatch.line) == (index, index + 1)
        assert report.steps == min(max(index - 1, 0), length)
        assert report.text().startswith(f"{tmp_path / 'c'}:{index + 1}: ")


def test_only_the_chain_shows_some_changes(tmp_path: Path) -> None:
    """The names in the header decide on nothing, and a chain's own digits say nothing else."""
    length = recorded("pagefault", tmp_path / "r").length
    lines = (tmp_path / "r").read_bytes().splitlines(keepends=True)
    changes = [(0, lines[0].replace(b"pagefault.toml", b"pagefault.toml2"))]
    for index, line in enumerate(lines):
        digit = line[-4:-3]
        changes.append((index, line[:-4] + (b"0" if digit != b"0" else b"1") + line[-3:]))
    for index, changed in changes:
        assert changed != lines[index]
        (tmp_path / "c").write_bytes(b"".join([*lines[:index], changed, *lines[index + 1 :]]))
        report = replay_recording(read_recording(str(tmp_path / "c")))
        assert report.mismatch is not None
        assert report.mismatch.step == index
        assert report.mismatch.what == "the line was changed after it was written"
        assert report.steps == min(max(index - 1, 0), length)


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_digest_is_found_at_its_step(name: str, tmp_path: Path) -> None:
    """The chain written anew: now only doing it again shows what is wrong."""
    recorded(name, tmp_path / "r")
    lines = lines_of(tmp_path / "r")
    for index, line in enumerate(lines):
        assert not isinstance(line, BackLine)
        other = line.digest[::-1] if line.digest != line.digest[::-1] else "0" * 16
        changed = with_digest(line, other)
        report = replay_recording(
            write_lines(tmp_path / "c", [*lines[:index], changed, *lines[index + 1 :]])
        )
        assert report.mismatch is not None
        assert (report.mismatch.step, report.mismatch.line) == (index, index + 1)


def with_digest(line: HeaderLine | StepLine | FooterLine, digest: str) -> Line:
    if isinstance(line, StepLine):
        return StepLine(line.action, digest)
    if isinstance(line, FooterLine):
        return FooterLine(line.steps, digest)
    return HeaderLine(
        line.format, line.program, line.scenario, line.source, digest, line.scenario_text
    )


# Thread 3 is pager0, which has nothing to answer yet, and thread 4 is A.0, ready to do anything.
BAD_ACTIONS: list[Action] = [
    (RUN, 0),
    (RUN, 999),
    (RUN, 1, 1),
    (3, 1),
    (DO, 4),
    (DO, 4, 0),
    (DO, 4, 8, 0),
    (DO, 4, Op.READ),
    (DO, 4, Op.READ, 1 << 48),
    (DO, 4, Op.READ, 1, 1),
    (DO, 1, Op.READ, 0x400000),
    (DO, 4, Op.UNMAP_GLOBAL, 0x400, 0),
    (DO, 4, Op.UNMAP_GLOBAL, 0x400, 4097),
    (DO, 4, Op.UNMAP_GLOBAL, (1 << 36) - 1, 2),
    (DO, 4, Op.WORK, 1_000_000_001),
    (DO, 4, Op.FLUSH, (1 << 63) - 1),
    (ANSWER, 3, 4),
    (ANSWER, 4, 9),
]


@pytest.mark.parametrize("action", BAD_ACTIONS)
def test_an_action_that_is_not_possible_is_found_at_its_step(
    action: Action, tmp_path: Path
) -> None:
    recorded("pagefault", tmp_path / "r")
    header, *rest = lines_of(tmp_path / "r")
    wrong = StepLine(tuple(map(int, action)), "0" * 16)
    report = replay_recording(write_lines(tmp_path / "c", [header, wrong, *rest]))
    assert report.mismatch is not None
    assert report.mismatch.step == 1
    assert report.mismatch.what == f"the action {list(map(int, action))} is not possible"


def test_the_same_operation_within_limits_is_possible(tmp_path: Path) -> None:
    recorded("pagefault", tmp_path / "r")
    header, *rest = lines_of(tmp_path / "r")
    for operation in ((Op.READ, (1 << 48) - 1), (Op.UNMAP_GLOBAL, (1 << 36) - 2, 2)):
        step = StepLine(tuple(map(int, (DO, 4, *operation))), "0" * 16)
        report = replay_recording(write_lines(tmp_path / "c", [header, step, *rest]))
        assert report.mismatch is not None
        assert report.mismatch.what.startswith("the digest is")


def test_steps_left_out_or_doubled_are_found(tmp_path: Path) -> None:
    recorded("lazy-global", tmp_path / "r")
    lines = lines_of(tmp_path / "r")
    for at in range(1, len(lines) - 1):
        without = write_lines(tmp_path / "c", [*lines[:at], *lines[at + 1 :]])
        doubled = write_lines(tmp_path / "d", [*lines[:at], lines[at], *lines[at:]])
        for recording, step in ((without, at), (doubled, at + 1)):
            wrong = replay_recording(recording).mismatch
            assert wrong is not None
            assert step <= wrong.step <= len(lines) - 1


def test_the_footer_must_count_right(tmp_path: Path) -> None:
    recorded("pagefault", tmp_path / "r")
    *lines, footer = lines_of(tmp_path / "r")
    assert isinstance(footer, FooterLine)
    wrong = FooterLine(footer.steps + 1, footer.digest)
    report = replay_recording(write_lines(tmp_path / "c", [*lines, wrong]))
    assert report.mismatch is not None
    assert report.mismatch.step == footer.steps + 1
    assert report.steps == footer.steps


def changed_header(path: Path, text: str) -> Recording:
    first, *rest = lines_of(path)
    assert isinstance(first, HeaderLine)
    fields = (first.format, first.program, first.scenario, first.source, first.digest)
    return write_lines(path, [HeaderLine(*fields, text), *rest])


def test_another_scenario_than_the_one_recorded_is_found(tmp_path: Path) -> None:
    scenario = example("pagefault")
    for text, holds in (
        (scenario.text + "# only a comment\n", True),
        (scenario.text.replace("times = 2", "times = 3"), False),
    ):
        recorded("pagefault", tmp_path / "r")
        report = replay_recording(changed_header(tmp_path / "r", text))
        assert report.holds is holds
        if not holds:
            assert report.mismatch is not None
            assert report.mismatch.step == 0
            assert "digest of the scenario" in report.mismatch.what


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "(scenario): key `machine` is missing"),
        ("[machine]\nnodes = 99\n", "(scenario):2: `machine.nodes` is out of range"),
        ("[machine]\nnodes = 2\nmemory_per_node = '64 KiB'\n", "(scenario):1: the machine is too"),
        ("a" + ".a" * 100_000 + " = 1", "(scenario):1: keys and brackets nest too deep"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_refused(text: str, message: str, tmp_path: Path) -> None:
    recorded("pagefault", tmp_path / "r")
    with pytest.raises(UserError) as caught:
        replay_recording(changed_header(tmp_path / "r", text))
    assert message in str(caught.value)


def test_work_without_end_is_refused(tmp_path: Path) -> None:
    """A million pages are more than enough for anyone: 4096 at a time, nothing mapped."""
    scenario = parse_scenario(SMALL, "x")
    session = build_session(scenario)
    thread = session.world.system.programs[0]
    header = header_of(session, scenario)
    action = (DO, thread, Op.FLUSH, 1 << 4 | 7)  # the whole space
    lines: list[Line] = [header]
    for _ in range(300):
        session.step(action)
        lines.append(StepLine(tuple(map(int, action)), f"{session.digest():016x}"))
    lines.append(FooterLine(300, f"{session.digest():016x}"))
    report = replay_recording(write_lines(tmp_path / "r", lines))
    assert report.mismatch is not None
    assert "concern more than 1000000 pages" in report.mismatch.what


def test_names_from_the_file_reach_the_terminal_safely(tmp_path: Path) -> None:
    scenario: Scenario = example("pagefault")._replace(source="a\x1b[2Jb")
    session = finished(scenario)
    save_recording(str(tmp_path / "r"), session, scenario)
    recording = read_recording(str(tmp_path / "r"))._replace(path="c\x1b[2Jd")
    assert recording.header.source.isprintable()
    assert replay_recording(recording).text().isprintable()
