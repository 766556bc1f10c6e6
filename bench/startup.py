"""How light the start is: whole commands beside `python -c pass`, and what they import."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HEAVY = ("textual", "networkx", "rich", "asyncio")
SCENARIO = """
[machine]
nodes = 2
cpus_per_node = 2
memory_per_node = "4 MiB"
[memory]
pool_frames = 8
kernel_frames = 64
[[application]]
name = "A"
[[region]]
name = "data"
at = 0x400000
pages = 1
[[step]]
thread = "A.0"
op = "read"
at = 0x400000
"""


def measure(runs: int = 7) -> dict[str, float]:
    """CPU time of commands in empty Pythons: the median of `runs`, interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "tiny.toml"
        scenario.write_text(SCENARIO, encoding="utf-8")
        commands = {
            "empty": ["-c", "pass"],
            "help": ["-m", "l4numa_tui", "--help"],
            "run": ["-m", "l4numa_tui", "run", str(scenario)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, arguments in commands.items():
                times[name].append(_cpu_seconds(arguments))
    empty = statistics.median(times["empty"])
    return {name: statistics.median(times[name]) / empty for name in ("help", "run")}


def heavy_imports(arguments: list[str]) -> list[str]:
    """Which of the heavy libraries a command imports."""
    program = (
        "import sys, io, contextlib\n"
        "from l4numa_tui.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({arguments!r})\n"
        f"print(*(m for m in {HEAVY!r} if m in sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()


def _cpu_seconds(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, env=dict(os.environ)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
