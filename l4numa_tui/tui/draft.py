"""An answer under way: what has been picked or typed, until it is handed in."""

from __future__ import annotations

from l4numa_tui.course.blocks import DONT_KNOW, Answer, Question

_DIGITS = "0123456789abcdefx-"
_LONGEST = 20


class Draft:
    """The answer to `question` so far. Keys pick and type; nothing counts before it is handed in.

    `picked` are places of choices in the order in which they were picked, `typed` is a number's
    text, `unknown` says that the answer is "I don't know".
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.picked: list[int] = []
        self.typed = ""
        self.unknown = False

    def letter(self, place: int) -> str:
        """The key that picks a choice: its own if that is one letter, else by its place."""
        key = self.question.choices[place][0]
        return key if len(key) == 1 else "abcdefghijklmnopqrstuvwxyz"[place]

    def press(self, key: str, *, digits: bool) -> bool:
        """Take a character; whether it meant something. `digits` whether a number may be typed.

        Choices are picked by letters alone: digits lead to panes, and one looks before one answers.
        """
        if self.question.kind == "number":
            return digits and self._type(key)
        for place in range(len(self.question.choices)):
            if key == self.letter(place):
                self.pick(place)
                return True
        return False

    def pick(self, place: int) -> None:
        """Pick a choice; in a set or an order once more takes it back."""
        if not 0 <= place < len(self.question.choices):
            return
        self.unknown = False
        if self.question.kind == "choice":
            self.picked = [place]
        elif place in self.picked:
            self.picked.remove(place)
        else:
            self.picked.append(place)

    def move(self, by: int) -> None:
        """Pick the choice before or after the picked one."""
        if self.question.kind != "choice" or not self.question.choices:
            return
        count = len(self.question.choices)
        at = self.picked[0] + by if self.picked else (0 if by > 0 else count - 1)
        self.pick(max(0, min(at, count - 1)))

    def rub(self) -> bool:
        """Take the last character or pick back; whether there was one."""
        if self.typed:
            self.typed = self.typed[:-1]
        elif self.picked:
            self.picked.pop()
        elif self.unknown:
            self.unknown = False
        else:
            return False
        return True

    def give_up(self) -> None:
        """Answer "I don't know"; once more takes that back."""
        self.unknown = not self.unknown
        self.picked.clear()
        self.typed = ""

    def value(self) -> Answer | None:
        """The answer as a lesson takes it; None as long as it is none."""
        if self.unknown:
            return DONT_KNOW
        if self.question.kind == "number":
            try:
                return int(self.typed, 16 if "x" in self.typed else 10)
            except ValueError:
                return None
        keys = tuple(self.question.choices[place][0] for place in self.picked)
        if self.question.kind == "choice":
            return keys[0] if keys else None
        if self.question.kind == "order":
            return keys if len(keys) == len(self.question.choices) else None
        return keys or None

    def missing(self) -> str:
        """What to do before the answer can be handed in."""
        if self.value() is not None:
            return "enter hands it in"
        if self.question.kind == "number":
            return "type a number, then enter (u: I don't know)"
        if self.question.kind == "order":
            return "all letters in order, then enter (u: I don't know)"
        if self.question.kind == "set":
            return "the letters of all that apply, then enter (u: I don't know)"
        return "press its letter, then enter (u: I don't know)"

    def _type(self, key: str) -> bool:
        if len(key) != 1 or key not in _DIGITS or len(self.typed) >= _LONGEST:
            return False
        hexadecimal = self.typed.startswith(("0x", "-0x"))
        fits = {
            "-": not self.typed,
            "x": self.typed in ("0", "-0"),
        }.get(key, key.isdigit() or hexadecimal)
        if fits:
            self.unknown = False
            self.typed += key
        return fits
