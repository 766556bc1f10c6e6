from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.course.blocks import Span, spans
from l4numa_tui.course.lesson_text import parse_lesson_text
from l4numa_tui.errors import UserError

ASKED = """# Title
::: predict who
A prompt
on two rows.

a) first
   goes on
> said to a

b)
> said
> to b

> in two paragraphs
:::
"""


def test_paragraphs_are_joined_and_figures_are_left_alone() -> None:
    text = "# T\none\ntwo\n\n- item\n  goes on\n- next\n\n```\n  x   y\n```\nend\n"
    (item,) = parse_lesson_text(text, "t").items
    assert item.lines == ("one two", "", "- item goes on", "- next", "", "      x   y", "end")


def test_a_question_has_prompt_choices_and_what_is_said_to_each() -> None:
    (item,) = parse_lesson_text(ASKED, "t").items
    assert (item.name, item.argument, item.lines) == ("predict", "who", ("A prompt on two rows.",))
    assert [(option.key, option.text) for option in item.options] == [
        ("a", "first goes on"),
        ("b", ""),
    ]
    assert item.options[1].feedback == ("said to b", "", "in two paragraphs")


def test_items_know_their_lines() -> None:
    text = "# T\n\nfirst\n\n::: explain\nwhy\n:::\nlast\n"
    assert [(item.name, item.line) for item in parse_lesson_text(text, "t").items] == [
        ("text", 2),
        ("explain", 6),
        ("text", 8),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("no title\n", 1, "title"),
        ("# T\n::: predict q\n", 2, "not closed"),
        ("# T\n::: explain\n::: done\n:::\n", 3, "still open"),
        ("# T\n\n::: sing\n:::\n", 3, "no container"),
        ("# T\n::: predict\n:::\n", 2, "no container"),
        ("# T\n::: done late\n:::\n", 2, "no container"),
        ("# T\n\n\n## Heading\n", 4, "not used"),
        ("# T\n<b>x</b>\n", 2, "not used"),
        ("# T\n::: predict q\nWhat?\n\na) this\n> said\nand then\n:::\n", 7, "no choice"),
    ],
)
def test_what_is_not_of_the_form_is_named_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_lesson_text(text, "lesson.en.md")
    assert caught.value.line == line
    assert what in caught.value.what
    assert str(caught.value).startswith(f"lesson.en.md:{line}:")


def test_control_characters_never_get_through() -> None:
    (item,) = parse_lesson_text("# T\nred \x1b[31m and \u202e turned\n", "t").items
    assert "\x1b" not in item.lines[0]
    assert "\u202e" not in item.lines[0]


@given(st.text(alphabet="ab:)>#` \n-\x1b", max_size=80))
def test_any_text_is_taken_apart_or_refused_in_one_line(text: str) -> None:
    try:
        found = parse_lesson_text("# T\n" + text, "t")
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    shown = [line for item in found.items for line in item.lines]
    assert not any("\n" in line or "\x1b" in line for line in shown)


def test_marks_become_spans() -> None:
    assert spans("a `b` **c d** e") == [
        Span("a "),
        Span("b", "code"),
        Span(" "),
        Span("c d", "strong"),
        Span(" e"),
    ]


@given(st.text(alphabet="ab`* ", max_size=30))
def test_spans_lose_nothing_but_paired_marks(text: str) -> None:
    parts = spans(text)
    marks = {"": 0, "code": 2, "strong": 4}
    assert len(text) == sum(len(part.text) + marks[part.style] for part in parts)
    assert all(part.style or part.text for part in parts)
