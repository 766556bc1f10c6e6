"""`export` in a conversation: this moment, or the run that led here, in another program's form."""

from __future__ import annotations

import os

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import FORMATS, Options, format_named, write
from l4numa_tui.plain.command import Command, Lines
from l4numa_tui.plain.talk import Talk
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.pane_parts import number


def _export(talk: Talk, rest: str) -> Lines:
    name, _, path = rest.partition(" ")
    path = path.strip()
    if not name:
        told = [f"- {each.name}: {each.what}" for each in FORMATS if not each.screen]
        more = ", ".join(each.name for each in FORMATS if each.screen)
        screen = f"- {more}: the screen; `l4numa export` makes these, and `x` on the screen"
        return ["Formats, each for `export FORMAT FILE`:", *told, screen]
    of = format_named(name.lower())
    if not path:
        raise UserError("`export` names no file", f"`export {of.name} step{of.suffix}`")
    if os.path.lexists(path):
        # A conversation may be piped in: there is nobody to ask whether it may be lost.
        raise UserError(f"{safe_text(path, limit=60)} is there already", "the name of a new file")
    session = talk.session
    options = Options(source=f"step {session.cursor}", ascii_only=not talk.printer.unicode)
    size = write(session, of.name, path, options)
    return [
        f"Written: {safe_text(path)}, {number(size)} bytes, step {session.cursor} as {of.name}."
    ]


EXPORT = Command(
    ("export",), "export FORMAT FILE",
    "write this moment for other programs: a graph, messages, a trace; `export` lists the formats",
    _export, example="export dot step.dot",
)  # fmt: skip
