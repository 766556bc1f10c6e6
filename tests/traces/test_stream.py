"""Files as they come: damaged, missing, binary, or far too large."""

from __future__ import annotations

import gzip
import lzma
import os
import tracemalloc
import zlib
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.traces.batch import TraceOptions
from l4numa_tui.traces.reader import open_trace
from l4numa_tui.traces.stream import MAX_LINE_BYTES
from tests.traces.helpers import DATA, open_text, touches_of


def refused(path: Path, trace_format: str = "auto") -> UserError:
    with pytest.raises(UserError) as caught:
        list(open_trace(path, format=trace_format))
    assert caught.value.source == str(path)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        (lzma.compress(b""), "is empty"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "is a binary file"),
        ("1000 R\r\n".encode("utf-16"), "is a binary file"),
        (gzip.compress(gzip.compress(b"1000 R\n" * 9)), "is a binary file"),
        (b"\n\n", "no trace format known"),
        (b"\x1b[31mred\n", "no trace format known"),
        (b"==1== Lackey\n==1==\n", "no references"),
        (b"tid,op,vpn,count\n", "no references"),
        (gzip.compress(b"1000 R\n") + b"garbage", "damaged gzip"),
        (lzma.compress(b"1000 R\n") + b"garbage" * 9, "damaged xz"),
        (b"\x1f\x8b\x08nonsense, not deflated", "damaged gzip"),
        (gzip.compress(b"1000 R\n")[:-5], "cut short"),
        (lzma.compress(b"1000 R\n")[:-5], "cut short"),
        (b"\x1f\x8b", "cut short"),
    ],
)
def test_unusable_contents_are_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    assert message in str(refused(path))


def test_only_readable_regular_files_are_opened(tmp_path: Path) -> None:
    assert "is a directory" in str(refused(tmp_path))
    assert "No such file" in str(refused(tmp_path / "missing\x1b[2J"))
    assert "cannot be read" in str(refused(tmp_path / "nul\0"))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert "not a regular file" in str(refused(fifo))


def test_a_file_cut_short_is_read_up_to_the_cut(tmp_path: Path) -> None:
    packed = (DATA / "ls.lackey.gz").read_bytes()
    path = tmp_path / "t"
    path.write_bytes(packed[: len(packed) // 2])
    trace = open_trace(path, _chunk_bytes=1 << 14)
    with pytest.raises(UserError, match="cut short"):
        list(trace)
    assert trace.statistics().references > 10_000
    assert trace.progress() == (len(packed) // 2,) * 2


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 4096, 1 << 18])
def test_lines_are_numbered_across_chunks(chunk_bytes: int, tmp_path: Path) -> None:
    good = [f"{number:x}000 R" for number in range(300)]
    for bad in (1, 2, 150, 299, 300):
        lines = [*good]
        lines[bad - 1] = "\x1b]0;boo\x07" + "x" * 100
        trace = open_text(tmp_path, "\n".join(lines), _chunk_bytes=chunk_bytes)
        with pytest.raises(UserError) as caught:
            list(trace)
        assert caught.value.line == bad
        assert "]0;boo" in caught.value.what
        assert len(str(caught.value)) < len(str(tmp_path)) + 150
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("chunk_bytes", [1, 100, 5000, 1 << 18])
@pytest.mark.parametrize("excess", [1, 10_000])
@pytest.mark.parametrize(
    ("comment", "reference"),
    [
        ("==1==", " L 1000,8"),
        ("", "1000 R"),
        ("#", "mt 5 [000] 1.0: page-faults: 1000 2000"),
    ],
)
def test_a_line_may_not_be_too_long(
    comment: str, reference: str, excess: int, chunk_bytes: int, tmp_path: Path
) -> None:
    fits = comment.ljust(MAX_LINE_BYTES)
    text = "\n".join([reference, *[fits] * 3, fits + " " * excess, reference])
    with pytest.raises(UserError, match="too long") as caught:
        list(open_text(tmp_path, text, _chunk_bytes=chunk_bytes))
    assert caught.value.line == 5
    lenient = open_text(tmp_path, text, TraceOptions(lenient=True), _chunk_bytes=chunk_bytes)
    assert len(touches_of(lenient)) == 2
    assert (lenient.statistics().lines, lenient.statistics().skipped) == (6, 1)


def test_a_compressed_endless_line_is_refused_at_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"1000 R\n" + b" " * 40_000_000))
    trace = open_trace(path)
    with pytest.raises(UserError, match="too long") as caught:
        list(trace)
    assert caught.value.line == 2
    done, total = trace.progress()
    assert done < total


def test_xz_may_not_ask_for_much_memory(tmp_path: Path) -> None:
    packed = bytearray(lzma.compress(b"1000 R\n"))
    path = tmp_path / "t.xz"
    # The block header starts at byte 12: its size, its flags, then the filter LZMA2 (0x21) with one
    # byte of properties, the size of the dictionary; a CRC ends the header.
    header = slice(12, 12 + 4 * packed[12])
    assert packed[14:16] == b"\x21\x01"
    for dictionary, accepted in ((22, True), (34, False)):  # 8 MiB and 512 MiB
        packed[16] = dictionary
        packed[header.start : header.stop + 4] = packed[header] + zlib.crc32(
            packed[header]
        ).to_bytes(4, "little")
        path.write_bytes(packed)
        if accepted:
            assert len(touches_of(open_trace(path))) == 1
        else:
            assert "damaged xz" in str(refused(path))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for lines in (80_000, 320_000):
        path = tmp_path / "t.gz"
        path.write_bytes(gzip.compress(b"".join(b"%x000 W\n" % (i % 999) for i in range(lines))))
        trace = open_trace(path, _chunk_bytes=1 << 14)
        tracemalloc.start()
        total = sum(len(batch.touches) for batch in trace)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == lines
    assert peaks[1] < 1.5 * peaks[0]


def test_too_many_threads_are_refused(tmp_path: Path) -> None:
    text = "tid,op,vpn,count\n" + "".join(f"{tid},R,1,1\n" for tid in range(70_000))
    with pytest.raises(UserError, match="more than 65536 threads") as caught:
        list(open_text(tmp_path, text))
    assert caught.value.line == 65_538
