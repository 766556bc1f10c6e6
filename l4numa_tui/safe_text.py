"""Every string that comes from outside passes here before it may reach a terminal."""

from __future__ import annotations

import unicodedata

SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"

# Cc: C0 and C1 controls (escape sequences start here). Cf: bidirectional overrides and zero-width
# characters. Cs: lone surrogates, which cannot be encoded. Zl, Zp: line and paragraph separators,
# which break a one-line cell. Unassigned characters stay: which they are differs between Pythons.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_text(text: str, *, keep_newlines: bool = False, limit: int = 0) -> str:
    """Return `text` with every character that could steer a terminal replaced by U+FFFD.

    Tabs become one blank. `keep_newlines` leaves line feeds alone (lesson texts). `limit` > 0 cuts
    to that many characters and marks the cut with an ellipsis.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(character, keep_newlines) for character in text)


def _safe(character: str, keep_newlines: bool) -> str:
    if character == "\t":
        return " "
    if character == "\n" and keep_newlines:
        return character
    return SUBSTITUTE if unicodedata.category(character) in _UNSAFE else character
