"""Python source as lines of styled text: coloured by its tokens, numbered, wrapped, marked."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator

from l4numa_tui.kernel.records import Event
from l4numa_tui.views.code.source import Piece
from l4numa_tui.views.segments import Line, Segment

GUTTER = 7  # columns before the code: number, mark, blanks
_INDENT = 4  # further rows of a line that is too long are indented by so much more
_STYLES = {
    tokenize.COMMENT: "syn-comment",
    tokenize.STRING: "syn-string",
    tokenize.NUMBER: "syn-number",
}
# Since Python 3.12 a formatted string is no longer one token.
_STYLES |= {
    getattr(tokenize, name): "syn-string"
    for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(tokenize, name)
}


def source_lines(piece: Piece, width: int, *, ascii_only: bool = False) -> list[Line]:
    """The source of a piece in `width` columns: line number, a mark where it noted what happened.

    Lines that are too long are broken at a blank and go on below, further in.
    """
    room = max(width - GUTTER, 20)
    noted = _names(piece.events)
    mark = ">" if ascii_only else "▶"
    out: list[Line] = []
    for at, (text, styles) in enumerate(coloured(piece.text)):
        hit = bool(noted and noted.search(text))
        gutter = [
            Segment(f"{piece.first_line + at:>4} ", "dim"),
            Segment(f"{mark if hit else ' '} ", "syn-mark" if hit else ""),
        ]
        for row, (start, stop, indent) in enumerate(_rows(text, room)):
            lead = gutter if not row else [Segment(" " * GUTTER)]
            blanks = [Segment(" " * indent)] if indent else []
            out.append([*lead, *blanks, *_segments(text, styles, start, stop)])
    return out


def coloured(text: str) -> list[tuple[str, list[str]]]:
    """Each line with the style of each of its characters; plain where it is no whole Python."""
    lines = text.splitlines()
    styles = [[""] * len(line) for line in lines]
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            style = _STYLES.get(token.type, "")
            if token.type == tokenize.NAME:
                style = "syn-keyword" if keyword.iskeyword(token.string) else ""
                style = "syn-name" if before in ("def", "class") else style
                before = token.string
            if style:
                _paint(styles, token.start, token.end, style)
    except (tokenize.TokenError, SyntaxError):
        pass  # what has been read so far is coloured, the rest is as readable without
    return list(zip(lines, styles, strict=True))


def _paint(
    styles: list[list[str]], start: tuple[int, int], end: tuple[int, int], style: str
) -> None:
    for at in range(start[0] - 1, min(end[0], len(styles))):
        first = start[1] if at == start[0] - 1 else 0
        last = end[1] if at == end[0] - 1 else len(styles[at])
        for column in range(first, min(last, len(styles[at]))):
            styles[at][column] = style


def _names(events: Iterable[Event]) -> re.Pattern[str] | None:
    """Finds the names of the events that the function noted in this step."""
    names = "|".join(event.name for event in events)
    return re.compile(rf"\b(?:{names})\b") if names else None


def _rows(text: str, room: int) -> Iterator[tuple[int, int, int]]:
    """(start, stop, indentation) of the rows that a line takes."""
    start = indent = 0
    further = min(len(text) - len(text.lstrip()) + _INDENT, room // 2)
    while len(text) - start > room - indent:
        stop = text.rfind(" ", start + 1, start + room - indent + 1)
        if stop <= start or not text[start:stop].strip():
            stop = start + room - indent
        yield start, stop, indent
        start = stop + (text[stop] == " ")
        indent = further
    yield start, len(text), indent


def _segments(text: str, styles: list[str], start: int, stop: int) -> Iterator[Segment]:
    """The characters of a row, neighbours of one style together."""
    at = start
    while at < stop:
        end = at + 1
        while end < stop and styles[end] == styles[at]:
            end += 1
        yield Segment(text[at:end], styles[at])
        at = end
