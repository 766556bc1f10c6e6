"""`python -m tests.mutations.kill`: run random programs until one fails; exit status 1 if one did.

Run in a folder that holds a copy of the program and of the tests, see `test_mutations`.
"""

from __future__ import annotations

import sys

from tests.kernel.programs import Program, Shape, draw_program
from tests.kernel.rig import fault_of
from tests.kernel.test_found import CASES

SEED = 20_090_401
SMALL_PROGRAMS, LARGE_PROGRAMS = 150, 15
STEPS = 50
DEEP = (("chain", 1, 2, 0, 258),)  # a random program seldom gets to the depth limit


def programs(*, large: bool) -> list[tuple[str, Program]]:
    """Those that once failed, then a few hundred without 2 MiB entries, or a few with them."""
    known = [(name, Program(Shape(), steps)) for name, steps in [*CASES.items(), ("depth", DEEP)]]
    indexes = range(LARGE_PROGRAMS if large else SMALL_PROGRAMS)
    drawn = [(f"program {at}", draw_program(SEED, at, STEPS, large=large)) for at in indexes]
    return known + drawn


def main() -> int:
    for name, program in programs(large="large" in sys.argv):
        fault = fault_of(program)
        if fault is not None:
            print(f"{name}, after step {fault[0]}: {fault[1].splitlines()[0]}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
