"""hwloc's XML, version 2 or 3, as `lstopo --of xml` writes it (hwloc2.dtd).

Only NUMANode objects and the distances between them are read. Distances come as a `distances2`
element of type NUMANode: `indexes` names the nodes in any order, and the `u64values` elements
together hold the matrix, row by row in that order. hwloc exports the SLIT as a matrix that "means
latency" (bit 2 of `kind`), usually named NUMALatency; bandwidths, hop counts and other types are
skipped.

The text is safe to come from anybody: no document type with declarations of its own is accepted, so
there are no entities to expand, nothing is fetched, and depth is limited. No tree is built.
"""

from __future__ import annotations

import re

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import MAX_NODES, assemble, default_slit, file_stem
from l4numa_tui.topology.cpulist import parse_cpu_mask

MAX_DEPTH = 100
"""The most elements inside one another; real machines stay below 30."""

_MEANS_LATENCY = 1 << 2  # HWLOC_DISTANCES_KIND_MEANS_LATENCY, VALUE_LATENCY since version 3
_SLIT_NAME = "NUMALatency"
_NUMBER = re.compile(r"[0-9]{1,20}")
_VERSION = re.compile(r"([23])(\.[0-9]{1,3})?")


class _Distances:
    """One matrix over some of the nodes, as text words until it is complete."""

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.indexes: list[str] = []
        self.values: list[str] = []


