"""The screen in a browser: what is served, to whom, and what runs behind it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from l4numa_tui.cli import main
from l4numa_tui.cli.web_server import WebServer
from l4numa_tui.folders import HOME
from tests.cli.browser import Browser

ROOT = Path(__file__).parents[2]
SCENARIO = "tests/data/scenarios/lazy-global.toml"
PATIENCE_S = 20.0
FOREIGN = re.compile(r"(?:https?:|wss?:)?//[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Served:
    """A server under test. `data` is where its lessons are saved."""

    def __init__(self, data: Path, *program: str) -> None:
        environment = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "l4numa_tui", "serve", *program, "--port", "0"],
            cwd=ROOT,
            env=environment | {HOME: str(data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        assert found, "no address was printed"
        self.url = found[0]

    def programs(self) -> list[int]:
        """The process ids of the programs that run behind it."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in path.read_text(encoding="ascii").split()]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status


def serve(data: Path, *program: str) -> Iterator[Served]:
    server = Served(data, *program)
    yield server
    if server.process.poll() is None:
        server.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve(tmp_path_factory.mktemp("data"), "open", SCENARIO)


@pytest.fixture
def short_lived(tmp_path: Path) -> Iterator[Served]:
    yield from serve(tmp_path, "open", SCENARIO)


