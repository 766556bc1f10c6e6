"""What the queries of lesson files mean: read from a session's state and records, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from l4numa_tui.course.patterns import check_event, matches, space_named, thread_named
from l4numa_tui.course.query_model import Pattern, Place, Query
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.mapping_database import SIGMA0, Entry, entry_id, space_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import NAMES, READY, code_of
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.machine import PAGE_LOG2, node_of
from l4numa_tui.world.session import Session

Value = bool | int | str | tuple[str, ...] | frozenset[str] | None


class Evidence(NamedTuple):
    """A stretch of a run: the steps after `start`, up to where the session stands now.

    `before` are the machine's totals at `start`, by node, for metrics.
    """

    session: Session
    start: int
    before: tuple[Totals, ...]

    def records(self) -> Iterator[Record]:
        """The records of the stretch, in order."""
        session = self.session
        for index in range(self.start + 1, session.cursor + 1):
            yield from session.change(index).records()


def totals_of(session: Session) -> tuple[Totals, ...]:
    """The totals of each node where the session stands."""
    nodes = session.world.kernel.machine.nodes
    return tuple(session.world.totals(node) for node in range(nodes))


def value_of(query: Query, evidence: Evidence) -> Value:
    """The value of a query; UserError where it names something that the scenario does not have."""
    head = query.head()
    value = _VALUES[head](query, evidence)
    if not query.compares:
        return value
    if query.equals is not None:
        return bool(value == query.equals)
    if not isinstance(value, int):
        raise UserError(f"`{head}` is no number", "a number beside at_least and at_most")
    low = query.at_least is None or value >= query.at_least
    return low and (query.at_most is None or value <= query.at_most)


def holds(query: Query, evidence: Evidence) -> bool:
    """Whether a query that answers yes or no says yes; UserError for any other."""
    value = value_of(query, evidence)
    if not isinstance(value, bool):
        raise UserError(f"`{query.head()}` says neither yes nor no", "a comparison: is = …")
    return value


def _entry(place: Place, session: Session) -> Entry | None:
    space = space_named(session, place.space)
    vpn = place.va >> PAGE_LOG2
    return session.world.kernel.database.find(entry_id(space, vpn))


# One function per head.


def _metric(query: Query, evidence: Evidence) -> Value:
    name = str(query.metric)
    if name not in Totals._fields:
        raise UserError(f"there is no metric {name!r}", f"one of {', '.join(Totals._fields)}")
    after = totals_of(evidence.session)
    nodes = range(len(after)) if query.where is None else (query.where.node,)
    if nodes[-1] >= len(after):
        raise UserError(f"there is no node {nodes[-1]}", f"nodes 0 to {len(after) - 1}")
    counts: list[int] = [getattr(after[n], name) - getattr(evidence.before[n], name) for n in nodes]
    return sum(counts)


def _fitting(pattern: Pattern | None, evidence: Evidence) -> Iterator[Record]:
    if pattern is None:
        return
    check_event(pattern)
    for record in evidence.records():
        if matches(evidence.session, pattern, record):
            yield record


def _first(pattern: Pattern | None, evidence: Evidence) -> Record | None:
    fitting = _fitting(pattern, evidence)
    for _ in range((pattern.nth if pattern else 1) - 1):
        next(fitting, None)
    return next(fitting, None)


def _name_of(session: Session, thread: int) -> str:
    return session.world.system.thread_names.get(thread, "")


def _who(query: Query, evidence: Evidence) -> Value:
    record = _first(query.who, evidence)
    return _name_of(evidence.session, record.thread) if record else ""


def _receiver(query: Query, evidence: Evidence) -> Value:
    record = _first(query.receiver, evidence)
    return _name_of(evidence.session, record.a) if record else ""


def _order(query: Query, evidence: Evidence) -> Value:
    """Keys by where each pattern first fits; patterns that never fit are left out."""
    found: list[tuple[int, str]] = []
    records = list(evidence.records())
    for pattern in query.order or ():
        for at, record in enumerate(records):
            if matches(evidence.session, pattern, record):
                found.append((at, pattern.key))
                break
    return tuple(key for _, key in sorted(found))


def _entries_added(query: Query, evidence: Evidence) -> Value:
    space = space_named(evidence.session, str(query.entries_added))
    added = 0
    for record in evidence.records():
        if record.event in (Event.MDB_MAP, Event.MDB_UNMAP) and space_of(record.a) == space:
            added += 1 if record.event == Event.MDB_MAP else -1
    return added


def _at(query: Query, evidence: Evidence) -> Entry | None:
    place = getattr(query, query.head())
    return _entry(place, evidence.session)


def _rights(query: Query, evidence: Evidence) -> Value:
    entry = _at(query, evidence)
    return rights_text(entry.rights if entry else 0)


def _frame_node(query: Query, evidence: Evidence) -> Value:
    entry = _at(query, evidence)
    return node_of(entry.frame) if entry else None


def _parent(query: Query, evidence: Evidence) -> Value:
    entry = _at(query, evidence)
    names = evidence.session.world.system.space_names
    return names.get(space_of(entry.parent), "") if entry and entry.depth else ""


def _depth(query: Query, evidence: Evidence) -> Value:
    entry = _at(query, evidence)
    return entry.depth if entry else None


def _holders(query: Query, evidence: Evidence) -> Value:
    """The names of all spaces that map the frame behind a place, sigma0 aside."""
    entry = _at(query, evidence)
    if entry is None:
        return frozenset()
    world = evidence.session.world
    below = world.kernel.database.subtree(entry_id(SIGMA0, entry.frame))
    return frozenset(world.system.space_names.get(space_of(each), "") for each in below)


def _same_frame(query: Query, evidence: Evidence) -> Value:
    if query.va is None:
        raise UserError("`same_frame` lacks its address", "va = …")
    places = [Place(space, query.va) for space in query.same_frame or ()]
    entries = [_entry(place, evidence.session) for place in places]
    frames = {entry.frame if entry else None for entry in entries}
    return len(frames) == 1 and None not in frames


def _home_of(query: Query, evidence: Evidence) -> Value:
    space = space_named(evidence.session, str(query.home_of))
    home: int = evidence.session.world.kernel.spaces.rows[space][0]
    return home


def _state_of(query: Query, evidence: Evidence) -> Value:
    thread = thread_named(evidence.session, str(query.state_of))
    return NAMES[code_of(evidence.session.world.kernel.state.rows.get(thread, READY))]


_VALUES: dict[str, Callable[[Query, Evidence], Value]] = {
    "metric": _metric,
    "count": lambda query, evidence: sum(1 for _ in _fitting(query.count, evidence)),
    "happened": lambda query, evidence: _first(query.happened, evidence) is not None,
    "who": _who,
    "receiver": _receiver,
    "order": _order,
    "entries_added": _entries_added,
    "mapped": lambda query, evidence: _at(query, evidence) is not None,
    "rights": _rights,
    "frame_node": _frame_node,
    "parent": _parent,
    "depth": _depth,
    "holders": _holders,
    "same_frame": _same_frame,
    "home_of": _home_of,
    "state_of": _state_of,
    "all": lambda query, evidence: all(holds(each, evidence) for each in query.all or ()),
    "any": lambda query, evidence: any(holds(each, evidence) for each in query.any or ()),
    "negated": lambda query, evidence: not holds(_inner(query), evidence),
}


def _inner(query: Query) -> Query:
    if query.negated is None:
        raise UserError("`not` lacks its query", "not = {…}")
    return query.negated


def jsonable(value: Value) -> Any:
    """A value as it stands in TOML and JSON: sets sorted, tuples as lists."""
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
