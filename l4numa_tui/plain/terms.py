"""The glossary in a conversation: `term`, and `term WORD`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from l4numa_tui.course.glossary import Glossary
from l4numa_tui.course.lesson_model import Term
from l4numa_tui.errors import UserError


def show_term(terms: Mapping[str, Term], word: str) -> list[str]:
    """A word's explanation, or without one the words there are; UserError for an unknown word."""
    glossary = Glossary(terms)
    if not word:
        return [f"Words: {', '.join(glossary.names())}."]
    name = glossary.look_up(word)
    if name is None:
        near = get_close_matches(word.lower(), [each.lower() for each in terms], 1)
        perhaps = f"perhaps `term {near[0]}`, or " if near else ""
        expected = f"{perhaps}`term` alone, which lists the words"
        raise UserError(f"{word[:40]!r} is not in the glossary", expected)
    see = f" See also: {', '.join(terms[name].see)}." if terms[name].see else ""
    return [f"{name}: {terms[name].text}{see}"]
