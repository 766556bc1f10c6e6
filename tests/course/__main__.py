"""`python -m tests.course` writes the lessons' transcripts anew; read every line of the difference.

The input of each is tests/data/lessons/NAME.in, what a student types; NAME.out is what is read.
"""

from __future__ import annotations

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from tests.course.test_conversation import DATA, LESSONS, transcript

for name in LESSONS:
    lines = (DATA / f"{name}.in").read_text(encoding="utf-8").splitlines()
    text = transcript(LessonPlayer(find_lesson(name)), *lines)
    (DATA / f"{name}.out").write_text(text, encoding="utf-8")
