"""`export` in a conversation writes what the command line would, and never over anything."""

from __future__ import annotations

from pathlib import Path

from tests.plain.test_travel import said


def test_an_export_is_written_once_and_never_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "here.dot"
    wrote, again = said(f"export dot {path}", f"export dot {path}")
    assert wrote.startswith("Written: ")
    assert "digraph mapping_database" in path.read_text(encoding="utf-8")
    assert "is there already" in again
    (refused,) = said(f"export svg {tmp_path / 'screen.svg'}")
    assert "a picture of the screen, which is not there" in refused
    assert [each.name for each in tmp_path.iterdir()] == ["here.dot"]
