"""Films and pictures of the screen, and the export screen: what it writes, and what it refuses."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import BY_NAME, FORMATS, Options, pieces
from l4numa_tui.tui.pictures.film import MAX_FRAMES, Film
from l4numa_tui.tui.pictures.screen_makers import SCREEN_MAKERS
from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.stage import Stage
from l4numa_tui.world.session import Session
from tests.export.export_worlds import shipped
from tests.tui.helpers import Screen, lesson, scenario

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyte

SMALL = Options(source="test", width=80, height=24)


def film_of(of: Session, **asked: Any) -> list[str]:
    made = pieces(of, "cast", SMALL._replace(**asked), SCREEN_MAKERS)
    return b"".join(made).decode().splitlines()


def played(lines: list[str]) -> list[tuple[float, str, list[str]]]:
    """(time, mark, screen) of each frame, as the terminal emulator pyte shows it."""
    head, *rest = [json.loads(line) for line in lines]
    assert head["version"] == 2
    screen = pyte.Screen(head["width"], head["height"])
    stream = pyte.Stream(screen)
    out, mark = [], ""
    for time, kind, data in rest:
        if kind == "m":
            mark = data
        elif data:
            stream.feed(data)
            out.append((time, mark, [line.rstrip() for line in screen.display]))
    return out


@pytest.mark.parametrize("theme", ["dark", "mono"])
def test_a_film_shows_every_step_as_the_screen_does(theme: str) -> None:
    of = shipped("two-readers", 6)
    shown = played(film_of(of, first=4, theme=theme, pace_ms=250))
    assert [time for time, _, _ in shown] == [0, 0.25, 0.5, 0.75]
    assert of.cursor == 6
    for step, (_, mark, lines) in enumerate(shown, 3):
        of.seek(step)
        assert mark.startswith(f"step {step}")
        stage = Stage(of, "test")
        assert lines == snapshot(stage, 80, 24, colours=theme != "mono").lines


def test_a_film_lasts_as_long_as_its_frames_and_not_for_ever() -> None:
    film = Film("x\x1b", (80, 24), 40)
    film.take([])
    head, _, last = [json.loads(piece) for piece in film.pieces()]
    assert last == [0.04, "o", ""]
    assert "\x1b" not in head["title"]
    of = shipped("two-readers", 3)
    with pytest.raises(UserError, match="too long"):
        _too_long(of)


def _too_long(of: Session) -> None:
    import asyncio

    from l4numa_tui.tui.pictures.film import film_run
    from l4numa_tui.tui.pictures.snapshot import headless

    app = headless(Stage(of, "test"), "dark")
    asyncio.run(film_run(app, Film("", (80, 24), 1), 1, MAX_FRAMES + 1))


def test_pictures_of_the_screen_are_of_the_size_that_was_asked_for() -> None:
    of = shipped("two-readers", 4)
    text = b"".join(pieces(of, "text", SMALL, SCREEN_MAKERS)).decode().splitlines()
    assert len(text) == 24
    assert max(map(len, text)) <= 80
    (svg,) = pieces(of, "svg", SMALL, SCREEN_MAKERS)
    words = "".join(ElementTree.fromstring(svg).itertext()).replace("\xa0", " ")
    assert "Mapping" in words or "database" in words
    assert b"url(http" not in svg
    (png,) = pieces(of, "png", SMALL, SCREEN_MAKERS)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24])[0] > 1000
    colourless = b"".join(pieces(of, "svg", SMALL._replace(theme="mono"), SCREEN_MAKERS))
    assert colourless != svg


async def _opened(screen: Screen, *keys: str) -> None:
    for key in ("x", *keys):
        await screen.press(key)
    await screen.pilot.pause()


async def test_x_writes_what_the_chosen_letter_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with scenario() as screen:
        await screen.press("n", "n")
        await _opened(screen, "d")
        assert "two-nodes-step2.dot" in screen.text()
        await screen.press("enter")
        (file,) = tmp_path.iterdir()
        assert file.name == "two-nodes-step2.dot"
        (made,) = [b"".join(pieces(screen.stage.session, "dot", Options(source="Two nodes")))]
        assert file.read_bytes() == made
        assert "wrote two-nodes-step2.dot" in screen.text()
        assert screen.cursor == 2


async def test_nothing_is_overwritten_unless_asked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "two-nodes-step0.kdb.txt"
    file.write_text("mine", encoding="utf-8")
    async with scenario(80, 24) as screen:
        await _opened(screen, "enter")
        assert file.read_text(encoding="utf-8") == "mine"
        assert "enter again overwrites" in screen.text()
        await screen.press("down")
        await screen.press("up")
        await screen.press("enter")
        assert file.read_text(encoding="utf-8") == "mine", "asked anew"
        await screen.press("enter")
        assert "l4numa" in file.read_text(encoding="utf-8")


async def test_the_name_can_be_edited_and_keeps_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with scenario(80, 24) as screen:
        await screen.press("n")
        await _opened(screen, "t", "tab", "home", "n", "o", "/")
        assert "no/two-nodes-step1.txt" in screen.text()
        await screen.press("enter")
        assert "not written" in screen.text()
        await screen.press("backspace")
        await screen.press("escape")
        await screen.press("s")
        assert "notwo-nodes-step1.seq.mmd" in screen.text()
        await screen.press("enter")
        assert [each.name for each in tmp_path.iterdir()] == ["notwo-nodes-step1.seq.mmd"]


async def test_the_screen_is_written_as_it_was_before_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with scenario(80, 24) as screen:
        await screen.press("n", "3")
        before = screen.lines()
        await _opened(screen, "t", "enter")
        (file,) = tmp_path.iterdir()
        assert file.read_text(encoding="utf-8").splitlines() == before


async def test_left_and_right_choose_the_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with scenario(80, 24) as screen:
        await screen.press("n", "n", "n", "n")
        await _opened(screen, "s")
        assert " step 4" in screen.text()
        for _ in range(9):
            await screen.press("left")
        await screen.press("right")
        assert "steps 2 to 4" in screen.text()
        await screen.press("enter")
        (file,) = tmp_path.iterdir()
        text = file.read_text(encoding="utf-8")
        assert "step 2:" in text
        assert "step 1:" not in text


async def test_a_film_is_taken_of_the_running_program_and_any_key_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with lesson(80, 24, at=4) as screen:
        await _opened(screen, "c")
        await screen.press("enter")
        await screen.app.workers.wait_for_complete()
        await screen.pilot.pause()
        assert screen.cursor == 4
        (file,) = tmp_path.iterdir()
        shown = played(file.read_text(encoding="utf-8").splitlines())
        assert len(shown) == 5
        assert all("Export" not in "\n".join(lines) for _, _, lines in shown)
        assert "step 2" in "\n".join(shown[2][2])
        file.unlink()
        await _opened(screen, "c")
        await screen.press("enter", "n")
        await screen.app.workers.wait_for_complete()
        await screen.pilot.pause()
        assert screen.cursor == 4
        assert not list(tmp_path.iterdir())
        assert "nothing is written" in screen.text()


def test_every_format_has_a_letter_that_nothing_else_here_takes() -> None:
    assert not {each.key for each in FORMATS} & {"x", "q"}
    assert {each.name for each in FORMATS if each.screen} == SCREEN_MAKERS.keys()
    assert BY_NAME["cast"].screen
