"""A program in a pseudo-terminal, seen from outside: what it wrote, when, in how many frames.

The terminal answers as a modern one does, so Textual brackets each frame by synchronized output,
and the end of a frame is the moment at which its viewer sees it.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import termios
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE_S = 20.0
FRAME_END = b"\x1b[?2026l"
ALTERNATE_SCREEN = b"\x1b[?1049h"
ENVIRONMENT = {
    **{
        name: text
        for name, text in os.environ.items()
        if name not in ("NO_COLOR", "COLORFGBG", "TMUX", "TERM_PROGRAM")
    },
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "PYTHONPATH": str(ROOT),
}
_ANSWERS = ((b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[?2048$p", b"\x1b[?2048;0$y"))
_CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x1b\x07]*(?:\x1b\\|\x07)?|.)")
# What a program turns on, and how it gives the terminal back: mode, (on, off).
_MODES = {b"?1049": b"hl", b"?1000": b"hl", b"?1003": b"hl", b"?2004": b"hl", b"?25": b"lh"}


class Terminal:
    """A program in a terminal. `written` is all that it wrote, `status` its exit status.

    `started` and `time_ended` are moments of `time.perf_counter`.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        self.written = bytearray()
        self.status: int | None = None
        self._ends: list[int] = []  # of what came at one time
        self._times: list[float] = []
        self._answered = 0
        self.started = self.time_ended = time.perf_counter()
        self.pid, self.master = pty.fork()
        if not self.pid:
            termios.tcsetwinsize(0, (rows, columns))
            os.chdir(ROOT)
            os.execve(argv[0], list(argv), dict(environment))
        self.before = termios.tcgetattr(self.master)

    # Reading.
    def read(self, seconds: float) -> bool:
        """Take what comes within some time; False once nothing can come any more."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        if not data:
            return False
        self.written += data
        self._times.append(time.perf_counter())
        self._ends.append(len(self.written))
        for question, answer in _ANSWERS:
            if self.written.find(question, max(self._answered - len(question), 0)) >= 0:
                os.write(self.master, answer)
        self._answered = len(self.written)
        return True

    def read_until(self, text: str, since: int = 0) -> None:
        """Wait until the program has written `text`; AssertionError if it never does."""
        end = time.monotonic() + PATIENCE_S
        while self.written.find(text.encode(), since) < 0:
            assert time.monotonic() < end, f"never wrote {text!r}"
            assert self.read(0.1), f"ended before it wrote {text!r}"

    def settle(self, quiet_s: float, first_s: float = 0.0) -> None:
        """Read until nothing has come for so long; the first byte may take `first_s`."""
        size = len(self.written)
        end = time.monotonic() + max(quiet_s, first_s)
        while (left := end - time.monotonic()) > 0 and self.read(left):
            if len(self.written) > size:
                size = len(self.written)
                end = time.monotonic() + quiet_s

    def time_of(self, offset: int) -> float:
        """When the byte at an offset of `written` came."""
        return self._times[bisect_left(self._ends, offset + 1)]

    def frames(self, since: int = 0) -> list[float]:
        """The times at which frames ended, of those that began behind an offset of `written`."""
        times = []
        at = self.written.find(FRAME_END, since)
        while at >= 0:
            times.append(self.time_of(at + len(FRAME_END) - 1))
            at = self.written.find(FRAME_END, at + 1)
        return times

    def first_paint(self) -> float:
        """When the first visible text came on the program's own screen; inf before."""
        begin = self.written.find(ALTERNATE_SCREEN)
        at = begin
        while 0 <= at < len(self.written):
            if found := _CONTROL.match(self.written, at):
                at = found.end()
            elif self.written[at : at + 1].isspace():
                at += 1
            else:
                return self.time_of(at)
        return float("inf")

    # Acting.
    def press(self, keys: str) -> float:
        """Type; the time of it."""
        os.write(self.master, keys.encode())
        return time.perf_counter()

    def resize(self, columns: int, rows: int) -> float:
        """Give the terminal another size; the time of it."""
        termios.tcsetwinsize(self.master, (rows, columns))
        return time.perf_counter()

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    # The end.
    def ended(self) -> int:
        """Wait for the program's end and for its last words; its exit status, or -signal."""
        end = time.monotonic() + PATIENCE_S
        while self.status is None:
            assert time.monotonic() < end, "did not end"
            self.read(0.005)
            self.look()
        self.settle(0.05)
        return self.status

    def look(self) -> None:
        """See whether the program has ended, without waiting."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)
            self.time_ended = time.perf_counter()

    def given_back(self) -> bool:
        """Whether every mode that was turned on was turned off again, last of all."""
        return all(
            self.written.rfind(b"\x1b[" + mode + bytes([off]))
            > self.written.rfind(b"\x1b[" + mode + bytes([on]))
            for mode, (on, off) in _MODES.items()
        )

    def close(self) -> None:
        """End the program if it still runs, and the terminal."""
        if self.status is None:
            self.look()
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    # What it costs, on Linux.
    def cpu_s(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Resident memory."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20
