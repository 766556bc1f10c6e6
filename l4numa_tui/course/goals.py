"""What a check asks beside what is so now: both read from its query, not from the lesson's text."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.course.blocks import Goal
from l4numa_tui.course.patterns import space_named
from l4numa_tui.course.queries import Evidence, Value, holds, value_of
from l4numa_tui.course.query_model import Pattern, Place, Query
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text

_VERBS = {"r": "reads", "w": "writes", "x": "executes", "": "uses"}
_NOUNS = {
    "ACCESS": "accesses",
    "PAGEFAULT_USER": "pagefaults",
    "IPC_SEND": "messages",
    "IPC_WAIT": "messages that have to wait",
    "MDB_MAP": "mapping entries made",
    "MDB_UNMAP": "mapping entries removed",
    "SYSCALL_UNMAP": "calls of unmap",
    "TLB_SHOOTDOWN": "TLB shootdowns",
    "TLB_MISS": "TLB misses",
    "KMEM_ALLOC": "frames of kernel memory taken",
    "RESUME": "threads let go on",
    "HALT": "threads halted",
    "REFUSED": "refused system calls",
    "DEFER": "faults that are let wait",
}


def goals_of(query: Query, evidence: Evidence) -> tuple[Goal, ...]:
    """The parts of a query that can be shown one by one, in its order, and how each stands.

    Places that have to be mapped at one address are told together, by space.
    """
    head = query.head()
    if head == "all":
        return _together(query.all or (), evidence)
    if head == "any":
        return (_either(query.any or (), evidence),)
    if head == "negated" and query.negated is not None:
        return (_never(query.negated, evidence),)
    return (_one(query, evidence),)


def _together(parts: tuple[Query, ...], evidence: Evidence) -> tuple[Goal, ...]:
    places: dict[int, list[str]] = {}
    for part in parts:
        if part.mapped is not None:
            places.setdefault(part.mapped.va, []).append(part.mapped.space)
    goals: list[Goal] = []
    for part in parts:
        if part.mapped is None:
            goals += goals_of(part, evidence)
        elif part.mapped.va in places:
            goals.append(_mapped(part.mapped.va, places.pop(part.mapped.va), evidence))
    return tuple(goals)


def _mapped(va: int, spaces: list[str], evidence: Evidence) -> Goal:
    there = [space for space in spaces if value_of(Query(mapped=Place(space, va)), evidence)]
    now = " ".join(there) or "nowhere"
    return Goal(f"{va:#x} mapped in", " ".join(spaces), f"now {now}", len(there) == len(spaces))


def _either(parts: tuple[Query, ...], evidence: Evidence) -> Goal:
    goals = [goal for part in parts for goal in goals_of(part, evidence)]
    held = any(holds(part, evidence) for part in parts)
    if len({goal.what for goal in goals}) == 1 and all(goal.asked for goal in goals):
        asked = " or ".join(dict.fromkeys(goal.asked for goal in goals))
        return Goal(goals[0].what, asked, goals[0].now, held)
    texts = [f"{goal.what}: {goal.asked}" if goal.asked else goal.what for goal in goals]
    return Goal(
        "one of these", "; or ".join(texts), "now one holds" if held else "now none holds", held
    )


def _never(query: Query, evidence: Evidence) -> Goal:
    goals = goals_of(query, evidence)
    held = not holds(query, evidence)
    if len(goals) != 1:
        texts = "; and ".join(f"{goal.what}: {goal.asked}".rstrip(": ") for goal in goals)
        return Goal("not all of these", texts, "now not all hold" if held else "now all hold", held)
    goal = goals[0]
    asked = f"not {goal.asked}" if goal.asked else "not"
    return goal._replace(asked=asked, held=held)


def _one(query: Query, evidence: Evidence) -> Goal:
    head = query.head()
    what = _WHAT[head](query)
    held = value_of(query, evidence)
    bare = Query(**{head: getattr(query, head)}, where=query.where, va=query.va)
    value = value_of(bare, evidence)
    if head == "happened":
        return Goal(what, "", "it has happened" if value else "not yet", bool(held))
    if head == "same_frame":
        now = f"now {_frames(query, evidence)}"
        return Goal(what, "the same frame", now, bool(held))
    return Goal(what, _asked(query, head), f"now {_text(head, value)}", held is True)


def _asked(query: Query, head: str) -> str:
    if query.equals is not None:
        equals = query.equals
        exact = "exactly " if isinstance(equals, int) and head not in _NODES else ""
        return exact + _text(head, frozenset(equals) if isinstance(equals, list) else equals)
    parts = []
    if query.at_least is not None:
        parts.append(f"at least {query.at_least}")
    if query.at_most is not None:
        parts.append(f"at most {query.at_most}")
    return " and ".join(parts)


_NODES = ("frame_node", "home_of")


def _text(head: str, value: Value) -> str:
    if value is None:
        return "not mapped"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset | tuple):
        return " ".join(sorted(value) if isinstance(value, frozenset) else value) or "none"
    if head in _NODES:
        return f"N{value}"
    return str(value) or "nobody"


def _frames(query: Query, evidence: Evidence) -> str:
    """The frame of each space at the address of a `same_frame`."""
    session = evidence.session
    texts = []
    for name in query.same_frame or ():
        vpn = (query.va or 0) >> PAGE_LOG2
        found = session.world.kernel.database.find(entry_id(space_named(session, name), vpn))
        texts.append(f"{name} {frame_text(found.frame) if found else 'none'}")
    return ", ".join(texts)


def _at(place: Place | None) -> str:
    return f"{place.va:#x} in {place.space}" if place else ""


def _happening(pattern: Pattern | None) -> str:
    """What has to happen: `A.0 reads 0x402000`."""
    if pattern is None:
        return ""
    who = pattern.thread or "a thread"
    where = f"{pattern.va:#x}" if pattern.va is not None else "memory"
    if pattern.event == "ACCESS":
        return f"{who} {_VERBS[pattern.access]} {where}"
    if pattern.event == "PAGEFAULT_USER":
        how = {"r": "reading ", "w": "writing ", "x": "executing "}.get(pattern.access, "")
        return f"{who} faults {how}{'at ' if not how else ''}{where}"
    return _events(pattern)


def _events(pattern: Pattern | None) -> str:
    """Such events in the plural: `messages by pager0 to pager1`."""
    if pattern is None:
        return ""
    parts = [_NOUNS.get(pattern.event, pattern.event.lower().replace("_", " "))]
    parts += [f"`{pattern.label}`"] if pattern.label else []
    parts += [f"by {pattern.thread}"] if pattern.thread else []
    parts += [f"to {pattern.to}"] if pattern.to else []
    parts += [f"of {pattern.space}"] if pattern.space else []
    parts += [f"at {pattern.va:#x}"] if pattern.va is not None else []
    parts += [f"({pattern.access})"] if pattern.access else []
    return " ".join(parts)


def _metric(query: Query) -> str:
    where = "" if query.where is None else f" on N{query.where.node}"
    return str(query.metric).replace("_", " ") + where


_WHAT: dict[str, Callable[[Query], str]] = {
    "metric": _metric,
    "count": lambda query: _events(query.count),
    "happened": lambda query: _happening(query.happened),
    "who": lambda query: f"who first: {_events(query.who)}",
    "receiver": lambda query: f"receiver of the first of {_events(query.receiver)}",
    "order": lambda query: f"order of {' '.join(each.key for each in query.order or ())}",
    "entries_added": lambda query: f"mapping entries added to {query.entries_added}",
    "mapped": lambda query: f"{_at(query.mapped)} mapped",
    "rights": lambda query: f"rights at {_at(query.rights)}",
    "frame_node": lambda query: f"memory of {_at(query.frame_node)} on",
    "parent": lambda query: f"{_at(query.parent)} derived from",
    "depth": lambda query: f"depth of {_at(query.depth)}",
    "holders": lambda query: f"who has the frame of {_at(query.holders)}",
    "same_frame": lambda query: f"{query.va or 0:#x} in {' '.join(query.same_frame or ())}",
    "home_of": lambda query: f"home of {query.home_of}",
    "state_of": lambda query: f"state of {query.state_of}",
}


def goal_text(goal: Goal) -> str:
    """A goal in one line, in the marks of the lessons: `faults: at most 4 | **now 6**`."""
    asked = f": {goal.asked}" if goal.asked else ""
    now = goal.now if goal.held else f"**{goal.now}**"
    return f"{goal.what}{asked} | {now}"
