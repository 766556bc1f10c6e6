"""Puts lines on a stream: wrapped at 76 columns, and safe for whatever terminal is behind it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import TextIO

from l4numa_tui.course.blocks import Span, spans
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, MARK_NEW

WIDTH = 76
FIGURE = "    "


class Printer:
    """Writes to `stream`; `unicode` says whether it can take the glyphs of the views.

    With `words`, the signs that the views use are written as words: for ears, not for eyes.
    """

    def __init__(self, stream: TextIO, *, ascii_only: bool = False) -> None:
        self._stream = stream
        self.unicode = not ascii_only and _takes(stream, "→−●═")
        self.words = False

    @property
    def ascii_only(self) -> bool:
        """Whether the views should keep to ASCII; with `words` on, what they write is spoken."""
        return not self.unicode and not self.words

    def lines(self, texts: Iterable[str], *, prose: bool = False, figures: bool = True) -> None:
        """Write texts, one below the other; continued rows keep a text's indentation.

        `code` is quoted; in `prose`, the lessons' own text, mere names are not. With `figures`,
        texts that are indented by four blanks are left as they stand.
        """
        for text in texts:
            if figures and text.startswith(FIGURE):
                self._write(text.rstrip() + "\n")
                continue
            for row in _rows(in_words(text) if self.words and not prose else text, prose):
                self._write(row + "\n")

    def paragraph(self, texts: Iterable[str], *, prose: bool = False, figures: bool = True) -> None:
        """Write texts and an empty line after them."""
        self.lines(texts, prose=prose, figures=figures)
        self._write("\n")

    def prompt(self, text: str) -> None:
        """Write what asks for a line, and let it be seen at once."""
        self._write(text)
        self._stream.flush()

    def echo(self, line: str) -> None:
        """Write a line that was read from elsewhere than a terminal."""
        self._write(safe_text(line.rstrip("\r\n"), limit=WIDTH) + "\n")

    def _write(self, text: str) -> None:
        self._stream.write(safe_text(text, keep_newlines=True))


def in_words(text: str) -> str:
    """A line of a view with its signs as words: `~ 16 → 15` as `changed: 16, then 15`."""
    bare = text.lstrip(" ")
    indent = text[: len(text) - len(bare)]
    for mark, word in _MARK_WORDS:
        if bare.startswith(f"{mark} "):
            bare = f"{word}: {bare[2:]}"
    bare = _ATTACHED.sub(lambda found: f"{dict(_MARK_WORDS)[found[0]]} ", bare)
    for sign, word in _SIGN_WORDS:
        bare = bare.replace(sign, word)
    return indent + bare


_MARK_WORDS = ((MARK_NEW, "new"), (MARK_GONE, "gone"), (MARK_CHANGED, "changed"))
_ATTACHED = re.compile(r"(?<![^\s])[+−~](?=[A-Za-z\d])")  # `+PT`, as the lanes write it
_SIGN_WORDS = ((" → ", ", then "), ("→", " to "), ("–", " to "), ("×", "times "), ("…", "..."))


def _takes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _rows(text: str, prose: bool) -> list[str]:
    """A text as rows of the right width: marks taken out, numbers kept together."""
    if not text.strip():
        return [""]
    bare = "".join(_bare(span, prose) for span in spans(text))
    indent = bare[: len(bare) - len(bare.lstrip())]
    further = indent + "  " if bare.lstrip()[:2] in _HANGING or indent else indent
    rows = textwrap.wrap(
        _THOUSANDS.sub(_GLUE, bare.strip()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=further,
        break_long_words=True,
        break_on_hyphens=False,
    )
    return [row.replace(_GLUE, " ") for row in rows]


def _bare(span: Span, prose: bool) -> str:
    """A piece of text without its mark; code is quoted instead, but for names in prose."""
    if span.style == "code" and not (prose and _NAME.fullmatch(span.text)):
        return f'"{span.text}"'
    return span.text


_NAME = re.compile(r"[\w.:-]*\w[\w.:-]*")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_GLUE = "\x1f"  # stands for a blank at which no row may end
_HANGING = ("- ", "+ ", "− ", "~ ")
