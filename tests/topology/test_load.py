from __future__ import annotations

import os
from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.topology.load import MAX_FILE_BYTES, load_topology, read_topology
from tests.topology.samples import DATA, sample


def test_live_is_this_computer() -> None:
    assert load_topology("live").name == "live"


def test_known_names() -> None:
    assert load_topology("opteron-865-8s").cpu_count == 16


@pytest.mark.parametrize(
    ("name", "nodes", "measured"),
    [
        ("numactl-uma.txt", 1, False),
        ("numactl-epyc-compressed.txt", 8, False),
        ("numactl-sparse-cpuless.txt", 3, False),
        ("numactl-no-sysfs.txt", 1, False),
        ("mlc-8269cy.txt", 4, True),
        ("mlc-cxl.txt", 2, True),
        ("mlc-full-run.txt", 2, True),
        ("hwloc-4n2c-distances.xml", 4, False),
        ("log-of-one-machine.txt", 2, True),
    ],
)
def test_the_format_is_told_from_the_content(
    name: str, nodes: int, measured: bool, tmp_path: Path
) -> None:
    anonymous = tmp_path / "machine.dat"
    anonymous.write_bytes((DATA / name).read_bytes())
    machine = load_topology(str(anonymous))
    assert len(machine.nodes) == nodes
    assert bool(machine.latency_ns) is measured
    assert machine.name == "machine"
    assert machine.source == str(anonymous)


@pytest.mark.parametrize(
    "text",
    [
        "nodes = 3",
        "\n# comment\n  nodes=3\n",
        '"nodes" = 3',
        "[[node]]\n[[node]]\n[[node]]",
        "[[ node ]] # one\n[[node]]\n[[node]]",
    ],
)
def test_toml_is_recognised_by_its_first_line(text: str) -> None:
    assert len(read_topology(text, "x").nodes) == 3


def test_a_log_with_both_tools_has_the_slit_of_one_and_the_latencies_of_the_other() -> None:
    machine = read_topology(sample("log-of-one-machine.txt"), "log.txt")
    assert machine.slit == ((10, 21), (21, 10))
    assert machine.latency_ns == ((81.4, 131.1), (131.1, 81.3))
    assert machine.nodes[1].cpus == (4, 5, 6, 7)


def test_powershells_utf_16_and_a_utf_8_mark_are_read(tmp_path: Path) -> None:
    text = sample("mlc-8269cy.txt")
    for encoding in ("utf-16", "utf-8-sig"):
        file = tmp_path / encoding
        file.write_bytes(text.encode(encoding))
        assert len(load_topology(str(file)).nodes) == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n# only a comment\n", "the file is empty"),
        (b"\x7fELF\x02\x01\x01\0\0\xff\xfe", "the file is not text"),
        (b"node 0 cpus: \0", "the file is binary"),
        (b"\xff\xfe\x00", "the file is not text"),
        (b"hello\n", "the file describes no machine, expected hwloc XML, numactl"),
        (b"<html></html>", ":1: the XML is a <html>"),
        (b"[package]\nname = 'x'\n", ":1: unknown key `package`"),
    ],
)
def test_unusable_files_are_refused_clearly(data: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load_topology(str(file))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as handle:
        handle.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(UserError, match="the file is too large"):
        load_topology(str(file))


def test_an_endless_file_is_refused() -> None:
    if not os.path.exists("/dev/zero"):
        pytest.skip("no /dev/zero here")
    with pytest.raises(UserError, match="the file is too large"):
        load_topology("/dev/zero")


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("opteron", "no machine and no file is named `opteron`, expected a file, `live`, or"),
        ("", "no machine and no file is named ``"),
        ("nowhere.xml", "nowhere.xml: cannot be read: No such file"),
        ("./opteron-865-8s", "cannot be read: No such file"),
        (".", "cannot be read: Is a directory"),
        ("a\0b", "no machine and no file is named"),
        ("a\0b.xml", "cannot be read: not a usable name"),
    ],
)
def test_what_is_neither_name_nor_file(
    which: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        load_topology(which)
    assert message in str(caught.value)


def test_a_name_wins_over_a_file_and_a_path_over_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("opteron-865-8s").write_text("nodes = 2")
    assert len(load_topology("opteron-865-8s").nodes) == 8
    assert len(load_topology("./opteron-865-8s").nodes) == 2


def test_readers_are_loaded_only_when_they_are_used() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import l4numa_tui.topology.load;"
        "print(*[m for m in ('msgspec', 'tomllib', 'pyexpat', 'json', 'difflib', 'asyncio')"
        " if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