@pytest.fixture
def lesson(tmp_path: Path) -> Iterator[Served]:
    yield from serve(tmp_path, "lesson", "1")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Tab:
    """The end of a program's wire that a page has."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self.wire = wire
        self.written = b""

    async def press(self, keys: str) -> None:
        await self.wire.send_json(["stdin", keys])

    async def read_until(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while text.encode() not in self.written:
                message = await self.wire.receive()
                assert message.type != aiohttp.WSMsgType.CLOSED, f"never wrote {text!r}"
                if message.type == aiohttp.WSMsgType.BINARY:
                    self.written += message.data

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self.wire:
                pass


def runs(number: int) -> bool:
    """Whether a process does anything; one that has ended may lie about until init looks."""
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def only(count: int, programs: Callable[[], list[int]]) -> None:
    """Wait until no more than so many programs run."""
    end = time.monotonic() + PATIENCE_S
    while sum(map(runs, programs())) > count:
        assert time.monotonic() < end, "a program goes on without a tab"
        await asyncio.sleep(0.05)


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        return await response.text(errors="replace")


async def test_the_page_and_what_it_links_are_ours(served: Served) -> None:
    seen, due = set(), {"/"}
    async with aiohttp.ClientSession(served.url) as session:
        while due:
            path = due.pop()
            seen.add(path)
            text = COMMENT.sub("", await fetch(session, path))
            if not path.endswith(".ttf"):
                assert not FOREIGN.search(text), path
                links = re.findall(r"""(?:src|href)="([^"]+)"|url\("([^"]+)"\)""", text)
                if not path.endswith(".js"):
                    due |= {one or other for one, other in links} - seen - {"data:,"}
    assert {"/static/js/textual.js", "/page/page.js", "/static/css/xterm.css"} <= seen
    assert any(path.endswith(".ttf") for path in seen)


async def test_a_tab_steps_a_program_of_its_own(short_lived: Served) -> None:
    async with (
        aiohttp.ClientSession(short_lived.url) as session,
        session.ws_connect("/ws?width=120&height=40&command=x;touch") as one,
        session.ws_connect("/ws?width=0&height=99999999") as other,
    ):
        first, second = Tab(one), Tab(other)
        await first.read_until("One page, four nodes")
        await second.read_until("\x1b[?1049h")
        running = short_lived.programs()
        assert len(running) == 2
        for number in running:
            line = Path(f"/proc/{number}/cmdline").read_bytes().decode().split("\0")
            assert line[1:-1] == ["-P", "-m", "l4numa_tui", "open", SCENARIO]
        await first.press("n")
        await first.read_until("pagefault")
        assert b"pagefault" not in second.written
        await second.press("q")
        await second.closed()
        await only(1, short_lived.programs)
        assert short_lived.end() == 0
        assert not any(map(runs, running))


async def test_programs_end_when_their_server_is_killed(short_lived: Served) -> None:
    async with aiohttp.ClientSession(short_lived.url) as session, session.ws_connect("/ws") as wire:
        await Tab(wire).read_until("One page, four nodes")
        running = short_lived.programs()
        short_lived.end(signal.SIGKILL)
        await only(0, lambda: running)


async def test_no_other_page_may_connect(served: Served) -> None:
    async with aiohttp.ClientSession(served.url) as session:
        for headers in (
            {"Origin": "http://example.org"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Host": "example.org"},
        ):
            async with session.get("/ws", headers=headers) as response:
                assert response.status == 403
        async with session.get("/", headers={"Host": "localhost"}) as response:
            assert response.status == 200
        async with session.get("/static/../server.py") as response:
            assert response.status == 404
    assert not served.programs()


async def test_what_is_no_message_ends_the_visit_and_nothing_else(served: Served) -> None:
    async with aiohttp.ClientSession(served.url) as session:

        async def visit(nonsense: str) -> None:
            async with session.ws_connect("/ws") as wire:
                await wire.send_str(nonsense)
                await Tab(wire).closed()

        await asyncio.gather(*map(visit, ("{", '["stdin", 7]', '["resize", [1]]')))
        assert await fetch(session, "/")
    await only(0, served.programs)


async def test_a_reloaded_lesson_goes_on_and_a_second_tab_says_why_not(lesson: Served) -> None:
    async with aiohttp.ClientSession(lesson.url) as session:
        async with session.ws_connect("/ws?width=120&height=40") as wire:
            tab = Tab(wire)
            await tab.read_until("step 0")
            async with session.ws_connect("/ws") as second:
                await Tab(second).read_until("another window")
            await tab.press("c\rn")
            await tab.read_until("step 1")
        async with session.ws_connect("/ws?width=120&height=40") as wire:
            await Tab(wire).read_until("step 1")
    assert lesson.end() == 0


@pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium is not installed")
async def test_a_browser_shows_it_without_the_internet(served: Served, tmp_path: Path) -> None:
    async with Browser.opened(tmp_path / "profile") as browser:
        await browser.go(served.url + "/")
        await browser.received("One page, four nodes")
        assert await browser.shows_much()
        await browser.press("n")
        await browser.received("pagefault")
        assert [url for url in browser.asked if not url.startswith(served.url)] == []
        assert not browser.complaints


@pytest.mark.parametrize(
    ("host", "shown", "warned"),
    [("127.0.0.1", "127.0.0.1", False), ("localhost", "localhost", False), ("0.0.0.0", "", True)],
)
def test_others_are_let_in_only_when_asked_and_with_a_warning(
    host: str,
    shown: str,
    warned: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listening: list[str] = []
    monkeypatch.setattr(
        WebServer, "run", lambda _, socket: listening.append(socket.getsockname()[0])
    )
    assert main(["serve", "--host", host, "--port", "0"]) == 0
    captured = capsys.readouterr()
    assert f"http://{shown}" in captured.out
    assert ("everybody" in captured.err) is warned
    assert listening == [host if warned else "127.0.0.1"]


async def test_one_tab_too_many_is_told_so(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setattr("l4numa_tui.cli.web_server.MOST_VISITS", 0)
    runner = aiohttp.web.AppRunner(await WebServer([], "127.0.0.1", free_port)._make_app())
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", free_port).start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{free_port}") as session,
        session.ws_connect("/ws") as wire,
    ):
        await Tab(wire).read_until("too many")
    await runner.cleanup()


def test_a_port_in_use_is_an_error_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "open", SCENARIO, "--port", str(port)]) == 2
    assert f"port {port} is in use" in capsys.readouterr().err


def test_without_the_extra_it_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(name: str) -> Any:
        assert name

    monkeypatch.setattr("l4numa_tui.cli.serve.find_spec", nowhere)
    assert main(["serve"]) == 2
    assert "pip install 'l4numa_tui[web]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", SCENARIO], "cannot serve `run`"),
        (["lesson", "1", "--plain"], "--plain"),
        (["open", "nosuch"], "nosuch"),
        (["lesson", "nosuch"], "nosuch"),
        (["--port", "65536"], "port 65536"),
        (["--host", "192.0.2.1", "--port", "0"], "192.0.2.1"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out
