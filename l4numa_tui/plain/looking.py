"""The commands that look: at the machine as it stands, and at what has happened."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.plain import pages
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.dumps import show_dump
from l4numa_tui.plain.talk import Talk
from l4numa_tui.views.scene import Scene


def _of_scene(form: str, show: Callable[[Scene], list[str]]) -> Callable[[Talk, str], Lines]:
    """A command that needs nothing but the scene."""

    def run(talk: Talk, rest: str) -> Lines:
        no_more(rest, form)
        return show(talk.scene())

    return run


def _messages(talk: Talk, rest: str) -> Lines:
    no_more(rest, "show messages")
    return pages.show_messages(talk.scene(), talk.session)


def _kdb(talk: Talk, rest: str) -> Lines:
    return show_dump(talk.session, "kdb", rest)


def _jdb(talk: Talk, rest: str) -> Lines:
    return show_dump(talk.session, "jdb", rest)


LOOKING = Chapter(
    "Looking",
    (
        Command(
            ("show mdb", "show database"), "show mdb",
            "the mapping database: who has which frame from whom",
            _of_scene("show mdb", pages.show_database),
        ),
        Command(
            ("show tables",), "show tables", "the page tables: which page is which frame",
            _of_scene("show tables", pages.show_tables),
        ),
        Command(
            ("show machine", "show nodes"), "show machine",
            "the nodes: what runs there and what the kernel keeps there",
            _of_scene("show machine", pages.show_machine),
        ),
        Command(
            ("show messages",), "show messages", "who sent what to whom, the newest", _messages
        ),
        Command(
            ("show kdb",), "show kdb [FRAME]", "the database as Pistachio's debugger prints it",
            _kdb, example="show kdb 2:0007", whole=True,
        ),
        Command(
            ("show jdb",), "show jdb [FRAME]", "the database as Fiasco's debugger prints it",
            _jdb, example="show jdb 2:0007", whole=True,
        ),
    ),
)  # fmt: skip
