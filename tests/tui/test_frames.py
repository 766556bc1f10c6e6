"""What repeats exactly on every machine: one frame a key, and not too many bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.screen import DOWN, LARGE, press, settled
from bench.terminal import ENVIRONMENT, Terminal
from l4numa_tui.folders import HOME

MOST_BYTES = 30_000
QUIET_S = 0.07  # a second frame, if there is one, comes within half of it


@pytest.fixture(params=[(120, 40), (80, 24)], ids=["full", "narrow"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    file = tmp_path / "large.toml"
    file.write_text(LARGE, encoding="ascii")
    columns, rows = request.param
    argv = [sys.executable, "-m", "l4numa_tui", "open", str(file)]
    own = ENVIRONMENT | {HOME: str(tmp_path)}
    with closing(Terminal(argv, columns=columns, rows=rows, environment=own)) as terminal:
        settled(terminal)
        yield terminal


def test_a_key_is_one_frame_among_ten_thousand_entries(program: Terminal) -> None:
    painted = len(program.written)
    program.settle(0.3, 0.3)
    assert len(program.written) == painted, "it painted while nobody did anything"
    program.press("2F")
    program.settle(0.2, 1.0)
    for keys, times in (("n", 6), ("p", 3), ("N", 2), (DOWN, 4), ("P", 1)):
        done = press(program, keys, times, QUIET_S)
        assert set(done.frames) == {1}, keys
        assert max(done.sizes) <= MOST_BYTES, keys


def test_another_size_or_pane_is_painted_once_and_the_forest_perhaps_again(
    program: Terminal,
) -> None:
    for columns, rows in ((100, 30), (70, 20), (120, 40)):
        seen = len(program.written)
        program.resize(columns, rows)
        program.settle(0.15, 2.0)
        assert len(program.frames(seen)) <= 2, (columns, rows)
    seen = len(program.written)
    program.press("\t")
    program.settle(QUIET_S, 2.0)
    assert len(program.frames(seen)) == 1
