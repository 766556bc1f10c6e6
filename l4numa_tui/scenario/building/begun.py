"""What of a script has been begun at a moment, and the steps cut down to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.thread_state import CODE_MASK, READY, ip_of
from l4numa_tui.machine.machine import PAGE_BYTES
from l4numa_tui.scenario.about import word_before
from l4numa_tui.scenario.script import FORMS
from l4numa_tui.scenario.step_model import StepTable
from l4numa_tui.world.operations import ACCESS_RIGHT, RUN, Program
from l4numa_tui.world.session import Session


def begun_places(session: Session) -> list[int]:
    """The places in the script of the operations begun up to now, in the order of beginning.

    Raises UserError where something was done that is not in the script.
    """
    programs, places = session.world.programs, []
    for index in range(1, session.cursor + 1):
        change = session.change(index)
        thread = change.action[1]
        if change.action[0] != RUN:
            raise UserError(f"step {index} is not in the script", "steps that the script takes")
        if thread not in programs:
            continue
        word = word_before(change)
        if word & CODE_MASK == READY and ip_of(word) < len(programs[thread].order):
            places.append(programs[thread].order[ip_of(word)])
    return places


def reached_places(session: Session) -> set[int]:
    """The places of the script that the threads have come to: begun, or left out by a jump."""
    programs, begun = session.world.programs, set(begun_places(session))
    return {place for thread, program in programs.items() for place in _reached(
        program, begun, ip_of(session.world.kernel.state.rows.get(thread, READY))
    )}  # fmt: skip


def _reached(program: Program, begun: set[int], at: int) -> tuple[int, ...]:
    """A thread's operations up to the last one begun: their numbers are its instruction pointer."""
    last = max((i for i, place in enumerate(program.order, 1) if place in begun), default=0)
    return program.order[: max(last, at)]


def kept_steps(
    steps: Sequence[StepTable], starts: Sequence[int], places: set[int]
) -> tuple[StepTable, ...]:
    """The steps, in their order, as far as their operations are among `places`.

    `starts[i]` is the place where step i begins. A step of which only the first operations are
    there is cut.
    """
    kept: list[StepTable] = []
    for step, start in zip(steps, starts, strict=True):
        size = step.times * _once(step)
        here = sum(1 for place in range(start, start + size) if place in places)
        kept += [step] if here == size else pieces(step, 0, here)
    return tuple(kept)


def steps_in_order(
    steps: Sequence[StepTable], starts: Sequence[int], places: Sequence[int]
) -> tuple[StepTable, ...]:
    """Steps that have the operations at `places`, in that order."""
    sizes = [step.times * _once(step) for step in steps]
    step_at = [at for at, size in enumerate(sizes) for _ in range(size)]
    out: list[StepTable] = []
    run: list[int] = []  # (step, first, last + 1)
    for place in places:
        at = step_at[place]
        offset = place - starts[at]
        if run and run[0] == at and run[2] == offset:
            run[2] += 1
            continue
        out += pieces(steps[run[0]], run[1], run[2]) if run else ()
        run = [at, offset, offset + 1]
    out += pieces(steps[run[0]], run[1], run[2]) if run else ()
    return tuple(out)


def pieces(step: StepTable, first: int, last: int) -> Iterator[StepTable]:
    """Steps that amount to the operations from `first` to before `last` of a step."""
    once = _once(step)
    while first < last:
        page, times = first % once, (last - first) // once
        note = step.note if not first else ""
        if not page and times:
            yield msgspec.structs.replace(step, times=times, note=note)
            first += times * once
            continue
        pages = min(once - page, last - first)
        at = (step.at or 0) + page * PAGE_BYTES
        some = pages if pages > 1 else None
        yield msgspec.structs.replace(step, at=at, pages=some, times=1, note=note)
        first += pages


def _once(step: StepTable) -> int:
    """How many operations one time through a step is: those that touch pages, one for each."""
    return (step.pages or 1) if FORMS[step.op].op in ACCESS_RIGHT else 1
