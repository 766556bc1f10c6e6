"""What a scenario says to its readers is on the screen where it belongs."""

from __future__ import annotations

from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.stage import Stage
from tests.views.pane_worlds import make_session


def stage(steps: int = 0, *, ascii_only: bool = False) -> Stage:
    scenario = open_scenario("hot-spot")
    session = build_session(scenario)
    session.run(steps)
    return Stage(session, scenario.title, about=scenario.about, ascii_only=ascii_only)


def screen(of: Stage, width: int = 120, height: int = 40, keys: tuple[str, ...] = ()) -> str:
    return " ".join(" ".join(snapshot(of, width, height, keys=keys).lines).split())


NOTE = "P gets four pages, 0x10000 to 0x13fff."


def test_e_explains_and_escape_or_e_goes_back() -> None:
    for width, height in ((80, 24), (120, 40)):
        before = screen(stage(1), width, height)
        shown = screen(stage(1), width, height, ("e",))
        assert "so neither side can make the other touch anything" not in before.lower()
        assert "The window is larger: the fpage lands inside the window" in shown
        assert f"❯ {NOTE}" in shown or height == 24
        for key in ("escape", "e"):
            assert screen(stage(1), width, height, ("e", key)) == before


def test_the_note_of_the_step_is_shown_beside_it() -> None:
    assert NOTE in screen(stage(1), 80, 24)
    assert "P gets four pages, 0x10000 to" in screen(stage(1)), "wrapped, in the pane of the step"
    assert NOTE not in screen(stage(4), 80, 24), "A's own step by then"


def test_before_the_first_step_the_explanation_is_there_to_be_read() -> None:
    assert "A map item offers an fpage; the " in screen(stage())
    assert "A map item offers" not in screen(stage(1))


def test_ascii_only_keeps_to_ascii() -> None:
    lines = snapshot(stage(1, ascii_only=True), 120, 40, keys=("e",)).lines
    text = "\n".join(lines[3:])
    assert "- The window is larger" in text
    assert f"> {NOTE}" in text


def test_without_texts_there_is_nothing_to_explain() -> None:
    plain = Stage(make_session(2), "Two nodes")
    assert "explain" not in screen(plain)
    assert screen(plain, keys=("e",)) == screen(Stage(make_session(2), "Two nodes"))
