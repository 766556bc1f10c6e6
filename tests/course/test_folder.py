from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.course import folder as folder_module
from l4numa_tui.course.folder import lessons_folder
from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.errors import UserError
from tests.course.small_course import FILES, small_lesson, write_course


def test_lessons_are_found_in_a_checkout_and_in_an_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "__file__", str(tmp_path / "pkg" / "course" / "folder.py"))
    with pytest.raises(UserError, match="lessons are missing"):
        lessons_folder()
    write_course(tmp_path / "lessons")
    assert lessons_folder() == tmp_path / "lessons"
    write_course(tmp_path / "pkg" / "lessons")
    assert lessons_folder() == tmp_path / "pkg" / "lessons"


def test_a_lesson_is_found_by_id_folder_or_number(tmp_path: Path) -> None:
    write_course(tmp_path)
    for name in ("two", "03-two", "03", "3"):
        assert find_lesson(name, folder=tmp_path).id == "two"
    for name in ("", "4", "..", "03-", "two/"):
        with pytest.raises(UserError, match="no lesson"):
            find_lesson(name, folder=tmp_path)


def test_a_lesson_knows_its_number_title_and_objectives(tmp_path: Path) -> None:
    lesson = small_lesson(tmp_path)
    assert (lesson.number, lesson.title, lesson.minutes) == (3, "Two nodes", 5)
    assert lesson.objectives == (("see", "see where a **page** is"),)


def test_the_fingerprint_changes_with_what_decides_and_only_with_that(tmp_path: Path) -> None:
    digest = small_lesson(tmp_path / "a").digest
    assert small_lesson(tmp_path / "a", "anna").digest == digest
    write_course(tmp_path / "b")
    text = tmp_path / "b" / "03-two" / "lesson.en.md"
    text.write_text(text.read_text().replace("Who hears", "Wer hört"))
    assert small_lesson(tmp_path / "b").digest == digest
    for name in ("lesson.toml", "scenario.toml"):
        write_course(tmp_path / name)
        path = tmp_path / name / "03-two" / name
        path.write_text(path.read_text() + "# changed\n")
        assert small_lesson(tmp_path / name).digest != digest


@pytest.mark.parametrize("name", list(FILES)[:6])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    for damage in (None, b"\xff", b"\x00", b"x" * 300_000):
        write_course(tmp_path)
        path = tmp_path / name
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        with pytest.raises(UserError) as caught:
            find_lesson("3", folder=tmp_path)
        assert caught.value.source == str(path)
