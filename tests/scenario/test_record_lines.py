"""What is no recording, or no whole one, is refused with the line at which that shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.record_lines import MAX_FILE_BYTES, MAX_HEADER_BYTES, MAX_LINE_BYTES
from l4numa_tui.scenario.recording import read_recording, replay_recording
from tests.scenario.test_recording import recorded


def test_a_recording_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    recorded("pagefault", tmp_path / "r")
    data = (tmp_path / "r").read_bytes()
    for size in range(len(data) - 1):
        (tmp_path / "c").write_bytes(data[:size])
        with pytest.raises(UserError) as caught:
            read_recording(str(tmp_path / "c"))
        line = max(1, data[:size].count(b"\n") + (size > 0 and data[size - 1] != 10))
        if size:
            assert caught.value.line == line
    (tmp_path / "c").write_bytes(data[:-1])  # only the last line feed is missing
    assert replay_recording(read_recording(str(tmp_path / "c"))).holds


STEP = b'{"action":[0,4],"digest":"0123456789abcdef","chain":"0123456789abcdef0123456789abcdef"}'


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (b"", "not a line of a recording: ``"),
        (b"x" * 5000, "the line is too long"),
        (b"\x00\x01\xff", "not a line of a recording"),
        (b'{"action":[0,4]}', "missing required field `digest`"),
        (STEP.replace(b"[0,4]", b"[0]"), "of length >= 2"),
        (STEP.replace(b"[0,4]", b"[0,-4]"), ">= 0"),
        (STEP.replace(b"[0,4]", b"[0,4.5]"), "Expected `int`"),
        (STEP.replace(b"[0,4]", b"[0,9223372036854775808]"), "not a line of a recording"),
        (STEP.replace(b"[0,4]", b"[0,1" + b"0" * 1000 + b"]"), "not a line of a recording"),
        (STEP.replace(b"[0,4]", b"[0,true]"), "Expected `int`"),
        (STEP.replace(b"[0,4]", b"[" * 2000 + b"]" * 2000), "not a line of a recording"),
        (STEP.replace(b"[0,4]", b"[0, 4]"), "not written as this program writes it"),
        (STEP.replace(b"[0,4]", b"[0,04]"), "not a line of a recording"),
        (STEP.replace(b"0123456789abcdef\"", b"\xff\""), "not a line of a recording"),
        (STEP.replace(b"{", b'{"digest":"","'), "not a line of a recording"),
        (STEP.replace(b"}", b',"x":1}'), "unknown field `x`"),
        (STEP + STEP, "not a line of a recording"),
        (STEP + b"\r", "not written as this program writes it"),
        (b'{"back":0,"chain":"0"}', "as only an unfinished log says"),
        (b'{"steps":4.0,"digest":"","chain":""}', "not a line of a recording"),
    ],
)  # fmt: skip
def test_malformed_lines_are_refused_with_their_number(
    second: bytes, message: str, tmp_path: Path
) -> None:
    recorded("pagefault", tmp_path / "r")
    header, _, *rest = (tmp_path / "r").read_bytes().splitlines()
    (tmp_path / "c").write_bytes(b"\n".join([header, second, *rest]) + b"\n")
    with pytest.raises(UserError) as caught:
        read_recording(str(tmp_path / "c"))
    assert str(caught.value).startswith(f"{tmp_path / 'c'}:2: ")
    assert message in str(caught.value)


def test_nothing_may_follow_the_footer(tmp_path: Path) -> None:
    session = recorded("pagefault", tmp_path / "r")
    with (tmp_path / "r").open("ab") as file:
        file.write(STEP + b"\n")
    with pytest.raises(UserError, match="there is more after the footer") as caught:
        read_recording(str(tmp_path / "r"))
    assert caught.value.line == session.length + 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\n", ":1: not a line of a recording"),
        (b"title = 'a scenario'\n", ":1: not a line of a recording"),
        (b'{"format":"l4numa.recording/1"}\n', ":1: not a line of a recording"),
        (b"\x7fELF\x02\x01\x01\n", ":1: not a line of a recording"),
        (b"x" * (MAX_HEADER_BYTES + 1), ":1: the line is too long"),
    ],
)
def test_other_files_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(UserError) as caught:
        read_recording(str(tmp_path / "r"))
    assert message in str(caught.value)


def test_another_format_is_refused(tmp_path: Path) -> None:
    recorded("pagefault", tmp_path / "r")
    data = (tmp_path / "r").read_bytes().replace(b"recording/1", b"recording/2", 1)
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(UserError, match=r"the format is `l4numa\.recording/2`"):
        read_recording(str(tmp_path / "r"))


def test_huge_and_missing_files_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "r").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(UserError, match="the file is too large"):
        read_recording(str(tmp_path / "r"))
    for path in (str(tmp_path), str(tmp_path / "none"), "a\0b"):
        with pytest.raises(UserError, match="cannot be read"):
            read_recording(path)
    assert MAX_LINE_BYTES == 4096
