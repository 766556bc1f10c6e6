"""The commands that only look: at the machine, at a step, at a word of the glossary."""

from __future__ import annotations

from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.errors import UserError
from l4numa_tui.plain import pages, travel
from l4numa_tui.plain.dumps import DUMPS, show_dump
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.source import show_source
from l4numa_tui.plain.terms import show_term
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.step_text import explain_changes

LOOKS = ("show", "why", "source", "term", *travel.COMMANDS)
_PANES = "`show mdb`, `show tables`, `show machine` or `show messages`"


def look(printer: Printer, scene: Scene, player: LessonPlayer, word: str, rest: str) -> None:
    """Print what a command of LOOKS asks for; UserError with the right form."""
    if word == "show":
        printer.paragraph(_show(scene, player, rest.lower()))
    elif word == "why":
        printer.paragraph(_why(scene, player))
    elif word == "source":
        printer.paragraph(show_source(scene, rest))
    elif word == "term":
        printer.paragraph(show_term(player.lesson.course.terms, rest))
    else:
        _travel(printer, scene, player, word, rest)


def _show(scene: Scene, player: LessonPlayer, pane: str) -> list[str]:
    if pane == "mdb":
        return pages.show_database(scene)
    if pane == "tables":
        return pages.show_tables(scene)
    if pane == "machine":
        return pages.show_machine(scene)
    if pane == "messages":
        return pages.show_messages(scene, player.session)
    name, _, frame = pane.partition(" ")
    if name in DUMPS:
        return show_dump(player.session, name, frame)
    raise UserError(f"`show {pane[:20]}` is not known", _PANES)


def _why(scene: Scene, player: LessonPlayer) -> list[str]:
    lines = list(pages.show_events(scene, player.session))
    last = player.session.last
    if last is not None:
        lines += ["What it changed, and what it cost:"]
        lines += [f"  {line}" for line in explain_changes(scene, last)]
    return lines


def _travel(printer: Printer, scene: Scene, player: LessonPlayer, word: str, rest: str) -> None:
    if word == "branch":
        player.switch(travel.branch_of(player.session, rest))
        cursor, length = player.session.cursor, player.session.length
        printer.paragraph([f"In that future now: step {cursor} of {length}."])
    else:
        printer.paragraph(travel.COMMANDS[word](player.session, scene, rest))
