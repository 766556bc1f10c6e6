"""A submission: what a student did in one lesson, as JSON lines, each chained to those before.

    {"format":"l4numa.submission/1","program":…,"course":…,"lesson":…,"version":…,"content":…,
     "student":…,"attempt":…,"seeds":…,"chain":…}
    {"do":"answer","at":0,"question":"whom","value":"c",…,"chain":"32 digits"}
    {"records":12,"digest":"16 digits","chain":"32 digits"}

A record's digest is that of the world after it. The chain is SHA-256 over the chain before and the
line without its own; it shows where a file was changed, and proves nothing about who wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from l4numa_tui import __version__
from l4numa_tui.course.draw import SCHEME
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.records import MAX_RECORDS, StudentRecord, merged
from l4numa_tui.errors import UserError
from l4numa_tui.scenario.files import read_text, write_atomically

FORMAT = "l4numa.submission/1"
EXPECTED = "a submission written by this program"
MAX_BYTES = 4 * 1024 * 1024
MAX_LINE = 4096
MAX_ATTEMPT = 10_000
_CHAIN_DIGITS = 32

_Name = Annotated[str, msgspec.Meta(max_length=100)]


class Header(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The first line: which program, which lesson as it was then, whose numbers.

    `content` is the fingerprint of the lesson's files, `seeds` how numbers were drawn.
    """

    format: _Name
    program: _Name
    course: _Name
    lesson: _Name
    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    content: _Name
    student: _Name
    attempt: Annotated[int, msgspec.Meta(ge=0, le=MAX_ATTEMPT)]
    seeds: _Name
    chain: _Name = ""


class Footer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The last line: how many records there are, and the digest after the last."""

    records: Annotated[int, msgspec.Meta(ge=0)]
    digest: _Name
    chain: _Name = ""


Line = Header | StudentRecord | Footer


class Submission(NamedTuple):
    """A submission as its file has it: well formed, and nothing in it believed yet.

    `broken` is the number of the first event whose line does not follow from those before, -1 for
    none; 0 is the header, and the footer comes after the last event.
    """

    path: str
    header: Header
    records: list[StudentRecord]
    footer: Footer
    broken: int


def write_submission(player: LessonPlayer, path: str) -> int:
    """Write what a student did so far to a file, whole or not at all; how many records it has."""
    lesson = player.lesson
    header = Header(
        FORMAT,
        __version__,
        lesson.course.spec.id,
        lesson.id,
        lesson.spec.version,
        lesson.digest,
        player.student,
        player.attempt,
        SCHEME,
    )
    records = [
        msgspec.convert({**record, "n": number}, StudentRecord)
        for number, record in enumerate(merged(player.export()), 1)
    ]
    footer = Footer(len(records), f"{player.session.digest():016x}")
    write_atomically(path, chained([header, *records, footer]))
    return len(records)


def chained(lines: Sequence[Line]) -> list[bytes]:
    """Lines as they go into a file, each with its chain."""
    out, last = [], ""
    for line in lines:
        last = _chain(last, line)
        out.append(msgspec.json.encode(msgspec.structs.replace(line, chain=last)) + b"\n")
    return out


def _chain(last: str, line: Line) -> str:
    body = msgspec.json.encode(msgspec.structs.replace(line, chain=""))
    return hashlib.sha256(last.encode() + body).hexdigest()[:_CHAIN_DIGITS]


def read_submission(path: str) -> Submission:
    """Read a submission; UserError, with its line, for whatever is not of the form."""
    rows = read_text(path, MAX_BYTES, EXPECTED).split("\n")
    if rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise UserError("the file is empty", EXPECTED, source=path)
    if len(rows) > MAX_RECORDS + 2:
        raise UserError("too many records", f"at most {MAX_RECORDS}", source=path)
    header: Header = _decode(rows[0], Header, path, 1)
    if header.format != FORMAT:
        raise UserError(f"the format is {header.format!r}", FORMAT, source=path, line=1)
    if len(rows) < 2 or not rows[-1].startswith('{"records"'):
        raise UserError("the file ends before its footer", EXPECTED, source=path, line=len(rows))
    records: list[StudentRecord] = [
        _decode(row, StudentRecord, path, number) for number, row in enumerate(rows[1:-1], 2)
    ]
    footer: Footer = _decode(rows[-1], Footer, path, len(rows))
    last, broken = "", -1
    lines: list[Line] = [header, *records, footer]
    for number, line in enumerate(lines):
        if line.chain != _chain(last, line) and broken < 0:
            broken = number
        last = line.chain
    return Submission(path, header, records, footer, broken)


def _decode(row: str, kind: type[Any], path: str, line: int) -> Any:
    if len(row) > MAX_LINE:
        raise UserError("the line is too long", EXPECTED, source=path, line=line)
    try:
        return msgspec.json.decode(row.encode(), type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        reason = f"not a line of a submission: {str(error)[:100]}"
        raise UserError(reason, EXPECTED, source=path, line=line) from None
