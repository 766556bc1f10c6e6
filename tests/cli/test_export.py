"""`l4numa export`: what it takes, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from l4numa_tui.cli import main
from l4numa_tui.scenario.shipped import shipped_names, shipped_path

DATA = Path(__file__).parent.parent / "data"
SCENARIO = str(DATA / "scenarios" / "lazy-global.toml")
RUNS = str(DATA / "traces" / "mt.pageruns.csv.gz")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def dump(capsys: pytest.CaptureFixture[str], file: str, *more: str) -> list[str]:
    """A dump without its first line, which names the file."""
    status, out, err = run(capsys, "export", file, "--format", "kdb", *more)
    assert (status, err) == (0, "")
    return out.splitlines()[1:]


def test_a_recording_gives_the_dumps_of_its_scenario_at_every_step(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "run.jsonl")
    assert run(capsys, "run", SCENARIO, "--record", file)[0] == 0
    seen = set()
    for more in ([], ["--step", "0"], ["--step", "4"], ["--step", "12", "--frame", "1:0"]):
        found = dump(capsys, SCENARIO, *more)
        assert found == dump(capsys, file, *more)
        seen.add("\n".join(found))
    assert len(seen) == 4
    assert dump(capsys, SCENARIO) == dump(capsys, SCENARIO, "--step", "12"), (
        "the end is the default"
    )


def test_a_scenario_that_came_with_the_program_is_known_by_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in shipped_names()[:3]:
        file = str(shipped_path(name))
        assert dump(capsys, name) == dump(capsys, file)


def test_a_lessons_export_is_repeated_to_where_the_student_stood(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("L4NUMA_HOME", str(tmp_path))
    file = str(tmp_path / "ada.jsonl")
    assert run(capsys, "lesson", "1", "--export", file)[0] == 0
    status, out, _ = run(capsys, "export", file, "--format", "jdb")
    assert status == 0
    assert "step 0, digest" in out.splitlines()[0]
    assert "task=0 {sigma0}  depth=root" in out


def test_a_file_is_written_whole_or_not_at_all(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    printed = run(capsys, "export", SCENARIO, "--format", "jdb")[1]
    file = tmp_path / "dump.txt"
    assert run(capsys, "export", SCENARIO, "--format", "jdb", "-o", str(file))[0] == 0
    assert file.read_text(encoding="utf-8") == printed
    assert (
        run(capsys, "export", SCENARIO, "--format", "jdb", "--step", "99", "-o", str(file))[0] == 2
    )
    assert file.read_text(encoding="utf-8") == printed
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.toml"], "missing.toml: cannot be read"),
        ([SCENARIO, "--step", "13"], "expected 0 to 12"),
        ([SCENARIO, "--step", "-1"], "no step -1"),
        ([SCENARIO, "--frame", "0"], "expected NODE:INDEX"),
        ([SCENARIO, "--frame", "4:0"], "a node up to 3"),
        ([SCENARIO, "--frame", "0:ffffff"], "expected 0:0000 to 0:"),
        ([SCENARIO, "-o", "/no/such/folder/file"], "cannot be written"),
        ([RUNS], RUNS),
    ],
)
def test_what_cannot_be_exported_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = run(capsys, "export", "--format", "kdb", *arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_a_recording_that_does_not_hold_or_has_no_database_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "run.jsonl"
    assert run(capsys, "run", SCENARIO, "--record", str(file))[0] == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    third = json.loads(lines[3])
    third["digest"] = f"{int(third['digest'], 16) ^ 1:016x}"
    lines[3] = json.dumps(third, separators=(",", ":"))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    status, out, err = run(capsys, "export", str(file), "--format", "kdb")
    assert (status, out) == (2, "")
    assert f"{file}:4:" in err
    assert run(capsys, "run", "--trace", RUNS, "--record", str(file))[0] == 0
    status, out, err = run(capsys, "export", str(file), "--format", "kdb")
    assert (status, out) == (2, "")
    assert "of a trace" in err
