"""A world of one's own, built, acted in, saved and run through pipes, as a script would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import load_scenario

COMMANDS = """
threads
requests unmap_everywhere
do A.1 write 0x402000
go
do A.0 wirte 0x402000
do A.0 read 0x402000 note="the other node sees it, too"
run
add region heap 0x600000 pages=2 kind=node_local
add thread B node=1
do B write 0x600000
run
seek 3
do A.0 unmap_everywhere 0x402000
do A.0 read 0x402000
run
save mine.toml
save there.toml
save there.toml
save
quit
"""


def l4numa(*arguments: str, cwd: Path, typed: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "l4numa_tui", *arguments],
        cwd=cwd, input=typed, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout


def test_building_acting_saving_and_running(tmp_path: Path) -> None:
    (tmp_path / "there.toml").write_text("somebody's")
    status, said = l4numa("open", "--machine", "2", "--plain", cwd=tmp_path, typed=COMMANDS)
    assert status == 0
    answers = said.split("step ")
    assert "- A.0: on N0\n- A.1: on N1" in said
    assert "- at (needed): address; such as 0x402000, 0x500000" in said
    assert 'Not done: "wirte" is no request, expected "write".' in said
    assert "the other node sees it, too" in said
    assert "(Region added.)" in said
    assert "B writes 0x600000" in said
    assert "later steps of the script left behind" in said
    assert "Saved: mine.toml, 3 requests." in said
    assert "Not done: there.toml: the file is there already" in said
    assert "Saved: there.toml, 3 requests." in said
    assert "names no file" in answers[-2]
    scenario = load_scenario(str(tmp_path / "mine.toml"))
    assert [(step.thread, step.op) for step in scenario.spec.step] == [
        ("A.1", "write"), ("A.0", "unmap_everywhere"), ("A.0", "read"),
    ]  # fmt: skip
    assert [region.name for region in scenario.spec.region] == ["data", "code", "heap"]
    status, counts = l4numa("run", "mine.toml", "--json", cwd=tmp_path)
    assert status == 0
    session = build_session(scenario)
    session.run(1_000)
    assert json.loads(counts)["digest"] == f"{session.digest():016x}"
    status, again = l4numa("open", "mine.toml", "--plain", cwd=tmp_path, typed="run\n")
    last = f"Step {session.length}: A.0 retries and reads 0x402000"
    assert last in said
    assert last in again


def test_a_bare_kernel_and_a_scenario_that_came_with_the_program(tmp_path: Path) -> None:
    typed = (
        "do P ask_sigma0 pages=1 into=0x10000\nrun\ndo A write 0x400000\ndo P receive\nrun\n"
        "do P reply A items=[{map=0x10000, rights=rw, at=0x400000}]\nrun\nsave bare.toml\n"
    )
    status, said = l4numa("open", "--bare", "--machine", "1", "--plain", cwd=tmp_path, typed=typed)
    assert status == 0
    assert "A retries and writes 0x400000" in said
    assert load_scenario(str(tmp_path / "bare.toml")).spec.is_bare
    typed = "run\ndo P unmap 0x10000\nsave more.toml\n"
    status, said = l4numa("open", "unmap-or-flush", "--plain", cwd=tmp_path, typed=typed)
    assert status == 0
    assert "Saved: more.toml" in said
    assert load_scenario(str(tmp_path / "more.toml")).spec.step[-1].op == "unmap"
