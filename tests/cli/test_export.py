"""`l4numa export`: what it takes, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from l4numa_tui.cli import main
from l4numa_tui.export.formats import BY_NAME, FORMATS
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


@pytest.mark.parametrize("name", [each.name for each in FORMATS if each.name != "png"])
def test_every_format_comes_through_a_pipe_as_it_is_written_to_a_file(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "out"
    arguments = ["export", "two-readers", "--format", name, "--step", "3"]
    if "size" in BY_NAME[name].takes:
        arguments += ["--size", "70x20", "--theme", "light", "--ascii"]
    assert main([*arguments, "-o", str(file)]) == 0
    told = capfdbinary.readouterr()
    assert told.out.decode() == f"{file}: step 3 as {name}\n"
    assert main(arguments) == 0
    piped = capfdbinary.readouterr()
    assert (piped.out, piped.err) == (file.read_bytes(), b"")


def test_a_recording_and_its_scenario_give_the_same_documents(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "run.jsonl")
    assert run(capsys, "run", SCENARIO, "--record", file)[0] == 0
    for name in ("dot", "sequence", "trace", "text", "cast"):
        more = {"dot": ["--step", "7"], "sequence": ["--from", "2", "--to", "7"]}.get(name, [])
        made = [
            run(capsys, "export", each, "--format", name, *more)[1].replace(each, "")
            for each in (SCENARIO, file)
        ]
        assert made[0] == made[1] != ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kdb", "--all"], "kdb takes no --all, expected it with dot, mermaid, forest"),
        (["dot", "--from", "2"], "dot takes no --from"),
        (["graphml", "--frame", "1:0"], "graphml takes no --frame"),
        (["trace", "--theme", "dark"], "trace takes no --theme"),
        (["svg", "--pace", "5"], "svg takes no --pace"),
        (["trace", "--step", "3", "--to", "3"], "expected one of them"),
        (["trace", "--from", "9", "--to", "3"], "expected 1 to 3"),
        (["cast", "--from", "1", "--step", "0"], "no steps from 1 on"),
        (["forest", "--theme", "mono"], "expected dark or light"),
    ],
)
def test_an_option_that_means_nothing_to_a_format_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = run(capsys, "export", SCENARIO, "--format", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize("size", ["80", "80x", "1x1", "80x24x3", "٨٠x24", "99999x9", "-80x24"])
def test_what_is_no_size_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str], size: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", SCENARIO, "--format", "svg", f"--size={size}"])
    assert ended.value.code == 2
    assert "such as 120x40" in capsys.readouterr().err


def test_pictures_in_pixels_are_not_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    status, out, err = run(capsys, "export", SCENARIO, "--format", "forest-png")
    assert (status, out) == (2, "")
    assert "expected a file: -o FILE" in err
    assert run(capsys, "export", SCENARIO, "--format", "dot")[0] == 0


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    told = capsys.readouterr().out
    for each in FORMATS:
        assert f"  {each.name} " in told
        assert each.what in told
