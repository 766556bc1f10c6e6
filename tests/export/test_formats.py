"""The registry, and what holds for every format: the same bytes, nothing moved, nothing broken."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import (
    BY_NAME,
    FORMATS,
    Options,
    file_name,
    format_named,
    pieces,
    write,
)
from tests.export.export_worlds import PURE, SEEDS, moment, renamed, shipped, text_of
from tests.worlds import tables

_PROGRAM = """
import hashlib
from l4numa_tui.export.formats import FORMATS, Options, pieces
from l4numa_tui.tui.pictures.screen_makers import SCREEN_MAKERS
from tests.export.export_worlds import shipped
of = shipped("grant-with-children", 9)
options = Options(source="test", width=80, height=24)
for each in FORMATS:
    if not each.binary:
        made = b"".join(pieces(of, each.name, options, SCREEN_MAKERS))
        print(each.name, hashlib.sha256(made).hexdigest())
"""


def test_names_keys_and_suffixes_tell_formats_apart() -> None:
    for column in ("name", "key", "suffix"):
        values = [getattr(each, column) for each in FORMATS]
        assert len(values) == len(set(values)), column
    assert all(each.takes >= {"first"} for each in FORMATS if each.range)


def test_every_hash_seed_gives_the_same_bytes() -> None:
    told = []
    for seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "NO_COLOR": "1"}
        if seed == "0":
            del environment["NO_COLOR"]
        ran = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        told.append(ran.stdout.splitlines())
    assert told[0] == told[1]
    assert len(told[0]) == sum(not each.binary for each in FORMATS)


@pytest.mark.parametrize("name", PURE)
def test_the_way_to_a_moment_leaves_no_trace_and_an_export_moves_nothing(name: str) -> None:
    for seed in SEEDS:
        of = moment(seed)
        cursor, length, before, made = of.cursor, of.length, tables(of), text_of(of, name)
        assert (of.cursor, of.length) == (cursor, length), f"seed {seed}"
        assert tables(of) == before, f"seed {seed}"
        for step in (0, of.length, cursor // 2, cursor):
            of.seek(step)
        assert text_of(of, name) == made, f"seed {seed}"


@pytest.mark.parametrize("name", PURE)
def test_hostile_names_reach_no_file_unescaped_and_no_step_is_needed(name: str) -> None:
    of = renamed(moment(2))
    made = text_of(of, name, source='x"\n--></svg>')
    assert made.replace("\n", "").isprintable()
    if name in ("forest", "graphml", "mermaid", "sequence"):
        assert "<script" not in made
    of.seek(0)
    assert text_of(of, name)


@pytest.mark.parametrize("name", ["sequence", "trace"])
def test_a_range_ends_where_the_session_stands(name: str) -> None:
    of = shipped("two-readers", 7)
    for first in (0, -1, 8):
        with pytest.raises(UserError, match="1 to 7"):
            str(pieces(of, name, Options(first=first)))
    assert text_of(of, name, first=1) != text_of(of, name, first=7)
    default = 7 if name == "sequence" else 1
    assert text_of(of, name) == text_of(of, name, first=default)


def test_what_there_is_not_is_refused_with_what_there_is() -> None:
    with pytest.raises(UserError, match="there is no format `gif`"):
        format_named("gif")
    assert format_named("dot") is BY_NAME["dot"]
    of = shipped("two-readers", 3)
    for each in (each.name for each in FORMATS if each.screen):
        with pytest.raises(UserError, match="picture of the screen"):
            pieces(of, each)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    of = shipped("two-readers", 5)
    file = tmp_path / "a.dot"
    assert write(of, "dot", str(file)) == file.stat().st_size
    before = hashlib.sha256(file.read_bytes()).digest()
    with pytest.raises(UserError):
        write(of, "sequence", str(file), Options(first=99))
    assert hashlib.sha256(file.read_bytes()).digest() == before
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(UserError, match="cannot be written"):
        write(of, "dot", str(tmp_path / "none" / "a.dot"))


def test_file_names_are_short_words_that_every_system_takes() -> None:
    dot = BY_NAME["dot"]
    assert file_name("Lazy: global!", dot, 12) == "lazy-global-step12.dot"
    assert file_name("../../etc/passwd", dot, 0) == "etc-passwd-step0.dot"
    assert file_name("日本\n", dot, 3) == "l4numa-step3.dot"
    long = file_name("x" * 300, dot, 3)
    assert len(long) < 60
    assert long.endswith("-step3.dot")
