"""A question the program asks in one line: a step's number, a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_LONGEST = 240


class Prompt(NamedTuple):
    """`label` says what is asked, `take` gets the text on enter; `digits` allows only those.

    `complete` gives (the text completed, what it may become) where tab does that. `hint` stands
    beside what is typed, until the next key.
    An empty answer is none, unless it is said to be one. A `proposed` text gives way to the first
    character typed; rubbing and completing keep it.
    """

    label: str
    take: Callable[[str], None]
    text: str = ""
    digits: bool = False
    complete: Callable[[str], tuple[str, str]] | None = None
    hint: str = ""
    empty: bool = False
    proposed: bool = False

    def typed(self, character: str) -> Prompt:
        """The prompt with one more character, if it may have that."""
        # Not `isdigit` alone: keyboards have keys such as ², which is a digit and no number.
        if self.digits and not (character.isascii() and character.isdigit()):
            return self
        if len(self.text) >= _LONGEST:
            return self
        before = "" if self.proposed else self.text
        return self._replace(text=before + character, hint="", proposed=False)

    def rubbed(self) -> Prompt:
        """The prompt with one character less."""
        return self._replace(text=self.text[:-1], hint="", proposed=False)

    def completed(self) -> Prompt:
        """The prompt with its text completed as far as it is certain."""
        if self.complete is None:
            return self
        text, hint = self.complete(self.text)
        return self._replace(text=text[:_LONGEST], hint=hint, proposed=False)
