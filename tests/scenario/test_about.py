"""What scenarios say to their readers, and how those that are shipped are found by name."""

from __future__ import annotations

import io
import re
import textwrap
from pathlib import Path

import pytest

from l4numa_tui.cli.main import main
from l4numa_tui.errors import UserError
from l4numa_tui.plain.explore import explore
from l4numa_tui.scenario.about import MAX_EXPLANATION
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario, scenario_digest
from l4numa_tui.scenario.recording import read_recording, replay_recording, save_recording
from l4numa_tui.scenario.script import OP_NAMES
from l4numa_tui.scenario.shipped import TOPICS, open_scenario, scenarios_folder, shipped_names
from l4numa_tui.scenario.step_model import MAX_NOTE, StepTable
from l4numa_tui.scenario.summary import summary
from tests.scenario import (
    test_shipped,
    test_shipped_experiments,
    test_shipped_placement,
    test_shipped_protocols,
)
from tests.scenario.helpers import MACHINE, SMALL, finished, step
from tests.scenario.shipped import LIMIT

SHIPPED = shipped_names()
STUCK = {
    "deadlock": ["A", "B"],
    "endless-refault": ["A"],
    "experiment-e7": ["A.0"],
    "mistake-calls": ["A.0", "A.1"],
    "mistake-no-service": ["A.0", "A.1"],
}
PLAIN_WIDTH = 76


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_is_explained_and_ends(name: str) -> None:
    scenario = open_scenario(name)
    lines = [row for text in scenario.about.explanation for row in textwrap.wrap(text, PLAIN_WIDTH)]
    assert scenario.title
    assert 5 <= len(lines) <= 12
    assert any(scenario.about.notes)
    session = finished(scenario)
    assert session.length < LIMIT
    assert [each.thread for each in summary(session).stuck] == STUCK.get(name, [])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_note_is_told(name: str) -> None:
    scenario = open_scenario(name)
    transcript = io.StringIO()
    explore(build_session(scenario), scenario.about, io.StringIO("run\n"), transcript)
    told = " ".join(transcript.getvalue().split())
    for text in (*scenario.about.explanation, *scenario.about.notes):
        assert " ".join(text.removeprefix("- ").replace("`", '"').split()) in told


@pytest.mark.parametrize("name", ["new-pager", "last-thread", "endless-refault"])
def test_a_run_is_told_as_its_steps_two_by_two(name: str) -> None:
    """Also where threads have moved or spaces have ended since, and each note once."""
    scenario = open_scenario(name)
    told = []
    for commands in ("run\n", "step 2\n" * LIMIT):
        transcript = io.StringIO()
        explore(build_session(scenario), scenario.about, io.StringIO(commands), transcript)
        lines = transcript.getvalue().splitlines()
        # A single step, as the last one may be, tells what it changed as well.
        said = [line for line in lines if not line.startswith(("  + ", "  − ", "  ~ "))]
        told.append([line for line in said if line.startswith(("Step ", "  "))])
    assert told[0] == told[1]
    first_notes = [line for line in told[0] if line.startswith("  ") and line[2] != " "]
    assert len(first_notes) == sum(1 for note in scenario.about.notes if note)


def test_every_shipped_scenario_has_a_test_of_its_point() -> None:
    modules = (
        test_shipped, test_shipped_protocols, test_shipped_placement, test_shipped_experiments,
    )  # fmt: skip
    names = [name for module in modules for name in dir(module)]
    tested = {name.removeprefix("test_").replace("_", "-") for name in names}
    assert not set(SHIPPED) - tested
    assert len(SHIPPED) == 52


@pytest.mark.parametrize("name", ["superpage-split", "deadlock", "unmap-races-fault"])
def test_shipped_scenarios_are_recorded_and_replayed(name: str, tmp_path: Path) -> None:
    scenario = open_scenario(name)
    save_recording(str(tmp_path / "r"), finished(scenario), scenario)
    assert replay_recording(read_recording(str(tmp_path / "r"))).holds


