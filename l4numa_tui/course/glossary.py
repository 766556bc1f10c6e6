"""Which term of the glossary a word means, and which terms a line of text has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from l4numa_tui.course.folder import lessons_folder, read_toml
from l4numa_tui.course.lesson_model import GlossaryFile, Term

_NUMBER = "[0-9a-fA-F]+"
_PLURAL = "(?:s|es)?"
_BEFORE = {"-": r"(?<![-\w])", "▶": "(?<![─═┄])"}  # `---` is no line, `─▶` no CPU


class Found(NamedTuple):
    """A term in a text: where its word begins and ends, and the term's name."""

    start: int
    end: int
    name: str


class Glossary:
    """The terms by name, and the ways to find them: case and plural do not matter."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self.terms = terms
        self._names: dict[str, str] = {}
        for name, term in terms.items():
            for word in (name, *term.also):
                self._names.setdefault(word.lower(), name)
        self._words = sorted(self._names, key=lambda word: (-len(word), word))
        self._pattern: re.Pattern[str] | None = None

    def names(self) -> list[str]:
        """The names of all terms: words by the alphabet, then signs."""
        return sorted(self.terms, key=lambda name: (not name[0].isalnum(), name.lower()))

    def look_up(self, word: str) -> str | None:
        """The name of the term that a word means, None for a word that is not known."""
        wanted = " ".join(word.lower().split())
        if wanted in self._names:
            return self._names[wanted]
        for end in ("s", "es"):
            if wanted.endswith(end) and wanted.removesuffix(end) in self._names:
                return self._names[wanted.removesuffix(end)]
        found = self._expression().fullmatch(wanted)
        return self._name_of(found) if found else None

    def found_in(self, text: str) -> list[Found]:
        """The terms in a text from left to right; of words in each other only the longer."""
        return [
            Found(found.start(), found.end(), self._name_of(found))
            for found in self._expression().finditer(text)
        ]

    def search(self, text: str, *, in_texts: bool = True) -> list[str]:
        """The terms for what somebody types: by name first, then by other words, then by text."""
        wanted = " ".join(text.lower().split())
        exact = self.look_up(wanted) if wanted else None

        def rank(name: str) -> int:
            term = self.terms[name]
            words = [name.lower(), *(word.lower() for word in term.also)]
            if name == exact:
                return 0
            if any(word.startswith(wanted) for word in words):
                return 1
            if any(wanted in word for word in words):
                return 2
            return 3 if in_texts and wanted in term.text.lower() else 4

        ranked = [(rank(name), at, name) for at, name in enumerate(self.names())]
        return [name for score, _, name in sorted(ranked) if score < 4]

    def _name_of(self, found: re.Match[str]) -> str:
        return self._names[self._words[(found.lastindex or 1) - 1]]

    def _expression(self) -> re.Pattern[str]:
        if self._pattern is None:
            alternatives = "|".join(f"({_expression_of(word)})" for word in self._words)
            self._pattern = re.compile(alternatives, re.IGNORECASE)
        return self._pattern


def load_glossary(language: str = "en") -> Glossary:
    """The glossary that came with the program; UserError if there is none, or it is wrong."""
    path = lessons_folder() / f"glossary.{language}.toml"
    return Glossary(read_toml(path, GlossaryFile).term)


def _expression_of(word: str) -> str:
    """A word of letters stands alone but for a number after it (`MDB51`), a sign anywhere."""
    inner = re.escape(word).replace(r"\#", _NUMBER)
    before = _BEFORE.get(word[0], r"(?<![A-Za-z0-9_])" if word[0].isalnum() else "")
    after = ""
    if word[-1].isalpha() and word[-1].isascii():
        after = f"{_PLURAL}(?![A-Za-z_])"
    elif word[-1] in "-#":
        after = r"(?![-\w])"
    return before + inner + after
