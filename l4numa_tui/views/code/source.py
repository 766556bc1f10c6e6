"""The source of a step: the functions of the kernel and the pagers that it went through."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.userland import labels
from l4numa_tui.userland.pager import REFUSE, NodePager
from l4numa_tui.views.code.source_table import (
    ANSWERED,
    ASKED,
    CALLED,
    CALLERS,
    FAULT,
    FLUSHED,
    NODE_PAGER,
    NOTED,
    ON_MESSAGE,
    OPERATED,
    PAGER_SENT,
    Rule,
    Step,
)
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.record_text import describe_record
from l4numa_tui.world.operations import ANSWER
from l4numa_tui.world.session import StepChange

PACKAGE = "l4numa_tui"


class Piece(NamedTuple):
    """One function of a step: what it is called, why it is shown, where it stands, its text.

    `rank` says how close it is to what the step was about, `events` what happened in it.
    """

    title: str
    why: str
    module: str
    first_line: int
    text: str
    rank: int
    events: tuple[Event, ...]

    @property
    def path(self) -> str:
        """The file and line it begins at, as an editor takes them."""
        return f"{self.module.replace('.', '/')}.py:{self.first_line}"


class _Found(NamedTuple):
    """A rule that applies, and the number of the record it applies to, -1 if it is about none."""

    rule: Rule
    at: int = -1


def source_pieces(scene: Scene, change: StepChange) -> list[Piece]:
    """The functions that a step went through, each once, in the order in which they first came up.

    Functions whose source is not installed are left out; so are those of rank 0 among others.
    """
    step = _step(scene, change)
    why: dict[str, list[_Found]] = {}
    for found in _found(step):
        why.setdefault(found.rule.place, []).append(found)
    pieces = []
    for place, reasons in why.items():
        source = read_source(place)
        if source is not None:
            module, _, title = place.partition(":")
            records = [
                step.records[at] for at in dict.fromkeys(each.at for each in reasons) if at >= 0
            ]
            events = tuple(dict.fromkeys(record.event for record in records))
            does = "; ".join(dict.fromkeys(each.rule.why for each in reasons))
            rank = max(each.rule.rank for each in reasons)
            why_here = does + _here(scene, records)
            pieces.append(Piece(title, why_here, f"{PACKAGE}.{module}", *source, rank, events))
    return [piece for piece in pieces if piece.rank] or pieces


def telling(pieces: list[Piece]) -> int:
    """Which of the pieces is closest to what the step was about; 0 where there are none."""
    return max(range(len(pieces)), key=lambda at: (pieces[at].rank, -at), default=0)


@cache
def read_source(place: str) -> tuple[int, str] | None:
    """(first line, text) of the function that `module:name` names; None if it cannot be found."""
    import inspect  # noqa: PLC0415 - slow to import, and only few steps are looked at
    import textwrap  # noqa: PLC0415 - as above

    module, _, name = place.partition(":")
    try:
        thing = importlib.import_module(f"{PACKAGE}.{module}")
        for part in name.split("."):
            thing = getattr(thing, part)
        lines, first = inspect.getsourcelines(inspect.unwrap(thing))  # type: ignore[arg-type]
    except (ImportError, AttributeError, OSError, TypeError):
        return None
    return first, textwrap.dedent("".join(lines))


def _step(scene: Scene, change: StepChange) -> Step:
    world = scene.world
    by_server = change.action[1] in world.system.servers
    return Step(world, change, tuple(change.records()), by_server)


def _found(step: Step) -> Iterator[_Found]:
    """All rules that apply to a step, in the order of its records."""
    if step.by_server and not step.has(Event.IPC_RECV, Event.MAIL_READ):
        yield _Found(FLUSHED)
    for at, record in enumerate(step.records):
        if record.b == labels.UNMAP_CALL and not step.by_server and _is_message(record):
            yield _Found(ASKED)
        for rule in CALLERS.get(record.event, ()):
            if rule.when(step, record):
                yield _Found(rule)
        for rule in NOTED.get(record.event, ()):
            if rule.when(step, record):
                yield _Found(rule, at)
                break
        if (
            record.event in (Event.IPC_RECV, Event.MAIL_READ)
            and record.thread in step.world.system.servers
        ):
            yield from (_Found(rule, at) for rule in _served(step, record))
        yield from (_Found(rule) for rule in CALLED.get(record.event, ()))
    if not step.records:
        yield _Found(OPERATED)


def _is_message(record: Record) -> bool:
    return record.event in (Event.IPC_SEND, Event.IPC_WAIT)


def _served(step: Step, record: Record) -> Iterator[Rule]:
    """What the server did with the message that it took up."""
    server = type(step.world.system.servers[record.thread])
    module = server.__module__.removeprefix(f"{PACKAGE}.")
    if not issubclass(server, NodePager):
        yield Rule(f"{module}:{server.__qualname__}.on_message", ON_MESSAGE, 8)
        return
    yield Rule(f"{module}:{server.__qualname__}.on_message", ON_MESSAGE, 1)
    if step.change.action[0] == ANSWER:
        yield ANSWERED
        if step.change.action[2] in (0, REFUSE):
            return  # nothing was mapped, so nothing was looked for
    is_fault = record.b >> 4 == PAGEFAULT_PROTOCOL
    yield from NODE_PAGER.get(FAULT if is_fault else record.b, ())
    for label, rules in PAGER_SENT.items():
        if step.says(label):
            yield from (rule._replace(rank=rule.rank - 1) for rule in rules)


def _here(scene: Scene, records: list[Record]) -> str:
    """What a function has done in this step, as far as it noted anything."""
    if not records:
        return ""
    times = f" ({len(records)} times)" if len(records) > 1 else ""
    return f". Here: {describe_record(scene, records[0])}{times}"
