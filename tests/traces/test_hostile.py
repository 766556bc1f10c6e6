"""Broken and hostile traces: whatever the bytes, a trace is read or a UserError is raised."""

from __future__ import annotations

import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.traces.batch import ADDRESS_BITS, KINDS, TraceOptions
from l4numa_tui.traces.reader import FORMATS, open_trace
from tests.traces.helpers import SAMPLES, sample_lines

MUTANTS = 2000
PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, lzma.compress]
PIECES = [b"\n", b"\r", b"\0", b",", b" ", b"-1", b"0x", b"9" * 40, b"f" * 13, b"\xff\xfe", b"("]


def mutate(content: bytes, chance: random.Random) -> bytes:
    mutant = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(mutant) + 1)
        stop = start + chance.choice([0, 0, 1, 1, 5, 200])
        new = [
            b"",
            bytes([chance.randrange(256)]),
            chance.choice(PIECES),
            mutant[start:stop] * chance.randint(2, 5),
        ]
        mutant[start:stop] = chance.choice(new)
    return bytes(mutant)


def outcome(path: Path, trace_format: str, options: TraceOptions) -> str:
    """The message of the UserError, empty when the trace could be read."""
    try:
        for batch in open_trace(path, format=trace_format, options=options):
            assert max(batch.touches) < 1 << ADDRESS_BITS - 12 + 2
            assert min(batch.touches) >= 0
            assert batch.repeats is None or min(batch.repeats) > 0
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", SAMPLES)
def test_mutants_are_read_or_refused(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    lines = sample_lines(name)
    start = chance.randrange(len(lines) // 2)
    text = "\n".join(lines[:8] + lines[start : start + 12]).encode()
    path = tmp_path / "mutant"
    outcomes: list[str] = []
    for number in range(MUTANTS):
        if number % 5:
            content = mutate(text, chance)
            if chance.random() < 0.3:
                content = gzip.compress(content)
        else:
            content = mutate(chance.choice(PACKERS)(text), chance)
        path.write_bytes(content)
        options = TraceOptions(
            kinds=chance.choice(list(KINDS)),
            fold_bits=chance.choice([None, 20]),
            lenient=chance.random() < 0.5,
        )
        outcomes.append(outcome(path, chance.choice(["auto", *FORMATS]), options))
    assert all(message == safe_text(message) for message in outcomes)
    assert MUTANTS // 20 < outcomes.count("") < MUTANTS - MUTANTS // 20


@pytest.mark.parametrize("filler", ["1 ", "a 1 ", "[", "1/", " ", "9", "1 [1", "f:", "1000 R "])
def test_long_lines_are_skipped_in_every_format(filler: str, tmp_path: Path) -> None:
    line = (filler * 4096)[:4096].encode()
    path = tmp_path / "t"
    for first in (b" L 1000,8", b"1000 R", b"mt 5 [000] 1.0: page-faults: 1000 0"):
        path.write_bytes(first + b"\n" + (line + b"\n") * 100)
        trace = open_trace(path, options=TraceOptions(lenient=True))
        assert sum(len(batch.touches) for batch in trace) == 1
        assert trace.statistics().lines == 101
