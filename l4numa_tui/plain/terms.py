"""The glossary in a conversation: `term`, and `term WORD`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from l4numa_tui.course.lesson_model import Term
from l4numa_tui.errors import UserError

_SHORT = {
    "mdb": "mapping database",
    "space": "address space",
    "spaces": "address space",
    "entry": "mapping entry",
    "root": "root pager",
    "pager0": "pager",
    "mapping entries": "mapping entry",
    "window": "receive window",
    "unmaps": "unmap",
    "flushes": "flush",
    "ipi": "shootdown",
    "interrupt": "shootdown",
    "superpage": "2 MiB entry",
    "2 mib": "2 MiB entry",
    "nil item": "nil",
    "open receive": "receive",
    "closed receive": "receive",
    "item": "map item",
    "pistachio": "L4 kernels",
    "fiasco": "L4 kernels",
    "mung": "L4 kernels",
    "sel4": "L4 kernels",
    "overmapping": "overmap",
    "fpage_overmap": "overmap",
    "fpage_split": "2 MiB entry",
    "sub-table": "2 MiB entry",
    "defer": "directory",
    "notation": "fpage",
}
"""Other names of terms, as the texts use them."""


def show_term(terms: Mapping[str, Term], word: str) -> list[str]:
    """A word's explanation, or without one the words there are; UserError for an unknown word."""
    if not word:
        return [f"Words: {', '.join(sorted(terms, key=str.lower))}."]
    wanted = " ".join(word.lower().split())
    wanted = _SHORT.get(wanted, wanted).lower()
    for name, term in terms.items():
        if wanted in (name.lower(), f"{name.lower()}s"):
            see = f" See also: {', '.join(term.see)}." if term.see else ""
            return [f"{name}: {term.text}{see}"]
    near = get_close_matches(wanted, [name.lower() for name in terms], 1)
    perhaps = f"perhaps `term {near[0]}`, or " if near else ""
    expected = f"{perhaps}`term` alone, which lists the words"
    raise UserError(f"{word[:40]!r} is not in the glossary", expected)
