"""Runs of neighbouring frames: whatever comes and goes, they are the ones a plain loop finds."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.views.forest.runs import Run, RunList

_CHANGES = st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 2), st.booleans()), max_size=60)


def rows_of(key: int, count: int) -> int:
    """Odd keys fold."""
    return 1 if key % 2 else 2 * count + 1


def plain_runs(frames: dict[int, int]) -> list[tuple[int, int, int]]:
    """(first, size, key) of the runs, found by walking over all frames."""
    marked = [
        ((frame - at if key >= 0 else ~frame, key), frame)
        for at, (frame, key) in enumerate(sorted(frames.items()))
    ]
    groups = [
        (key, [frame for _, frame in group]) for key, group in groupby(marked, lambda m: m[0])
    ]
    return [(group[0], len(group), key[1]) for key, group in groups]


def listed(runs: RunList) -> list[Run]:
    """All runs, by way of the rows."""
    out: list[Run] = []
    row = 0
    while (run := runs.run_at(row)) is not None:
        out.append(run)
        row += run.rows
    return out


@given(_CHANGES)
def test_runs_are_those_of_a_plain_loop(changes: list[tuple[int, int, bool]]) -> None:
    runs, frames = RunList(rows_of), dict[int, int]()
    for frame, key, comes in changes:
        if comes:
            runs.put(frame, key)
            frames[frame] = key
        else:
            runs.drop(frame)
            frames.pop(frame, None)
        found = listed(runs)
        assert [run[:3] for run in found] == plain_runs(frames)
        assert [run.rows for run in found] == [rows_of(run.key, run.size) for run in found]
        assert runs.row_count == sum(run.rows for run in found)
        assert (len(runs), runs.frames) == (len(found), len(frames))
        for each in range(14):
            assert runs.key_of(each) == frames.get(each)
            run = runs.run_of(each)
            assert (run is None) == (each not in frames)
            assert run is None or run in found
    loaded = RunList(rows_of)
    loaded.load(sorted(frames.items()))
    assert listed(loaded) == listed(runs)


def test_rows_outside_belong_to_no_run() -> None:
    runs = RunList(rows_of)
    assert runs.run_at(0) is None
    runs.put(3, 0)
    assert runs.run_at(-1) is None
    assert runs.run_at(2) == Run(3, 1, 0, 0, 3)
    assert runs.run_at(3) is None
