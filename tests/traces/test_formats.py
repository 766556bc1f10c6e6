"""The rules of each format, on the smallest traces that show them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.traces.batch import EXECUTE, READ, WRITE, Batch, TraceOptions
from l4numa_tui.traces.reader import open_trace
from tests.traces.helpers import open_text, read_text, slow_references, slow_touches, touches_of

same_directory = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)

lackey_lines = st.builds(
    lambda letter, address, size: f"{letter} {address:08x},{size}",
    st.sampled_from(["I ", " L", " S", " M"]),
    st.one_of(
        st.integers(0, 2**48 - 65),
        st.builds(lambda page, back: (page << 12) - back, st.integers(1, 40), st.integers(0, 70)),
    ),
    st.sampled_from([1, 2, 4, 8, 10, 16, 32, 64]),
)
course_lines = st.builds(
    lambda prefix, address, width, blanks, letter: f"{prefix}{address:0{width}x}{blanks}{letter}",
    st.sampled_from(["", "0x"]),
    st.integers(0, 2**48 - 1),
    st.sampled_from([1, 8, 16]),
    st.sampled_from([" ", "  ", "\t"]),
    st.sampled_from("RrWw"),
)
all_options = st.builds(
    lambda page_log2, limit, kinds, fold: TraceOptions(
        page_log2, limit, kinds, None if fold is None else page_log2 + fold
    ),
    st.integers(8, 21),
    st.one_of(st.none(), st.integers(1, 40)),
    st.sampled_from(["all", "data", "instructions"]),
    st.one_of(st.none(), st.integers(0, 16)),
)


@same_directory
@given(
    lines=st.one_of(st.lists(lackey_lines, min_size=1), st.lists(course_lines, min_size=1)),
    options=all_options,
    chunk_bytes=st.one_of(st.integers(1, 90), st.just(1 << 18)),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_fast_and_slow_reader_agree(
    lines: list[str], options: TraceOptions, chunk_bytes: int, line_end: str, tmp_path: Path
) -> None:
    trace_format = "lackey" if "," in lines[0] else "course"
    expected = slow_touches(slow_references(trace_format, lines), options)
    trace = open_text(tmp_path, line_end.join(lines), options, _chunk_bytes=chunk_bytes)
    if not expected:
        with pytest.raises(UserError, match="no references"):
            list(trace)
        return
    assert touches_of(trace) == expected
    statistics = trace.statistics()
    if options.limit is None:
        assert statistics.lines == len(lines) == statistics.references + statistics.filtered
    else:
        assert statistics.references <= options.limit
        assert statistics.lines == statistics.references + statistics.filtered


@pytest.mark.parametrize("chunk_bytes", [8, 1 << 18])
@pytest.mark.parametrize("page_log2", [8, 12, 16])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 9, 10, 39, 40, 64])
def test_a_reference_touches_each_page_it_reaches(
    size: int, page_log2: int, chunk_bytes: int, tmp_path: Path
) -> None:
    page = 1 << page_log2
    offsets = range(page - 80, page)
    # All lines are new: with small chunks, the table of known lines is given up after the first.
    text = "".join(f" S {5 * page + offset:x},{size}\n" for offset in offsets)
    expected = []
    for offset in offsets:
        expected += [5] if offset + size <= page else [5, 6]
    got = read_text(tmp_path, text, TraceOptions(page_log2), _chunk_bytes=chunk_bytes)
    assert got == [("1", -1, vpn << 2 | WRITE) for vpn in expected]


def test_lackey_modify_is_one_write(tmp_path: Path) -> None:
    trace = open_text(tmp_path, " M 1fff000758,8\n")
    assert touches_of(trace) == [("1", -1, 0x1FFF000 << 2 | WRITE)]
    assert trace.statistics().references == 1


def test_lackey_threads_follow_the_lock_and_numbers_are_reused(tmp_path: Path) -> None:
    text = """==9== Lackey
--9--   SCHED[1]:  acquired lock (thread_wrapper(starting new thread))
--9--   SCHED[1]: entering VG_(scheduler)
I  00001000,3
--9--   SCHED[1]: releasing lock (VG_(vg_yield)) -> VgTs_Yielding
--9--   SCHED[3]:  acquired lock (thread_wrapper(starting new thread))
--9--   SCHED[3]: entering VG_(scheduler)
 L 00002000,8
