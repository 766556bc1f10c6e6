"""The command `l4numa experiment`: what it prints, writes and refuses."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from l4numa_tui.cli.main import main

MACHINES = {
    "unreachable": "name = 'm'\nnodes = 2\ndistance = [[10, 255], [255, 10]]\n",
    "no memory": "name = 'm'\n[[node]]\ncpus = '0'\nmemory = 64\n[[node]]\ncpus = '1'\n",
    "no CPU": "name = 'm'\n[[node]]\ncpus = '0'\nmemory = 64\n[[node]]\nmemory = 64\n",
    "too small": "name = 'm'\nnodes = 2\nmemory_per_node = '64 KiB'\n",
}
ASYMMETRIC = "name = 'm'\nnodes = 2\ncpus_per_node = 2\nmemory_per_node = 64\n" + (
    "distance = [[10, 20], [40, 10]]\n"
)


def test_list_names_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names[:8] == [f"E{number}" for number in range(1, 9)]


def test_one_experiment_tells_claim_place_figures_and_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["experiment", "e1", "--nodes", "4,1,2", "--ascii"]) == 0
    out = capsys.readouterr().out
    for word in ("claim ", "place ", "expected ", "verdict   holds: ", "leaf entries"):
        assert word in out
    assert [line.split()[0] for line in out.splitlines() if re.match(r" +[124] +1 ", line)] == [
        "1", "2", "4",
    ]  # fmt: skip
    assert out.isascii()


def test_json_goes_alone_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "E3", "--nodes", "1,2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {row["messages"] for row in document["rows"] if row["how"] == "sequential"} == {0, 2}


def test_csv_and_svg_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "e5.svg"
    assert main(["experiment", "E5", "--nodes", "2", "--csv", "--svg", str(picture)]) == 0
    assert capsys.readouterr().out.startswith("region,nodes,pages,faults")
    assert picture.read_text().startswith("<?xml")


def test_a_trace_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    trace = "tests/data/traces/mt.pageruns.csv.gz"
    assert main(["experiment", "E2", "--nodes", "1,2", "--trace", trace, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["program"] for row in document["rows"]] == ["mt.pageruns.csv.gz"] * 2
    assert document["verdict"].startswith("does not hold: ")


def test_a_machine_limits_the_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "E1", "--machine", "opteron-8347he-4s", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["nodes"] for row in rows] == [1, 2, 4]


def test_distances_may_differ_both_ways(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(ASYMMETRIC)
    assert main(["experiment", "E8", "--nodes", "2", "--machine", str(file), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["ratio"] == 1.8, "from node 1 to node 0, the farther way"


def test_colours_are_for_terminals_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    command = ["experiment", "E1", "--nodes", "1,2"]
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(command) == 0
    plain = capsys.readouterr().out
    printed = []
    for _ in range(2):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(command) == 0
        printed.append(terminal.getvalue())
        monkeypatch.setenv("NO_COLOR", "1")
    coloured, without = printed
    assert "\x1b[" in coloured
    assert "\x1b" not in plain + without
    assert re.sub(r"\x1b\[\d*m", "", coloured) == without


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no experiment was named"),
        (["E0"], "there is no experiment 'E0'"),
        (["E1\x1b[31m"], "there is no experiment"),
        (["E1", "--nodes", "0"], "0 nodes"),
        (["E1", "--nodes", "65"], "65 nodes"),
        (["E1", "--nodes", "2,,4"], "no number of nodes"),
        (["E1", "--nodes", "-1"], "no number of nodes"),
        (["E1", "--nodes", "\N{ARABIC-INDIC DIGIT TWO}"], "no number of nodes"),
        (["E1", "--pages", "0"], "0 pages"),
        (["E1", "--pages", "100001"], "100001 pages"),
        (["E1", "--pages", "100000", "--nodes", "64"], "too large, expected at most 31250 pages"),
        (["E3", "--pages", "3"], "takes no --pages"),
        (["E1", "--trace", "x"], "takes no --trace"),
        (["E2", "--trace", "tests/no-such-trace"], "cannot be read"),
        (["E2", "--trace", "README.md"], "no trace format"),
        (["E1", "--costs", "free"], "unknown cost profile"),
        (["E1", "--machine", "no-such-machine"], "no machine and no file"),
        (
            ["E1", "--machine", "cxl-1s-2n", "--nodes", "2"],
            "node 1 of machine cxl-1s-2n has no CPU",
        ),
        (["E1", "--machine", "opteron-8347he-4s", "--nodes", "8"], "has 4 nodes, not 8"),
        (["E1", "-o", "report.md"], "-o is for a report of all"),
        (["all", "--json"], "--json is for one experiment"),
        (["all", "--pages", "3"], "--pages is for one experiment"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["experiment", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert "\x1b" not in err


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_machines_that_cannot_be_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "m.toml"
    file.write_text(MACHINES[name])
    for experiment in ("E1", "E8"):
        assert main(["experiment", experiment, "--nodes", "2", "--machine", str(file)]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
