"""Where in a TOML text each key stands, and how deep it nests, without building its values.

`tomllib` gives no positions and sets no limits: one line of 100 kB of dotted keys costs it 47 s and
9.5 GiB. This scanner knows TOML's lexis only, runs in linear time, and is run *before* `tomllib`.
It need not judge the text: both read a valid beginning alike, and at the first invalid place the
scanner stops in silence because `tomllib` will stop there with a proper message.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from l4numa_tui.errors import UserError

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of tables and positions in arrays, counted from 0."""

# Possessive quantifiers keep the expressions linear on any text.
_GAP = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BLANKS = re.compile(r"[ \t]*+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?!"")(?:[^"\\\n]|\\[^\n])*+"'
    r"|'(?!'')[^'\n]*+'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_SCALAR = re.compile(r"[^\s,\]}#\"']++(?: [0-9]{2}:[0-9:.Zz+-]++)?")


class _Stop(Exception):  # noqa: N818 - it is no error, `tomllib` reports what is wrong here
    """The text is not TOML from here on."""


class TomlScanner:
    """One walk through a TOML text; `note` is told the path and line of everything that begins.

    Raises UserError, with the line, where a path has more than `max_depth` parts.
    """

    def __init__(
        self,
        text: str,
        *,
        source: str = "",
        max_depth: int = 16,
        note: Callable[[KeyPath, int], None] | None = None,
    ) -> None:
        self._text = text
        self._source = source
        self._max_depth = max_depth
        self._note = note
        self._pos = 0
        self._line = 1
        self._counted = 0
        self._lengths: dict[KeyPath, int] = {}

    def run(self) -> None:
        """Walk to the end of the text or to the first place that is not TOML."""
        table: KeyPath = ()
        try:
            self._skip(_GAP)
            while self._pos < len(self._text):
                if self._at("["):
                    table = self._header()
                else:
                    self._key_and_value(table)
                self._skip(_GAP)
        except _Stop:
            pass

    # Lexis

    def _at(self, mark: str) -> bool:
        return self._text.startswith(mark, self._pos)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._pos)
        if found:
            self._pos = found.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._pos)
        if not found:
            raise _Stop
        self._pos = found.end()
        return found.group()

    def _expect(self, mark: str) -> None:
        if not self._at(mark):
            raise _Stop
        self._pos += len(mark)

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._pos)
        self._counted = self._pos
        return self._line

    def _enter(self, path: KeyPath) -> None:
        if len(path) > self._max_depth:
            raise UserError(
                "keys and brackets nest too deep",
                f"at most {self._max_depth} levels",
                source=self._source,
                line=self._line_here(),
            )
        if self._note:
            self._note(path, self._line_here())

    # Grammar

    def _key_part(self) -> str:
        if not self._at('"') and not self._at("'"):
            return self._take(_BARE_KEY)
        raw = self._take(_STRING)
        return _unquoted(raw) if self._note else raw[1:-1]

    def _key(self, table: KeyPath) -> KeyPath:
        path = (*table, self._key_part())
        self._enter(path)
        self._skip(_BLANKS)
        while self._at("."):
            self._pos += 1
            self._skip(_BLANKS)
            path = (*path, self._key_part())
            self._enter(path)
            self._skip(_BLANKS)
        return path

    def _header(self) -> KeyPath:
        brackets = "[[" if self._at("[[") else "["
        self._pos += len(brackets)
        self._skip(_BLANKS)
        parts = self._header_parts()
        self._expect("]" * len(brackets))
        path: KeyPath = ()
        for part in parts[:-1]:
            self._enter((*path, part))
            path = self._element((*path, part))
        path = (*path, parts[-1])
        if len(brackets) == 2:
            self._lengths[path] = self._lengths.get(path, 0) + 1
        self._enter(path)
        path = self._element(path)
        self._enter(path)
        return path

    def _header_parts(self) -> list[str]:
        parts: list[str] = []
        while True:
            parts.append(self._key_part())
            if len(parts) > self._max_depth:
                self._enter(tuple(parts))
            self._skip(_BLANKS)
            if not self._at("."):
                return parts
            self._pos += 1
            self._skip(_BLANKS)

    def _element(self, path: KeyPath) -> KeyPath:
        """In a header, the name of an array of tables means its last element."""
        length = self._lengths.get(path, 0)
        return (*path, length - 1) if length else path

    def _key_and_value(self, table: KeyPath) -> None:
        path = self._key(table)
        self._expect("=")
        self._skip(_BLANKS)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        # Recursive, but never deeper than the limit that _enter has checked.
        if self._at("["):
            self._array(path)
        elif self._at("{"):
            self._inline_table(path)
        elif self._at('"') or self._at("'"):
            self._take(_STRING)
        else:
            self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._pos += 1
        index = 0
        while True:
            self._skip(_GAP)
            if self._at("]"):
                break
            element = (*path, index)
            self._enter(element)
            self._value(element)
            self._skip(_GAP)
            index += 1
            if self._at(","):
                self._pos += 1
            elif not self._at("]"):
                raise _Stop
        self._pos += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._pos += 1
        while True:
            self._skip(_GAP)
            if self._at("}"):
                break
            self._key_and_value(path)
            self._skip(_GAP)
            if self._at(","):
                self._pos += 1
            elif not self._at("}"):
                raise _Stop
        self._pos += 1


def _unquoted(raw: str) -> str:
    if raw.startswith("'") or "\\" not in raw:
        return raw[1:-1]
    import tomllib  # noqa: PLC0415 - only keys with escapes need it

    try:
        value = tomllib.loads(f"key = {raw}")["key"]
    except tomllib.TOMLDecodeError as error:
        raise _Stop from error
    return str(value)


def key_lines(text: str, max_depth: int = 100) -> dict[KeyPath, int]:
    """Return the line, counted from 1, on which every key, header and array element begins.

    A table that several headers or dotted keys build stands where it is first named. What comes
    after the first place that is not TOML, or nests deeper than `max_depth`, is left out.
    """
    lines: dict[KeyPath, int] = {}

    def note(path: KeyPath, line: int) -> None:
        lines.setdefault(path, line)

    with contextlib.suppress(UserError):
        TomlScanner(text, max_depth=max_depth, note=note).run()
    return lines
