"""`compare` and `run --design` as a shell sees them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from l4numa_tui.cli import main
from l4numa_tui.designs.catalogue import NAMES

DATA = Path(__file__).parent.parent / "data"
TRACE = str(DATA / "traces" / "mt.pageruns.csv.gz")
SCENARIO = str(DATA / "scenarios" / "lazy-global.toml")
MACHINE = "opteron-6276-8n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a command has to say before it ends with status 2."""
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


def by_design(out: str) -> dict[str, dict[str, str]]:
    return {row["design"]: row for row in csv.DictReader(io.StringIO(out))}


def test_all_designs_make_the_same_accesses(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "compare", "--trace", TRACE, "--machine", MACHINE, "--csv")
    rows = by_design(out)
    assert status == 0
    assert tuple(rows) == NAMES
    assert {int(row["local"]) + int(row["remote"]) for row in rows.values()} == {60_673}
    assert rows["per-node"]["relative"] == "1.0000"


def test_per_node_and_its_row_are_what_run_says(capsys: pytest.CaptureFixture[str]) -> None:
    trace = ("--trace", TRACE, "--machine", MACHINE, "--json")
    told = json.loads(run(capsys, "run", *trace)[1])
    compared = json.loads(run(capsys, "compare", *trace, "--designs", "per-node")[1])
    (row,) = compared["designs"]
    assert all(row[key] == told["totals"][key] for key in ("faults", "messages", "local", "cycles"))
    assert row["kernel_bytes"] == [node["kernel_bytes"] for node in told["nodes"]]


def test_run_under_a_design_has_the_form_of_run(capsys: pytest.CaptureFixture[str]) -> None:
    trace = ("--trace", TRACE, "--machine", MACHINE)
    told = json.loads(run(capsys, "run", *trace, "--design", "mitosis", "--json")[1])
    rows = by_design(run(capsys, "compare", *trace, "--designs", "mitosis", "--csv")[1])
    assert told["schema"] == "l4numa.run/1"
    assert told["totals"]["cycles"] == int(rows["mitosis"]["cycles"])
    lines = run(capsys, "run", *trace, "--design", "mitosis")[1].splitlines()
    assert lines[0] == f"machine {MACHINE}"
    assert lines[-1].startswith("60 673 accesses, digest ")


def test_the_designs_asked_for_in_the_order_asked(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "compare", SCENARIO, "--designs", "disco, spanning,disco", "--csv")
    assert list(by_design(out)) == ["disco", "spanning"]


def test_a_table_and_bars_without_colours_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "compare", SCENARIO, "--ascii")
    assert out.isascii()
    assert "\x1b" not in out
    table = out.split("\n\n")[1].splitlines()
    assert [line.split()[0] for line in table] == ["design", *NAMES]
    assert len({len(line) for line in table}) == 1
    bars = out.split("cycles relative to per-node\n")[1].splitlines()
    assert bars[0].split() == ["per-node", "1.000", "#" * bars[0].count("#")]
    assert "█" in run(capsys, "compare", SCENARIO)[1]


def test_colours_only_on_a_terminal_and_not_against_no_color(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in run(capsys, "compare", SCENARIO)[1]
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b" not in run(capsys, "compare", SCENARIO)[1]


def test_unknown_designs(capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(capsys, "compare", SCENARIO, "--designs", "per-node,corey")
    assert "no design 'corey', expected one of per-node, spanning, disco" in text
    assert "no design ''" in refused(capsys, "compare", SCENARIO, "--designs", "disco,")
    assert "no design" in refused(capsys, "run", SCENARIO, "--design", "\x1b[31mx")


def test_nothing_to_run_and_too_much(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing to run" in refused(capsys, "compare")
    assert "at once" in refused(capsys, "compare", SCENARIO, "--trace", TRACE)
    assert "no file" in refused(capsys, "compare", "no-such-scenario")
    text = refused(capsys, "run", SCENARIO, "--design", "disco", "--record", "/nowhere/file")
    assert "cannot be recorded" in text


def test_scenarios_that_only_l4_can_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(capsys, "compare", "unmap-or-flush")
    assert "bare kernel" in text
    text = refused(capsys, "compare", str(DATA / "scenarios" / "global-unmap.toml"))
    assert "system call flush" in text


def test_what_is_refused_under_per_node_is_told_for_all(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "refused.toml"
    path.write_text(
        '[machine]\nnodes = 2\ncpus_per_node = 1\n[[region]]\nname = "text"\nat = 0x400000\n'
        'rights = "rx"\n[[step]]\nthread = "A.0"\nop = "read"\nat = 0x400000\n'
        '[[step]]\nthread = "A.1"\nop = "write"\nat = 0x400000\n'
    )
    _, out, _ = run(capsys, "compare", str(path))
    assert "1 operation of 2 threads" in out
    assert "stuck: A.1 is halted" in out


@pytest.mark.parametrize("design", NAMES)
def test_a_machine_with_too_little_memory(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, design: str
) -> None:
    path = tmp_path / "tiny.txt"
    path.write_text(
        "available: 2 nodes (0-1)\nnode 0 cpus: 0\nnode 0 size: 1 MB\nnode 0 free: 1 MB\n"
        "node 1 cpus: 1\nnode 1 size: 1 MB\nnode 1 free: 1 MB\n"
        "node distances:\nnode   0   1\n  0:  10  20\n  1:  20  10\n"
    )
    trace = ("compare", "--trace", TRACE, "--machine", str(path), "--designs", design)
    assert "memory" in refused(capsys, *trace)


@pytest.mark.parametrize("design", NAMES)
def test_a_node_with_cpus_but_no_memory(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, design: str
) -> None:
    path = tmp_path / "cpus-only.txt"
    path.write_text(
        "available: 2 nodes (0-1)\nnode 0 cpus: 0\nnode 0 size: 900 MB\nnode 0 free: 1 MB\n"
        "node 1 cpus: 1\nnode 1 size: 0 MB\nnode 1 free: 0 MB\n"
        "node distances:\nnode   0   1\n  0:  10  20\n  1:  20  10\n"
    )
    trace = ("run", "--trace", TRACE, "--machine", str(path), "--design", design)
    assert "memory" in refused(capsys, *trace)


def test_more_threads_than_the_kernel_has_room_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    machine = tmp_path / "small.txt"
    machine.write_text(
        "available: 1 nodes (0)\nnode 0 cpus: 0\nnode 0 size: 8 MB\nnode 0 free: 1 MB\n"
        "node distances:\nnode   0\n  0:  10\n"
    )
    trace = tmp_path / "many.csv"
    rows = "".join(f"{thread},R,{thread:x},1\n" for thread in range(1, 400))
    trace.write_text("tid,op,vpn,count\n" + rows)
    for design in NAMES:
        text = refused(
            capsys, "run", "--trace", str(trace), "--machine", str(machine), "--design", design
        )
        assert "too small" in text or "memory" in text