--9--   SCHED[3]: exiting VG_(scheduler)
--9--   SCHED[3]:  acquired lock (thread_wrapper(starting new thread))
--9--   SCHED[3]: entering VG_(scheduler)
 L 00003000,8
--9--   SCHED[1]:  acquired lock (VG_(vg_yield))
 S 00004000,8
--9--   SCHED[3]:  acquired lock (VG_(client_syscall)[async])
 S 00005000,8
==9==
"""
    trace = open_text(tmp_path, text)
    assert touches_of(trace) == [
        ("1", -1, 1 << 2 | EXECUTE),
        ("3", -1, 2 << 2 | READ),
        ("3.2", -1, 3 << 2 | READ),
        ("1", -1, 4 << 2 | WRITE),
        ("3.2", -1, 5 << 2 | WRITE),
    ]
    assert [batch.thread for batch in trace] == [0, 1, 2, 0, 2]


def test_valgrinds_scheduler_leaves_a_line_without_marks(tmp_path: Path) -> None:
    # As valgrind 3.19 prints it when a process with several threads exits.
    text = " L 1000,8\nSCHEDSETJMP(line 1211) tid 2, jumped=1476724588\n L 2000,8\n"
    trace = open_text(tmp_path, text)
    assert [touch >> 2 for _, _, touch in touches_of(trace)] == [1, 2]
    assert trace.statistics().skipped == 0
    other = open_text(tmp_path, " L 1000,8\nSCHEDSETJMPx\n L 2000,8\n")
    with pytest.raises(UserError, match=":2: cannot read"):
        list(other)


def test_threads_are_numbered_alike_whatever_is_filtered(tmp_path: Path) -> None:
    text = (
        "--9--   SCHED[7]:  acquired lock (x)\nI  1000,1\n"
        "--9--   SCHED[4]:  acquired lock (x)\n L 2000,1\n"
    )
    trace = open_text(tmp_path, text, TraceOptions(kinds="data"))
    assert [batch.thread for batch in trace] == [1]
    assert trace.statistics().threads == ("7", "4")


def test_what_is_left_out_cuts_no_batch(tmp_path: Path) -> None:
    text = (
        "--9--   SCHED[7]:  acquired lock (x)\n L 1000,1\n"
        "--9--   SCHED[4]:  acquired lock (x)\nI  2000,1\nI  ffff,2\n"
        "--9--   SCHED[7]:  acquired lock (x)\n L 3000,1\n"
    )
    batches = list(open_text(tmp_path, text, TraceOptions(kinds="data")))
    assert batches == [Batch(0, -1, [1 << 2, 3 << 2])]


@pytest.mark.parametrize(
    ("line", "touch"),
    [
        (" 24965 [001]  1206.570039:     55f96e9ca038 ffffffff817554ea", (0x55F96E9CA, 1)),
        (
            "Web Content 24965/24965 [017] 1.5: 1 page-faults:u: 1000 2000 main+0x1 (/bin/x)",
            (1, 17),
        ),
        ("kworker/0:1 24965 [000] 1.5: page-faults: 3abc", (3, 0)),
        ("24965 [003] 7000 7000", (7, 3)),
    ],
)
def test_perf_prints_faults_in_several_ways(
    line: str, touch: tuple[int, int], tmp_path: Path
) -> None:
    vpn, cpu = touch
    text = f"# captured on: some day\n{line}\n"
    assert read_text(tmp_path, text) == [("24965", cpu, vpn << 2 | READ)]


def test_perf_batches_are_cut_where_the_cpu_changes(tmp_path: Path) -> None:
    rows = [("5", 0), ("5", 0), ("5", 1), ("6", 1), ("5", 1)]
    text = "".join(f"mt {tid} [{cpu:03}] 1.0: page-faults: 1000 0\n" for tid, cpu in rows)
    batches = list(open_text(tmp_path, text))
    assert [(batch.thread, batch.cpu, len(batch.touches)) for batch in batches] == [
        (0, 0, 2),
        (0, 1, 1),
        (1, 1, 1),
        (0, 1, 1),
    ]


GOOD = {
    "lackey": " L 1000,8",
    "course": "1000 R",
    "perf": "mt 5 [000] 1.0: page-faults: 1000 2000",
    "runs": "tid,op,vpn,count\n1,R,1,1",
}
BAD = {
    "lackey": [
        "L 1000,8",
        " L 1000",
        " L 1000,0",
        " L 1000,-1",
        " L 1000,4097",
        " L 1000,99999",
        " L 0x1000,8",
        " L 1000 ,8",
        " L 1_0,8",
        " L 1000,8 ",
        " X 1000,8",
        " L 1000000000000,1",
        " L ffffffffffff,2",
        "I  ffffffff81000000,1",
        "hello",
        "tid,op,vpn,count",
    ],
    "course": [
        "1000",
        "R 1000",
        "1000 X",
        "1000 RW",
        " 1000 R",
        "1000R",
        "0x R",
        "10g0 R",
        "-1000 R",
        "1000000000000 R",
        "1000 R R",
        "1000\u00a0R",
    ],
    "perf": [
        "mt 5 [000] 1.0: page-faults:",
        "mt [000] 1.0: page-faults: 1000",
        "mt 5 [000] 1.0: page-faults: ffffffff81000000 1",
        "mt 5 [0x1] 1.0: page-faults: 1000",
        "1000 R",
    ],
    "runs": [
        "1,R,1",
        "1,R,,1",
        "1,R,1,0",
        "1,R,1,-1",
        "1,R,1,1,1",
        "1,R,1,1000000000000",
        "1,R,1000000000,1",
        "1,M,1,1",
        "1, R,1,1",
        "-1,R,1,1",
        "01,R,1,1",
        "tid,op,vpn,count",
    ],
}


@pytest.mark.parametrize("chunk_bytes", [10, 1 << 18])
@pytest.mark.parametrize(
    ("trace_format", "bad"), [(name, bad) for name, lines in BAD.items() for bad in lines]
)
def test_malformed_lines_are_refused_or_skipped(
    trace_format: str, bad: str, chunk_bytes: int, tmp_path: Path
) -> None:
    good = GOOD[trace_format]
    text = f"{good}\n{bad}\n{good.splitlines()[-1]}\n"
    with pytest.raises(UserError) as caught:
        read_text(tmp_path, text, _chunk_bytes=chunk_bytes)
    assert caught.value.line == len(good.splitlines()) + 1
    assert caught.value.source == str(tmp_path / "some.trace")
    lenient = open_text(tmp_path, text, TraceOptions(lenient=True), _chunk_bytes=chunk_bytes)
    assert len(touches_of(lenient)) == 2
    assert lenient.statistics().skipped == 1


def test_blank_lines_are_comments(tmp_path: Path) -> None:
    for good in GOOD.values():
        trace = open_text(tmp_path, f"{good}\n\n  \r\n{good.splitlines()[-1]}\n\n")
        assert len(touches_of(trace)) == 2
        assert trace.statistics().skipped == 0


@pytest.mark.parametrize("trace_format", GOOD)
def test_a_limit_is_exact(trace_format: str, tmp_path: Path) -> None:
    first = GOOD[trace_format]
    last = first.splitlines()[-1]
    text = first + f"\n{last}" * 9 + "\nnonsense behind the limit\n"
    for limit in range(1, 11):
        trace = open_text(tmp_path, text, TraceOptions(limit=limit))
        assert len(touches_of(trace)) == limit
        assert trace.statistics().lines == limit + (trace_format == "runs")


def test_the_limit_does_not_count_what_is_left_out(tmp_path: Path) -> None:
    text = "I  1000,1\n" * 5 + " L 2000,1\n" + "I  1000,1\n" * 5 + " L 3000,1\n L 4000,1\n"
    trace = open_text(tmp_path, text, TraceOptions(limit=2, kinds="data"))
    assert [touch >> 2 for _, _, touch in touches_of(trace)] == [2, 3]
    assert trace.statistics()[:4] == (12, 2, 2, 10)


def test_the_named_format_overrules_the_looks(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("1000 R\n")
    with pytest.raises(UserError, match="1000 R") as caught:
        list(open_trace(path, format="lackey"))
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "options",
    [
        TraceOptions(page_log2=7),
        TraceOptions(page_log2=31),
        TraceOptions(limit=0),
        TraceOptions(kinds="writes\x1b[2J"),
        TraceOptions(fold_bits=11),
        TraceOptions(fold_bits=49),
    ],
)
def test_options_out_of_range_are_refused(options: TraceOptions, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_text(tmp_path, "1000 R\n", options)
    assert str(caught.value).isprintable()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one of auto, runs, lackey, course, perf"):
        open_trace(tmp_path, format="din")
