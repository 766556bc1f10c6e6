"""The commands that look: at the machine as it stands, and at what has happened."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.errors import UserError
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.plain import machine_pages, memory_pages, run_pages, walk_pages
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.dumps import show_dump
from l4numa_tui.plain.moving import read_number
from l4numa_tui.plain.places import (
    last_touched,
    read_application,
    read_entry,
    read_node,
    read_space,
    read_target,
)
from l4numa_tui.plain.talk import Talk
from l4numa_tui.views.forest.limit import LIMIT_WORDS, parse_limit
from l4numa_tui.views.inspecting.spoken import selecting, spoken
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target


def _of_scene(form: str, show: Callable[[Scene], list[str]]) -> Callable[[Talk, str], Lines]:
    """A command that needs nothing but the scene."""

    def run(talk: Talk, rest: str) -> Lines:
        no_more(rest, form)
        return show(talk.scene())

    return run


def _card(talk: Talk, target: Target) -> Lines:
    """The inspector's card of a thing, in words."""
    session = talk.session
    here = session.cursor
    scene = selecting(talk.scene(), target)
    match target:
        case ("step", step) if step:
            session.seek(step)  # a step is told as the machine was after it
            scene.last = session.last
    lines = spoken(scene, session)
    session.seek(here)
    return lines


def _inspect(talk: Talk, rest: str) -> Lines:
    return _card(talk, read_target(talk.session, rest))


def _of_kind(kind: str, example: str) -> Callable[[Talk, str], Lines]:
    """The card of a thing whose kind the command names."""

    def run(talk: Talk, rest: str) -> Lines:
        if not rest:
            raise UserError(f"no {kind} is named", f"`{example}`")
        return _card(talk, read_target(talk.session, f"{kind} {rest}", f"`{example}`"))

    return run


def _said(meaning: str) -> str:
    """What a word of a limit means, without the sign that the screen draws for it."""
    return meaning.removeprefix("entries ").partition(" (")[0]


def _limits(_talk: Talk, rest: str) -> Lines:
    no_more(rest, "show limits")
    *words, (example, any_other) = LIMIT_WORDS
    lines = [f"- {word}: entries {_said(meaning)}" for word, meaning in words]
    lines.append(f"- {any_other}, such as {example}")
    return ["Words of a limit; all that are given must hold:", *lines]


def _database(talk: Talk, rest: str) -> Lines:
    scene = talk.scene()
    return memory_pages.show_database(scene, parse_limit(rest, scene) if rest else None)


def _frame(talk: Talk, rest: str) -> Lines:
    if not rest:
        raise UserError("no frame is named", "`show frame 2:0007`")
    frame = parse_frame(talk.session.world, rest)
    return memory_pages.show_frame(talk.scene(), talk.session, frame)


def _space(talk: Talk, rest: str) -> Lines:
    return machine_pages.show_space(talk.scene(), read_space(talk.session, rest))


def _node(talk: Talk, rest: str) -> Lines:
    return machine_pages.show_node(talk.scene(), read_node(talk.session, rest))


def _walk(talk: Talk, rest: str) -> Lines:
    touched = None if rest else last_touched(talk.session)
    try:
        space, page = touched or read_entry(talk.session, rest.split())
    except ValueError:
        what = "`show walk` was not understood" if rest else "no address was touched yet"
        raise UserError(what, "`show walk A.0 0x402000`") from None
    return walk_pages.show_walk(talk.scene(), space, page)


def _grid(talk: Talk, rest: str) -> Lines:
    return walk_pages.show_grid(talk.scene(), read_application(talk.session, rest))


def _messages(talk: Talk, rest: str) -> Lines:
    most = read_number(rest, "show messages") if rest else run_pages.MESSAGES
    return run_pages.show_messages(talk.scene(), talk.session, most)


def _lanes(talk: Talk, rest: str) -> Lines:
    most = read_number(rest, "show lanes") if rest else run_pages.MESSAGES
    return run_pages.show_lanes(talk.scene(), talk.session, most)


