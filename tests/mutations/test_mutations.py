"""Every fault that is put into the kernel is noticed by the tests.

A test suite that nothing can fail proves nothing. Each fault goes into a copy of the program, on
which the tests that should notice it are run until the first of them fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.mutations.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = 2
SECONDS = 300  # a fault may make the kernel run for ever
COPIED = ("l4numa_tui", "lessons", "tests", "pyproject.toml")
KILLER = (sys.executable, "-m", "tests.mutations.kill")


def copy_of_the_program(folder: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "traces", "topology")
            shutil.copytree(source, folder / name, ignore=ignored if name == "tests" else None)
        else:
            shutil.copy(source, folder / name)
    return folder


def command_for(fault: Fault | None) -> tuple[str, ...]:
    if fault and fault.tests:
        quick = ("-x", "-q", "-p", "no:cacheprovider")
        return (sys.executable, "-m", "pytest", *quick, *fault.tests)
    return (*KILLER, "large") if fault and fault.large else KILLER


def run_in(folder: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    # The copy comes first on the path; what a changed file was compiled to must not be kept.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False,
        timeout=SECONDS,
    )  # fmt: skip


def outcome(folder: Path, fault: Fault) -> str:
    """Empty if the fault was noticed, else what went wrong."""
    path = folder / "l4numa_tui" / fault.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(fault.old, fault.new), encoding="utf-8")
    try:
        ran = run_in(folder, command_for(fault))
    except subprocess.TimeoutExpired:
        return ""
    finally:
        path.write_text(sound, encoding="utf-8")
    if ran.returncode == 1 and "ImportError" not in ran.stdout + ran.stderr:
        return ""
    return f"{fault.why} ({fault.file}): exit {ran.returncode}\n{ran.stdout}{ran.stderr}"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.why.replace(" ", "-"))
def test_a_fault_is_where_it_is_said_to_be(fault: Fault) -> None:
    text = (ROOT / "l4numa_tui" / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1, f"{fault.file} holds {fault.old!r} {text.count(fault.old)}×"
    compile(text.replace(fault.old, fault.new), fault.file, "exec")


def test_the_sound_program_passes(tmp_path: Path) -> None:
    folder = copy_of_the_program(tmp_path / "copy")
    commands = {command_for(fault) for fault in FAULTS}
    with ThreadPoolExecutor(WORKERS) as pool:
        for ran in pool.map(lambda command: run_in(folder, command), sorted(commands)):
            assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_fault_is_noticed(tmp_path: Path) -> None:
    assert len(FAULTS) >= 20
    free: SimpleQueue[Path] = SimpleQueue()
    for worker in range(WORKERS):
        free.put(copy_of_the_program(tmp_path / str(worker)))

    def tried(fault: Fault) -> str:
        folder = free.get()
        try:
            return outcome(folder, fault)
        finally:
            free.put(folder)

    with ThreadPoolExecutor(WORKERS) as pool:
        unnoticed = [why for why in pool.map(tried, FAULTS) if why]
    assert not unnoticed, "\n".join(unnoticed)
