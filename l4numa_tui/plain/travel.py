"""Travelling in time, line by line: stops, who changed what, differences, other futures."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.course.commands import read_address
from l4numa_tui.course.patterns import space_named, thread_named
from l4numa_tui.errors import UserError
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.plain.printer import WIDTH, Printer
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.branches import action_text
from l4numa_tui.views.diff import difference
from l4numa_tui.views.pane_parts import count_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import plain
from l4numa_tui.views.step_text import headline
from l4numa_tui.views.subject_text import KIND_TEXTS, changes_text, stop_text, target_name
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import KINDS, Stop, Watched
from l4numa_tui.world.subjects import subject_of

THINGS = "SPACE ADDRESS, frame NODE:INDEX, thread NAME, space NAME or page ADDRESS"
HELP = (
    ("break, break N", "a breakpoint at this step, or at step N; again takes it away"),
    (f"break {' | '.join(KINDS)}", "stop at such events, or no longer"),
    ("watch THING", f"stop where it changes; a THING is {THINGS}"),
    ("stops", "where `run` and `go` stop"),
    ("who-changed THING", "which step changed it last"),
    ("next-change THING", "which known later step changes it"),
    ("diff N, diff N M", "what differs between step N and here, or step M"),
    ("branches, branch K", "the futures left by acting in the past; go into one"),
)
_LONGEST = 10**9


def thing_named(session: Session, text: str, command: str) -> Watched:
    """The thing that a line names, as selections do; UserError with the forms there are."""
    words = text.split()
    if len(words) != 2:
        forms = (
            f"`{command} A.0 0x402000`, or a frame, thread, space or page: `{command} frame 0:0002`"
        )
        raise UserError(f"`{command}` was not understood", forms)
    kind, name = words
    if kind == "frame":
        return ("frame", parse_frame(session.world, name))
    if kind == "thread":
        return ("thread", thread_named(session, name))
    if kind == "space":
        return ("space", space_named(session, name))
    page = _page(session, name)
    if kind == "page":
        for application in session.world.system.roster.applications.values():
            if application.region_of(page) is not None:
                return ("page", application.number, page)
        raise UserError(f"{page << PAGE_LOG2:#x} is in no region", "an address of an application")
    return ("entry", entry_id(space_named(session, kind), page))


def _page(session: Session, word: str) -> int:
    try:
        address = read_address(session, word)
    except ValueError:
        what = f"`{safe_text(word, limit=20)}` is no address"
        raise UserError(what, "a number such as 0x402000") from None
    # Every line names pages, so a small number may be meant for one.
    return address >> PAGE_LOG2 or address


def break_at(session: Session, _scene: Scene, rest: str) -> list[str]:
    """Set or remove a breakpoint, or a kind of event to stop at."""
    word = rest.lower()
    if word in KINDS:
        on = session.stops.toggle_kind(word)
        return [f"{'Stops' if on else 'No longer stops'} at {KIND_TEXTS[word]}."]
    step = _step(rest, session.cursor, "break")
    on = session.stops.toggle_step(step)
    return [f"{'Breakpoint' if on else 'No breakpoint any more'} at step {step}."]


def watch(session: Session, scene: Scene, rest: str) -> list[str]:
    """Watch a thing, or no longer."""
    thing = thing_named(session, rest, "watch")
    on = session.stops.toggle_watch(thing)
    return [f"{'Watching' if on else 'No longer watching'} {target_name(scene, thing)}."]


def list_stops(session: Session, scene: Scene, _rest: str) -> list[str]:
    """Everything at which runs stop."""
    stops = session.stops
    lines = [f"- step {step}" for step in sorted(stops.steps)]
    lines += [f"- {KIND_TEXTS[kind]}" for kind in KINDS if kind in stops.kinds]
    lines += [f"- a change of {target_name(scene, thing)}" for thing in stops.watched]
    return ["Runs stop at:", *lines] if lines else ["Runs stop nowhere: no breakpoint, no watch."]


def who_changed(session: Session, scene: Scene, rest: str) -> list[str]:
    """Which step changed a thing last, and how."""
    thing = thing_named(session, rest, "who-changed")
    name = _named(scene, thing)
    step = session.changed_last(thing)
    if step is None:
        return [f"Nobody has changed {name} so far."]
    if not step:
        return [f"{_upper(name)} was made at boot."]
    return [f"{_upper(name)} was last changed in step {step}:", *_told(session, scene, thing, step)]


def next_change(session: Session, scene: Scene, rest: str) -> list[str]:
    """Which known later step changes a thing, and how."""
    thing = thing_named(session, rest, "next-change")
    name = _named(scene, thing)
    step = session.history.next(subject_of(session.world, *thing), session.cursor)
    if step is None:
        known = f"steps are known up to {session.length}"
        return [f"No known later step changes {name} ({known}); `watch` stops where one does."]
    return [f"{_upper(name)} is next changed in step {step}:", *_told(session, scene, thing, step)]


def _named(scene: Scene, thing: Watched) -> str:
    name = target_name(scene, thing)
    return f"the mapping of {name}" if thing[0] == "entry" else name


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(session: Session, scene: Scene, thing: Watched, step: int) -> list[str]:
    """A step's headline, and what it did to the thing, as told right after it."""
    here = session.cursor
    session.seek(step)
    then = Scene(session.world, session.last, ascii_only=scene.ascii_only)
    large = session.world.kernel.database.large.rows
    changes = tuple(subject_of(session.world, *thing).changes(session.net(step), large))
    told = [headline(then, session.change(step)), changes_text(then, thing, changes)]
    session.seek(here)
    return [f"  {text}" for text in told if text]