class _Reader:
    """Receives expat's events; keeps the nodes and the matrices."""

    def __init__(self, source: str) -> None:
        from xml.parsers import expat  # noqa: PLC0415 - 5 ms that other readers need not pay

        self.source = source
        self.nodes: list[Node] = []
        self.matrices: list[_Distances] = []
        self.infos: dict[str, str] = {}
        self._depth = 0
        self._matrix: _Distances | None = None
        self._words: list[str] | None = None
        self._text: list[str] = []
        self._failed = expat.ExpatError
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.buffer_text = True

    def read(self, text: str) -> None:
        """Parse the whole text; raises UserError."""
        try:
            # A str is UTF-8 to expat whatever encoding its first line declares.
            self._parser.Parse(text, True)
        except self._failed as error:
            what = f"not well-formed XML: {str(error).partition(':')[0]}"
            line, column = int(error.lineno), int(error.offset) + 1
            raise UserError(what, source=self.source, line=line, column=column) from None
        except UnicodeEncodeError:
            raise UserError("not Unicode text", source=self.source) from None

    def error(self, what: str, expected: str = "") -> UserError:
        """Make an error that points at the line being read."""
        line = self._parser.CurrentLineNumber
        return UserError(what, expected, source=self.source, line=line)

    def _doctype(
        self, name: str, system_id: str | None, public_id: str | None, internal_subset: int
    ) -> None:
        del name, system_id, public_id
        if internal_subset:
            raise self.error(
                "the document type declares things of its own",
                'nothing but <!DOCTYPE topology SYSTEM "hwloc2.dtd">',
            )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error("elements nest too deep", f"at most {MAX_DEPTH} levels")
        if self._depth == 1:
            self._root(tag, attributes)
        elif tag == "object" and attributes.get("type") == "NUMANode":
            self._node(attributes)
        elif tag == "distances2":
            self._distances(attributes)
        elif tag == "info" and len(self.infos) < 200:
            self.infos.setdefault(attributes.get("name", ""), attributes.get("value", ""))
        elif self._matrix and tag in ("indexes", "u64values"):
            matrix = self._matrix
            self._words = matrix.indexes if tag == "indexes" else matrix.values

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._words is not None:
            self._words.extend("".join(self._text).split())
            self._words = None
            self._text.clear()
        if tag == "distances2" and self._matrix:
            self.matrices.append(self._matrix)
            self._matrix = None

    def _characters(self, text: str) -> None:
        if self._words is not None:
            self._text.append(text)

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "topology":
            raise self.error(f"the XML is a <{tag[:40]}>", "a <topology> of hwloc")
        version = attributes.get("version", "1")
        if not _VERSION.fullmatch(version):
            raise self.error(
                f"XML of hwloc version {version[:20]}",
                "version 2 or 3, which lstopo of hwloc 2.0 or later writes",
            )

    def _node(self, attributes: dict[str, str]) -> None:
        os_id = self._number(attributes.get("os_index", ""), "os_index")
        memory = self._number(attributes.get("local_memory", "0"), "local_memory")
        try:
            cpus = parse_cpu_mask(attributes.get("cpuset", ""))
        except ValueError as error:
            raise self.error(str(error)) from None
        self.nodes.append(Node(os_id, cpus, memory // 1024))

    def _distances(self, attributes: dict[str, str]) -> None:
        wanted = attributes.get("type") == "NUMANode" and attributes.get("indexing") == "os"
        if not wanted or not self._number(attributes.get("kind", ""), "kind") & _MEANS_LATENCY:
            return
        self._matrix = _Distances(attributes.get("name", ""), self._parser.CurrentLineNumber)

    def _number(self, text: str, what: str) -> int:
        if not _NUMBER.fullmatch(text):
            raise self.error(f"{what} is `{text[:40]}`", "a number")
        return int(text)


def read_hwloc(text: str, source: str) -> Topology:
    """Return the machine of an hwloc XML text.

    Nodes are ordered by their os_index. A pair of nodes without a distance gets Linux's default,
    20, and the note says so. Raises UserError with file and line; among others for XML of version
    1, which hwloc 2 and later convert.
    """
    reader = _Reader(source)
    reader.read(text)
    nodes = sorted(reader.nodes, key=lambda node: node.os_id)
    notes: list[str] = []
    if not nodes:
        raise UserError("no object of type NUMANode", "a machine with nodes", source=source)
    if len(nodes) > MAX_NODES:  # before any matrix of that size is made
        raise UserError(f"{len(nodes)} nodes", f"at most {MAX_NODES}", source=source)
    best = sorted(reader.matrices, key=lambda matrix: matrix.name != _SLIT_NAME)[:1]
    slit = _slit(nodes, best, source, notes)
    return assemble(
        file_stem(source),
        nodes,
        slit,
        description=_description(reader.infos),
        source=source,
        notes=notes,
        locate=lambda path: best[0].line if best and path[0] == "distance" else 0,
    )


def _slit(
    nodes: list[Node], matrices: list[_Distances], source: str, notes: list[str]
) -> list[list[int]]:
    slit = default_slit(len(nodes))
    place = {node.os_id: index for index, node in enumerate(nodes)}
    covered: set[int] = set()
    for matrix in matrices:
        indexes = [_word(word, matrix, source) for word in matrix.indexes]
        values = [_word(word, matrix, source) for word in matrix.values]
        covered.update(indexes)
        if len(covered) != len(indexes) or not covered <= set(place):
            raise UserError(
                "the distances name a node twice or one that is not there",
                "the os_index of each node once",
                source=source,
                line=matrix.line,
            )
        if len(values) != len(indexes) ** 2:
            raise UserError(
                f"{len(values)} distances for {len(indexes)} nodes",
                f"{len(indexes) ** 2}",
                source=source,
                line=matrix.line,
            )
        for position, value in enumerate(values):
            row, column = divmod(position, len(indexes))
            slit[place[indexes[row]]][place[indexes[column]]] = value
    if len(nodes) > 1 and len(covered) < len(nodes):
        notes.append("not all nodes have distances: Linux's own default, 20, is assumed")
    return slit


def _word(word: str, matrix: _Distances, source: str) -> int:
    if not _NUMBER.fullmatch(word):
        what = f"`{word[:40]}` among the distances"
        raise UserError(what, "a number", source=source, line=matrix.line)
    return int(word)


def _description(infos: dict[str, str]) -> str:
    names = (infos.get("DMIProductName", ""), infos.get("CPUModel", ""))
    return ", ".join(name for name in names if name) or "from hwloc's XML"
