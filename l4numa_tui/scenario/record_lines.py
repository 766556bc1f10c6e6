"""The lines of a recording: JSON written from templates, each chained to the one before.

    {"format":"l4numa.recording/1","program":…,"scenario":…,"source":…,"digest":…,
     "scenario_text":…,"chain":…}                              the header, in one line
    {"action":[0,5],"digest":"16 digits","chain":"32 digits"}  a step
    {"back":3,"chain":…}                                       in a log: only three steps count
    {"steps":12,"digest":…,"chain":…}                          the footer

A step's digest is that of the world after it, the header's that of the booted world. A chain is
SHA-256 over the chain before and the line's own beginning, cut to 32 digits. It shows where a file
was changed; it does not prove who wrote it.

Lines are accepted only as the templates write them: no other blanks, order of keys or escapes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.files import unreadable
from l4numa_tui.world.operations import MAX_LENGTH

FORMAT = "l4numa.recording/1"
EXPECTED = "a recording of this program"
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_LINE_BYTES = 4096
MAX_HEADER_BYTES = 1024 * 1024
"""The header bears the scenario's text: at most 256 KiB, with its quotes and line ends escaped."""

_CHAIN_DIGITS = 32

_Word = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
_Action = Annotated[tuple[_Word, ...], msgspec.Meta(min_length=2, max_length=MAX_LENGTH + 2)]


class HeaderLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The first line: what is repeated, and the digest of the booted world."""

    format: str
    program: str
    scenario: str
    source: str
    digest: str
    scenario_text: str
    chain: str = ""

    def body(self) -> str:
        """The line as it is written, up to the chain."""
        fields = self.__struct_fields__[:-1]
        return "{" + ",".join(f'"{name}":{_json(getattr(self, name))}' for name in fields)


class StepLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One step: the action done and the digest of the world after it."""

    action: _Action
    digest: str
    chain: str = ""

    def body(self) -> str:
        """The line as it is written, up to the chain."""
        return f'{{"action":[{",".join(map(str, self.action))}],"digest":{_json(self.digest)}'


class BackLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """In a log: the session went back to step `back` and acted anew."""

    back: _Word
    chain: str = ""

    def body(self) -> str:
        """The line as it is written, up to the chain."""
        return f'{{"back":{self.back}'


class FooterLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The last line: how many steps there were, and the digest after the last."""

    steps: _Word
    digest: str
    chain: str = ""

    def body(self) -> str:
        """The line as it is written, up to the chain."""
        return f'{{"steps":{self.steps},"digest":{_json(self.digest)}'


Line = HeaderLine | StepLine | BackLine | FooterLine

_HEADER = msgspec.json.Decoder(HeaderLine)
_OTHERS: tuple[tuple[bytes, msgspec.json.Decoder[Any]], ...] = (
    (b'{"action"', msgspec.json.Decoder(StepLine)),
    (b'{"back"', msgspec.json.Decoder(BackLine)),
    (b'{"steps"', msgspec.json.Decoder(FooterLine)),
)


class Chain:
    """The chain along the lines of one file, for whoever writes or reads them in order."""

    def __init__(self) -> None:
        self.last = ""

    def write(self, line: Line) -> bytes:
        """The whole line, as it goes into the file after all those before."""
        body = line.body()
        self.last = self._next(body)
        return f'{body},"chain":"{self.last}"}}\n'.encode()

    def follows(self, line: Line) -> bool:
        """Whether a line that was read follows from those before."""
        expected = self._next(line.body())
        self.last = line.chain
        return line.chain == expected

    def _next(self, body: str) -> str:
        return hashlib.sha256((self.last + body).encode()).hexdigest()[:_CHAIN_DIGITS]


class RawLine(NamedTuple):
    """One line of a file: its number from 1, its bytes without the line feed, and if it had one."""

    number: int
    data: bytes
    ended: bool


def raw_lines(path: str) -> Iterator[RawLine]:
    """Yield a file's lines; UserError where it cannot be read, or file or line are too long."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                raise UserError(
                    "the file is too large", f"at most {MAX_FILE_BYTES} bytes", source=path
                )
            left = MAX_FILE_BYTES
            for number in range(1, MAX_FILE_BYTES):
                limit = MAX_HEADER_BYTES if number == 1 else MAX_LINE_BYTES
                data = file.readline(limit + 1)
                left -= len(data)
                if not data:
                    return
                if len(data) > limit or left < 0:
                    what = "the line is too long" if left >= 0 else "the file is too large"
                    raise UserError(what, EXPECTED, source=path, line=number)
                yield RawLine(number, data.removesuffix(b"\n"), data.endswith(b"\n"))
    except (OSError, ValueError) as error:
        raise unreadable(path, error, EXPECTED) from None


def parse_line(raw: RawLine, path: str) -> Line:
    """Return what a line says; UserError unless it is written exactly as the templates do."""
    decoder = _HEADER if raw.number == 1 else _decoder_of(raw, path)
    try:
        line: Line = decoder.decode(raw.data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        reason = f"not a line of a recording: {str(error)[:100]}"
        raise UserError(reason, EXPECTED, source=path, line=raw.number) from None
    if f'{line.body()},"chain":{_json(line.chain)}}}'.encode() != raw.data:
        what = "the line is not written as this program writes it"
        raise UserError(what, "no other blanks or keys", source=path, line=raw.number)
    if isinstance(line, HeaderLine) and line.format != FORMAT:
        what = f"the format is `{line.format[:40]}`"
        raise UserError(what, f"`{FORMAT}`", source=path, line=raw.number)
    return line


def _decoder_of(raw: RawLine, path: str) -> msgspec.json.Decoder[Any]:
    for start, decoder in _OTHERS:
        if raw.data.startswith(start):
            return decoder
    shown = raw.data[:40].decode("utf-8", "replace")
    what = f"not a line of a recording: `{shown}`"
    raise UserError(what, "a step or the footer", source=path, line=raw.number)


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()
