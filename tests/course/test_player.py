"""The engine on a small lesson: when questions come, what they stop, when they are judged."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from l4numa_tui.course.blocks import DONT_KNOW
from l4numa_tui.course.records import StudentRecord, restore
from l4numa_tui.errors import UserError
from l4numa_tui.world.operations import DO, Op
from tests.course.small_course import small_player, to_challenge


def kinds(player: object) -> list[tuple[str, str]]:
    return [(block.kind, block.style) for block in player.blocks()]  # type: ignore[attr-defined]


def test_a_prediction_stops_stepping_until_it_is_answered(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    assert kinds(player) == [("text", ""), ("question", "open")]
    assert player.step() is None
    assert player.seek(9) == 0
    assert player.macro_step() == 0
    assert "question" in player.block_reason()
    player.answer("a")
    assert player.block_reason() == ""
    assert player.step() is not None


def test_a_prediction_is_judged_when_the_machine_has_shown_it(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    noted = player.answer("b")
    assert noted.correct is None
    assert kinds(player)[1:] == [("question", "done"), ("todo", "open")]
    assert player.score() == (0, 9)
    player.step()
    assert kinds(player)[2:] == [("todo", "done"), ("feedback", "wrong"), ("observe", "open")]
    feedback = player.blocks()[3]
    assert feedback.lines[0] == "You said: b) All pagers."
    assert feedback.lines[1] == "The machine: a) Its own pager."
    assert "Nobody else is asked." in feedback.lines
    assert feedback.lines[-1] == "**A common idea: Everywhere.** Only where somebody faults."


def test_an_observation_is_judged_at_once(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    player.step()
    feedback = player.answer("a, b")
    assert feedback.correct is False
    assert feedback.lines[:2] == ("You said: a b", "The machine: b a")
    # The first that stands wrong is explained, then the whole.
    assert feedback.lines[2:] == ("The message comes last.", "", "Miss, then message.")


def test_everything_right_earns_everything(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    assert player.score() == (5, 9)
    assert [check.status for check in player.checks()] == ["open", "open"]
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply r"))
    player.step()
    assert [check.status for check in player.checks()] == ["pass", "pass"]
    assert player.score() == (9, 9)
    assert player.finished
    assert kinds(player)[-2:] == [("challenge", "done"), ("done", "")]


@pytest.mark.parametrize("value", ["c", "", "a b", 7, None, "aa", ("a", "a"), True, ["x"], b"a"])
def test_what_cannot_be_an_answer_counts_for_nothing(tmp_path: Path, value: object) -> None:
    player = small_player(tmp_path)
    with pytest.raises(UserError, match="could not be read"):
        player.answer(value)
    assert player.pending is not None
    assert player.export() == []


@pytest.mark.parametrize("typed", ["b", " B) ", ["b"], ("b",), {"b"}])
def test_answers_are_taken_as_typed(tmp_path: Path, typed: object) -> None:
    player = small_player(tmp_path)
    player.answer(typed)
    assert player.given["whom"].value == "b"


def test_numbers_are_taken_in_any_base_and_nothing_else_is(tmp_path: Path) -> None:
    right = ("0x2", " 2 ", 2, "two", "N2", "node 2", "Node2")
    wrong = ("to", 2.0, "1e3", "n", "node", "")
    for typed, expected in (*((each, 2) for each in right), *((each, 0) for each in wrong)):
        player = small_player(tmp_path)
        for value in ("a", "b a", "b"):
            while player.pending is None:
                player.step()
            player.answer(value)
        player.step()
        player.step()
        if expected:
            player.answer(typed)
            assert player.given["faults"].value == expected
        else:
            with pytest.raises(UserError, match="a number"):
                player.answer(typed)


@pytest.mark.parametrize("typed", ["b a", "ba", "b,a", "BA", "b) a)"])
def test_keys_may_be_written_together(tmp_path: Path, typed: str) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    player.step()
    player.answer(typed)
    assert player.given["order"].value == ("b", "a")
    player.answer("none")
    assert player.given["where"].value == ()


def test_each_choice_of_a_wrong_set_is_explained(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    for value in ("a", "b a", "a"):
        while player.pending is None:
            player.step()
        player.answer(value)
    while not player.is_judged("where"):
        player.step()
    said = " ".join(player.feedback_to("where").lines)
    item = player.lesson.text.of("predict", "where")
    assert item is not None
    texts = [option.feedback for option in item.options[:2]]
    assert all(" ".join(text) in said for text in texts)


def test_not_knowing_is_an_answer_that_earns_nothing(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    assert player.answer(DONT_KNOW).correct is None
    player.step()
    assert kinds(player)[3] == ("feedback", "unknown")
    assert "You said" not in " ".join(player.blocks()[3].lines)
    assert player.score()[0] == 0


def test_an_answer_given_away_earns_nothing_even_where_it_is_right(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    assert player.reveal() == "The answer: a) Its own pager."
    player.step()
    assert kinds(player)[3] == ("feedback", "unknown")
    assert player.score()[0] == 0


def test_nothing_can_be_answered_where_nothing_is_asked(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    for refused in (lambda: player.answer("a"), player.reveal):
        with pytest.raises(UserError, match="nothing is asked"):
            refused()


def test_looking_back_is_always_possible_and_takes_nothing_away(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    player.step()
    shown, digest = player.blocks(), player.session.digest()
    assert player.back() is not None
    assert player.blocks() == shown
    assert player.block_reason() == ""  # the next step has been seen already
    assert player.step() is not None
    assert player.session.digest() == digest
    assert player.step() is None  # the observation's question stands where it stood
    assert player.back() is not None
    assert player.answer("b a").correct is True


def test_seeking_and_strides_stop_where_something_new_is_shown(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    player.answer("a")
    assert player.seek(100) == 1
    player.answer("b a")
    player.answer("b")
    assert player.macro_step() == 2
    player.answer(2)
    assert player.macro_step() == 3  # one read is done, and nothing new is to be read
    assert player.seek(100) == player.oracle.moment("both")
    assert player.in_challenge


def test_three_hints_and_a_pause_between_them(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    assert player.hint(now=100.0) == "One."
    assert player.hint(now=110.0) == "One."  # too soon for the next
    assert player.hint(now=116.0) == "Two."
    assert [block.lines for block in player.blocks() if block.kind == "hint"] == [
        ("One.",),
        ("Two.",),
    ]
    assert player.hint() == "Three."
    assert player.hint() is None
    player.answer("a")
    assert player.hint() is None  # nothing is asked


def test_the_challenge_is_closed_before_it_is_reached(tmp_path: Path) -> None:
    player = small_player(tmp_path)
    for refused in (
        lambda: player.parse("touch A.0 0x402000"),
        lambda: player.act((DO, 1, Op.READ, 0x402000)),
        player.restart_challenge,
    ):
        with pytest.raises(UserError, match="not been reached"):
            refused()
    assert player.checks() == []
    assert player.commands() == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "touch THREAD"),
        ("touch", "touch THREAD"),
        ("touch A.0", "touch THREAD"),
        ("touch A.0 here", "touch THREAD"),
        ("touch A.0 -1", "touch THREAD"),
        ("touch A.0 0x402000 q", "touch THREAD"),
        ("touch A.0 0x402000 r now", "touch THREAD"),
        ("touch A.5 0x402000", "A.0, A.1"),
        ("touch pager1 0x402000", "A.0, A.1"),
        ("unmap A.0 0x402000", "touch THREAD"),
        ("reply q", "reply RIGHTS"),
        ("reply pager1 r", "one of pager0"),
        ("reply", "reply RIGHTS"),
    ],
)
def test_a_command_that_means_nothing_names_the_right_form(
    tmp_path: Path, typed: str, expected: str
) -> None:
    player = to_challenge(small_player(tmp_path))
    with pytest.raises(UserError) as caught:
        player.parse(typed)
    assert expected in str(caught.value)


def test_only_the_challenges_own_actions_are_taken(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    thread = player.parse("touch A.0 0x402000")[1]
    pager = player.session.world.system.roster.pager_threads[1]
    records = player.export()
    for action in (
        (DO, thread, Op.UNMAP_GLOBAL, 0x400, 1),
        (DO, thread, Op.UNMAP_GLOBAL, 0, 1 << 62),
        (DO, thread, Op.WORK, 1 << 60),
        (DO, thread, Op.READ),
        (DO, 999, Op.READ, 0),
        (2, pager, 7),  # to answer for a pager that the student does not play
        (0, thread),
        (9, thread, 1),
        (DO,),
        (),
    ):
        with pytest.raises(UserError):
            player.act(action)
    assert player.export() == records


def test_playing_a_pager_stops_stepping_at_its_faults_only(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    player.act(player.parse("touch A.1 0x402000"))
    assert player.block_reason() == ""  # pager1 answers for itself
    assert player.macro_step() == 2
    player.act(player.parse("touch A.0 0x402000 w"))
    assert "pager0" in player.block_reason()
    assert "write 0x402000" in player.block_reason()
    assert player.step() is None
    player.act(player.parse("reply nothing"))
    assert player.step() is not None  # the empty reply did not help: the same fault again
    assert "pager0" in player.block_reason()


def test_neither_errors_nor_undo_spoil_a_solution(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    start = player.session.cursor
    player.act(player.parse("touch A.0 0x402000 w"))
    player.act(player.parse("reply rwx"))
    player.step()
    assert player.score() == (6, 9)  # it was accessed
    player.seek(start)
    assert [check.status for check in player.checks()] == ["open", "open"]
    assert player.score() == (6, 9)  # the best moment counts
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply r"))
    assert player.score() == (8, 9)  # the rights are right now, and worth more
    player.restart_challenge()
    assert player.session.cursor == start
    assert player.session.length == start
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply r"))
    player.step()
    assert player.score() == (9, 9)
    player.back()
    player.back()
    assert player.score() == (9, 9)
    assert [check.status for check in player.checks()] == ["pass", "pass"]


def test_an_action_in_the_past_of_the_challenge_is_refused(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    action = player.parse("touch A.0 0x402000")
    player.back()
    with pytest.raises(UserError, match="further on"):
        player.act(action)
    player.step()
    player.act(action)


def test_a_challenge_does_not_go_on_for_ever(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    player.act(player.parse("touch A.1 0x402000"))
    player.macro_step()
    action = player.parse("touch A.1 0x402000")
    for _ in range(1000):
        try:
            player.act(action)
        except UserError as error:
            assert "steps long already" in error.what  # noqa: PT017
            break
    else:
        pytest.fail("it went on for ever")
    player.restart_challenge()
    player.act(action)


def test_what_cannot_be_saved_does_not_stop_the_lesson(tmp_path: Path) -> None:
    player = small_player(tmp_path)

    def fails(_record: object) -> None:
        raise UserError("the disk is full")

    player.on_record = fails
    player.answer("a")
    assert player.unsaved == "the disk is full"
    player.on_record = lambda _record: None
    player.step()
    assert player.unsaved == ""


def test_another_future_can_be_gone_into_and_replays_from_the_records(tmp_path: Path) -> None:
    player = to_challenge(small_player(tmp_path))
    with pytest.raises(UserError, match="no other future"):
        player.switch(0)
    start = player.session.cursor
    player.act(player.parse("touch A.0 0x402000"))
    player.act(player.parse("reply r"))
    player.step()
    right = player.session.digest()
    assert all(check.status == "pass" for check in player.checks())

    other = to_challenge(small_player(tmp_path / "other"))
    other.act(other.parse("touch A.0 0x402000"))
    other.act(other.parse("reply rw"))  # too much: the check `only` fails
    other.step()
    other.seek(start + 1)
    other.act(other.parse("reply nothing"))
    other.seek(start + 1)
    other.act(other.parse("reply r"))
    other.seek(start)
    futures = other.session.futures()
    assert [branch.at for branch in futures] == [start + 1, start + 1]
    other.switch(0)  # into the first try
    other.seek(other.session.length)
    assert [check.status for check in other.checks()] == ["pass", "open"]
    back = next(
        index for index, branch in enumerate(other.session.futures())
        if branch.actions[0][-1:] == futures[1].actions[0][-1:] == (0,)
    )  # fmt: skip
    other.switch(back)  # into the second, then into the third
    other.switch(
        next(i for i, branch in enumerate(other.session.futures()) if branch.actions[0][2:] == (4,))
    )
    other.seek(other.session.length)
    other.step()
    assert other.session.digest() == right
    assert all(check.status == "pass" for check in other.checks())

    replayed = small_player(tmp_path / "other")
    records = [msgspec.convert(record, StudentRecord) for record in other.export()]
    assert restore(replayed, records) == len(records)
    assert replayed.session.digest() == right
    assert replayed.session.futures() == other.session.futures()
    assert replayed.earned() == other.earned()
