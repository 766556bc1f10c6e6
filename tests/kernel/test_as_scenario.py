"""Programs written as scenarios come to the same mappings by IPC as they do by single calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import load_scenario
from tests.kernel.as_scenario import write_scenario
from tests.kernel.invariants import Place, check
from tests.kernel.programs import draw_program
from tests.kernel.rig import Rig

MEMORY_OWNER = 1  # the space that takes sigma0's part


@pytest.mark.parametrize("index", range(24))
def test_a_scenario_does_what_its_program_does(index: int, tmp_path: Path) -> None:
    program = draw_program(2, index, 50, large=index % 8 == 0)
    # Left out: spaces made anew; chains, whose last mapping would be one too deep; little memory.
    steps = tuple(step for step in program.steps if step[0] not in ("new", "chain"))
    shape = program.shape._replace(kernel_frames=512)
    program = program._replace(shape=shape, steps=steps)
    rig = Rig(program.shape)
    for step in program.steps:
        rig.do(step)
    expected = {
        (rig.slots.index(space), page): (held.frame, held.rights)
        for (space, page), held in rig.model.held.items()
        if space
    }
    session = build_session(load_scenario(str(write_scenario(program, tmp_path / "a.toml", ""))))
    session.run(10_000)
    found: dict[Place, tuple[int, int]] = {
        (space - MEMORY_OWNER, place): (page.frame, page.rights)
        for (space, place), page in check(session.world.kernel).pages.items()
        if space != MEMORY_OWNER
    }
    assert found == expected
    assert expected, "the program has come to something"
