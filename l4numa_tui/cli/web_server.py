"""The server behind `l4numa serve`: textual-serve's, but offline, and shut to foreign pages.

Of textual-serve come the terminal in the page, the protocol between page and program, and the
downloads. The page is our own, since theirs links a font on the web.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from l4numa_tui.cli.serve import is_loopback
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.terminal import SERVED_DRIVER

PAGE = Path(__file__).parent / "web"
PACKAGES = Path(__file__).parents[2]
MOST_VISITS = 64  # programs at once; each takes about 50 MiB
MOST_CELLS = 1000  # of a terminal's width and height
PATIENCE_S = 5.0  # for a program to end when it is told to
GREETING = b"__GANGLION__\n"  # what Textual's web driver writes first
CSP = (
    # xterm.js writes its cell sizes into style elements.
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Visit(AppService):
    """One tab: a program of its own and the way its bytes go."""

    def __init__(self, arguments: list[str], **links: Any) -> None:
        super().__init__("", **links)
        self.arguments = arguments

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start the program: no shell, and out of reach of the terminal's Ctrl+C."""
        environment = self._build_environment(_cells(width), _cells(height))
        environment["TEXTUAL_DRIVER"] = SERVED_DRIVER
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(PACKAGES), environment.get("PYTHONPATH")))
        )
        environment.pop("COLORFGBG", None)  # the background of the wrong terminal
        command = [sys.executable, "-P", "-m", "l4numa_tui", *self.arguments]
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
            start_new_session=True,
        )
        self._stdin = process.stdin
        return process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the program the terminal's size, within reason."""
        await super().set_terminal_size(_cells(width), _cells(height))

    async def run(self) -> None:
        """Hand on what the program writes until it ends; what kept it from starting is shown."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaint = asyncio.create_task(process.stderr.read())
        started = await process.stdout.readline() == GREETING
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while started:
                await self._hand_on(process.stdout)
        text = (await complaint).decode("utf-8", "replace")
        if text:
            sys.stderr.write(text)
        if not started:
            lines = "\r\n".join(safe_text(line) for line in text.splitlines())
            with suppress(ConnectionError):
                await self.remote_write_bytes(f"\x1b[2J\x1b[H{lines}\r\n".encode())
        await process.wait()
        with suppress(ConnectionError):
            await self.remote_close()

    async def _hand_on(self, stdout: asyncio.StreamReader) -> None:
        """One packet: a letter, four bytes of length, and so many bytes."""
        kind = await stdout.readexactly(1)
        payload = await stdout.readexactly(int.from_bytes(await stdout.readexactly(4), "big"))
        if kind == b"D":
            await self.on_data(payload)
        elif kind == b"M":
            await self.on_meta(payload)
        elif kind == b"P":
            await self.on_packed(payload)

    async def stop(self) -> None:
        """End the program: asked first, then made to."""
        if self._task is None or self._process is None:
            return
        task, self._task = self._task, None
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        await self.send_meta({"type": "quit"})
        for end in (self._process.terminate, self._process.kill):
            await asyncio.wait([task], timeout=PATIENCE_S)
            if task.done():
                break
            with suppress(ProcessLookupError):
                end()
        await task


def _cells(size: int) -> int:
    return min(max(int(size), 1), MOST_CELLS)


class WebServer(Server):
    """Serves one program on a socket. What it runs is decided here; an URL can say nothing of it.

    `program` is the arguments of `l4numa` whose screen is shown. A page of another site may
    neither connect nor, on loopback, find us under a name of its own.
    """

    def __init__(self, program: list[str], host: str, port: int) -> None:
        super().__init__("l4numa", host, port)
        self.program = program
        self._visits: dict[Visit, web.WebSocketResponse] = {}
        self._leaving: set[asyncio.Event] = set()

    def run(self, listening: Any) -> None:
        """Serve on a bound socket until a signal ends it."""
        web.run_app(
            self._make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=1.0
        )

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/ws", self.handle_websocket, name="websocket"),
                web.get("/download/{key}", self.handle_download, name="download"),
                web.static("/page", PAGE),
                web.static("/static", self.statics_path, name="static"),
            ]
        )
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def _index(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002 - the page is always the same
        return web.FileResponse(PAGE / "index.html")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse names that are not ours, and pages that are not ours."""
        name = urlsplit(f"//{request.host}").hostname or ""
        if is_loopback(self.host) and not is_loopback(name):
            raise web.HTTPForbidden(text="this server is for this computer only\n")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="this server is for its own page only\n")
        response: web.StreamResponse = await handler(request)
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a program for a tab for as long as the tab is there."""
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 20)
        await socket.prepare(request)
        if len(self._visits) >= MOST_VISITS:
            await socket.send_bytes(b"too many sessions are open: close one, then start again\r\n")
            await socket.close()
            return socket
        # A reloaded page finds its lesson free only when the program before it has ended.
        for leaving in list(self._leaving):
            await leaving.wait()
        visit = Visit(
            self.program,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=socket.close,
            download_manager=self.download_manager,
        )
        self._visits[visit] = socket
        left = asyncio.Event()
        try:
            await visit.start(_number(request, "width", 80), _number(request, "height", 24))
            # What is no message of the page's ends the visit.
            with suppress(AssertionError, ValueError, LookupError, TypeError, AttributeError):
                await self._process_messages(socket, visit)
        finally:
            self._leaving.add(left)
            await visit.stop()
            del self._visits[visit]
            self._leaving.discard(left)
            left.set()
        return socket

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - aiohttp's form
        """End all programs, then let their tabs know."""
        visits = list(self._visits.items())
        await asyncio.gather(*(visit.stop() for visit, _ in visits))
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for _, socket in visits))


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp's form
    response.headers.update(HEADERS)
