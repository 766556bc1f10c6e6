"""Questions, hints and the challenge, from the keyboard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.course.blocks import Question
from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.tui.draft import Draft
from l4numa_tui.tui.panes.lesson_text import checks_page
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.standing import outlook
from l4numa_tui.views.segments import plain
from tests.tui.fake_player import CHOICE
from tests.tui.helpers import lesson

ORDER = Question("o", "order", ("In which order?",), (("a", "x"), ("b", "y"), ("c", "z")))
SET = Question("s", "set", ("Which?",), ORDER.choices)
COUNT = Question("n", "number", ("How many?",))


async def test_a_choice_counts_only_when_handed_in() -> None:
    async with lesson(at=1) as screen:
        await screen.press("b")
        assert screen.fake.given == {}
        await screen.press("c", "enter")
        assert screen.fake.given == {"q1": "c"}
        await screen.press("n")
        assert screen.cursor == 2


async def test_the_cursor_picks_while_the_lesson_has_the_keys() -> None:
    async with lesson(at=1) as screen:
        await screen.press("b", "down", "enter")
        assert screen.fake.given == {"q1": "c"}


async def test_digits_lead_to_panes_while_a_choice_is_asked_for() -> None:
    async with lesson(at=1) as screen:
        await screen.press("3")
        assert screen.app.shown == 3
        assert screen.stage.draft is not None
        assert not screen.stage.draft.picked


async def test_a_click_picks() -> None:
    async with lesson(at=1) as screen:
        row = next(y for y, line in enumerate(screen.lines()) if "none at all" in line)
        pane = screen.app.query_one("#lesson")
        await screen.pilot.click("#lesson", offset=(6, row - pane.region.y))
        assert screen.stage.draft is not None
        assert screen.stage.draft.value() == "a"


async def test_a_number_is_typed_and_mended() -> None:
    async with lesson(at=3) as screen:
        await screen.press("4", "7", "backspace", "2")
        assert "answer> 42" in screen.text()
        await screen.press("enter")
        assert screen.fake.given["q2"] == 42


async def test_an_empty_answer_is_not_handed_in() -> None:
    async with lesson(at=1) as screen:
        await screen.press("enter")
        assert screen.fake.given == {}
        assert "then enter" in screen.lines()[1]


async def test_not_knowing_is_an_answer() -> None:
    async with lesson(at=1) as screen:
        await screen.press("u", "enter")
        assert screen.fake.given == {"q1": "?"}


async def test_hints_end() -> None:
    async with lesson(at=1) as screen:
        await screen.press("h", "h", "h")
        assert screen.fake.asked_hints == 3
        await screen.press("h")
        assert "no further hint" in screen.lines()[1]


async def test_the_challenge_takes_typed_commands_and_says_what_is_wrong() -> None:
    async with lesson(at=6) as screen:
        await screen.press("colon", *"jump", "enter")
        assert "cannot do 'jump'" in screen.lines()[1]
        await screen.press("colon", *"touch", "enter")
        assert screen.fake.did == ["touch"]


async def test_the_narrow_screen_asks_in_its_lesson_line() -> None:
    async with lesson(80, 24) as screen:
        await screen.press("2", "n")
        assert "How many faults will there be?" in screen.lines()[2]
        await screen.press("5", "b", "enter")
        assert screen.fake.given == {"q1": "b"}


def test_the_parts_of_an_order_are_given_in_the_order_picked() -> None:
    draft = Draft(ORDER)
    for key in "cab":
        draft.press(key, digits=False)
    assert draft.value() == ("c", "a", "b")
    draft.press("a", digits=False)
    assert draft.value() is None


@given(st.text("abc", max_size=12))
def test_a_set_holds_what_was_picked_an_odd_number_of_times(keys: str) -> None:
    draft = Draft(SET)
    for key in keys:
        draft.press(key, digits=True)
    odd = {c for c in "abc" if keys.count(c) % 2}
    value = draft.value() or ()
    assert isinstance(value, tuple)
    assert set(value) == odd


@given(st.integers(-(10**6), 10**6), st.booleans())
def test_every_number_can_be_typed(number: int, hexadecimal: bool) -> None:
    draft = Draft(COUNT)
    for key in hex(number) if hexadecimal else str(number):
        draft.press(key, digits=True)
    assert draft.value() == number


@given(st.text(max_size=30))
def test_no_keys_make_a_number_out_of_nonsense(keys: str) -> None:
    draft = Draft(COUNT)
    for key in keys:
        draft.press(key, digits=True)
    value = draft.value()
    assert value is None or isinstance(value, int)


def test_letters_do_not_pick_in_a_number() -> None:
    draft = Draft(CHOICE)
    assert draft.press("b", digits=False)
    assert draft.value() == "b"
    assert not Draft(COUNT).press("b", digits=True)


def challenged() -> LessonPlayer:
    """Lesson 1 where its challenge begins, every question answered anyhow."""
    player = LessonPlayer(find_lesson("1"))
    while not player.in_challenge:
        if player.step() is None:
            player.reveal()
    return player


def test_a_student_who_answers_for_a_pager_is_told_how() -> None:
    player = challenged()
    player.step()
    stage = Stage(player.session, "", player=player)
    label, text = outlook(stage)
    assert label == "your turn:"
    assert "press : and type reply" in text
    assert not stage.step()
    assert "reply" in stage.notice


def test_a_check_that_no_step_can_pass_any_more_says_so() -> None:
    player = challenged()
    for _ in range(3):
        player.step()
        player.act(player.parse("reply nothing"))
    player.step()
    assert "fail" in [check.status for check in player.checks()]
    told = [plain(line) for line in checks_page(player.checks(), (), 300)]
    assert any(line.startswith("✗") and "step back" in line for line in told)
