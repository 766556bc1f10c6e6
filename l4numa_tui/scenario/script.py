"""The steps of a scenario turned into operations of its threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from l4numa_tui.kernel.fpage import fpage, from_word
from l4numa_tui.kernel.rights import ALL, parse_rights
from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2
from l4numa_tui.scenario.model import MAX_OPERATIONS, MAX_PAGES, StepTable
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.world.operations import (
    ACCESS_RIGHT,
    DO,
    MAX_UNMAP_PAGES,
    Action,
    Op,
    Operation,
    Program,
    is_operation,
)


class _Form(NamedTuple):
    op: Op
    needs: str
    allows: tuple[str, ...]


_FORMS = {
    "read": _Form(Op.READ, "at", ("at", "pages")),
    "write": _Form(Op.WRITE, "at", ("at", "pages")),
    "execute": _Form(Op.EXECUTE, "at", ("at", "pages")),
    "unmap_everywhere": _Form(Op.UNMAP_GLOBAL, "at", ("at", "pages")),
    "unmap": _Form(Op.UNMAP, "at", ("at", "pages", "rights")),
    "flush": _Form(Op.FLUSH, "at", ("at", "pages", "rights")),
    "work": _Form(Op.WORK, "cycles", ("cycles",)),
}
OP_NAMES = tuple(_FORMS)
"""What `op` may be."""

_OPERANDS = ("at", "pages", "rights", "cycles")


def programs(
    steps: Sequence[StepTable], threads: Sequence[str], where: Where
) -> tuple[Program, ...]:
    """Return the program of each of `threads`, in their order, that the steps amount to.

    A step that touches several pages, or is done several times, is so many operations. Raises
    UserError for a thread that is not there, operands that do not fit, and a script too long.
    """
    numbers = {name: index for index, name in enumerate(threads)}
    operations: list[list[Operation]] = [[] for _ in threads]
    order: list[list[int]] = [[] for _ in threads]
    place = total = 0
    for index, step in enumerate(steps):
        thread = _thread_of(step, index, numbers, where)
        once = _operations(step, index, where)
        total += step.times * (len(once) if once[0][0] in ACCESS_RIGHT else weight(once[0]))
        if total > MAX_OPERATIONS:
            raise where.error("the script is too long", _LIMIT, "step", index)
        more = once * step.times
        operations[thread] += more
        order[thread] += range(place, place + len(more))
        place += len(more)
    return tuple(
        Program(tuple(each), tuple(at)) for each, at in zip(operations, order, strict=True)
    )


_LIMIT = f"at most {MAX_OPERATIONS} operations; an unmap counts once for each page"


def weight(operation: Operation) -> int:
    """How much of a script's limit an operation uses up: as many as it unmaps pages, at most 4096.

    An unmap takes time for each page that is mapped, and one fpage may be the whole space.
    """
    if operation[0] == Op.UNMAP_GLOBAL:
        return operation[2]
    if operation[0] in (Op.UNMAP, Op.FLUSH):
        return max(1, min(from_word(operation[1]).pages, MAX_UNMAP_PAGES))
    return 1


def is_bounded(action: Action) -> bool:
    """Whether an action keeps the limits that the steps of a scenario keep.

    `World.can_do` says what is possible in the state; this, what a file may ask for at all.
    """
    return action[0] != DO or is_operation(action[2:])


def _thread_of(step: StepTable, index: int, numbers: dict[str, int], where: Where) -> int:
    if not step.thread and len(numbers) == 1:
        return 0
    if step.thread not in numbers:
        expected = one_of(step.thread, numbers)
        if not step.thread:
            raise where.error("the step names no thread", expected, "step", index)
        what = f"there is no thread {quoted(step.thread)}"
        raise where.error(what, expected, "step", index, "thread")
    return numbers[step.thread]


def _operations(step: StepTable, index: int, where: Where) -> list[Operation]:
    """The operations of one time through a step, at least one."""
    form = where.choose(step.op, _FORMS, "step", index, "op")
    for name in _OPERANDS:
        given = getattr(step, name) is not None
        if given and name not in form.allows:
            what = f"`{name}` does not go with `{step.op}`"
            raise where.error(what, f"only {', '.join(form.allows)}", "step", index, name)
        if not given and name == form.needs:
            raise where.error(f"`{step.op}` needs `{name}`", "", "step", index)
    if form.op == Op.WORK:
        return [(Op.WORK, step.cycles or 0)]
    at, pages = step.at or 0, step.pages or 1
    if (at >> PAGE_LOG2) + pages > MAX_PAGES:
        what = f"{pages} pages from {at:#x} leave the address space"
        raise where.error(what, "addresses below 2^48", "step", index)
    if form.op in ACCESS_RIGHT:
        if pages > MAX_OPERATIONS:
            raise where.error("the script is too long", _LIMIT, "step", index)
        return [(form.op, at + page * PAGE_BYTES) for page in range(pages)]
    if at % PAGE_BYTES:
        raise where.error(f"{at:#x} is no page", "a multiple of 0x1000", "step", index, "at")
    if form.op == Op.UNMAP_GLOBAL:
        if pages > MAX_UNMAP_PAGES:
            raise where.error(
                f"{pages} pages", f"at most {MAX_UNMAP_PAGES}", "step", index, "pages"
            )
        return [(form.op, at >> PAGE_LOG2, pages)]
    return [(form.op, _fpage_word(step, index, at, pages, where))]


def _fpage_word(step: StepTable, index: int, at: int, pages: int, where: Where) -> int:
    if pages & pages - 1:
        raise where.error(f"{pages} pages", "a power of two", "step", index, "pages")
    size = pages * PAGE_BYTES
    if at % size:
        expected = f"a multiple of its size, {size:#x}"
        raise where.error(f"the fpage's base is {at:#x}", expected, "step", index, "at")
    rights = rights_of(step.rights, where, "step", index, "rights")
    return fpage(at, size.bit_length() - 1, rights).word()


def rights_of(text: str | None, where: Where, *path: str | int) -> int:
    """Rights from letters, all where nothing is said; UserError where they cannot be read."""
    if text is None:
        return ALL
    try:
        rights = parse_rights(text)
    except ValueError:
        rights = -1
    if rights < 0 or len(text) > len("rwx"):
        raise where.error(f"`{path[-1]}` is {quoted(text)}", "letters of rwx", *path)
    return rights
