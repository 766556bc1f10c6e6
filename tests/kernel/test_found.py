"""The smallest of the programs that once told the kernel from its model."""

from __future__ import annotations

import pytest

from tests.kernel.programs import Program, Shape, Step
from tests.kernel.rig import fault_of

WHOLE = 48
CASES: dict[str, tuple[Step, ...]] = {
    # A grant that cuts rights removes children left without any: their use must still be told.
    "status of what a grant cuts off": (
        ("map", 0, 1, 0, 12, 7, 0, WHOLE, 0),
        ("map", 1, 2, 0, 12, 5, 0, WHOLE, 0),
        ("access", 2, 0, 4),
        ("grant", 1, 4, 0, 12, 2, 0, WHOLE, 0),
        ("unmap", 4, 0, 12, 7),
    ),
    # A grant with fewer rights interrupts no CPU of the receiver, which has lost none.
    "interrupts of a grant": (
        ("map", 0, 1, 0, 12, 7, 0, WHOLE, 0),
        ("run", 3),
        ("run", 0),
        ("grant", 1, 2, 0, 12, 4, 0, WHOLE, 0),
    ),
    # One item that replaces several pages interrupts a CPU once, not once for each of them.
    "interrupts of an item": (
        ("map", 0, 1, 0, 13, 7, 0, WHOLE, 0),
        ("run", 1),
        ("run", 2),
        ("map", 0, 1, 0x2000, 13, 7, 0, WHOLE, 0),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_program_that_once_failed(name: str) -> None:
    assert fault_of(Program(Shape(), CASES[name])) is None
