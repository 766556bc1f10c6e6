"""The check of the lessons: the shipped ones pass, and each kind of fault is found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from l4numa_tui.course.folder import lessons_folder
from l4numa_tui.grading import same_digest
from l4numa_tui.grading.lint import lint_lessons
from tests.course.small_course import FILES, SCENARIO, TEXT


def found(folder: Path) -> str:
    return "\n".join(str(problem) for problem in lint_lessons(folder, other_process=False))


# Three hints for each question, and a check with every objective: what the small course leaves out.
HINTS = "".join(
    f"\n::: hints {name}\nOne.\n\nTwo.\n\nThree.\n:::\n"
    for name in ("order", "where", "faults", "challenge")
)
GOOD_TEXT = TEXT.replace("::: done", HINTS + "\n::: done")


def good(tmp_path: Path) -> None:
    for name, text in {**FILES, "03-two/lesson.en.md": GOOD_TEXT}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_shipped_lessons_have_no_problem() -> None:
    assert lint_lessons() == []


def test_the_small_course_has_no_problem(tmp_path: Path) -> None:
    good(tmp_path)
    assert found(tmp_path) == ""


FAULTS = [
    ("lesson.toml", "points = 9", "points = 8", "points are 9"),
    ("lesson.toml", 'is = "everybody"', 'is = "pager1"', "2 of its choices are right"),
    ("lesson.toml", 'is = "pager{{node}}"', 'is = "nobody"', "0 of its choices are right"),
    ("lesson.toml", '{key = "two", is = 2}', '{key = "two", is = 3}', "0 choices are the answer"),
    ("lesson.toml", 'is = 1, misc', 'is = 2, misc', "2 choices are the answer"),
    ("lesson.toml", 'va = 0x402000}}\nobj', 'va = 0x401000}}\nobj', "'read' is not earned"),
    ("lesson.toml", 'is = "r--"', 'is = "rw-"', "'only' is not earned"),
    ("lesson.toml", 'is = "r--"', 'is = "---"', "knowing nothing"),
    ("lesson.toml", 'terms = ["page"]', 'terms = ["pager"]', "'pager' is not in the glossary"),
    ("lesson.toml", 'terms = ["page"]', 'terms = ["frame"]', "'frame' is not in the text"),
    ("lesson.toml", '["see"]\nmisc', '["see", "hear"]\nmisc', "'hear' has no"),
    ("lesson.toml", 'misconceptions = ["everywhere"]', "misconceptions = []", "does not list it"),
    ("lesson.toml", 'nth = 3', 'nth = 30', "never comes"),
    ("lesson.toml", 'until = "trap"', 'until = "noon"', "no moment 'noon'"),
    ("lesson.toml", 'event = "PAGEFAULT_USER"', 'event = "PARTY"', "no event 'PARTY'"),
    ("lesson.toml", '"touch", "reply"', '"touch"', "cannot be done here"),
    ("lesson.toml", "minutes = 5", 'minutes = 5\nrequires = ["two"]', "requires 'two'"),
    ("lesson.toml", "minutes = 5", "minutes = 5\nhours = 1", "unknown key `hours`"),
    ("lesson.toml", "{{node}}", "{{place}}", "`{{place}}` is no parameter"),
    ("lesson.en.md", "> Nobody else is asked.\n", "", "nothing is said to 'b'"),
    ("lesson.en.md", "b) a miss", "c) a miss", "only in one of"),
    ("lesson.en.md", "else)\n> Count", "three)\n> Count", "nothing is said to other answers"),
    ("lesson.en.md", "Step once.", "Step once. " * 8, "88 columns"),
    ("lesson.en.md", "That is why.", "That **is why.", "not paired"),
    ("lesson.en.md", "One.\n\nTwo.\n\nThree.", "One.", "has 1 hints, not 3"),
    ("lesson.en.md", "::: observe order", "::: observe disorder", "has no question 'disorder'"),
    ("lesson.en.md", "- see: see", "- hear: see", "'see' has no text"),
    ("lesson.en.md", "::: todo both\nStep until both have read.\n:::\n", "", "come true"),
    ("lesson.en.md", "only) It has", "onely) It has", "check 'onely' is only in one"),
    ("scenario.toml", 'op = "read"', 'op = "dance"', "scenario.toml:"),
    ("solutions/all.toml", "reply r", "reply rw", "'only' is not earned"),
    ("solutions/all.toml", "reply r", "reply rq", "was not understood"),
    ("wrong/too-much.toml", "reply rw", "reply r", "'only' is earned"),
    ("wrong/too-much.toml", 'fails = ["only"]', "", "names nothing that it fails on"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), FAULTS)
def test_a_fault_is_found(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    good(tmp_path)
    path = tmp_path / "03-two" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert said in found(tmp_path)


def test_unexpected_files_and_empty_folders_are_found(tmp_path: Path) -> None:
    good(tmp_path)
    for name in ("notes.txt", "03-two/lesson.toml~", "03-two/wrong/run.py"):
        (tmp_path / name).write_text("x")
    (tmp_path / "03-two/solutions/all.toml").unlink()
    said = found(tmp_path)
    assert said.count("unexpected here") == 3
    assert "holds no session" in said


def test_a_glossary_that_refers_to_nothing_is_found(tmp_path: Path) -> None:
    good(tmp_path)
    (tmp_path / "glossary.en.toml").write_text(FILES["glossary.en.toml"].replace("frame]", "x]"))
    assert "refers to 'frame'" in found(tmp_path)


def test_a_course_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    assert "course.toml" in found(tmp_path)


def test_every_draw_is_tried(tmp_path: Path) -> None:
    """The scenario fails for one value of the parameter only, and not for the first."""
    good(tmp_path)
    path = tmp_path / "03-two/scenario.toml"
    path.write_text(SCENARIO.replace('thread = "A.{{node}}"', 'thread = "A.1"'))
    said = found(tmp_path)
    assert "03-two (node 0x0)" in said
    assert "03-two (node 0x1)" not in said


def test_worlds_are_compared_with_another_process() -> None:
    folder = lessons_folder()
    here = same_digest.digests_of(folder)
    assert len(here) == len(set(here.values())) >= 2
    assert same_digest.digests_elsewhere(folder) == here


def test_a_world_that_depends_on_the_hash_seed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good(tmp_path)
    done = subprocess.CompletedProcess([], 0, b'{"03-two": "0000000000000000"}')
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: done)
    (problem,) = lint_lessons(tmp_path)
    assert "under another hash seed" in problem.what
