"""In a real terminal: it starts, steps, saves, and gives the terminal back whatever ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bench.terminal import ENVIRONMENT, ROOT, Terminal
from l4numa_tui.course.progress import FOLDER, read_progress
from l4numa_tui.folders import HOME

PATIENCE_S = 20.0
ARGV = [sys.executable, "-m", "tests.tui.pty_program"]
SEED = int(os.environ.get("L4NUMA_SEED", "5"))


@pytest.fixture
def progress(tmp_path: Path) -> Path:
    return tmp_path / "progress"


@pytest.fixture
def terminal(progress: Path) -> Iterator[Terminal]:
    with closing(started_in(progress)) as started:
        yield started


def started_in(progress: Path, **environment: str) -> Terminal:
    own = {HOME: str(progress.parent)}
    return Terminal([*ARGV, str(progress)], environment=ENVIRONMENT | own | environment)


def one_step(terminal: Terminal) -> None:
    terminal.read_until("booted")
    terminal.press("n")
    terminal.read_until("pagefault")


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_start_step_and_quit(terminal: Terminal, progress: Path) -> None:
    one_step(terminal)
    terminal.press("q")
    assert terminal.ended() == 0
    assert terminal.given_back()
    assert termios.tcgetattr(terminal.master)[:4] == terminal.before[:4]
    assert progress.read_text() == "1"


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda n: n.name
)
def test_a_signal_saves_and_gives_the_terminal_back(
    terminal: Terminal, progress: Path, number: signal.Signals
) -> None:
    one_step(terminal)
    progress.unlink(missing_ok=True)
    terminal.kill(number)
    assert terminal.ended() == 128 + number
    assert terminal.given_back()
    assert termios.tcgetattr(terminal.master)[:4] == terminal.before[:4]
    assert b"Traceback" not in terminal.written
    assert progress.read_text() == "1"


def test_suspended_it_gives_the_terminal_back_and_goes_on_where_it_was(
    terminal: Terminal,
) -> None:
    one_step(terminal)
    terminal.press("\x1a")

    def stopped() -> bool:
        terminal.read(0.02)
        pid, status = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
        return bool(pid) and os.WIFSTOPPED(status)

    wait_for("did not stop", stopped)
    terminal.settle(0.05)
    assert terminal.given_back()
    assert termios.tcgetattr(terminal.master)[:4] == terminal.before[:4]
    seen = len(terminal.written)
    terminal.kill(signal.SIGCONT)
    terminal.read_until("?1049h", seen)
    terminal.read_until("pagefault", seen)
    terminal.press("p")
    terminal.read_until("booted", seen)
    terminal.press("q")
    assert terminal.ended() == 0
    assert terminal.given_back()


def test_a_storm_of_sizes_ends_in_a_screen_that_fits(terminal: Terminal) -> None:
    print(f"L4NUMA_SEED={SEED}")
    random = Random(SEED)
    one_step(terminal)
    for _ in range(60):
        terminal.resize(random.choice((1, 7, 60, 80, 120, 200, 400)), random.randint(1, 70))
        terminal.read(0.01)
    terminal.resize(120, 40)
    terminal.settle(0.5)
    seen = len(terminal.written)
    terminal.press("p")
    terminal.read_until("booted", seen)
    places = re.findall(rb"\x1b\[(\d+);(\d+)H", terminal.written[seen:])
    assert all(int(row) <= 40 and int(column) <= 120 for row, column in places)
    terminal.press("q")
    assert terminal.ended() == 0
    assert terminal.given_back()
    assert b"Traceback" not in terminal.written


def test_a_terminal_without_unicode_gets_ascii(progress: Path) -> None:
    with closing(started_in(progress, PYTHONIOENCODING="latin-1", NO_COLOR="1")) as terminal:
        one_step(terminal)
        terminal.press("q")
        assert terminal.ended() == 0
    assert b"oN0" in terminal.written
    assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", terminal.written)


@pytest.mark.parametrize(
    ("term", "others", "colours", "long"),
    [
        ("linux", {}, rb"[34]\d", False),
        ("xterm-256color", {"LC_ALL": "C", "LANG": ""}, rb"[34]8;5;\d+|[34]\d", False),
        ("xterm-16color", {}, rb"[34]\d", True),
        ("screen", {}, rb"[34]\d", True),
        ("tmux-256color", {}, rb"[34]8;5;\d+|[34]\d", True),
        ("xterm-256color", {"COLORTERM": "truecolor"}, rb"[34]8;[25];[\d;]+|[34]\d", True),
        ("vt100", {"NO_COLOR": "1"}, rb"[34]9", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_terminal_gets_only_colours_that_it_has(
    progress: Path, full: bool, term: str, others: dict[str, str], colours: bytes, long: bool
) -> None:
    if long and not full:
        pytest.skip("one of the long runs: --full")
    environment = {"TERM": term, "COLORTERM": ""} | others
    with closing(started_in(progress, **environment)) as terminal:
        one_step(terminal)
        terminal.press("q")
        assert terminal.ended() == 0
        assert terminal.given_back()
    assert b"Traceback" not in terminal.written
    one = re.compile(rb"(?:\b(?:%s|9\d|10\d|[034]9|[0-9]|2\d)(?:;|$))+" % colours)
    for style in set(re.findall(rb"\x1b\[([\d;]*)m", terminal.written)):
        assert not style or one.fullmatch(style), style


def test_a_lost_terminal_saves_and_ends(terminal: Terminal, progress: Path) -> None:
    one_step(terminal)
    progress.unlink(missing_ok=True)
    os.close(terminal.master)
    terminal.master = -1

    def gone() -> bool:
        terminal.look()
        return terminal.status is not None

    wait_for("did not end", gone)
    assert progress.read_text() == "1"


@pytest.mark.parametrize("attempt", range(30))
def test_a_lesson_killed_at_any_moment_can_be_gone_on_with(
    tmp_path: Path, full: bool, attempt: int
) -> None:
    if attempt >= 2 and not full:
        pytest.skip("one of the long runs: --full")
    print(f"L4NUMA_SEED={SEED}")
    random = Random(f"{SEED} {attempt}")
    environment = ENVIRONMENT | {HOME: str(tmp_path)}
    argv = [sys.executable, "-m", "l4numa_tui", "lesson", "1"]
    with closing(Terminal(argv, environment=environment)) as terminal:
        terminal.read_until("lesson 1")
        for _ in range(random.randint(1, 40)):
            terminal.press(random.choice(("a", "b", "c", "\r", "n", "p", "u", "h", "N")))
            terminal.read(random.choice((0, 0, 0.002, 0.01)))
        terminal.kill(signal.SIGKILL)
        assert terminal.ended() == -signal.SIGKILL
    file = next((tmp_path / FOLDER).glob("*.jsonl"))
    lines = file.read_bytes().splitlines(keepends=True)
    whole = [line for line in lines if line.endswith(b"\n")]
    header, records = read_progress(whole, str(file))
    assert header.lesson == "pagefault"
    with closing(Terminal(argv, environment=environment)) as terminal:
        terminal.settle(0.3, PATIENCE_S)
        terminal.press("q")
        assert terminal.ended() == 0
    _, after = read_progress(file.read_bytes().splitlines(keepends=True), str(file))
    assert after[: len(records)] == records


def test_without_a_terminal_the_plain_form_is_offered(progress: Path) -> None:
    done = subprocess.run(
        [*ARGV, str(progress)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 2
    assert "not a terminal" in done.stdout
    assert "--plain" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("term", ["dumb", "", None])
def test_a_dumb_terminal_is_refused(term: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    from l4numa_tui.errors import UserError
    from l4numa_tui.tui import terminal

    class Stream:
        def isatty(self) -> bool:
            return True

    for name in ("__stdin__", "__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, name, Stream())
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    with pytest.raises(UserError, match="--plain"):
        terminal.check_terminal()
    monkeypatch.setenv("TERM", "vt100")
    terminal.check_terminal()
