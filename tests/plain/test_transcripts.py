"""Conversations about scenarios: whole transcripts, and whatever somebody may type."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.plain.asking import ASKING
from l4numa_tui.plain.conversation import Conversation
from l4numa_tui.plain.explore import Explorer
from l4numa_tui.plain.helping import program
from l4numa_tui.plain.looking import LOOKING
from l4numa_tui.plain.moving import MOVING
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.scenario_commands import SCENARIO
from l4numa_tui.plain.talk import Talk
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.session import Session
from tests.plain.transcripts import DATA, NAMES, transcript, typed

SEED = int(os.environ.get("L4NUMA_SEED", "1"))
SCENARIOS = ("unmap-races-fault", "superpage-split", "last-thread", "placement-replicate")


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_is_as_it_was_read(name: str) -> None:
    expected = (DATA / f"{name}.out").read_text(encoding="utf-8")
    assert transcript(name, typed(name)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_fits_the_page_and_draws_nothing(name: str) -> None:
    rows = (DATA / f"{name}.out").read_text(encoding="utf-8").splitlines()
    assert max(len(row) for row in rows if "kdb" not in row and row[:4].strip()) <= 76
    drawn = {character for row in rows for character in row if not character.isascii()}
    assert drawn <= set("→−×"), "no boxes, bars or glyphs of nodes"


@pytest.mark.parametrize("name", NAMES)
def test_words_and_ascii_leave_no_sign_that_is_not_ascii(name: str) -> None:
    spoken = "words on\n" + typed(name).replace("words off\n", "")
    _, _, told = transcript(name, spoken).partition("words on\n")
    assert told
    assert told.isascii()
    assert transcript(name, typed(name), ascii_only=True).isascii()


def test_the_transcripts_use_every_command() -> None:
    chapters = (MOVING, LOOKING, ASKING, SCENARIO, program(""))
    commands = {each.name for chapter in chapters for each in chapter.commands}
    explorer = explorer_of("unmap-or-flush", io.StringIO())
    used = set()
    for name in NAMES:
        for line in typed(name).splitlines():
            try:
                found = explorer.meaning(line)
            except Exception:  # a line that is to be refused
                continue
            used |= {found.command.name} if found else set()
    assert commands - used == set()


def explorer_of(name: str, out: io.StringIO) -> Explorer:
    scenario = open_scenario(name)
    return Explorer(build_session(scenario), Printer(out), scenario.about)


def talks(out: io.StringIO) -> Iterator[Talk]:
    for name in SCENARIOS:
        yield explorer_of(name, out)
    for lesson in ("pagefault", "lazy-global"):
        yield Conversation(LessonPlayer(find_lesson(lesson)), Printer(out))


ODD = (
    "", "0", "1", "7", "99999", "-1", "0x402000", "0x402", "0xffffffffffffffffff", "0:0000",
    "2:0007", "9999:ffffff", "1:", ":", "\x1b[2J", "\u202e", "²", "😀", "x" * 3000, "NaN", "page",
    "frame", "space", "thread", "entry", "node", "step", "node:1", "memory:0", "changed", "all",
    "on", "off", "A", "a b", "?", "`", "{0}", "%s", "r", "w",
)  # fmt: skip


def words_of(session: Session) -> list[str]:
    system = session.world.system
    names = [*system.thread_names.values(), *system.space_names.values()]
    return [*names, *(each.name for each in system.roster.applications.values()), *ODD]


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_no_command_with_whatever_words_fails_or_writes_controls(seed: int) -> None:
    print(f"L4NUMA_SEED={seed}")
    draw = random.Random(seed)
    out = io.StringIO()
    for talk in talks(out):
        words = words_of(talk.session)
        for _ in range(60):
            commands = [each for chapter in talk.chapters() for each in chapter.commands]
            command = draw.choice(draw.choice(commands).words)
            rest = " ".join(draw.choice(words) for _ in range(draw.choice((0, 1, 1, 2, 2, 3))))
            if command.startswith("run") and draw.random() < 0.8:
                continue  # most of the run is to be seen from within
            talk.take(f"{command} {rest}")
        talk.take("seek 5")
    assert all(character == "\n" or character.isprintable() for character in out.getvalue())


@pytest.mark.parametrize("name", SCENARIOS)
def test_looking_changes_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # `export` is among the commands
    out = io.StringIO()
    explorer = explorer_of(name, out)
    explorer.take("run")
    explorer.take("back 3")
    session = explorer.session
    before = session.cursor, session.length, session.digest()
    for command in (*LOOKING.commands, *ASKING.commands):
        for line in (command.name, command.example, f"{command.name} 0:0000"):
            explorer.take(line) if line else None
    assert (session.cursor, session.length, session.digest()) == before


# Long answers.
def test_a_long_answer_is_cut_and_more_shows_the_rest() -> None:
    out = io.StringIO()
    explorer = explorer_of("superpage-split", out)
    explorer.take("run")
    start = out.tell()
    explorer.take("show kdb")
    first = out.getvalue()[start:]
    for _ in range(30):
        explorer.take("more")
    pieces = out.getvalue()[start:]
    start = out.tell()
    explorer.take("show kdb")
    explorer.take("more all")
    whole = out.getvalue()[start:]
    entries = [line for line in whole.splitlines() if "vaddr" in line]
    assert len(entries) > 500 > first.count("vaddr")
    assert [line for line in pieces.splitlines() if "vaddr" in line] == entries
    assert pieces.endswith("There is no more.\n\n")


# What others would tell differently.
def test_choosing_keeps_the_other_future_and_follows_the_choice() -> None:
    out = io.StringIO()
    explorer = explorer_of("unmap-races-fault", out)
    session = explorer.session
    session.run(12)
    session.seek(7)
    explorer.take("choose pager1")
    assert session.cursor == session.length == 8
    assert len(session.branches) == 1
    assert session.change(8).action[1] == _thread(session, "pager1")


def test_choosing_what_comes_anyway_keeps_what_was_seen() -> None:
    explorer = explorer_of("unmap-races-fault", io.StringIO())
    session = explorer.session
    session.run(12)
    session.seek(7)
    action = session.next_action()
    assert action is not None
    explorer.take(f"choose {session.world.system.thread_names[action[1]]}")
    assert (session.cursor, session.length, session.branches) == (8, 12, [])


def _thread(session: Session, name: str) -> int:
    (number,) = (each for each, known in session.world.system.thread_names.items() if known == name)
    return number
