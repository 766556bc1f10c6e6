"""A light start: what must not be imported before somebody needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"textual", "rich", "networkx", "asyncio", "aiohttp"}


def modules_after(program: str) -> set[str]:
    code = f"import sys\n{program}\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split("\n")[-2].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "open", "tests/data/scenarios/lazy-global.toml", "--port", "65536"],
        ["machine", "opteron-6276-8n"],
        ["run", "tests/data/scenarios/lazy-global.toml"],
        ["doctor", "--keys"],
        ["grade", "tests/data/scenarios/lazy-global.toml"],
        ["open", "unmap-or-flush", "--plain"],
        ["lesson", "--list"],
        ["export", "unmap-or-flush", "--format", "kdb"],
        ["export", "unmap-or-flush", "--format", "mermaid"],
        ["compare", "tests/data/scenarios/lazy-global.toml"],
        ["run", "--trace", "tests/data/traces/mt.pageruns.csv.gz", "--machine", "power7-8n"],
    ],
)
def test_a_command_without_a_screen_imports_no_screen(arguments: list[str]) -> None:
    program = (
        "from l4numa_tui.cli import main\nimport contextlib\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})"
    )
    assert not HEAVY & modules_after(program)


def test_the_doctor_asks_about_the_screen_without_making_one() -> None:
    program = "from l4numa_tui.cli import main\nmain(['doctor'])"
    assert not {"textual", "networkx"} & modules_after(program)


def test_the_kernel_imports_nothing_from_above() -> None:
    loaded = {name for name in modules_after("import l4numa_tui.kernel.kernel") if "l4numa" in name}
    floors = {name.split(".")[1] for name in loaded if "." in name}
    assert floors <= {"kernel", "machine", "journal", "digest", "errors", "safe_text"}
