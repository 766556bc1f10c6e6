"""A question the program asks in one line: a step's number, a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_LONGEST = 120


class Prompt(NamedTuple):
    """`label` says what is asked, `take` gets the text on enter; `digits` allows only those.

    `blank`: an empty answer is one, too."""

    label: str
    take: Callable[[str], None]
    text: str = ""
    digits: bool = False
    blank: bool = False

    def typed(self, character: str) -> Prompt:
        """The prompt with one more character, if it may have that."""
        if len(self.text) >= _LONGEST or (self.digits and not character.isdigit()):
            return self
        return self._replace(text=self.text + character)

    def rubbed(self) -> Prompt:
        """The prompt with one character less."""
        return self._replace(text=self.text[:-1])
