"""The commands that only look: at the machine, at a step, at a word of the glossary."""

from __future__ import annotations

from l4numa_tui.course.commands import read_address
from l4numa_tui.course.patterns import space_named
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.errors import UserError
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.plain import pages
from l4numa_tui.plain.dumps import DUMPS, show_dump
from l4numa_tui.plain.finding import show_found
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.source import show_source
from l4numa_tui.plain.terms import show_term
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.step_text import explain_changes, headline

LOOKS = ("show", "why", "source", "who-changed", "term", "find")
_PANES = "`show mdb`, `show tables`, `show machine` or `show messages`"


def look(printer: Printer, scene: Scene, player: LessonPlayer, word: str, rest: str) -> None:
    """Print what a command of LOOKS asks for; UserError with the right form."""
    if word == "show":
        printer.paragraph(_show(scene, player, rest.lower()))
    elif word == "why":
        printer.paragraph(_why(scene, player))
    elif word == "source":
        printer.paragraph(show_source(scene, rest))
    elif word == "find":
        terms = player.lesson.course.terms
        printer.paragraph(show_found(scene, player.session, terms, rest))
    elif word == "term":
        printer.paragraph(show_term(player.lesson.course.terms, rest))
    else:
        printer.paragraph(_who_changed(scene, player, rest))


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


def _who_changed(scene: Scene, player: LessonPlayer, rest: str) -> list[str]:
    words = rest.split()
    try:
        space, address = words
        page = read_address(player.session, address) >> PAGE_LOG2
    except ValueError:
        raise UserError("`who-changed` was not understood", "`who-changed A.0 0x402000`") from None
    number = space_named(player.session, space)
    line, step = pages.who_changed(scene, player.session, number, page)
    if not step:
        return [line]
    return [line, f"  {headline(scene, player.session.change(step))}"]
