"""Grading: what was done counts, what the file says does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.scripts import Script, play, read_script
from l4numa_tui.errors import UserError
from l4numa_tui.grading.grade import grade_file, result_of
from l4numa_tui.grading.submission import Footer, Header, chained, write_submission
from tests.course.small_course import small_player, to_challenge, write_course

STUDENTS = ("", "\u202eZoë <b>&\x1b[31m")
Row = dict[str, Any]

# Somebody whose numbers in the lesson of `submitted` are others than anna's.
OTHER = next(
    name
    for name in ("ben", "cleo", "dora", "emil", "fay", "gus")
    if find_lesson("lazy-global", name).values["page"]
    != find_lesson("lazy-global", "anna").values["page"]
)


def sessions() -> list[tuple[str, str, str]]:
    found = []
    for name in ("01-pagefault", "08-lazy-global"):
        folder = find_lesson(name).folder
        for kind in ("solutions", "wrong"):
            found += [(name, kind, path.name) for path in sorted((folder / kind).glob("*.toml"))]
    return found


def played(name: str, kind: str, file: str, student: str) -> tuple[LessonPlayer, Script]:
    lesson = find_lesson(name, student)
    player = LessonPlayer(lesson, student=student)
    script = read_script(lesson.folder / kind / file, lesson)
    play(player, script)
    return player, script


def submitted(tmp_path: Path) -> Path:
    """A submission to the real course that earns everything."""
    path = tmp_path / "full.jsonl"
    player, _ = played("08-lazy-global", "solutions", "after-errors.toml", "anna")
    write_submission(player, str(path))
    return path


def changed(path: Path, change: Callable[[list[Row]], None], *, chain: bool = False) -> Path:
    """The submission with its rows changed; with `chain`, by somebody who knows how to chain."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if chain:
        from l4numa_tui.course.records import StudentRecord

        kinds: list[Any] = [Header, *[StudentRecord] * (len(rows) - 2), Footer]
        lines = [msgspec.convert(row, kind) for row, kind in zip(rows, kinds, strict=True)]
        text = b"".join(chained(lines)).decode()
    out = path.with_name("changed.jsonl")
    out.write_text(text)
    return out


@pytest.mark.parametrize("student", STUDENTS)
def test_every_session_of_the_lessons_is_scored_exactly(tmp_path: Path, student: str) -> None:
    for name, kind, file in sessions():
        player, script = played(name, kind, file, student)
        path = str(tmp_path / "s.jsonl")
        write_submission(player, path)
        result = grade_file(path)
        lost = {check.id for check in result.checks if check.status != "pass"}
        assert lost == set(script.fails), (name, file)
        assert (result.score, result.most) == player.score()
        assert result.exit_code == (0 if kind == "solutions" else 1)
        assert result.student == student


def test_an_unfinished_session_keeps_what_it_has(tmp_path: Path) -> None:
    path = str(tmp_path / "s.jsonl")
    player = LessonPlayer(find_lesson("pagefault"))
    write_submission(player, path)
    assert grade_file(path).score == 0
    player.answer("c")
    write_submission(player, path)
    assert grade_file(path).score == 0  # the machine has not shown it
    player.step()
    write_submission(player, path)
    result = grade_file(path)
    assert (result.score, result.exit_code) == (1, 1)
    assert {check.status for check in result.checks if check.kind == "check"} == {"skipped"}


def test_hints_cost_nothing_and_answers_given_away_do(tmp_path: Path) -> None:
    path = str(tmp_path / "s.jsonl")
    write_course(tmp_path / "c")
    player = small_player(tmp_path / "c")
    player.hint()
    player.reveal()
    player.step()
    player.hint()
    player.answer("b a")
    write_submission(player, path)
    result = grade_file(path, folder=tmp_path / "c")
    assert {check.id: check.points for check in result.checks if check.points} == {"order": 1}


def test_the_result_says_each_check_and_the_sum(tmp_path: Path) -> None:
    write_course(tmp_path / "c")
    player = to_challenge(small_player(tmp_path / "c"))
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply rwx"))
    player.step()
    write_submission(player, str(tmp_path / "s"))
    result = grade_file(str(tmp_path / "s"), folder=tmp_path / "c")
    told = result.to_json()
    assert told["format"] == "l4numa.result/1"
    assert (told["score"], told["max_score"]) == (6, 9)
    assert sum(check["score"] for check in told["checks"]) == 6
    assert [(c["id"], c["score"], c["max_score"], c["status"]) for c in told["checks"][-2:]] == [
        ("read", 1, 1, "pass"),
        ("only", 0, 3, "fail"),
    ]
    assert json.loads(json.dumps(told)) == told
    assert result.lines()[-1] == "Score: 6/9"
    assert not any(line.startswith("::") for line in result.lines())


