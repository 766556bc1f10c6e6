"""Page runs: what is written is read again, and is as short as it can be."""

from __future__ import annotations

import gzip
import io
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.traces.batch import Batch, TraceOptions
from l4numa_tui.traces.reader import open_trace
from l4numa_tui.traces.runs import HEADER, MAX_COUNT, write_page_runs
from tests.traces.helpers import DATA, open_text, touches_of

touch_lists = st.lists(
    st.builds(lambda vpn, kind: vpn << 2 | kind, st.integers(0, 2**36 - 1), st.integers(0, 2))
    | st.integers(4, 6),
    min_size=1,
    max_size=12,
)


@st.composite
def batch_lists(draw: st.DrawFn) -> list[Batch]:
    """Batches whose threads are numbered in order of first appearance."""
    batches: list[Batch] = []
    threads = 0
    for touches in draw(st.lists(touch_lists, min_size=1, max_size=6)):
        thread = draw(st.integers(0, threads))
        threads = max(threads, thread + 1)
        counts = st.lists(st.integers(1, 5), min_size=len(touches), max_size=len(touches))
        batches.append(Batch(thread, -1, touches, draw(st.none() | counts)))
    return batches


def flat(batches: list[Batch]) -> list[tuple[int, int]]:
    return [
        (batch.thread, touch)
        for batch in batches
        for touch, count in zip(
            batch.touches, batch.repeats or [1] * len(batch.touches), strict=True
        )
        for _ in range(count)
    ]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(batches=batch_lists(), chunk_bytes=st.integers(1, 60))
def test_written_batches_are_read_again(
    batches: list[Batch], chunk_bytes: int, tmp_path: Path
) -> None:
    text = io.StringIO()
    written = write_page_runs(batches, text)
    rows = text.getvalue().splitlines()[1:]
    assert written == len(rows) == len(list(groupby(flat(batches))))
    again = list(open_text(tmp_path, text.getvalue(), _chunk_bytes=chunk_bytes))
    assert flat(again) == flat(batches)
    rewritten = io.StringIO()
    write_page_runs(again, rewritten)
    assert rewritten.getvalue() == text.getvalue()


def test_the_canonical_sample_is_rewritten_byte_by_byte_but_for_its_tids() -> None:
    trace = open_trace(DATA / "mt.pageruns.csv.gz")
    text = io.StringIO()
    write_page_runs(trace, text)
    names = trace.statistics().threads
    header, *rows = text.getvalue().splitlines(keepends=True)
    renamed = [f"{names[int(row[0])]}{row[1:]}" for row in rows]
    original = gzip.decompress((DATA / "mt.pageruns.csv.gz").read_bytes()).decode()
    assert header + "".join(renamed) == original


@pytest.mark.parametrize("name", ["mt.lackey-sched.gz", "mt.course.gz"])
@pytest.mark.parametrize("page_log2", [12, 16])
def test_any_trace_becomes_page_runs(name: str, page_log2: int, tmp_path: Path) -> None:
    options = TraceOptions(page_log2=page_log2)
    trace = open_trace(DATA / name, options=options)
    path = tmp_path / "runs.csv"
    with path.open("w", newline="\n") as file:
        write_page_runs(trace, file, page_log2=page_log2)
    assert flat(list(open_trace(path, options=options))) == flat(list(trace))


def test_a_limit_cuts_a_run(tmp_path: Path) -> None:
    trace = open_text(
        tmp_path, f"{HEADER}\n1,R,1,5\n1,X,2,9\n2,W,3,5\n2,W,4,5\n", TraceOptions(12, 8, "data")
    )
    assert list(trace) == [Batch(0, -1, [1 << 2], [5]), Batch(1, -1, [3 << 2 | 1], [3])]
    statistics = trace.statistics()
    assert (statistics.references, statistics.filtered, statistics.lines) == (8, 9, 4)


def test_a_run_may_be_longer_than_memory(tmp_path: Path) -> None:
    batch = Batch(0, -1, [4], [MAX_COUNT])
    text = io.StringIO()
    write_page_runs([batch, batch], text)
    trace = open_text(tmp_path, text.getvalue())
    assert list(trace) == [Batch(0, -1, [4, 4], [MAX_COUNT, MAX_COUNT])]
    assert trace.statistics().references == 2 * MAX_COUNT


def test_page_runs_cannot_be_split_into_smaller_pages(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="4096-byte pages"):
        touches_of(open_text(tmp_path, f"{HEADER}\n1,R,1,5\n", TraceOptions(page_log2=10)))


@pytest.mark.parametrize("lenient", [False, True])
def test_the_header_is_needed(lenient: bool, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("1,R,1,5\n")
    with pytest.raises(UserError, match=HEADER) as caught:
        list(open_trace(path, format="runs", options=TraceOptions(lenient=lenient)))
    assert caught.value.line == 1
