"""The text that `numactl --hardware` prints, of any age of the tool.

Old and new releases differ in how they list CPUs (`0 1 2` or `0-5, 48-53 (12)`)
and in what they print for what they do not know. Lines of other origin (libnuma's warnings, a
shell's prompt) are passed over.
"""

from __future__ import annotations

import re

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import Path, assemble, default_slit, file_stem
from l4numa_tui.topology.cpulist import parse_cpu_list

_NODE = re.compile(r"node ([0-9]{1,6}) (cpus|size|free): *(.*)")
_COUNTED = re.compile(r"(.*?)\(([0-9]{1,6})\)")
_SIZE = re.compile(r"([0-9]{1,12}) MB")
_HEADER = re.compile(r"node((?: +[0-9]{1,6})+)")
_ROW = re.compile(r"([0-9]{1,6}):((?: +[0-9]{1,6})*)")
_UNKNOWN = "<not available>"


class _Reader:
    """What has been read so far; `lines` keeps where, for messages."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.cpus: dict[int, tuple[int, ...]] = {}
        self.memory_kib: dict[int, int] = {}
        self.columns: list[int] = []
        self.rows: dict[int, list[int]] = {}
        self.lines: dict[Path, int] = {}
        self.notes: list[str] = []
        self.section = "nodes"

    def line(self, text: str, number: int) -> None:
        """Take one line, without its line end and outer blanks."""
        if text == "node distances:":
            self.section = "header"
        elif text.startswith("No distance information available"):
            self.section = "done"
        elif self.section == "nodes":
            self._node(text, number)
        elif self.section == "header":
            self._header(text, number)
        elif self.section == "rows":
            self._row(text, number)

    def _node(self, text: str, number: int) -> None:
        found = _NODE.fullmatch(text)
        if not found:
            return
        os_id, what, value = int(found[1]), found[2], found[3]
        if what == "cpus":
            if os_id in self.cpus:
                raise self._error(f"node {os_id} is there twice", "", number)
            self.cpus[os_id] = self._cpu_list(value, number)
            self.lines["node", os_id] = number
        elif what == "size":
            size = _SIZE.fullmatch(value)
            if size:
                self.memory_kib[os_id] = int(size[1]) * 1024
            elif value == _UNKNOWN:
                self.notes.append(f"the memory of node {os_id} is not available")
            else:
                raise self._error(f"size of node {os_id}: `{value[:40]}`", "a number of MB", number)

    def _cpu_list(self, value: str, number: int) -> tuple[int, ...]:
        counted = _COUNTED.fullmatch(value)
        try:
            cpus = parse_cpu_list(counted[1] if counted else value)
        except ValueError as error:
            raise self._error(str(error), "", number) from None
        if counted and len(cpus) != int(counted[2]):
            raise self._error(f"{len(cpus)} CPUs are listed", counted[2], number)
        return cpus

    def _header(self, text: str, number: int) -> None:
        found = _HEADER.fullmatch(text)
        if not found:
            raise self._error("no heading of the distances", "`node 0 1 …`", number)
        self.columns = [int(word) for word in found[1].split()]
        self.lines["distance",] = number
        self.section = "rows"

    def _row(self, text: str, number: int) -> None:
        found = _ROW.fullmatch(text)
        if not found:
            self.section = "done"
            return
        values = [int(word) for word in found[2].split()]
        if len(values) != len(self.columns):
            raise self._error(
                f"the row has {len(values)} distances", f"{len(self.columns)}", number
            )
        self.rows[int(found[1])] = values
        self.lines["distance", int(found[1])] = number

    def _error(self, what: str, expected: str, number: int) -> UserError:
        return UserError(what, expected, source=self.source, line=number)

    def slit(self, ids: list[int]) -> list[list[int]]:
        """Return the distances among `ids`; a tool that numbers densely prints others too."""
        if not self.columns:
            self.notes.append("no distances are given: Linux's own default, 20, is assumed")
            return default_slit(len(ids))
        for os_id in ids:
            if os_id not in self.rows or os_id not in self.columns:
                raise self._error(
                    f"the distances of node {os_id} are missing",
                    "the whole output of numactl --hardware",
                    self.lines["distance",],
                )
        place = [self.columns.index(os_id) for os_id in ids]
        return [[self.rows[os_id][column] for column in place] for os_id in ids]


def read_numactl(text: str, source: str) -> Topology:
    """Return the machine that a `numactl --hardware` output describes.

    Memory that is `<not available>` counts as 0, and missing distances as Linux's default, 20; the
    note says both. Raises UserError with file and line for a text that is cut off or contradicts
    itself.
    """
    reader = _Reader(source)
    for number, line in enumerate(text.split("\n"), start=1):
        if stripped := line.strip():
            reader.line(stripped, number)
    if not reader.cpus:
        raise UserError("no `node 0 cpus:` line", "numactl --hardware output", source=source)
    if reader.section in ("nodes", "header"):
        raise UserError(
            "the text ends before the distances",
            "the whole output of numactl --hardware",
            source=source,
            line=text.rstrip().count("\n") + 1,
        )
    ids = sorted(reader.cpus)
    nodes = [Node(os_id, reader.cpus[os_id], reader.memory_kib.get(os_id, 0)) for os_id in ids]

    def locate(path: Path) -> int:
        if len(path) > 1 and isinstance(path[1], int) and path[1] < len(ids):
            path = (path[0], ids[path[1]])
        return reader.lines.get(path[:2], 0)

    return assemble(
        file_stem(source),
        nodes,
        reader.slit(ids),
        description="from numactl --hardware",
        source=source,
        notes=reader.notes,
        locate=locate,
    )