def _timeline(talk: Talk, rest: str) -> Lines:
    first = read_number(rest, "show timeline") if rest else 0
    return run_pages.show_timeline(talk.scene(), talk.session, first)


def _next(talk: Talk, rest: str) -> Lines:
    no_more(rest, "show next")
    return run_pages.show_next(talk.scene(), talk.session)


def _dump(name: str) -> Callable[[Talk, str], Lines]:
    return lambda talk, rest: show_dump(talk.session, name, rest)


LOOKING = Chapter(
    "Looking",
    (
        Command(
            ("show mdb", "show database", "show forest"), "show mdb [LIMIT]",
            "the mapping database: who has which frame from whom",
            _database, example="show mdb A.1",
        ),
        Command(
            ("show frame",), "show frame FRAME",
            "everything derived from one frame: spaces, rights, status bits, homes, steps",
            _frame, example="show frame 2:0007",
        ),
        Command(
            ("show tables",), "show tables", "the page tables: which page is which frame",
            _of_scene("show tables", machine_pages.show_tables),
        ),
        Command(
            ("show walk",), "show walk [SPACE ADDRESS]",
            "the walk of an address, or the last one touched, through the page table",
            _walk, example="show walk A.0 0x402000",
        ),
        Command(
            ("show grid", "show pages"), "show grid [PROGRAM]",
            "the program's pages on each node: mapped, or faults to come", _grid,
            example="show grid A",
        ),
        Command(
            ("show machine", "show nodes"), "show machine",
            "the nodes: what runs there and what the kernel keeps there",
            _of_scene("show machine", machine_pages.show_machine),
        ),
        Command(
            ("show node",), "show node NODE",
            "one node: CPUs, threads, who reads its memory, kernel objects", _node,
            example="show node 2",
        ),
        Command(
            ("show space",), "show space SPACE", "an address space: its home, what it maps",
            _space, example="show space A.0",
        ),
        Command(
            ("show thread",), "show thread THREAD",
            "a thread: where it runs, what it waits for, what it does next",
            _of_kind("thread", "show thread A.1"), example="show thread A.1",
        ),
        Command(
            ("show page",), "show page PROGRAM ADDRESS",
            "a page of a program: its frame, and how each node has it",
            _of_kind("page", "show page A 0x402000"), example="show page A 0x402000",
        ),
        Command(
            ("show entry",), "show entry SPACE ADDRESS",
            "one mapping entry: home, memory, rights, whence it came",
            _of_kind("entry", "show entry A.0 0x402000"), example="show entry A.0 0x402000",
        ),
        Command(
            ("show messages",), "show messages [N]", "who sent what to whom, the newest", _messages,
            example="show messages 30",
        ),
        Command(
            ("show lanes", "show events"), "show lanes [N]",
            "the rows of the message lanes: who did what to whom, and its cycles", _lanes,
            example="show lanes 20",
        ),
        Command(
            ("show timeline", "show steps"), "show timeline [STEP]",
            "where you are and which steps were dear; from a step on, each with its cost",
            _timeline, example="show timeline 1",
        ),
        Command(
            ("show next", "show possible"), "show next",
            "what would come next, and all that is possible now", _next,
        ),
        Command(
            ("show costs",), "show costs", "what memory and kernel cost, and what has been spent",
            _of_scene("show costs", machine_pages.show_costs),
        ),
        Command(
            ("show limits",), "show limits", "the words that a LIMIT of `show mdb` may have",
            _limits,
        ),
        Command(
            ("show kdb",), "show kdb [FRAME]", "the database as Pistachio's debugger prints it",
            _dump("kdb"), example="show kdb 2:0007", figure=True,
        ),
        Command(
            ("show jdb",), "show jdb [FRAME]", "the database as Fiasco's debugger prints it",
            _dump("jdb"), example="show jdb 2:0007", figure=True,
        ),
        Command(
            ("inspect", "i"), "inspect THING",
            "the inspector's text on a frame, thread, space, node, page, entry or step",
            _inspect, example="inspect thread A.1",
        ),
    ),
    brief=True,
)  # fmt: skip
