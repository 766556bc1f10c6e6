"""Progress on disk: nothing acknowledged is lost, whatever happens to the file's end."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from l4numa_tui.course import progress as progress_module
from l4numa_tui.course.backup import export_progress, import_progress
from l4numa_tui.course.overview import newest_attempt, open_lesson, overview
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.progress import file_name, open_player
from l4numa_tui.errors import UserError
from l4numa_tui.folders import data_folder
from tests.course.small_course import LESSON, small_lesson, to_challenge, write_course


@contextmanager
def opened(tmp_path: Path, student: str = "", attempt: int = 0) -> Iterator[LessonPlayer]:
    lesson = small_lesson(tmp_path / "lessons", student, attempt)
    player, file, note = open_player(lesson, student, attempt, folder=tmp_path)
    assert note == ""
    try:
        yield player
    finally:
        file.close()


def progress_file(tmp_path: Path, student: str = "", attempt: int = 0) -> Path:
    return tmp_path / "progress" / file_name("two", student, attempt)


def test_a_lesson_goes_on_where_it_was_left(tmp_path: Path) -> None:
    with opened(tmp_path) as player:
        to_challenge(player)
        player.hint()
        player.act(player.parse("touch A.0 0x402000"))
        player.back()
        expected = (player.session.cursor, player.session.digest(), player.blocks())
        known = player.session.length
    with opened(tmp_path) as again:
        assert (again.session.cursor, again.session.digest(), again.blocks()) == expected
        assert again.session.length == known  # what was taken back can still be done again
        again.act(again.parse("touch A.0 0x402000"))
    with opened(tmp_path) as last:
        assert last.session.cursor == expected[0] + 1


def test_every_record_is_in_the_file_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as player:
        path = progress_file(tmp_path)
        for deed in (lambda: player.answer("a"), player.step, player.back, player.step):
            deed()
            lines = path.read_text().splitlines()
            assert [json.loads(line) for line in lines[1:]] == player.export()


def test_a_torn_tail_is_cut(tmp_path: Path) -> None:
    with opened(tmp_path) as player:
        player.answer("a")
        player.step()
        whole = progress_file(tmp_path).read_bytes()
        player.back()
    path = progress_file(tmp_path)
    longer = path.read_bytes()
    for size in range(len(whole), len(longer)):  # a kill at any byte of the last line
        path.write_bytes(longer[:size])
        with opened(tmp_path) as again:
            assert again.session.cursor == 1
        assert path.read_bytes() == whole
    path.write_bytes(whole[:20])  # not even the header
    with opened(tmp_path) as fresh:
        assert fresh.export() == []


def test_a_full_disk_is_said_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write

    def full(file: int, data: bytes) -> int:
        return real_write(file, data[:7])

    with opened(tmp_path) as player:
        player.answer("a")
        monkeypatch.setattr(os, "write", full)
        player.step()
        assert "cannot be saved" in player.unsaved
        player.answer("b a")
        monkeypatch.setattr(os, "write", real_write)
        player.answer("b")
        assert player.unsaved == ""
    with opened(tmp_path) as again:
        assert list(again.given) == ["whom", "order", "where"]


def test_two_windows_cannot_mix_their_records(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with opened(tmp_path), pytest.raises(UserError, match="another window"), opened(tmp_path):
        pass
    with opened(tmp_path):  # closed, it can be opened again
        pass


def test_each_student_and_attempt_has_a_file_of_its_own(tmp_path: Path) -> None:
    for student, attempt in (("", 0), ("anna", 0), ("anna", 1), ("../../x", 0)):
        with opened(tmp_path, student, attempt) as player:
            assert player.export() == []
            player.answer("a")
    assert len(list((tmp_path / "progress").iterdir())) == 4
    assert newest_attempt("two", "anna", folder=tmp_path) == 1
    assert newest_attempt("two", "", folder=tmp_path) == 0


def test_a_changed_lesson_keeps_what_still_fits(tmp_path: Path) -> None:
    with opened(tmp_path) as player:
        to_challenge(player)
        answered = len(player.export())
    old = progress_file(tmp_path).read_bytes()
    changed = LESSON.replace('id = "order"', 'id = "another"')
    write_course(
        tmp_path / "lessons",
        lesson=changed,
    )
    text = (tmp_path / "lessons/03-two/lesson.en.md").write_text(
        _text().replace("observe order", "observe another")
    )
    assert text
    lesson = small_lesson(tmp_path / "lessons")
    player, file, note = open_player(lesson, folder=tmp_path)
    file.close()
    assert f"2 of {answered}" in note
    assert list(player.given) == ["whom"]
    assert player.session.cursor == 1
    assert progress_file(tmp_path).with_suffix(".old").read_bytes() == old
    again, file, note = open_player(lesson, folder=tmp_path)
    file.close()
    assert (note, again.session.cursor) == ("", 1)


def _text() -> str:
    from tests.course.small_course import TEXT

    return TEXT


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"nonsense",
        b'{"do":"dance","at":1}',
        b'{"do":"move"}',
        b'{"do":"move","at":-1}',
        b'{"do":"move","at":1,"more":2}',
        b'{"do":"answer","at":0,"question":"q","value":{"a":1}}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_named_with_its_line(tmp_path: Path, line: bytes) -> None:
    with opened(tmp_path) as player:
        player.answer("a")
    path = progress_file(tmp_path)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(UserError) as caught, opened(tmp_path):
        pass
    assert (caught.value.source, caught.value.line) == (str(path), 3)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "progress").write_text("a file where a folder should be")
    with pytest.raises(UserError, match="cannot be saved"), opened(tmp_path):
        pass


def test_long_files_are_tidied_when_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "_TIDY_ABOVE", 10)
    with opened(tmp_path) as player:
        player.answer("a")
        player.step()
        player.answer("b a")
        player.answer("b")
        for _ in range(8):
            player.step()
            player.step()
            player.back()
            player.back()
        expected = (player.session.cursor, player.blocks())
        before = len(player.export())
    for _ in range(2):
        with opened(tmp_path) as again:
            assert (again.session.cursor, again.blocks()) == expected
    assert len(progress_file(tmp_path).read_text().splitlines()) < before


def test_the_folder_is_the_users_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L4NUMA_HOME", "/somewhere")
    assert data_folder() == Path("/somewhere")
    monkeypatch.delenv("L4NUMA_HOME")
    assert data_folder().name == "l4numa"


def test_the_overview_tells_how_far_each_lesson_is(tmp_path: Path) -> None:
    lessons = write_course(tmp_path / "lessons")
    (status,) = overview(lessons=lessons, folder=tmp_path)
    assert (status.begun, status.finished, status.points, status.most) == (False, False, 0, 9)
    with opened(tmp_path) as player:
        to_challenge(player)
    (status,) = overview(lessons=lessons, folder=tmp_path)
    assert (status.begun, status.finished, status.points) == (True, False, 5)
    progress_file(tmp_path).write_text("damaged\n")
    (status,) = overview(lessons=lessons, folder=tmp_path)
    assert not status.begun


def test_a_new_attempt_begins_anew_and_keeps_the_old(tmp_path: Path) -> None:
    lessons = write_course(tmp_path / "lessons")

    def visit(*, again: bool, deed: str = "") -> tuple[int, int]:
        player, file, _ = open_lesson("two", "anna", again=again, lessons=lessons, folder=tmp_path)
        if deed:
            player.answer(deed)
        file.close()
        return player.attempt, len(player.export())

    assert visit(again=True) == (0, 0)  # there is nothing to begin again yet
    assert visit(again=False, deed="a") == (0, 1)
    assert visit(again=True) == (1, 0)
    assert visit(again=False, deed="b") == (1, 1)
    assert visit(again=True) == (2, 0)
    assert visit(again=False) == (2, 0)
    assert newest_attempt("two", "anna", folder=tmp_path) == 2


def test_progress_travels_and_never_overwrites_what_is_further(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    with opened(here) as player:
        player.answer("a")
    with opened(here, "anna") as player:
        player.answer("b")
    backup = str(tmp_path / "backup.json")
    assert export_progress(backup, folder=here) == 2
    assert len(import_progress(backup, folder=there).taken) == 2
    with opened(there) as player:
        assert player.given["whom"].value == "a"
        player.step()
    done = import_progress(backup, folder=there)
    assert done.taken == ()
    assert len(done.kept) == 2
    with opened(there) as player:
        assert player.session.cursor == 1
    assert export_progress(backup, folder=there) == 2
    assert import_progress(backup, folder=here).taken == (file_name("two"),)
    with opened(here) as player:
        assert player.session.cursor == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"format":"l4numa.backup/1","files":{"../two.jsonl":"x\\n"}}',
        '{"format":"l4numa.backup/1","files":{"two.jsonl":"x\\n"}}',
        '{"format":"l4numa.backup/1","files":{"two.jsonl":""}}',
        '{"format":"l4numa.backup/2","files":{}}',
        '{"format":"l4numa.backup/1","files":[]}',
    ],
)
def test_a_backup_that_is_none_takes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "backup.json"
    path.write_text(text)
    with pytest.raises(UserError):
        import_progress(str(path), folder=tmp_path)
    assert not (tmp_path / "progress").exists()


def test_each_student_has_a_file_of_a_name_that_is_safe() -> None:
    names = ["eve", "Eve", "e/ve", "../eve", "", "Ève", "張", "eve " * 50]
    files = [file_name("two", name) for name in names]
    assert len(set(files)) == len(names)
    assert all(re.fullmatch(r"two[a-z0-9.-]*\.jsonl", file) and len(file) < 60 for file in files)
    assert ".eve-" in files[0]
