"""Real traces, in full, read as the slow reader reads them."""

from __future__ import annotations

import gzip
import lzma
from itertools import pairwise
from pathlib import Path

import pytest

from l4numa_tui.traces.batch import TraceOptions
from l4numa_tui.traces.collector import BATCH_TOUCHES
from l4numa_tui.traces.reader import open_trace
from tests.traces.helpers import (
    DATA,
    SAMPLES,
    sample_lines,
    slow_references,
    slow_touches,
    touches_of,
)

OPTIONS = [
    TraceOptions(),
    TraceOptions(kinds="data"),
    TraceOptions(page_log2=16, fold_bits=20),
    TraceOptions(page_log2=21, limit=777),
    TraceOptions(kinds="data", limit=1000, fold_bits=14),
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: repr(options)[13:-1])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_reads_as_the_slow_reader_reads_it(name: str, options: TraceOptions) -> None:
    trace = open_trace(DATA / name, options=options)
    references = slow_references(SAMPLES[name], sample_lines(name))
    assert touches_of(trace) == slow_touches(references, options)
    assert trace.format == SAMPLES[name]


@pytest.mark.parametrize("name", ["ls.lackey.gz", "mt.lackey-sched.gz"])
def test_small_pages_are_straddled_more(name: str) -> None:
    options = TraceOptions(page_log2=8)
    trace = open_trace(DATA / name, options=options)
    expected = slow_touches(slow_references("lackey", sample_lines(name)), options)
    assert touches_of(trace) == expected
    statistics = trace.statistics()
    assert statistics.touches == len(expected) > statistics.references + 100


@pytest.mark.parametrize("name", SAMPLES)
def test_statistics_agree_with_the_file(name: str) -> None:
    lines = sample_lines(name)
    references = list(slow_references(SAMPLES[name], lines))
    trace = open_trace(DATA / name)
    assert trace.progress() == (0, (DATA / name).stat().st_size)
    batches = list(trace)
    statistics = trace.statistics()
    assert statistics.lines == len(lines)
    assert statistics.references == len(references)
    assert statistics.skipped == statistics.filtered == 0
    assert statistics.threads == tuple(dict.fromkeys(thread for thread, *_ in references))
    assert sorted({batch.thread for batch in batches}) == list(range(len(statistics.threads)))
    assert trace.progress() == ((DATA / name).stat().st_size,) * 2


@pytest.mark.parametrize("name", SAMPLES)
def test_filtered_and_kept_references_add_up(name: str) -> None:
    counts = []
    for kinds in ("all", "data"):
        trace = open_trace(DATA / name, options=TraceOptions(kinds=kinds))
        list(trace)
        counts.append((trace.statistics().references, trace.statistics().filtered))
    (everything, none), (data, instructions) = counts
    assert none == 0
    assert everything == data + instructions


@pytest.mark.parametrize("name", SAMPLES)
def test_compression_makes_no_difference(name: str, tmp_path: Path) -> None:
    packed = (DATA / name).read_bytes()
    text = gzip.decompress(packed)
    expected = touches_of(open_trace(DATA / name))
    middle = len(text) // 2
    contents = {
        "plain": text,
        "xz": lzma.compress(text),
        "two members": gzip.compress(text[:middle]) + b"\0" * 20 + gzip.compress(text[middle:]),
        "two streams": lzma.compress(text[:middle]) + b"\0" * 4 + lzma.compress(text[middle:]),
    }
    for what, content in contents.items():
        path = tmp_path / "misleading.zip"
        path.write_bytes(content)
        assert touches_of(open_trace(path)) == expected, what


def test_batches_are_long_and_cut_at_threads() -> None:
    batches = list(open_trace(DATA / "mt.lackey-sched.gz"))
    for before, after in pairwise(batches):
        assert before.thread != after.thread or len(before.touches) == BATCH_TOUCHES
    assert all(batch.touches and batch.repeats is None for batch in batches)


def test_a_trace_can_be_read_again() -> None:
    trace = open_trace(DATA / "mt.perfscript.gz")
    first = list(trace)
    statistics = trace.statistics()
    assert list(trace) == first
    assert trace.statistics() == statistics
