"""Headless Chromium, driven by its own debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, Self

import aiohttp

PATIENCE_S = 30.0
FULL_PAGE = 20_000  # bytes of a PNG; the page without the program's screen has a tenth
COMMAND = (
    "chromium",
    "--headless=new",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


class Browser:
    """A page. `asked` are the URLs it wanted, `complaints` what it found wrong."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self.wire = wire
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.bytes = b""
        self._number = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, profile: Path) -> AsyncIterator[Self]:
        """A browser with an empty page; only this computer has a name for it."""
        # Its own group, and no pipes: its helpers would keep those open when it has ended.
        process = subprocess.Popen(
            [*COMMAND, f"--user-data-dir={profile}"],
            stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            port = await _port(profile / "DevToolsActivePort", process)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                async with session.get("/json") as answer:
                    pages = [page for page in await answer.json() if page["type"] == "page"]
                link = pages[0]["webSocketDebuggerUrl"]
                async with session.ws_connect(link, max_msg_size=0) as wire:
                    browser = cls(wire)
                    for domain in ("Network", "Page", "Log", "Runtime"):
                        await browser.call(f"{domain}.enable")
                    yield browser
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something; its answer."""
        self._number += 1
        await self.wire.send_json({"id": self._number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self._next()).get("id") != self._number:
                pass
        result: dict[str, Any] = message.get("result", {})
        return result

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = await self.wire.receive_json()
        told: dict[str, Any] = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                # The browser's own first page is its own affair.
                if told["documentURL"].startswith("http"):
                    self.asked.append(told["request"]["url"])
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2:
                self.bytes += base64.b64decode(told["response"]["payloadData"])
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.complaints.append(told["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"]))
        return message

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    async def received(self, text: str) -> None:
        """Wait until the program has written a text to the page."""
        async with asyncio.timeout(PATIENCE_S):
            while text.encode() not in self.bytes:
                await self._next()

    async def shows_much(self) -> bool:
        """Wait until a picture of the page is no longer that of a nearly empty one."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            answer = await self.call("Page.captureScreenshot")
            if len(base64.b64decode(answer["data"])) > FULL_PAGE:
                return True
        return False


async def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that the browser has chosen, once it has written it down."""
    async with asyncio.timeout(PATIENCE_S):
        while not file.exists() or not file.read_text(encoding="ascii"):
            assert process.poll() is None, "Chromium does not start"
            await asyncio.sleep(0.05)
    return int(file.read_text(encoding="ascii").split()[0])