def test_a_message_of_all_registers_is_recorded(tmp_path: Path) -> None:
    words = ", ".join(str(word) for word in range(63))
    text = (
        MACHINE
        + '[[space]]\nname = "S"\n[[thread]]\nname = "a"\n[[thread]]\nname = "b"\n'
        + step("receive", "b")
        + step("send", "a", to="b") + f"words = [{words}]\n"
    )  # fmt: skip
    scenario = parse_scenario(text, "x")
    session = finished(scenario)
    sender = next(t for t, name in session.world.system.thread_names.items() if name == "a")
    session.seek(1)
    session.step((1, sender, *session.world.programs[sender].operations[0]))
    save_recording(str(tmp_path / "r"), session, scenario)
    assert replay_recording(read_recording(str(tmp_path / "r"))).holds


# Texts.
def test_paragraphs_are_joined_and_points_are_not() -> None:
    text = 'explanation = """\nOne\ntwo.\n\n\n- a\n  b\n- c\n"""\n' + SMALL
    assert parse_scenario(text, "x").about.explanation == ("One two.", "", "- a b", "- c")


def test_texts_count_for_the_digest_but_not_for_the_run() -> None:
    texts = ["", 'explanation = "why"\n', 'explanation = "because"\n']
    scenarios = [parse_scenario(text + SMALL, "x") for text in texts]
    scenarios.append(parse_scenario(SMALL + 'note = "look"\n', "x"))
    assert len({scenario_digest(each) for each in scenarios}) == 4
    assert len({finished(each).digest() for each in scenarios}) == 1


def test_notes_belong_to_their_steps_however_often_they_run() -> None:
    text = MACHINE + '[[region]]\nname = "d"\nat = 0x400000\npages = 4\n' + (
        step("write", "A.0", at=0x400000, times=2, note="first")
        + step("read", "A.1", at=0x400000)
        + step("read", "A.0", at=0x401000, pages=2, note="third")
    )  # fmt: skip
    scenario = parse_scenario(text, "x")
    about, session = scenario.about, build_session(scenario)
    notes: list[int] = []
    coming = about.note_next(session)
    assert coming is not None
    assert coming.step == 0
    while (change := session.step()) is not None:
        note = about.note_of(change)
        if change.action[1] in session.world.programs:
            notes.append(-1 if note is None else note.step)
            assert about.note_now(session) == note
    # Each fault is two goes of its step: the fault, and the access that succeeds.
    assert notes == [0, 0, 0, -1, -1, 2, 2, 2, 2]
    assert about.note_next(session) is None


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("explanation", "\\u001b[2J"),
        ("explanation", "x" * (MAX_EXPLANATION + 1)),
        ("note", "\\u202e"),
        ("note", "x" * (MAX_NOTE + 1)),
    ],
)
def test_texts_are_limited_and_fit_for_a_terminal(key: str, text: str) -> None:
    line = f'{key} = "{text}"\n'
    whole = line + SMALL if key == "explanation" else SMALL + line
    with pytest.raises(UserError) as caught:
        parse_scenario(whole, "x.toml")
    at = 1 if key == "explanation" else whole.count("\n")
    assert str(caught.value).startswith(f"x.toml:{at}: `{key}`")
    assert str(caught.value).isprintable()


# The page about the format.
DOCS = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"


def test_the_examples_in_the_documentation_run() -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for text in examples:
        assert finished(parse_scenario(text, "example")).world.totals().faults > 0


def test_the_documentation_names_every_operation_and_key() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name in (*OP_NAMES, *StepTable.__struct_encode_fields__):
        assert re.search(rf"`{name}`|\b{name} =", text), name


# Names.
def test_a_file_goes_before_a_shipped_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_scenario("deadlock").title.startswith("Deadlock")
    (tmp_path / "holes").mkdir()
    assert open_scenario("holes").title.startswith("Holes"), "a folder is no file"
    (tmp_path / "deadlock").write_text('title = "mine"\n' + MACHINE)
    assert open_scenario("deadlock").title == "mine"


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(UserError, match="expected a file, or `unmap-or-flush`"):
        open_scenario("unmap-and-flush")
    for path in ("../lessons", "Deadlock", "deadlock.toml", ""):
        with pytest.raises(UserError, match="cannot be read"):
            open_scenario(path)


def test_the_commands_take_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[0] for line in listed if line.startswith("  ")) == SHIPPED
    assert listed[0] == "Map, grant and unmap", "where a reader begins"
    assert main(["run", "deadlock"]) == 0
    assert "stuck: A waits to send to B" in capsys.readouterr().out


def test_every_folder_of_scenarios_is_a_topic() -> None:
    folders = {path.parent.name for path in scenarios_folder().rglob("*.toml")}
    assert folders <= set(TOPICS)