def diff(session: Session, scene: Scene, rest: str) -> list[str]:
    """What differs between two known steps, the present one if only one is named."""
    words = rest.split()
    if not 1 <= len(words) <= 2:
        raise UserError("not understood", "`diff 4`, or `diff 4 12`")
    steps = [_step(word, 0, "diff") for word in words]
    if len(steps) < 2:
        steps.append(session.cursor)
    first, last = sorted(steps)
    if last > session.length:
        raise UserError(f"step {last} is not known yet", f"0 to {session.length}")
    here = session.seek(session.cursor)
    session.seek(last)
    span = session.span(first, last)
    steps_text = count_of(last - first, "step")
    heading = f"From step {first} to step {last}: {steps_text}, {number(span.cycles)} cycles."
    then = Scene(session.world, ascii_only=scene.ascii_only)
    lines = difference(then, span.net(), WIDTH - 4, heading=heading)
    session.seek(here)
    out = [plain(line) for line in lines]
    return [out[0], *(f"    {line}" if line else "" for line in out[1:])]


def list_branches(session: Session, scene: Scene, _rest: str) -> list[str]:
    """The futures beside the present one, numbered from 1."""
    futures = session.futures()
    if not futures:
        return ["No other futures: act in the past, and the one left behind is kept."]
    lines = [f"Here: step {session.cursor} of {session.length}. Other futures:"]
    for index, branch in enumerate(futures, 1):
        more = count_of(len(branch.actions), "step")
        begins = action_text(scene, branch.actions[0])
        lines.append(f"  {index}: after step {branch.at}, {more}: {begins}")
    return lines


def branch_of(session: Session, rest: str) -> int:
    """The index of the future that a line names; UserError where there is none such."""
    futures = session.futures()
    index = _step(rest, 0, "branch")
    if not 1 <= index <= len(futures):
        there = f"1 to {len(futures)}" if futures else "an action in the past first"
        raise UserError(f"there is no other future {index}", there)
    return index - 1


def go_into(session: Session, _scene: Scene, rest: str) -> list[str]:
    """Go into another future."""
    index = branch_of(session, rest)
    at = session.futures()[index].at
    session.switch(index)
    return [f"In the future that forks after step {at}: step {session.cursor} of {session.length}."]


def tell_stop(printer: Printer, scene: Scene, stop: Stop | None) -> None:
    """Say why a run has stopped, if it was a stop."""
    if stop is not None:
        printer.paragraph([f"{_upper(stop_text(scene, stop))}."])


def _step(word: str, otherwise: int, command: str) -> int:
    """A step's number as typed."""
    if not word:
        return otherwise
    if not (word.isascii() and word.isdigit() and int(word[:12]) < _LONGEST):
        what = f"`{command} {safe_text(word, limit=20)}` names no step"
        raise UserError(what, f"`{command} 3`")
    return int(word[:12])


COMMANDS: dict[str, Callable[[Session, Scene, str], list[str]]] = {
    "break": break_at,
    "watch": watch,
    "stops": list_stops,
    "who-changed": who_changed,
    "next-change": next_change,
    "diff": diff,
    "branches": list_branches,
    "branch": go_into,
}
