"""A file is written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.files import write_atomically


def test_what_is_written_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "f"
    for data in (b"one", b"two"):
        write_atomically(str(target), [data[:1], data[1:]])
        assert target.read_bytes() == data
    assert os.listdir(tmp_path) == ["f"]


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"new" * 100_000
        raise UserError("too long")

    with pytest.raises(UserError, match="too long"):
        write_atomically(str(target), pieces())
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_bytes(b"old")

    def full(descriptor: int) -> None:
        del descriptor
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        write_atomically(str(target), [b"new"])
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_link_is_followed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "f", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(str(link), [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    left = tmp_path / f".f.{os.getpid()}-0"
    left.write_bytes(b"half")
    write_atomically(str(tmp_path / "f"), [b"new"])
    assert (tmp_path / "f").read_bytes() == b"new"
    assert left.read_bytes() == b"half"


def test_rights_are_those_of_any_new_file(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "f"), [b"new"])
    (tmp_path / "g").write_bytes(b"new")
    assert (tmp_path / "f").stat().st_mode == (tmp_path / "g").stat().st_mode


@pytest.mark.parametrize("name", ["", "none/f", "a\0b", "."])
def test_where_nothing_can_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        write_atomically(f"{tmp_path}/{name}", [b"new"])
    assert os.listdir(tmp_path) == []
