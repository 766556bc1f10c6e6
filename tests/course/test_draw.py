from __future__ import annotations

import hashlib
import hmac
from collections import Counter

import pytest

from l4numa_tui.course.draw import draw
from l4numa_tui.course.lesson import draw_values
from l4numa_tui.course.lesson_model import Param


def test_a_draw_is_the_hmac_of_its_frame() -> None:
    frame = ("course", "lesson", "Zoë", 2, "page")
    text = '["course","lesson","Zo\\u00eb",2,"page",0]'
    word = int.from_bytes(hmac.digest(b"key", text.encode(), hashlib.sha256)[:8], "big")
    assert draw("key", frame, 1000) == word % 1000


def test_frames_cannot_be_confused() -> None:
    size = 1 << 60
    assert draw("k", ("a", "bc", 0), size) != draw("k", ("ab", "c", 0), size)
    assert draw("k", ("a", 1), size) != draw("k", ("a", "1"), size)
    assert draw("k", ("a",), size) != draw("other", ("a",), size)


def test_all_numbers_come_up_about_as_often() -> None:
    count = Counter(draw("k", ("student", n), 3) for n in range(3000))
    assert set(count) == {0, 1, 2}
    assert max(count.values()) - min(count.values()) < 200  # 3.6 standard deviations


def test_nothing_cannot_be_drawn_from() -> None:
    with pytest.raises(ValueError, match="nothing"):
        draw("k", (), 0)


def test_values_come_from_the_list_and_differ_between_students_and_attempts() -> None:
    params = {"page": Param(one_of=tuple(range(100, 164)))}
    drawn = {
        (student, attempt): draw_values(params, "k", ("c", "l", student, attempt))["page"]
        for student in ("", "anna", "ben", "cleo")
        for attempt in (0, 1, 2)
    }
    assert drawn["", 0] == 100  # nobody in particular: the first of the list
    assert set(drawn.values()) <= set(range(100, 164))
    assert len(set(drawn.values())) > 6
