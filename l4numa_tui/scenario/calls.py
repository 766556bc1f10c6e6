"""System calls as the steps of a scenario write them, turned into operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from l4numa_tui.kernel.fpage import WHOLE
from l4numa_tui.kernel.ipc import ANY_THREAD, MAX_REGISTERS, NIL_THREAD
from l4numa_tui.kernel.mapping import ITEM_WORDS, MapItem
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.kernel.transfer import REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import PAGE_LOG2, Machine, read_frame
from l4numa_tui.scenario.fpages import area_of, fpage_of, rights_of, window_of
from l4numa_tui.scenario.step_model import MAX_ADDRESS, AreaTable, ItemTable, StepTable
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.userland import labels
from l4numa_tui.userland.sigma0 import request_word
from l4numa_tui.world.operations import IpcOperation, Op, Operation

ANYONE = "any"
SIGMA0_NAME = "sigma0"


class Callers(NamedTuple):
    """What the threads of a scenario are called, and the machine that they run on."""

    numbers: Mapping[str, int]
    machine: Machine
    where: Where

    def thread(self, name: str | int | None, *path: str | int) -> int:
        """The number of a thread, as it is if it is given as one; 0 for none."""
        if name is None:
            return NIL_THREAD
        if isinstance(name, int):
            return name
        if name not in self.numbers:
            what = f"there is no thread {quoted(name)}"
            raise self.where.error(what, one_of(name, self.numbers), *path)
        return self.numbers[name]


def call_of(step: StepTable, index: int, callers: Callers) -> Operation:
    """The operation of a step that is a system call, its keys checked; UserError otherwise."""
    if step.op == "ask_sigma0":
        return _ask_sigma0(step, index, callers)
    if step.op == "thread_control":
        return _thread_control(step, index, callers)
    path = ("step", index)
    target = callers.thread(step.target, *path, "target")
    if step.op == "space_control":
        if isinstance(step.utcb, int):
            raise callers.where.error("`utcb` is a number", "an area", *path, "utcb")
        kip = area_of(step.kip, callers.where, *path, "kip")
        utcb = area_of(step.utcb, callers.where, *path, "utcb")
        return (Op.SPACE_CONTROL, target, kip.word(), utcb.word())
    if step.op == "schedule":
        return (Op.SCHEDULE, target, _cpu(step, index, callers))
    if step.op == "exchange_registers":
        pager = callers.thread(step.pager, *path, "pager")
        return (Op.EXCHANGE_REGISTERS, target, step.control or 0, step.ip or 0, pager)
    return _ipc(step, index, callers)


def _ipc(step: StepTable, index: int, callers: Callers) -> Operation:
    """send, receive, call, reply_wait or reply: one system call, with one phase or both."""
    path, where = ("step", index), callers.where
    receives = step.op in ("receive", "call", "reply_wait")
    answers = step.op in ("reply", "reply_wait")
    to = callers.thread(step.to, *path, "to")
    source = NIL_THREAD
    if receives and step.source is None:
        source = to if step.op == "call" else ANY_THREAD
    elif receives:
        given = step.source
        source = ANY_THREAD if given == ANYONE else callers.thread(given, *path, "from")
    items = tuple(
        _item(each, where, *path, "items", at) for at, each in enumerate(step.items or ())
    )
    words = step.words or ()
    registers = len(words) + ITEM_WORDS * len(items)
    if registers > MAX_REGISTERS:
        what = f"words and items take {registers} message registers"
        raise where.error(what, f"at most {MAX_REGISTERS}", *path)
    label = step.label if step.label is not None else labels.MAP_REPLY if answers else 0
    if step.refuse:
        if items or step.label is not None:
            raise where.error("a refusal carries nothing", "no items, no label", *path, "refuse")
        label = REJECT
    no_wait = bool(step.no_wait)
    return IpcOperation(
        to, source, label, words, items,
        window_of(step.window, where, *path, "window"),
        no_wait_send=answers or (no_wait and step.op != "receive"),
        no_wait_receive=no_wait and step.op == "receive",
    ).operation()  # fmt: skip


def _item(table: ItemTable, where: Where, *path: str | int) -> MapItem:
    if (table.map is None) == (table.grant is None):
        what = (
            "the item has neither `map` nor `grant`" if table.map is None else "the item has both"
        )
        raise where.error(what, "`map` or `grant` with an address", *path)
    source = table.map if table.map is not None else table.grant or 0
    rights = rights_of(table.rights, where, *path, "rights")
    send = fpage_of(source, table.pages, table.log2, rights, where, *path)
    return MapItem(send, source if table.at is None else table.at, table.grant is not None)


def _ask_sigma0(step: StepTable, index: int, callers: Callers) -> Operation:
    path, where = ("step", index), callers.where
    node = _node_word(step, index, callers)
    base = 0 if step.frame is None else _frame_address(step.frame, where, *path, "frame")
    wanted = fpage_of(base, step.pages, None, ALL, where, *path)
    word = request_word(wanted.pages, None if step.frame is None else wanted.first_page)
    window = WHOLE
    if step.into is not None:
        window = fpage_of(step.into, step.pages, None, ALL, where, *path)
    sigma0 = callers.numbers[SIGMA0_NAME]
    return IpcOperation(sigma0, sigma0, SIGMA0_PROTOCOL, (word, 0, node), (), window).operation()


def _frame_address(text: str, where: Where, *path: str | int) -> int:
    """sigma0's address of a frame written as the screen writes it, `1:0007`."""
    frame = read_frame(text)
    if frame is None or frame << PAGE_LOG2 >= MAX_ADDRESS:
        raise where.error(f"`frame` is {quoted(text)}", "node:index, as `1:0007`", *path)
    return frame << PAGE_LOG2


def _thread_control(step: StepTable, index: int, callers: Callers) -> Operation:
    path, where = ("step", index), callers.where
    if isinstance(step.utcb, AreaTable):
        raise where.error("`utcb` is an area", "an address", *path, "utcb")
    target = callers.thread(step.target, *path, "target")
    space = target if step.space is None else callers.thread(step.space, *path, "space")
    if step.delete:
        if step.space is not None:
            raise where.error("`delete` and `space` are both given", "one of them", *path, "delete")
        space = NIL_THREAD
    scheduler = callers.thread(step.scheduler, *path, "scheduler")
    pager = callers.thread(step.pager, *path, "pager")
    utcb = 0 if step.utcb is None else step.utcb + 1
    node = _node_word(step, index, callers)
    return (Op.THREAD_CONTROL, target, space, scheduler, pager, utcb, node)


def _node_word(step: StepTable, index: int, callers: Callers) -> int:
    """The number of a node + 1, as the calls take it; 0 where none is named."""
    if step.node is None:
        return 0
    if step.node >= callers.machine.nodes:
        what = f"there is no node {step.node}"
        raise callers.where.error(what, f"0 to {callers.machine.nodes - 1}", "step", index, "node")
    return step.node + 1


def _cpu(step: StepTable, index: int, callers: Callers) -> int:
    """A CPU of the machine, or of a node if one is named."""
    cpu = step.cpu or 0
    if not _node_word(step, index, callers):
        return cpu
    cpus = callers.machine.node_cpus[step.node or 0]
    if cpu >= len(cpus):
        what = f"node {step.node} has no CPU {cpu}"
        raise callers.where.error(what, f"less than {len(cpus)}", "step", index, "cpu")
    return cpus[cpu]
