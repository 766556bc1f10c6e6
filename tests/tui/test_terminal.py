"""In a real terminal: it starts, steps, saves, and gives the terminal back whatever ends it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
ARGV = [sys.executable, "-m", "tests.tui.pty_program"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
    "TERM": "xterm-256color",
    "PYTHONPATH": str(ROOT),
}


class Terminal:
    """The program in a pseudo-terminal, and all it has written."""

    def __init__(self, progress: Path, **environment: str) -> None:
        self.progress = progress
        self.written = b""
        self.pid, self.master = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            own = {"L4NUMA_HOME": str(progress.parent)}
            os.execve(ARGV[0], [*ARGV, str(progress)], ENVIRONMENT | own | environment)
        termios.tcsetwinsize(self.master, (40, 120))
        self.before = termios.tcgetattr(self.master)
        self.status: int | None = None

    def read_until(self, text: str) -> None:
        """Wait until the program has written `text`."""
        end = time.monotonic() + PATIENCE_S
        while text.encode() not in self.written:
            assert time.monotonic() < end, f"never wrote {text!r}"
            self.read(0.1)

    def read(self, seconds: float) -> bool:
        """Take what comes within some time; False once nothing can come any more."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.written += os.read(self.master, 65536)
            except OSError:
                return False
        return True

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def ended(self) -> int:
        """Wait for the program's end; its exit status."""
        end = time.monotonic() + PATIENCE_S
        while self.status is None:
            assert time.monotonic() < end, "did not end"
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        while self.read(0.05) and select.select([self.master], [], [], 0.05)[0]:
            pass
        return self.status

    def given_back(self) -> bool:
        """Whether every mode that was turned on was turned off again, last of all."""
        modes = {b"?1049": b"hl", b"?1000": b"hl", b"?1003": b"hl", b"?2004": b"hl", b"?25": b"lh"}
        return all(
            self.written.rfind(b"\x1b[" + mode + bytes([off]))
            > self.written.rfind(b"\x1b[" + mode + bytes([on]))
            for mode, (on, off) in modes.items()
        )


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    started = Terminal(tmp_path / "progress")
    yield started
    if started.status is None:
        os.kill(started.pid, signal.SIGKILL)
        os.waitpid(started.pid, 0)
    os.close(started.master)


def test_start_step_and_quit(terminal: Terminal) -> None:
    terminal.read_until("booted")
    terminal.press("n")
    terminal.read_until("pagefault")
    terminal.press("q")
    assert terminal.ended() == 0
    assert terminal.given_back()
    assert termios.tcgetattr(terminal.master)[:4] == terminal.before[:4]
    assert terminal.progress.read_text() == "1"


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda n: n.name
)
def test_a_signal_saves_and_gives_the_terminal_back(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.read_until("booted")
    terminal.press("n")
    terminal.read_until("pagefault")
    terminal.progress.unlink(missing_ok=True)
    os.kill(terminal.pid, number)
    assert terminal.ended() == 128 + number
    assert terminal.given_back()
    assert termios.tcgetattr(terminal.master)[:4] == terminal.before[:4]
    assert b"Traceback" not in terminal.written
    assert terminal.progress.read_text() == "1"


def test_a_terminal_without_unicode_gets_ascii(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "progress", PYTHONIOENCODING="latin-1", NO_COLOR="1")
    terminal.read_until("booted")
    terminal.press("nq")
    assert terminal.ended() == 0
    os.close(terminal.master)
    assert b"oN0" in terminal.written
    assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", terminal.written)


def test_a_lost_terminal_saves_and_ends(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "progress")
    terminal.read_until("booted")
    terminal.press("n")
    terminal.read_until("pagefault")
    terminal.progress.unlink(missing_ok=True)
    os.close(terminal.master)
    end = time.monotonic() + PATIENCE_S
    while not os.waitpid(terminal.pid, os.WNOHANG)[0]:
        assert time.monotonic() < end, "did not end"
        time.sleep(0.02)
    assert terminal.progress.read_text() == "1"


def test_without_a_terminal_the_plain_form_is_offered(tmp_path: Path) -> None:
    done = subprocess.run(
        [*ARGV, str(tmp_path / "progress")],
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
