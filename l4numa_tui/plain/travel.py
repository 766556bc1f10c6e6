"""Travelling in time, line by line: stops, who changed what, differences, other futures."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.places import FORMS, read_target
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.talk import Talk
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.inspecting.spoken import SpokenPen
from l4numa_tui.views.pane_parts import count_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target, plain
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.views.time.branches import action_text
from l4numa_tui.views.time.diff import difference_in_words
from l4numa_tui.views.time.subject_text import KIND_TEXTS, changes_text, stop_text, target_name
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import KINDS, Stop
from l4numa_tui.world.subjects import subject_of

_LONGEST = 10**9


def _thing(talk: Talk, rest: str, command: str) -> Target:
    """What a line names, if it is something that changes."""
    if not rest:
        raise UserError("nothing is named", f"`{command} A.0 0x402000`, `{command} 2:0007`")
    thing = read_target(talk.session, rest)
    if not subject_of(talk.session.world, *thing):
        raise UserError("that does not change", FORMS)
    return thing


def _break(talk: Talk, rest: str) -> Lines:
    session = talk.session
    word = rest.lower()
    if word in KINDS:
        on = session.stops.toggle_kind(word)
        return [f"{'Stops' if on else 'No longer stops'} at {KIND_TEXTS[word]}."]
    step = _step(rest, session.cursor, "break")
    on = session.stops.toggle_step(step)
    return [f"{'Breakpoint' if on else 'No breakpoint any more'} at step {step}."]


def _watch(talk: Talk, rest: str) -> Lines:
    thing = _thing(talk, rest, "watch")
    on = talk.session.stops.toggle_watch(thing)
    return [f"{'Watching' if on else 'No longer watching'} {target_name(talk.scene(), thing)}."]


def _stops(talk: Talk, rest: str) -> Lines:
    no_more(rest, "stops")
    scene, stops = talk.scene(), talk.session.stops
    lines = [f"- step {step}" for step in sorted(stops.steps)]
    lines += [f"- {KIND_TEXTS[kind]}" for kind in KINDS if kind in stops.kinds]
    lines += [f"- a change of {target_name(scene, thing)}" for thing in stops.watched]
    return ["Runs stop at:", *lines] if lines else ["Runs stop nowhere: no breakpoint, no watch."]


def _who_changed(talk: Talk, rest: str) -> Lines:
    scene, session = talk.scene(), talk.session
    thing = _thing(talk, rest, "who-changed")
    name = _named(scene, thing)
    step = session.changed_last(thing)
    if step is None:
        return [f"Nobody has changed {name} so far."]
    if not step:
        since = "was made at boot" if thing[0] == "entry" else "has not changed since boot"
        return [f"{_upper(name)} {since}."]
    return [f"{_upper(name)} was last changed in step {step}:", *_told(session, scene, thing, step)]


def _next_change(talk: Talk, rest: str) -> Lines:
    scene, session = talk.scene(), talk.session
    thing = _thing(talk, rest, "next-change")
    name = _named(scene, thing)
    step = session.history.next(subject_of(session.world, *thing), session.cursor)
    if step is None:
        known = f"steps are known up to {session.length}"
        return [f"No known later step changes {name} ({known}); `watch` stops where one does."]
    return [f"{_upper(name)} is next changed in step {step}:", *_told(session, scene, thing, step)]


def _named(scene: Scene, thing: Target) -> str:
    name = target_name(scene, thing)
    return f"the mapping of {name}" if thing[0] == "entry" else name


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(session: Session, scene: Scene, thing: Target, step: int) -> list[str]:
    """A step's headline, and what it did to the thing, as told right after it."""
    here = session.cursor
    session.seek(step)
    then = Scene(session.world, session.last, ascii_only=scene.ascii_only)
    large = session.world.kernel.database.large.rows
    changes = tuple(subject_of(session.world, *thing).changes(session.net(step), large))
    told = [headline(then, session.change(step)), changes_text(then, thing, changes)]
    session.seek(here)
    return [f"  {text}" for text in told if text]


def _diff(talk: Talk, rest: str) -> Lines:
    scene, session = talk.scene(), talk.session
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
    lines = difference_in_words(SpokenPen(then), span.net(), heading=heading)
    session.seek(here)
    # A title of a section stands out by its colon: there is nothing else to tell it by.
    return [
        " ".join(plain(line).split()) if line[0].style != "title" else f"{plain(line)}:"
        for line in lines
        if line
    ]


def _branches(talk: Talk, rest: str) -> Lines:
    no_more(rest, "branches")
    scene, session = talk.scene(), talk.session
    futures = session.futures()
    if not futures:
        return ["No other futures: act in the past, and the one left behind is kept."]
    lines = [f"Here: step {session.cursor} of {session.length}. Other futures:"]
    for index, branch in enumerate(futures, 1):
        more = count_of(len(branch.actions), "step")
        begins = action_text(scene, branch.actions[0])
        lines.append(f"  {index}: after step {branch.at}, {more}: {begins}")
    return lines


def _branch_of(session: Session, rest: str) -> int:
    """The index of the future that a line names; UserError where there is none such."""
    futures = session.futures()
    index = _step(rest, 0, "branch")
    if not 1 <= index <= len(futures):
        there = f"1 to {len(futures)}" if futures else "an action in the past first"
        raise UserError(f"there is no other future {index}", there)
    return index - 1


def _branch(talk: Talk, rest: str) -> Lines:
    session = talk.session
    index = _branch_of(session, rest)
    at = session.futures()[index].at
    talk.switch(index)
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


TRAVELLING = Chapter(
    "Travelling in time",
    (
        Command(
            ("break", "breakpoint"), f"break, break N, or break {' | '.join(KINDS)}",
            "stop at this step, at step N, or at such events; again: no longer", _break,
            example="break fault",
        ),
        Command(
            ("watch",), "watch THING", "stop where it changes; again: no longer", _watch,
            example="watch A.0 0x402000",
        ),
        Command(("stops",), "stops", "where `run` and `go` stop", _stops),
        Command(
            ("who-changed",), "who-changed THING",
            "which step changed it last: an entry, a page, a frame, a thread, a space, a node",
            _who_changed, example="who-changed A.0 0x402000",
        ),
        Command(
            ("next-change",), "next-change THING", "which known later step changes it",
            _next_change, example="next-change 2:0007",
        ),
        Command(
            ("diff",), "diff N, or diff N M", "what differs between step N and here, or step M",
            _diff, example="diff 4 12", whole=True,
        ),
        Command(
            ("branches",), "branches", "the futures left behind by acting in the past", _branches
        ),
        Command(("branch",), "branch K", "go into one of them", _branch, example="branch 1"),
    ),
    brief=True,
)  # fmt: skip
