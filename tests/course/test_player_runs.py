"""Whatever a student does, in any order: nothing breaks, and its records bring all of it back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.course.records import StudentRecord, apply, merged, restore
from l4numa_tui.errors import UserError

LESSONS = {name: find_lesson(name) for name in ("pagefault", "lazy-global")}

typed = st.sampled_from(
    ["a", "b", "c", "d", "?", "0", "2", "3", "b c a", "a b c d e", "a c", "nonsense", ""]
)
commands = st.sampled_from(
    [
        "touch A.0 0x430000 w", "touch A.1 0x431000", "touch A.0 0x408000 x", "touch A.2 0x0 r",
        "unmap A.0 0x402000 2", "flush A.1 0x431000 w", "reply r", "reply rwx", "reply nothing",
        "reply refuse", "touch A.0", "sing",
    ]
)  # fmt: skip
deeds = st.one_of(
    st.sampled_from([("step",), ("step",), ("macro",), ("back",), ("right",), ("right",)]),
    st.sampled_from([("hint",), ("reveal",), ("restart",)]),
    st.tuples(st.just("seek"), st.integers(-3, 40)),
    st.tuples(st.just("answer"), typed),
    st.tuples(st.just("act"), commands),
)


def do(player: LessonPlayer, deed: tuple[Any, ...]) -> None:
    """One deed; what is refused is refused with the one kind of error, and changes nothing."""
    kind, *rest = deed
    before = (player.session.digest(), player.score(), player.export())
    try:
        if kind == "right":
            right = player.judge.right[player.pending.id] if player.pending else "?"
            player.answer(tuple(right) if isinstance(right, frozenset) else right)
        elif kind == "act":
            player.act(player.parse(rest[0]))
        else:
            names = {"macro": "macro_step", "restart": "restart_challenge"}
            getattr(player, names.get(kind, kind))(*rest)
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert (player.session.digest(), player.score(), player.export()) == before


def state(player: LessonPlayer) -> tuple[Any, ...]:
    """Everything a student could notice."""
    return (
        player.session.cursor,
        player.session.digest(),
        player.session.actions,
        player.blocks(),
        player.checks(),
        player.score(),
        player.pending,
        player.block_reason(),
        player.given,
        player.hints,
    )


def read_back(records: list[dict[str, Any]]) -> list[StudentRecord]:
    return [
        msgspec.json.decode(msgspec.json.encode(record), type=StudentRecord) for record in records
    ]


@pytest.mark.parametrize("name", LESSONS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_deeds_leave_a_state_that_its_records_bring_back(name: str, data: Any) -> None:
    player = LessonPlayer(LESSONS[name])
    points = 0
    for deed in data.draw(st.lists(deeds, max_size=40)):
        do(player, deed)
        assert player.score()[0] >= points  # nothing a student does takes points away
        points = player.score()[0]
    for records in (player.export(), merged(player.export())):
        again = LessonPlayer(LESSONS[name])
        assert restore(again, read_back(records)) == len(records)
        assert state(again) == state(player)


@given(st.lists(st.sampled_from([("step",), ("back",), ("macro",), ("seek", 3)]), max_size=25))
@settings(max_examples=30, deadline=None)
def test_wherever_one_has_looked_the_questions_are_the_same(looks: list[tuple[Any, ...]]) -> None:
    player, straight = LessonPlayer(LESSONS["pagefault"]), LessonPlayer(LESSONS["pagefault"])
    for value in ("c", "b c a", "b"):
        for each in (player, straight):
            while each.pending is None:
                each.step()
            each.answer(value)
        for look in looks:
            do(player, look)
        while player.pending is None and player.step():
            pass
    while straight.pending is None and straight.step():
        pass
    assert player.pending == straight.pending
    assert player.score() == straight.score()
    assert player.blocks() == straight.blocks()


def test_a_record_that_does_not_fit_is_refused() -> None:
    player = LessonPlayer(LESSONS["pagefault"])
    for record in (
        StudentRecord("move", 99),
        StudentRecord("move", 5),
        StudentRecord("answer", 0, question="resume", value="b"),
        StudentRecord("answer", 0, question="whom"),
        StudentRecord("answer", 0, question="whom", value="z"),
        StudentRecord("reveal", 0, question="resume"),
        StudentRecord("act", 0, action=(1, 5, 1, 0)),
        StudentRecord("restart", 0),
    ):
        with pytest.raises(UserError):
            apply(player, record)
    assert player.export() == []


@given(st.lists(st.sampled_from(["on", "on", "back", "act", "restart", "hint"]), max_size=40))
def test_merging_moves_keeps_turning_points(deeds: list[str]) -> None:
    here, far, records = 0, 0, []
    for deed in deeds:
        if deed == "back" and not here:
            continue
        here = {"on": here + 1, "act": here + 1, "back": here - 1, "restart": 0}.get(deed, here)
        records.append({"do": deed if deed not in ("on", "back") else "move", "at": here})
        far = max(far, here)
    short = merged(records)
    assert short[-1:] == records[-1:]
    assert [each for each in short if each["do"] != "move"] == [
        each for each in records if each["do"] != "move"
    ]
    assert max([0, *(each["at"] for each in short)]) == far
    assert merged(short) == short
