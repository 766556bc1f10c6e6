"""The log of a session outlives the process that writes it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario, parse_scenario
from l4numa_tui.scenario.recorder import Recorder
from l4numa_tui.scenario.recording import read_recording, replay_recording
from l4numa_tui.world.operations import DO, Op
from l4numa_tui.world.session import Session
from tests.scenario.helpers import SMALL, example

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = example("global-unmap")


def begin(path: Path, scenario: Scenario = SCENARIO) -> tuple[Session, Recorder]:
    session = build_session(scenario)
    return session, Recorder(str(path), session, scenario)


def logged(path: Path, steps: int) -> Session:
    """A log with an update after each of so many steps, closed."""
    session, recorder = begin(path)
    for _ in range(steps):
        session.step()
        assert recorder.update() == 1
    recorder.close()
    return session


def test_a_session_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    before = logged(tmp_path / "log", 9)
    session, recorder = begin(tmp_path / "log")
    assert recorder.restored == session.length == session.cursor == 9
    assert session.actions == before.actions
    assert session.digest() == before.digest()
    session.run(10_000)
    assert recorder.update() == session.length - 9
    recorder.close()
    again, second = begin(tmp_path / "log")
    assert again.digest() == session.digest()
    assert second.restored == session.length
    second.close()


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    session, recorder = begin(tmp_path / "log")
    session.run(5)
    assert recorder.update() == 5
    size = (tmp_path / "log").stat().st_size
    session.seek(2)
    assert recorder.update() == 0
    assert session.cursor == 2
    recorder.close()
    recorder.close()
    assert (tmp_path / "log").stat().st_size == size


def test_a_step_taken_otherwise_replaces_what_was_left_behind(tmp_path: Path) -> None:
    session, recorder = begin(tmp_path / "log")
    session.run(12)
    recorder.update()
    session.seek(4)
    other = next(a for a in session.world.enabled() if a != session.next_action())
    session.step(other)
    assert recorder.update() == 1
    session.run(3)
    recorder.update()
    recorder.save(str(tmp_path / "r"))
    recorder.close()
    again, second = begin(tmp_path / "log")
    assert again.actions == session.actions
    assert again.digest() == session.digest()
    second.close()
    recording = read_recording(str(tmp_path / "r"))
    assert recording.actions == session.actions
    assert replay_recording(recording).holds


@pytest.mark.parametrize("seed", range(12))
def test_any_wandering_about_is_logged(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    session, recorder = begin(tmp_path / "log")
    for _ in range(60):
        kind = chance.randrange(5)
        if kind == 0:
            session.seek(chance.randint(0, session.length))
        elif kind == 1:
            recorder.update()
        elif kind == 2:
            session.run(chance.randint(1, 4))
        else:
            enabled = session.world.enabled()
            if enabled:
                session.step(chance.choice(enabled))
    cursor = session.cursor
    recorder.update()
    assert session.cursor == cursor
    recorder.close()
    again, second = begin(tmp_path / "log")
    second.close()
    assert again.actions == session.actions
    session.seek(session.length)
    assert again.digest() == session.digest()


def test_a_log_torn_anywhere_gives_back_its_whole_lines(tmp_path: Path) -> None:
    logged(tmp_path / "log", 4)
    data = (tmp_path / "log").read_bytes()
    header = data.index(b"\n") + 1
    for size in [*range(0, header, 97), *range(header - 1, len(data) + 1)]:
        (tmp_path / "torn").write_bytes(data[:size])
        session, recorder = begin(tmp_path / "torn")
        whole = max(0, data[:size].count(b"\n") - 1)
        assert recorder.restored == whole
        session.run(4 - whole)
        recorder.close()
        assert (tmp_path / "torn").read_bytes() == data


STEP = b'{"action":[0,4],"digest":"0123456789abcdef","chain":"0123456789abcdef0123456789abcdef"}\n'


@pytest.mark.parametrize(
    "tail", [b"\0" * 4096, b"\xff\xfe", b'{"action":[0,4],"dig', b"{}\n", b"\n", STEP]
)
def test_rubbish_at_the_end_is_cut_off(tail: bytes, tmp_path: Path) -> None:
    logged(tmp_path / "log", 4)
    data = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(data + tail)
    session, recorder = begin(tmp_path / "log")
    assert recorder.restored == 4
    assert (tmp_path / "log").read_bytes() == data
    session.run(3)
    recorder.close()
    _, second = begin(tmp_path / "log")
    second.close()
    assert second.restored == 7


def test_a_log_changed_in_its_middle_is_refused_and_kept(tmp_path: Path) -> None:
    logged(tmp_path / "log", 6)
    lines = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    for index in range(len(lines) - 1):
        at = lines[index].index(b'"digest":"') + 10
        other = b"0" if lines[index][at : at + 1] != b"0" else b"1"
        changed = lines[index][:at] + other + lines[index][at + 1 :]
        data = b"".join([*lines[:index], changed, *lines[index + 1 :]])
        (tmp_path / "log").write_bytes(data)
        with pytest.raises(UserError) as caught:
            begin(tmp_path / "log")
        assert caught.value.line == index + 1
        assert (tmp_path / "log").read_bytes() == data


def test_the_log_of_another_scenario_is_refused_and_kept(tmp_path: Path) -> None:
    logged(tmp_path / "log", 4)
    data = (tmp_path / "log").read_bytes()
    for whole in (data, data.splitlines(keepends=True)[0]):
        (tmp_path / "log").write_bytes(whole)
        with pytest.raises(UserError, match="the log is that of another scenario"):
            begin(tmp_path / "log", parse_scenario(SMALL, "x"))
        assert (tmp_path / "log").read_bytes() == whole


@pytest.mark.parametrize("data", [b"my essay", b"my essay\n", b"\0\0\0", b"one\ntwo\n"])
def test_a_file_that_is_no_log_is_refused_and_kept(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(UserError):
        begin(tmp_path / "log")
    assert (tmp_path / "log").read_bytes() == data


def test_a_finished_recording_is_not_taken_for_a_log(tmp_path: Path) -> None:
    session, recorder = begin(tmp_path / "log")
    session.run(3)
    recorder.save(str(tmp_path / "r"))
    recorder.close()
    with pytest.raises(UserError, match="the log is finished"):
        begin(tmp_path / "r")


def test_a_full_disk_loses_only_what_was_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, recorder = begin(tmp_path / "log")
    session.run(3)
    recorder.update()
    data = (tmp_path / "log").read_bytes()
    session.run(3)
    write = os.write

    def full(descriptor: int, rest: memoryview) -> int:
        if len(rest) < 50:
            raise OSError(28, "No space left on device")
        return write(descriptor, rest[: len(rest) // 2])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(UserError, match="No space left"):
            recorder.update()
    assert (tmp_path / "log").read_bytes() == data
    assert recorder.update() == 3
    recorder.close()
    again, second = begin(tmp_path / "log")
    second.close()
    assert again.digest() == session.digest()


def test_a_log_is_begun_before_the_first_step(tmp_path: Path) -> None:
    session = build_session(SCENARIO)
    session.step()
    with pytest.raises(ValueError, match="before the session's first step"):
        Recorder(str(tmp_path / "log"), session, SCENARIO)
    assert not (tmp_path / "log").exists()


KILLED = """
import os, signal, sys
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import load_scenario
from l4numa_tui.scenario.recorder import Recorder
scenario = load_scenario(sys.argv[1])
session = build_session(scenario)
recorder = Recorder(sys.argv[2], session, scenario)
for step in range(20):
    session.step()
    recorder.update()
    print(step + 1, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_acknowledged_is_there(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, SCENARIO.source, log],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9
    _, recorder = begin(tmp_path / "log")
    recorder.close()
    assert recorder.restored == int(done.stdout.split()[-1]) == 20


def test_own_operations_are_logged(tmp_path: Path) -> None:
    scenario = parse_scenario(SMALL, "x")
    session, recorder = begin(tmp_path / "log", scenario)
    thread = session.world.system.programs[0]
    session.step((DO, thread, Op.WRITE, 0x400FFF))
    recorder.close()
    again, second = begin(tmp_path / "log", scenario)
    second.close()
    assert again.actions == [(DO, thread, 2, 0x400FFF)]
