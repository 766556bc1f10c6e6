"""Thousands of random programs: the kernel and its model agree after every single step."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from l4numa_tui.kernel.fpage import fpage
from tests.kernel.as_scenario import write_scenario
from tests.kernel.programs import Program, Shape, draw_program
from tests.kernel.rig import Rig, fault_of
from tests.kernel.shrink import shrink

SEED_VARIABLE = "L4NUMA_SEED"
PROGRAMS, STEPS = 2_000, 50
FULL_PROGRAMS, FULL_STEPS = 20_000, 200


def test_random_programs_agree_with_the_model(full: bool, tmp_path: Path) -> None:
    programs, steps = (FULL_PROGRAMS, FULL_STEPS) if full else (PROGRAMS, STEPS)
    seed = int(os.environ.get(SEED_VARIABLE, random.randrange(1 << 32) if full else 1))
    print(f"{SEED_VARIABLE}={seed} repeats this run")
    for index in range(programs):
        program = draw_program(seed, index, steps)
        if fault_of(program) is not None:
            pytest.fail(explain(program, f"{SEED_VARIABLE}={seed}, program {index}", tmp_path))


def explain(program: Program, origin: str, folder: Path) -> str:
    """The failing program made small, as Python and as a scenario file."""
    small = shrink(program, lambda candidate: fault_of(candidate) is not None)
    done, fault = fault_of(small) or (0, "nothing")
    path = write_scenario(small, folder / "failing.toml", f"{origin}, after step {done}: {fault}")
    return f"{origin}: after step {done}: {fault}\n{small.text()}\nl4numa open {path}"


def test_the_same_seed_draws_the_same_programs() -> None:
    assert draw_program(3, 4, 30) == draw_program(3, 4, 30)
    assert draw_program(3, 4, 30) != draw_program(3, 5, 30)


def test_programs_meet_what_they_are_meant_to_meet() -> None:
    """Were the random programs to stop reaching the rules, agreement would mean nothing."""
    met: dict[str, int] = {}
    for index in range(60):
        program = draw_program(11, index, 50)
        tried = Rig(program.shape)
        deep = 0
        for step in program.steps:
            tried.do(step)
            deep = max(deep, *(page.depth for page in tried.state.pages.values()), 0)
        for record in tried.kernel.records.between(0, tried.kernel.records.end):
            met[record.event.name] = met.get(record.event.name, 0) + 1
        for name in ("large_pages", "tight", "exempt"):
            met[name] = met.get(name, 0) + bool(getattr(program.shape, name))
        met["depth 4"] = met.get("depth 4", 0) + (deep >= 4)
    least = {
        "MDB_MAP": 1000, "MDB_UNMAP": 500, "FPAGE_OVERMAP": 250, "FPAGE_MAPCTRL": 100,
        "TLB_SHOOTDOWN": 200, "ACCESS": 150, "PAGEFAULT_USER": 150, "KMEM_FREE": 60,
        "REFUSED": 1, "large_pages": 1, "tight": 2, "exempt": 5, "depth 4": 8,
    }  # fmt: skip
    assert {name: met.get(name, 0) for name in least if met.get(name, 0) < least[name]} == {}


def test_a_failing_program_is_made_small_and_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: Rig, slot: int, base: int, log2: int, rights: int) -> bool:
        self.kernel.unmap(self.slots[slot], fpage(base, log2, rights), flush=True)
        return False

    monkeypatch.setattr(Rig, "_do_flush", careless)
    index = next(i for i in range(50) if fault_of(draw_program(1, i, 50)) is not None)
    told = explain(draw_program(1, index, 50), "seed 1", tmp_path)
    assert told.count("('map'") <= 2, told
    assert told.count("('flush'") == 1, told
    assert str(tmp_path / "failing.toml") in told


def test_a_program_that_does_not_fail_cannot_be_shrunk() -> None:
    with pytest.raises(ValueError, match="does not fail"):
        shrink(Program(Shape(), ()), lambda program: False)  # noqa: ARG005
