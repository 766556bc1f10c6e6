"""The kernel agrees with the real ones: every portable case, operation by operation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.runner import CaseRun, load

DATA = Path(__file__).parent.parent / "data" / "conformance"
FILES = ("cases.jsonl", "random.jsonl")


@pytest.mark.parametrize("name", FILES)
def test_every_portable_case_holds(name: str) -> None:
    cases = [case for case in load(DATA / name) if case["portable"]]
    assert cases
    wrong = {case["id"]: CaseRun(case).first_difference() for case in cases}
    assert {case: why for case, why in wrong.items() if why} == {}


def test_a_wrong_expectation_is_noticed() -> None:
    case = next(c for c in load(DATA / "cases.jsonl") if c["portable"] and c["expect"]["mapped"])
    space, parts = next(iter(case["expect"]["mapped"].items()))
    parts[0]["pa"] += 4096
    assert "frame" in CaseRun(case).first_difference()
    case["expect"]["unmapped"] = {space: [[parts[0]["va"], 4096]]}
    case["expect"]["mapped"] = {}
    assert "expected not" in CaseRun(case).first_difference()


def test_the_command_counts_and_fails_by_exit_status(tmp_path: Path) -> None:
    cases = [case for case in load(DATA / "cases.jsonl") if case["portable"]]
    good, bad = cases[0], dict(cases[1])
    bad["ops"] = []  # nothing is done, so what is expected cannot be there
    file = tmp_path / "cases.jsonl"
    for chosen, status, last in (
        ([good], 0, "1 passed, 0 failed"),
        ([good, bad], 1, "1 passed, 1 failed"),
    ):
        file.write_text("".join(json.dumps(case) + "\n" for case in chosen), encoding="utf-8")
        command = [sys.executable, "-m", "tests.conformance", str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout.splitlines()[-1]) == (status, last)
