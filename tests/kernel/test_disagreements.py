"""Where the kernel is known to differ from its model: the smallest program for each difference."""

from __future__ import annotations

import pytest

from tests.kernel import rig
from tests.kernel.programs import Program, Shape, Step

WHOLE = 48
CASES: dict[str, tuple[Step, ...]] = {
    # A grant that cuts rights removes children left without any: their use is told to nobody.
    "26 cut": (
        ("map", 0, 1, 0, 12, 7, 0, WHOLE, 0),
        ("map", 1, 2, 0, 12, 5, 0, WHOLE, 0),
        ("access", 2, 0, 4),
        ("grant", 1, 4, 0, 12, 2, 0, WHOLE, 0),
        ("unmap", 4, 0, 12, 7),
    ),
    # A grant with fewer rights interrupts CPUs of the receiver, which has lost none.
    "28 receiver": (
        ("map", 0, 1, 0, 12, 7, 0, WHOLE, 0),
        ("run", 3),
        ("run", 0),
        ("grant", 1, 2, 0, 12, 4, 0, WHOLE, 0),
    ),
    # One item that replaces several pages interrupts the same CPU once for each of them.
    "28 once": (
        ("map", 0, 1, 0, 13, 7, 0, WHOLE, 0),
        ("run", 1),
        ("run", 2),
        ("map", 0, 1, 0x2000, 13, 7, 0, WHOLE, 0),
    ),
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.xfail(name in rig.NOT_YET, reason=name, strict=True))
    for name in CASES
])  # fmt: skip
def test_the_kernel_agrees(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "NOT_YET", set())
    found = rig.fault_of(Program(Shape(), CASES[name]))
    assert found is None, found
