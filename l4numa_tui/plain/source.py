"""`source`: the kernel's or pager's own code that the last step went through."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.plain.printer import FIGURE
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.code.source import Piece, source_pieces, telling
from l4numa_tui.views.scene import Scene


def show_source(scene: Scene, name: str = "") -> list[str]:
    """The step's functions and the source of the most telling, or of the one that is named alone.

    Raises UserError where the step went through no such function.
    """
    if scene.last is None:
        return ["Nothing has happened yet: this is the beginning."]
    pieces = source_pieces(scene, scene.last)
    if name:
        return _source(_named(pieces, name))
    lines = ["The last step went through these functions:"]
    lines += [f"- {piece.title}: {piece.why}." for piece in pieces]
    if not pieces:
        return ["The source of this step is not installed."]
    return [*lines, "", *_source(pieces[telling(pieces)])]


def _named(pieces: list[Piece], name: str) -> Piece:
    """The piece with that title, or whose title ends with it after a dot."""
    wanted = name.lower()
    for piece in pieces:
        title = piece.title.lower()
        if wanted in (title, title.rpartition(".")[2]):
            return piece
    known = ", ".join(f"`{piece.title}`" for piece in pieces)
    raise UserError(
        f"the last step went through no `{safe_text(name, limit=30)}`", f"one of {known}"
    )


def _source(piece: Piece) -> list[str]:
    """The text as a figure, each line with its number in the file."""
    lines = piece.text.rstrip().split("\n")
    numbered = enumerate(lines, piece.first_line)
    head = f"{piece.title}, {piece.path}:"
    return [head, *(f"{FIGURE}{at:>4}  {line}" for at, line in numbered)]
