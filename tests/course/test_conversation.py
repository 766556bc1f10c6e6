"""A lesson line by line. The transcripts in tests/data/lessons are what a student reads."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.scripts import play, read_script
from l4numa_tui.plain import run_plain
from tests.course.small_course import TEXT, small_player, write_course

DATA = Path(__file__).parent.parent / "data" / "lessons"
PAGEFAULT = find_lesson("pagefault")
LESSONS = ("01-pagefault", "08-lazy-global")


def transcript(player: LessonPlayer, *lines: str) -> str:
    out = io.StringIO()
    run_plain(player, io.StringIO("".join(line + "\n" for line in lines)), out)
    return out.getvalue()


@pytest.mark.parametrize("name", LESSONS)
def test_the_transcript_of_a_whole_lesson(name: str) -> None:
    lines = (DATA / f"{name}.in").read_text(encoding="utf-8").splitlines()
    expected = (DATA / f"{name}.out").read_text(encoding="utf-8")
    assert transcript(LessonPlayer(find_lesson(name)), *lines) == expected


@pytest.mark.parametrize("name", LESSONS)
def test_a_transcript_fits_the_page(name: str) -> None:
    # Indented figures and answers read are the author's and the student's own.
    rows = (DATA / f"{name}.out").read_text(encoding="utf-8").splitlines()
    assert max(len(row) for row in rows if "> " not in row) <= 76


def test_the_end_of_the_input_ends_it_cleanly(tmp_path: Path) -> None:
    saved: list[object] = []
    player = small_player(tmp_path)
    player.on_record = saved.append
    text = transcript(player, "a")
    assert text.endswith("You have 0 of 9 points. Everything is saved.\n")
    assert len(saved) == 1


def test_coming_back_says_where_one_is_and_shows_the_question(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    player.step()
    text = transcript(player, "again")
    assert "Welcome back: you are at step 1." in text
    assert "Question: In which order?" in text.split("step 1, answer>")[0]
    assert "Right. You said: a)" in text.split("again", 2)[2]


def test_an_empty_line_steps_and_a_key_answers(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    text = transcript(player, "", "b", "", "")
    assert player.given["whom"].value == "b"
    assert player.session.cursor == 1
    assert text.count("Answer the question first") == 2  # the first line, and the last


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        ("sing", "could not be read"),
        ("seek", "`seek 3`".strip("`")),
        ("seek 99999999999", "seek 3"),
        ("seek ²", "seek 3"),
        ("show everything", "mdb, frame"),
        ("term unicorn", "term"),
        ("who-changed A.0", "`A.0 0x402000`".strip("`")),
        ("who-changed B.0 0x402000", "A.0"),
        ("restart", "not been reached"),
        ("answer", "could not be read"),
    ],
)
def test_wrong_input_gets_a_line_that_helps(tmp_path: Path, line: str, help_: str) -> None:
    player = small_player(tmp_path)
    said = transcript(player, line).split(f"answer> {line}\n")[1].split("\n\n")[0]
    assert said.startswith("Not done: ")
    assert help_ in said.replace("\n", " ")
    assert player.export() == []


def test_students_words_for_commands_are_understood(tmp_path: Path) -> None:
    for said, meant in (("next", "step"), ("points", "checks"), ("terms", "term"), ("?", "help")):
        texts = []
        for word in (said, meant):
            player = small_player(tmp_path)
            player.answer("a")
            texts.append(transcript(player, word, "q", "step").replace(f"> {word}\n", ">\n"))
        assert texts[0] == texts[1]
        assert "Not done" not in texts[0]


def test_a_letter_that_is_a_choice_is_no_command(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    transcript(player, "?")
    assert player.given["whom"].value == "?"


def test_back_takes_a_number_of_steps() -> None:
    text = transcript(LessonPlayer(PAGEFAULT), "c", "", "b c a", "b", "b", "a b c", "", "back 2")
    assert text.count("At step 0, the beginning.") == 1
    assert "names no number" in transcript(LessonPlayer(PAGEFAULT), "back x")


def test_who_answers_while_back_is_told_where_to_go() -> None:
    player = LessonPlayer(PAGEFAULT)
    text = transcript(player, "c", "", "b c a", "b", "b", "back", "a b c", "seek 1", "")
    assert '(You are at step 0: first go forward again, "seek 1".)' in text
    assert player.session.cursor == 2


def test_a_lost_check_says_how_to_mend_it() -> None:
    player = LessonPlayer(PAGEFAULT)
    script = read_script(PAGEFAULT.folder / "wrong" / "everything-at-once.toml", PAGEFAULT)
    play(player, script)
    text = transcript(player, "checks", "restart", "checks")
    assert "lost: After that its write has faulted." in text
    assert text.rsplit("restart", 1)[1].count("lost:") == 0


def test_looking_costs_nothing_and_is_not_recorded(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    player.step()
    records = player.export()
    looks = ("show frame 0:0000", "show timeline", "show next", "inspect step 1", "show messages 2",
             "show mdb", "show tables", "show machine", "show messages", "why", "term", "checks",
             "who-changed A.1 0x400000", "help", "again", "term page")  # fmt: skip
    text = transcript(player, *looks)
    assert player.export() == records
    assert "Not done" not in text


def test_who_changed_names_the_step(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    for value in ("a", "b a", "b"):
        while player.pending is None:
            player.step()
        player.answer(value)
    player.step()
    text = transcript(player, "who-changed A.1 0x400000", "who-changed A.0 0x400000")
    assert "was last changed in step 2:\n  pager1 answers A.1" in text
    assert "Nobody has changed the mapping of A.0 page 0x400 so far." in text


def test_texts_from_outside_cannot_steer_the_terminal(tmp_path: Path) -> None:
    hostile = TEXT.replace("That is why.", "\x1b]52;c;x\x07 \u202e turned \x9b31m")
    write_course(tmp_path, lesson=hostile)  # the text file; lesson.toml is written below
    (tmp_path / "03-two" / "lesson.toml").write_text(_lesson_toml())
    player = small_player(tmp_path)
    lines = ("a", "", "b a", "b", "", "", "\x1b[2J", "touch \x1b[31m", "seek \x9b", "term \u202e")
    text = transcript(player, *lines)
    assert "turned" in text
    assert all(character == "\n" or character.isprintable() for character in text)


def _lesson_toml() -> str:
    from tests.course.small_course import LESSON

    return LESSON


@given(st.lists(st.text(max_size=20), max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_lines_are_survived(lines: list[str]) -> None:
    text = transcript(LessonPlayer(PAGEFAULT), *lines)
    assert all(character == "\n" or ord(character) >= 32 for character in text)
    assert "points" in text.splitlines()[-1]


def test_a_terminal_that_knows_ascii_only_gets_ascii() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    run_plain(LessonPlayer(find_lesson("pagefault")), io.StringIO("c\n\nwhy\n"), out)
    out.flush()
    assert b"A.0 reads 0x402000 -> pagefault" in raw.getvalue()


class _Gone(io.StringIO):
    def write(self, text: str) -> int:
        if "Question" in text:
            raise BrokenPipeError
        return super().write(text)


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    run_plain(small_player(tmp_path), io.StringIO("a\n"), _Gone())


def test_commands_may_be_shortened_where_they_are_no_answer(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    text = transcript(player, "sh goal", "hin", "hi there", "a few")
    assert "Question: " in text.split("> sh goal\n")[1].split("step 0")[0]
    assert "Hint: " in text.split("> hin\n")[1].split("step 0")[0]
    assert text.count("could not be read as an answer") == 1, "`hi` begins `hint`"
    assert player.given == {}


def test_the_goal_is_the_question_then_the_task_then_the_checks() -> None:
    player = LessonPlayer(PAGEFAULT)
    text = transcript(player, "show goal", "c", "show goal")
    question, task = (part.split("step 0")[0] for part in text.split("show goal\n")[1:])
    assert question.startswith("Question: There is no frame behind page 0x402")
    assert question.rstrip().endswith("(Expected: one of a, b, c, d, or ? if you do not know.)")
    assert task.startswith("To do: ")
    play(player, read_script(PAGEFAULT.folder / "wrong" / "everything-at-once.toml", PAGEFAULT))
    assert "lost: After that its write has faulted." in transcript(player, "show goal")


def test_going_on_stops_where_a_question_comes() -> None:
    by_run = LessonPlayer(PAGEFAULT)
    transcript(by_run, "c", "run")
    by_steps = LessonPlayer(PAGEFAULT)
    transcript(by_steps, "c", *[""] * 20)
    assert by_run.session.cursor == by_steps.session.cursor > 0
    assert by_run.pending == by_steps.pending
