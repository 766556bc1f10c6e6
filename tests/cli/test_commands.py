"""The commands as a shell sees them: what they print, exit with, and leave behind."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from l4numa_tui.cli import main

DATA = Path(__file__).parent.parent / "data"
LACKEY = str(DATA / "traces" / "mt.lackey-sched.gz")
RUNS = str(DATA / "traces" / "mt.pageruns.csv.gz")
SCENARIO = str(DATA / "scenarios" / "lazy-global.toml")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def pages_by_thread(path: str) -> dict[int, set[int]]:
    """The distinct pages each thread touches, by the plainest reading of lackey's log."""
    pages: dict[int, set[int]] = {}
    names: dict[int, int] = {}
    numbers = 0
    current = 0
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line in file:
            switch = re.match(r"--\d+--\s+SCHED\[(\d+)\]:\s+(.*)", line)
            if switch and "entering VG_(scheduler)" in switch[2]:
                names[int(switch[1])] = numbers
                numbers += 1
            if switch and ("acquired lock" in switch[2] or "entering" in switch[2]):
                current = names.get(int(switch[1]), current)
            access = re.match(r"(?:I | [LSM]) ([0-9a-f]+),(\d+)$", line)
            if access:
                first, size = int(access[1], 16), int(access[2])
                touched = range(first >> 12, (first + max(size, 1) - 1 >> 12) + 1)
                pages.setdefault(current, set()).update(touched)
    return pages


def test_faults_of_a_trace_are_the_distinct_pages_of_each_node(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("run", "--trace", LACKEY, "--machine", "opteron-6276-8n", "--json")
    status, first, _ = run(capsys, *arguments)
    assert status == 0
    result = json.loads(first)
    assert result["schema"] == "l4numa.run/1"
    expected = [0] * 8
    pages = pages_by_thread(LACKEY)
    for node in range(8):
        mine = [touched for thread, touched in pages.items() if thread % 8 == node]
        expected[node] = len(set().union(*mine)) if mine else 0
    assert [node["faults"] for node in result["nodes"]] == expected
    assert result["totals"]["faults"] == sum(expected)
    totals = result["totals"]
    assert totals["local"] + totals["remote"] == totals["accesses"]
    for key in ("accesses", "faults", "local", "remote"):
        assert sum(node[key] for node in result["nodes"]) == totals[key]
    assert run(capsys, *arguments)[1] == first, "the same counts and digest every time"


def test_a_trace_recording_is_verified_and_tampering_is_noticed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "trace.jsonl")
    assert run(capsys, "run", "--trace", RUNS, "--record", file)[0] == 0
    assert run(capsys, "replay", file)[0] == 0
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1])
    last["digest"] = f"{int(last['digest'], 16) ^ 1:016x}"
    Path(file).write_text("\n".join([*lines[:-1], json.dumps(last)]), encoding="utf-8")
    status, out, _ = run(capsys, "replay", file)
    assert status == 1
    assert "differs" in out


def test_a_scenario_recording_replays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = str(tmp_path / "run.jsonl")
    status, out, _ = run(capsys, "run", SCENARIO, "--record", file)
    assert status == 0
    digest = re.search(r"digest ([0-9a-f]{16})", out)
    assert digest
    status, out, _ = run(capsys, "replay", file)
    assert (status, "as recorded" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "nothing to run"),
        (["run", "missing.toml"], "missing.toml: cannot be read"),
        (["run", SCENARIO, "--trace", RUNS], "at once"),
        (["run", SCENARIO, "--machine", "live"], "--machine goes with --trace"),
        (["run", "--trace", RUNS, "--machine", "opteron"], "opteron"),
        (["run", "--trace", RUNS, "--costs", "free"], "unknown cost profile"),
        (["run", "--trace", RUNS, "--limit", "0"], "limit"),
        (["run", "--trace", "/dev/null"], "/dev/null"),
        (["run", "--trace", RUNS, "--threads-by", "cpu"], "does not say on which CPU"),
        (["replay", "missing.jsonl"], "missing.jsonl"),
        (["replay", SCENARIO], "line"),
        (["grade", "missing.jsonl"], "missing.jsonl"),
        (["machine", "no-such-machine"], "no-such-machine"),
        (["lesson", "99"], "99"),
        (["open", SCENARIO, "--bare"], "--bare"),
        (["open", SCENARIO, "--machine", "4"], "--machine goes with --trace"),
        (["open", "--machine", "65"], "1 to 64 nodes"),
        (["open", "--machine", "no-such-machine", "--plain"], "no-such-machine"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("l4numa: ")
    assert message in err


@pytest.mark.parametrize("kind", ["binary", "deep", "huge", "truncated"])
@pytest.mark.parametrize("command", ["run", "replay", "machine", "grade", "trace"])
def test_broken_files_get_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str, command: str
) -> None:
    file = tmp_path / "broken.toml"
    content = {
        "binary": bytes(range(256)) * 40,
        "deep": b"x = " + b"[" * 5_000 + b"]" * 5_000,
        "huge": b"# " + b"x" * (70 << 20),
        "truncated": Path(SCENARIO).read_bytes()[:150],
    }[kind]
    file.write_bytes(content)
    words = ["run", "--trace", str(file)] if command == "trace" else [command, str(file)]
    status, out, err = run(capsys, *words)
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert str(file) in err
    assert list(tmp_path.iterdir()) == [file], "nothing is written"


def test_escape_sequences_in_a_file_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "evil.toml"
    file.write_text('title = "\\u001b]52;c;x\\u0007"\nname\u009b = 1\n', encoding="utf-8")
    _, out, err = run(capsys, "run", str(file))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out + err)


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m l4numa_tui machine power7-8n | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert ran.stdout == "power7-8n\n"
    assert ran.stderr == ""


def test_without_a_terminal_the_screen_offers_the_conversation(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "l4numa_tui", "lesson", "1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"L4NUMA_HOME": str(tmp_path), "TERM": "xterm", "PYTHONPATH": ":".join(sys.path)},
    )
    assert ran.returncode == 2
    assert "--plain" in ran.stderr
    assert ran.stderr.count("\n") == 1
