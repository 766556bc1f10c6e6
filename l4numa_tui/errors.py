"""The one kind of error a user can cause, and how it is printed."""

from __future__ import annotations

from l4numa_tui.safe_text import safe_text


class UserError(Exception):
    """Something the user gave cannot be used; printed as one line, exit status 2.

    `what` says what is wrong and `expected` what would have been right. `source` is the file's
    name as the user gave it; `line` and `column` count from 1, 0 where they are not known.
    """

    def __init__(
        self, what: str, expected: str = "", *, source: str = "", line: int = 0, column: int = 0
    ) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.source = source
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """The error as `file:line:column: what is wrong, expected what`, safe for a terminal."""
        where = self.source
        if where and self.line:
            where += f":{self.line}"
            if self.column:
                where += f":{self.column}"
        text = f"{where}: {self.what}" if where else self.what
        if self.expected:
            text += f", expected {self.expected}"
        return safe_text(text)