def test_a_lost_question_is_shown_with_what_is_right(tmp_path: Path) -> None:
    write_course(tmp_path / "c")
    player = small_player(tmp_path / "c")
    player.answer("b")
    player.step()
    player.answer("?")
    player.step()
    lines = [line.strip() for line in result_of(player).lines()]
    at = next(n for n, line in enumerate(lines) if "Who hears of it?" in line)
    assert lines[at + 1 : at + 3] == [
        "answered: b) All pagers.",
        "right:    a) Its own pager.",
    ]
    assert lines[at + 4 : at + 6] == ["answered: I do not know", "right:    b a"]
    told = {
        check["id"]: (check["given"], check["right"])
        for check in result_of(player).to_json()["checks"]
    }
    assert told["order"] == ("I do not know", "b a")
    assert told["only"] == ("", "")


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_change_to_any_line_is_found_and_named(tmp_path: Path) -> None:
    path = submitted(tmp_path)
    assert grade_file(str(path)).exit_code == 0
    rows = rows_of(path)
    for index, row in enumerate(rows):
        # All fields of the header and of the first events, and a different one of each later event.
        keys = list(row) if index < 4 else [list(row)[index % len(row)]]
        for key in keys:
            value = row[key]
            other = {int: 77, str: "x", list: ["b", "c"]}[type(value)]

            def change(
                rows: list[Row], index: int = index, key: str = key, new: Any = other
            ) -> None:
                rows[index][key] = new

            with pytest.raises(UserError) as caught:
                grade_file(str(changed(path, change)))
            assert caught.value.line <= index + 2
            event = 0 < caught.value.line - 1 < len(rows) - 1
            if event and "not a line" not in caught.value.what:
                assert f"event {caught.value.line - 1}:" in caught.value.what


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (lambda rows: rows.pop(5), 5),
        (lambda rows: rows.insert(5, rows[4]), 5),
        (lambda rows: rows.__setitem__(slice(4, 6), rows[5:3:-1]), 4),
    ],
    ids=["one taken out", "one put in twice", "two exchanged"],
)
def test_lines_taken_out_or_moved_are_found(
    tmp_path: Path, change: Callable[[list[Row]], None], event: int
) -> None:
    path = changed(submitted(tmp_path), change)
    with pytest.raises(UserError, match=f"event {event}:") as caught:
        grade_file(str(path))
    assert caught.value.line == event + 1


def test_a_forged_chain_helps_nobody(tmp_path: Path) -> None:
    """Who recomputes the chain still cannot make the machine do what it does not do."""
    path = submitted(tmp_path)
    honest = rows_of(path)

    def forge_digest(rows: list[Row]) -> None:
        rows[3]["digest"] = "0" * 16

    def forge_step(rows: list[Row]) -> None:
        rows[3]["at"] += 1

    def forge_number(rows: list[Row]) -> None:
        rows[3]["n"] = 9

    def forge_end(rows: list[Row]) -> None:
        rows[-1]["digest"] = honest[2]["digest"]

    for forge, named in (
        (forge_digest, "event 3: the state"),
        (forge_step, "event 3: "),
        (forge_number, "event 3: it bears the number 9"),
        (forge_end, "the footer"),
    ):
        with pytest.raises(UserError, match=named):
            grade_file(str(changed(path, forge, chain=True)))


def test_a_forged_answer_is_just_another_answer(tmp_path: Path) -> None:
    """The chain proves nothing about who wrote it: a rewritten answer is graded as it stands."""
    path = submitted(tmp_path)

    def answer(rows: list[Row]) -> None:
        row = next(row for row in rows if row.get("question") == "how-many-more")
        row["value"] = 3

    result = grade_file(str(changed(path, answer, chain=True)))
    assert (result.score, result.most) == (14, 16)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("format", "l4numa.submission/2", "format"),
        ("course", "another", "course"),
        ("lesson", "tango", "tango"),
        ("lesson", "../01-pagefault", "no lesson"),
        ("version", 2, "version 2"),
        ("content", "0" * 16, "version 1"),
        ("seeds", "dice", "dice"),
        ("student", OTHER, "event"),  # other numbers: the run is not that student's
    ],
)
def test_a_submission_to_something_else_is_refused(
    tmp_path: Path, field: str, value: object, named: str
) -> None:
    path = submitted(tmp_path)
    with pytest.raises(UserError, match=named):
        grade_file(str(changed(path, lambda rows: rows[0].update({field: value}), chain=True)))


def test_the_grader_has_its_own_lesson_and_its_own_key(tmp_path: Path) -> None:
    write_course(tmp_path / "c")
    player = to_challenge(small_player(tmp_path / "c"))
    write_submission(player, str(tmp_path / "s"))
    with pytest.raises(UserError, match="course"):
        grade_file(str(tmp_path / "s"))
    assert grade_file(str(tmp_path / "s"), folder=tmp_path / "c").score == 5
    path = submitted(tmp_path)
    refused = 0
    for key in ("one", "two", "three", "four"):
        try:
            grade_file(str(path), key=key)
        except UserError as error:
            refused += "event" in error.what
    assert refused  # with another key anna's numbers are others


def test_endless_work_is_cut_off(tmp_path: Path) -> None:
    path = submitted(tmp_path)

    def shuttle(rows: list[Row]) -> None:
        last, footer = rows[-2], rows.pop()
        here = last["at"]
        back = rows[2]
        for number in range(len(rows), 10_000):
            to = back if number % 2 else last
            rows.append({"do": "move", "at": to["at"], "digest": to["digest"], "n": number})
        rows.append({**footer, "records": len(rows) - 1})
        assert here > 20

    with pytest.raises(UserError, match="too many steps"):
        grade_file(str(changed(path, shuttle, chain=True)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n{}\n",
        b"[]",
        b"\xff\xfe",
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"format":' * 1000,
        b"x" * 5_000_000,
        b"\n" * 30_000,
    ],
    ids=["empty", "blank", "objects", "list", "bytes", "zeros", "deep", "deeper", "large", "many"],
)
def test_what_is_no_submission_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        grade_file(str(path))
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            grade_file(str(path))


@given(st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_mutated_bytes_give_a_result_or_the_one_kind_of_error(tmp_path: Path, data: Any) -> None:
    full = tmp_path / "full.jsonl"
    if not full.exists():
        submitted(tmp_path)
    raw = bytearray(full.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path / "mutated.jsonl"
    path.write_bytes(raw)
    try:
        result = grade_file(str(path))
    except UserError as error:
        assert all(character.isprintable() for character in str(error))  # noqa: PT017
    else:
        assert result.score == result.most  # only blanks were changed
