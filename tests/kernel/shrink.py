"""Make a failing program small: fewer steps, then a plainer machine and plainer operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.kernel.programs import Program, Shape, Step

Fails = Callable[[Program], bool]


def shrink(program: Program, fails: Fails) -> Program:
    """The smallest program found that still fails; ValueError if the given one does not."""
    if not fails(program):
        raise ValueError("the program does not fail")
    while True:
        smaller = _plainer(_fewer(program, fails), fails)
        if smaller == program:
            return program
        program = smaller


def _fewer(program: Program, fails: Fails) -> Program:
    """Leave out runs of steps, from halves down to single steps."""
    steps = list(program.steps)
    size = max(len(steps) // 2, 1)
    while size:
        at = len(steps) - size
        while at >= 0:
            rest = steps[:at] + steps[at + size :]
            if fails(Program(program.shape, tuple(rest))):
                steps = rest
                at = min(at, len(steps) - size)
            else:
                at -= size
        size //= 2
    return Program(program.shape, tuple(steps))


def _plainer(program: Program, fails: Fails) -> Program:
    for shape in _plainer_shapes(program.shape):
        if fails(program._replace(shape=shape)):
            program = program._replace(shape=shape)
    for at in range(len(program.steps)):
        for step in _plainer_steps(program.steps[at]):
            steps = (*program.steps[:at], step, *program.steps[at + 1 :])
            if fails(program._replace(steps=steps)):
                program = program._replace(steps=steps)
                break
    return program


def _plainer_shapes(shape: Shape) -> Iterator[Shape]:
    for field, value in Shape._field_defaults.items():
        if getattr(shape, field) != value:
            yield shape._replace(**{field: value})


def _plainer_steps(step: Step) -> Iterator[Step]:
    """Steps that are simpler in one operand each: all rights, small sizes, low addresses."""
    kind = step[0]
    if kind == "grant":
        yield ("map", *step[1:])
    if kind == "flush":
        yield ("unmap", *step[1:])
    for at, value in enumerate(step):
        if not isinstance(value, int):
            continue
        name = _OPERANDS.get(str(kind), ())[at - 1 : at]
        for plainer in _plainer_values(name[0] if name else "", value):
            yield (*step[:at], plainer, *step[at + 1 :])


_OPERANDS = {
    "map": ("", "", "address", "size", "rights", "address", "window", "address"),
    "grant": ("", "", "address", "size", "rights", "address", "window", "address"),
    "unmap": ("", "address", "size", "rights"),
    "flush": ("", "address", "size", "rights"),
    "access": ("", "address", "right"),
}


def _plainer_values(name: str, value: int) -> list[int]:
    if name == "address":
        aligned = value & ~0xFFF
        return [v for v in (0, aligned & 0xFFFF, aligned, aligned >> 1 & ~0xFFF) if v < value]
    if name in ("size", "window"):
        best = 48 if name == "window" else 12
        return [v for v in (best, 12, value - 1) if v != value] if value != best else []
    if name == "rights":
        return [7] if value != 7 else []
    if name == "right":
        return [4] if value != 4 else []
    return []
