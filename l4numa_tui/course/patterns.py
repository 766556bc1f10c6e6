"""Which records a lesson's pattern fits, by the names that scenarios and screens use."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.course.query_model import Pattern
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.userland.labels import label_text
from l4numa_tui.world.session import Session

_ACCESS = {"r": READ, "w": WRITE, "x": EXECUTE}
_Operands = dict[str, int | str]

# What a record's operands are called in patterns, by event; an event that is not here has none.
_OPERANDS: dict[Event, Callable[[Record], _Operands]] = {
    Event.TLB_MISS: lambda r: {"vpn": r.a >> PAGE_LOG2},
    Event.PAGEFAULT_USER: lambda r: {"vpn": r.a >> PAGE_LOG2, "access": r.b},
    Event.ACCESS: lambda r: {"vpn": r.a >> PAGE_LOG2, "access": r.b},
    Event.IPC_SEND: lambda r: {"to": r.a, "label": label_text(r.b)},
    Event.IPC_WAIT: lambda r: {"to": r.a, "label": label_text(r.b)},
    Event.IPC_RECV: lambda r: {"label": label_text(r.b)},
    Event.MDB_MAP: lambda r: {"space": space_of(r.a), "vpn": vpn_of(r.a)},
    Event.MDB_UNMAP: lambda r: {"space": space_of(r.a), "vpn": vpn_of(r.a)},
    Event.FPAGE_OVERMAP: lambda r: {"space": r.a, "vpn": r.b},
    Event.FPAGE_MAPCTRL: lambda r: {"space": r.a, "vpn": r.b},
    Event.DIRECTORY_READ: lambda r: {"vpn": r.a},
    Event.DIRECTORY_WRITE: lambda r: {"vpn": r.a},
    Event.RESUME: lambda r: {"to": r.a},
    Event.HALT: lambda r: {"to": r.a},
}


def check_event(pattern: Pattern, source: str = "") -> None:
    """Raise UserError unless the pattern's event is one of the kernel's."""
    if pattern.event not in Event.__members__:
        known = ", ".join(Event.__members__)
        raise UserError(f"there is no event {pattern.event!r}", f"one of {known}", source=source)


def matches(session: Session, pattern: Pattern, record: Record) -> bool:
    """Whether a record fits a pattern (its `nth` aside); UserError for a name that is not there."""
    if record.event.name != pattern.event:
        return False
    if pattern.thread and record.thread != thread_named(session, pattern.thread):
        return False
    operands = _OPERANDS[record.event](record) if record.event in _OPERANDS else {}
    return all(operands.get(name) == value for name, value in _wanted(session, pattern))


def _wanted(session: Session, pattern: Pattern) -> list[tuple[str, int | str]]:
    """(operand, its value) for everything that a pattern asks of a record's operands."""
    wanted: list[tuple[str, int | str]] = []
    if pattern.to:
        wanted.append(("to", thread_named(session, pattern.to)))
    if pattern.label:
        wanted.append(("label", pattern.label))
    if pattern.access:
        wanted.append(("access", _ACCESS[pattern.access]))
    if pattern.va is not None:
        wanted.append(("vpn", pattern.va >> PAGE_LOG2))
    if pattern.space:
        wanted.append(("space", space_named(session, pattern.space)))
    return wanted


def thread_named(session: Session, name: str) -> int:
    """The thread with a name; UserError that lists the names if there is none."""
    return _named(session.world.system.thread_names, name, "thread")


def space_named(session: Session, name: str) -> int:
    """The space with a name; UserError that lists the names if there is none."""
    return _named(session.world.system.space_names, name, "space")


def _named(names: dict[int, str], name: str, kind: str) -> int:
    for number, known in names.items():
        if known == name:
            return number
    raise UserError(f"there is no {kind} {name[:40]!r}", f"one of {', '.join(names.values())}")
