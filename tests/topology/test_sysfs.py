from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node
from l4numa_tui.topology.assemble import assemble
from l4numa_tui.topology.sysfs import read_sysfs
from tests.topology.samples import facts, write_sysfs

# Sparse numbers, out of order as strings; a node with memory only.
MACHINE = assemble(
    "power",
    [Node(0, (0, 1, 2, 3), 1000), Node(8, (4, 6), 2000), Node(10, (), 3000)],
    [[10, 20, 80], [21, 10, 80], [80, 80, 10]],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sysfs(tmp_path / "node", MACHINE)
    return tmp_path / "node"


def test_sparse_nodes_come_in_numeric_order(root: Path) -> None:
    machine = read_sysfs(root)
    assert facts(machine) == facts(MACHINE)
    assert machine.note == ""
    assert machine.source == str(root)


def test_a_node_that_is_not_online_is_left_out(root: Path) -> None:
    (root / "node9").mkdir()
    assert facts(read_sysfs(root)) == facts(MACHINE)


def test_the_numbers_of_the_directories_do_without_a_list_of_online_nodes(root: Path) -> None:
    (root / "online").unlink()
    assert [node.os_id for node in read_sysfs(root).nodes] == [0, 8, 10]


def test_old_kernels_tell_cpus_as_a_mask(root: Path) -> None:
    for os_id, mask in ((0, "0000000f"), (8, "00000000,00000050"), (10, "00000000")):
        (root / f"node{os_id}" / "cpulist").unlink()
        (root / f"node{os_id}" / "cpumap").write_text(mask + "\n")
    assert facts(read_sysfs(root)) == facts(MACHINE)


def test_without_distances_linux_default_is_taken_and_noted(root: Path) -> None:
    (root / "node8" / "distance").unlink()
    machine = read_sysfs(root)
    assert machine.slit == ((10, 20, 20), (20, 10, 20), (20, 20, 10))
    assert "no distances" in machine.note


def test_a_row_that_does_not_match_the_nodes_is_refused(root: Path) -> None:
    (root / "node8" / "distance").write_text("20 10\n")
    with pytest.raises(UserError, match="row 1 of `distance` has 2 values, expected 3"):
        read_sysfs(root)


@pytest.mark.parametrize(("name", "text"), [("cpulist", "0-\n"), ("distance", "ten 20 30\n")])
def test_nonsense_is_refused_with_the_name_of_the_file(root: Path, name: str, text: str) -> None:
    (root / "node8" / name).write_text(text)
    with pytest.raises(UserError) as caught:
        read_sysfs(root)
    assert str(root / "node8" / name) in str(caught.value)


def test_a_system_that_tells_nothing_is_one_node_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    machine = read_sysfs(tmp_path / "absent")
    assert [node.cpus for node in machine.nodes] == [(0, 1, 2, 3, 4, 5)]
    assert machine.slit == ((10,),)
    assert "absent lists no nodes" in machine.note
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert read_sysfs(tmp_path / "absent").cpu_count == 1


def test_this_computer_can_be_read() -> None:
    machine = read_sysfs()
    assert machine.cpu_count >= 1
    assert len(machine.slit) == len(machine.nodes)
