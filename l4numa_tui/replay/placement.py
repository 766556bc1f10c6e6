"""Which node each thread of a trace runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from l4numa_tui.errors import UserError
from l4numa_tui.machine.machine import Machine

_MAX_FILE_BYTES = 1 << 20


class Placement(Protocol):
    """Chooses a node for a thread when it first appears."""

    def node_of(self, thread: int, cpu: int) -> int:
        """The node for the trace's `thread`-th thread, seen on `cpu` (-1: unknown)."""


class RoundRobinNodes:
    """Threads go to the nodes in turn, in order of first appearance (the default)."""

    def __init__(self, machine: Machine) -> None:
        self._nodes = [node for node in range(machine.nodes) if machine.node_cpus[node]]

    def node_of(self, thread: int, cpu: int) -> int:  # noqa: ARG002
        """The thread's turn decides; where the trace saw it does not matter."""
        return self._nodes[thread % len(self._nodes)]


class ByCpu:
    """A thread goes to the node of the CPU on which the trace first saw it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._nodes = {
            cpu: index for index, node in enumerate(machine.topology.nodes) for cpu in node.cpus
        }

    def node_of(self, thread: int, cpu: int) -> int:
        """UserError where the trace names no CPU, or one the machine does not have."""
        if cpu < 0:
            raise UserError(
                f"the trace does not say on which CPU thread {thread + 1} ran",
                "a perf trace, or --threads-by with a file",
            )
        if cpu not in self._nodes:
            raise UserError(
                f"the trace names CPU {cpu}, machine {self._machine.topology.name} has no such CPU",
                f"a machine with CPUs up to {cpu}",
            )
        return self._nodes[cpu]


class FromFile:
    """Explicit: lines `THREAD NODE`, both counted as the trace and the machine count them.

    THREAD is the thread's place in order of first appearance, from 1. Blank lines and lines
    beginning with # are skipped.
    """

    def __init__(self, machine: Machine, path: str) -> None:
        self._path = path
        self._nodes: dict[int, int] = {}
        for number, line in enumerate(_lines(path), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) != 2 or not all(word.isascii() and word.isdigit() for word in words):
                raise UserError(
                    f"cannot read {line[:40]!r}",
                    "`THREAD NODE`, two numbers",
                    source=path,
                    line=number,
                )
            thread, node = int(words[0]) - 1, int(words[1])
            if node >= machine.nodes or not machine.node_cpus[node]:
                raise UserError(
                    f"node {node} cannot run threads",
                    f"a node of {machine.topology.name} with CPUs",
                    source=path,
                    line=number,
                )
            self._nodes[thread] = node

    def node_of(self, thread: int, cpu: int) -> int:  # noqa: ARG002
        """UserError for a thread that the file does not list."""
        if thread not in self._nodes:
            raise UserError(
                f"{self._path} lists no node for thread {thread + 1}", "a line for each"
            )
        return self._nodes[thread]


def _lines(path: str) -> list[str]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", "a text file", source=path) from None
    if len(data) > _MAX_FILE_BYTES:
        raise UserError("is too large", "at most 1 MiB", source=path)
    try:
        return data.decode().splitlines()
    except UnicodeDecodeError:
        raise UserError("is not text", "lines `THREAD NODE`", source=path) from None


def placement(machine: Machine, threads_by: str) -> Placement:
    """The placement that `--threads-by` names: `round-robin`, `cpu`, or a file."""
    if threads_by == "round-robin":
        return RoundRobinNodes(machine)
    if threads_by == "cpu":
        return ByCpu(machine)
    return FromFile(machine, threads_by)
