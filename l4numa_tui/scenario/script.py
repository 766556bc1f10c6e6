"""The steps of a scenario turned into operations of its threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.transfer import SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2
from l4numa_tui.scenario.calls import Callers, call_of
from l4numa_tui.scenario.fpages import fpage_of, rights_of
from l4numa_tui.scenario.step_model import MAX_OPERATIONS, MAX_PAGES, StepTable
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.world.operations import (
    ACCESS_RIGHT,
    DO,
    MAX_UNMAP_PAGES,
    Action,
    Op,
    Operation,
    Program,
    ipc_operation,
    is_operation,
)


class Form(NamedTuple):
    """An operation's opcode, the keys that its step needs and may have, and what it does."""

    op: Op
    needs: tuple[str, ...]
    allows: tuple[str, ...]
    help: str

    @property
    def keys(self) -> tuple[str, ...]:
        """All its keys, those that it needs first."""
        return (*self.needs, *(key for key in self.allows if key not in self.needs))


FORMS = {
    "read": Form(Op.READ, ("at",), ("at", "pages"), "read memory at an address"),
    "write": Form(Op.WRITE, ("at",), ("at", "pages"), "write memory at an address"),
    "execute": Form(Op.EXECUTE, ("at",), ("at", "pages"), "execute code at an address"),
    "unmap_everywhere": Form(
        Op.UNMAP_GLOBAL, ("at",), ("at", "pages"), "ask the pager to unmap pages on all nodes"
    ),
    "unmap": Form(
        Op.UNMAP, ("at",), ("at", "pages", "log2", "rights"),
        "take back what was derived from own pages",
    ),
    "flush": Form(
        Op.FLUSH, ("at",), ("at", "pages", "log2", "rights"),
        "unmap, and from the own space too",
    ),
    "work": Form(Op.WORK, ("cycles",), ("cycles",), "compute for so many cycles"),
    "migrate": Form(
        Op.MIGRATE, ("node",), ("node",), "have the root pager move the thread to a node"
    ),
    "recover": Form(
        Op.RECOVER, ("at",), ("at",), "have a page's frame taken back from every pager"
    ),
    "send": Form(
        Op.IPC, ("to",), ("to", "label", "words", "items", "no_wait"), "IPC: send a message"
    ),
    "receive": Form(Op.IPC, (), ("from", "window", "no_wait"), "IPC: wait for a message"),
    "call": Form(
        Op.IPC, ("to",), ("to", "from", "label", "words", "items", "window", "no_wait"),
        "IPC: send, then wait for the answer",
    ),
    "reply": Form(
        Op.IPC, ("to",), ("to", "label", "words", "items", "refuse"),
        "IPC: answer a caller or a pagefault",
    ),
    "reply_wait": Form(
        Op.IPC, ("to",), ("to", "from", "label", "words", "items", "refuse", "window"),
        "IPC: answer, then wait for the next message",
    ),
    "ask_sigma0": Form(
        Op.IPC, (), ("frame", "pages", "node", "into"), "call sigma0 for frames of memory"
    ),
    "thread_control": Form(
        Op.THREAD_CONTROL, ("target",),
        ("target", "space", "scheduler", "pager", "utcb", "node", "delete"),
        "make, change or delete a thread",
    ),
    "space_control": Form(
        Op.SPACE_CONTROL, ("target",), ("target", "kip", "utcb"),
        "set the areas of a space",
    ),
    "schedule": Form(
        Op.SCHEDULE, ("target", "cpu"), ("target", "cpu", "node"),
        "let a thread run on another CPU",
    ),
    "exchange_registers": Form(
        Op.EXCHANGE_REGISTERS, ("target", "control"), ("target", "control", "ip", "pager"),
        "set a thread's instruction pointer and pager",
    ),
}  # fmt: skip
OP_NAMES = tuple(FORMS)
"""What `op` may be."""

_ABOUT_ALL = ("op", "thread", "times", "note")  # keys that go with every operation
_OPERANDS = [
    (key, field)
    for key, field in zip(
        StepTable.__struct_encode_fields__, StepTable.__struct_fields__, strict=True
    )
    if key not in _ABOUT_ALL
]


class Script(NamedTuple):
    """The programs of the threads, in their order; `starts[i]` is the place where step i begins.

    A place is what `Program.order` counts: the position of an operation in the whole script.
    """

    programs: tuple[Program, ...]
    starts: tuple[int, ...]


