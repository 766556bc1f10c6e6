"""`l4numa serve`: the screen in a browser, on this computer, without the internet."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import socket
import sys
from importlib.util import find_spec

from l4numa_tui.errors import UserError

_MOST_PORT = 65535
_ON_TERMINAL_ONLY = ("plain", "list", "export")


def serve(options: argparse.Namespace) -> int:
    """Serve the program until Ctrl+C; every browser tab runs one of its own.

    Raises UserError where the extra `web` is missing, the program's arguments are none that show
    a screen, or the address cannot be had.
    """
    host, port, program = _address(options)
    _check_program(program)
    if find_spec("textual_serve") is None or find_spec("aiohttp") is None:
        raise UserError(
            "textual-serve is not installed", "the extra: pip install 'l4numa_tui[web]'"
        )
    with _listen(host, port) as listening:
        from l4numa_tui.cli.web_server import WebServer

        port = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        print(f"l4numa in the browser: http://{shown}:{port}   (Ctrl+C ends it)", flush=True)
        if not is_loopback(host):
            print(
                f"l4numa: warning: everybody who reaches {shown}:{port} can drive the program, "
                "in your name; nothing is encrypted",
                file=sys.stderr,
            )
        WebServer(program, host, port).run(listening)
    return 0


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(options: argparse.Namespace) -> tuple[str, int, list[str]]:
    """(host, port, the program's arguments); the options may stand behind the program, too."""
    parser = argparse.ArgumentParser("l4numa serve", add_help=False, allow_abbrev=False)
    parser.add_argument("--host", default=options.host)
    parser.add_argument("--port", type=int, default=options.port)
    behind, program = parser.parse_known_args(options.program)
    if not 0 <= behind.port <= _MOST_PORT:
        raise UserError(f"port {behind.port} does not exist", "1 to 65535, or 0 for a free one")
    return behind.host, behind.port, program


def _check_program(program: list[str]) -> None:
    """Refuse now what every tab would refuse later."""
    from l4numa_tui.cli.main import parse

    known = parse(program)
    if known.command not in (None, "lesson", "open"):
        raise UserError(f"cannot serve `{known.command}`", "lesson or open")
    for name in _ON_TERMINAL_ONLY:
        if getattr(known, name, None):
            raise UserError(f"cannot serve --{name}", "a command that shows the screen")
    if known.command == "open" and known.scenario:
        from l4numa_tui.scenario.shipped import open_scenario

        open_scenario(known.scenario)
    elif known.command == "lesson" and known.lesson:
        from l4numa_tui.course.lesson import find_lesson

        find_lesson(known.lesson, known.student)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"port {port} is in use", f"a free one: --port {port + 1}, or 0 for any"
            ) from None
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot listen on {host}:{port} ({reason})", "an address of this computer"
        ) from None