def script_of(steps: Sequence[StepTable], threads: Sequence[str], callers: Callers) -> Script:
    """Return the program of each of `threads`, in their order, that the steps amount to.

    A step that touches several pages, or is done several times, is so many operations. Raises
    UserError for a thread that is not there, operands that do not fit, and a script too long.
    """
    numbers = {name: index for index, name in enumerate(threads)}
    operations: list[list[Operation]] = [[] for _ in threads]
    order: list[list[int]] = [[] for _ in threads]
    starts: list[int] = []
    place = total = 0
    for index, step in enumerate(steps):
        thread = _thread_of(step, index, numbers, callers.where)
        once = _operations(step, index, callers)
        total += step.times * (len(once) if once[0][0] in ACCESS_RIGHT else weight(once[0]))
        if total > MAX_OPERATIONS:
            raise callers.where.error("the script is too long", _LIMIT, "step", index)
        more = once * step.times
        operations[thread] += more
        order[thread] += range(place, place + len(more))
        starts.append(place)
        place += len(more)
    programs = (Program(tuple(each), tuple(at)) for each, at in zip(operations, order, strict=True))
    return Script(tuple(programs), tuple(starts))


_LIMIT = f"at most {MAX_OPERATIONS} operations; an unmap or map counts once for each page"


def weight(operation: Operation) -> int:
    """How much of a script's limit an operation uses up: as many as it maps or unmaps pages.

    Both take time for each page that is mapped already, and one fpage may be the whole space: no
    fpage counts for more than 4096. What sigma0 is asked for need not be mapped yet.
    """
    if operation[0] == Op.UNMAP_GLOBAL:
        return operation[2]
    if operation[0] in (Op.UNMAP, Op.FLUSH):
        return max(1, min(from_word(operation[1]).pages, MAX_UNMAP_PAGES))
    if operation[0] == Op.IPC:
        call = ipc_operation(operation)
        pages = sum(min(item.send.pages, MAX_UNMAP_PAGES) for item in call.items)
        if call.label == SIGMA0_PROTOCOL and call.words:
            pages += from_word(call.words[0]).pages
        return 1 + pages
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


def _operations(step: StepTable, index: int, callers: Callers) -> list[Operation]:
    """The operations of one time through a step, at least one."""
    where = callers.where
    form = where.choose(step.op, FORMS, "step", index, "op")
    _check_keys(step, index, form, where)
    if form.op == Op.MIGRATE:
        return [(Op.MIGRATE, _node_of(step, index, callers))]
    if Op.IPC <= form.op < Op.MIGRATE:
        return [call_of(step, index, callers)]
    if form.op == Op.WORK:
        return [(Op.WORK, step.cycles or 0)]
    return _on_pages(form.op, step, index, where)


def _on_pages(op: Op, step: StepTable, index: int, where: Where) -> list[Operation]:
    """The operations of a step that names pages."""
    at, pages = step.at or 0, step.pages or 1
    if (at >> PAGE_LOG2) + pages > MAX_PAGES:
        what = f"{pages} pages from {at:#x} leave the address space"
        raise where.error(what, "addresses below 2^48", "step", index)
    if op in ACCESS_RIGHT:
        if pages > MAX_OPERATIONS:
            raise where.error("the script is too long", _LIMIT, "step", index)
        return [(op, at + page * PAGE_BYTES) for page in range(pages)]
    if at % PAGE_BYTES:
        raise where.error(f"{at:#x} is no page", "a multiple of 0x1000", "step", index, "at")
    if op == Op.RECOVER:
        return [(op, at >> PAGE_LOG2)]
    if op == Op.UNMAP_GLOBAL:
        if pages > MAX_UNMAP_PAGES:
            raise where.error(
                f"{pages} pages", f"at most {MAX_UNMAP_PAGES}", "step", index, "pages"
            )
        return [(op, at >> PAGE_LOG2, pages)]
    rights = rights_of(step.rights, where, "step", index, "rights")
    return [(op, fpage_of(at, step.pages, step.log2, rights, where, "step", index).word())]


def _node_of(step: StepTable, index: int, callers: Callers) -> int:
    node = step.node or 0
    if node >= callers.machine.nodes:
        what, expected = f"there is no node {node}", f"0 to {callers.machine.nodes - 1}"
        raise callers.where.error(what, expected, "step", index, "node")
    return node


def _check_keys(step: StepTable, index: int, form: Form, where: Where) -> None:
    """Refuse keys that do not go with the operation, and miss those that it needs."""
    for key, field in _OPERANDS:
        given = getattr(step, field) is not None
        if given and key not in form.allows:
            what = f"`{key}` does not go with `{step.op}`"
            raise where.error(what, f"only {', '.join(form.allows)}", "step", index, key)
        if not given and key in form.needs:
            raise where.error(f"`{step.op}` needs `{key}`", "", "step", index)
