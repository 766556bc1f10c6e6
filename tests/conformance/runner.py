"""Runs mapping-database cases of real kernels against this one, through its public calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.fpage import NIL, WHOLE, Fpage, fpage
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import parse_rights, rights_text
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology

Case = dict[str, Any]
PAGE = 4096
PAGER_THREAD = 1
MEMORY_KIB = 64 << 20


def load(path: Path) -> Iterator[Case]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _machine() -> Machine:
    nodes = (Node(0, (0, 1), MEMORY_KIB), Node(1, (2, 3), MEMORY_KIB))
    topology = Topology("conformance", nodes, ((10, 20), (20, 10)))
    return Machine(topology, CostProfile(), kernel_frames=(1 << 18, 1 << 18))


class CaseRun:
    """One case on a fresh kernel: spaces alternate between two nodes, one thread in each."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.kernel = Kernel(Journal(), _machine())
        self.spaces = {"sigma0": SIGMA0}
        self.threads: dict[str, int] = {}
        pager = self.kernel.create_thread(SIGMA0, 0, PAGER_THREAD)
        self.kernel.serve(pager)
        for index, name in enumerate(case["spaces"]):
            self._create(name, index)
        areas: dict[int, dict[str, Fpage]] = {}
        for area in case.get("special", ()):
            space = self.spaces[area["space"]]
            areas.setdefault(space, {})[area["kind"]] = fpage(
                area["base"], max(area["size_log2"], 12)
            )
        for space, kinds in areas.items():
            self.kernel.set_areas(space, kinds.get("kip", NIL), kinds.get("utcb", NIL))

    def _create(self, name: str, index: int = 0) -> None:
        self.spaces[name] = self.kernel.create_space(index % 2)
        self.threads[name] = self.kernel.create_thread(self.spaces[name], index % 4, PAGER_THREAD)

    def first_difference(self) -> str:
        """What differs from the case's expectation, empty where nothing does."""
        for index, op in enumerate(self.case["ops"]):
            wrong = self._do(op) or self._page_counts(index)
            if wrong:
                return f"op {index} {op['op']}: {wrong}"
        return self._final()

    def _do(self, op: dict[str, Any]) -> str:
        kind = op["op"]
        if kind in ("map", "grant"):
            item = MapItem(_fpage(op["fpage"]), op["snd_base"], kind == "grant")
            self.kernel.map(self.spaces[op["from"]], self.spaces[op["to"]], item, _fpage(op["rcv"]))
            return ""
        space = self.spaces[op["space"]]
        if kind in ("unmap", "flush"):
            status = self.kernel.unmap(space, _fpage(op["fpage"]), flush=kind == "flush")
            return _status_wrong(status, op.get("expect_status"))
        if kind == "delete_space":
            self.kernel.end_space(space)
            self._create(op["space"])  # the name goes on as that of an empty space
            return ""
        return self._access(op)

    def _access(self, op: dict[str, Any]) -> str:
        # A probe: no pager answers, so a thread that faulted is made ready again at once.
        thread = self.threads[op["space"]]
        self.kernel.dispatch(thread)
        done = self.kernel.access(thread, op["va"], parse_rights(op["kind"]))
        if not done:
            self.kernel.abort_ipc(thread)
            if PAGER_THREAD in self.kernel.inbox.rows:
                self.kernel.inbox.drop(PAGER_THREAD)
        got = "ok" if done else "fault"
        return "" if got == op["expect"] else f"access was {got}, expected {op['expect']}"

    def _page_counts(self, index: int) -> str:
        counts = self.case.get("page_counts")
        if not counts:
            return ""
        held = dict.fromkeys(self.case["spaces"], 0)
        names = {number: name for name, number in self.spaces.items()}
        for entry in self.kernel.database.entries.rows:
            held[names[space_of(entry)]] += 1
        got = [held[name] for name in self.case["spaces"]]
        return "" if got == counts[index] else f"pages held {got}, expected {counts[index]}"

    def _final(self) -> str:
        expect = self.case["expect"]
        listed: dict[int, set[int]] = {}
        for name, ranges in expect["mapped"].items():
            space = self.spaces[name]
            for part in ranges:
                for offset in range(0, part["size"], PAGE):
                    vpn = (part["va"] + offset) // PAGE
                    listed.setdefault(space, set()).add(vpn)
                    wrong = self._page_wrong(space, vpn, part, offset)
                    if wrong:
                        return f"{name} {vpn * PAGE:#x}: {wrong}"
        for name, holes in expect["unmapped"].items():
            for base, size in holes:
                for vpn in range(base // PAGE, (base + size) // PAGE):
                    if entry_id(self.spaces[name], vpn) in self.kernel.database.entries.rows:
                        return f"{name} {vpn * PAGE:#x} is mapped, expected not"
        for name in expect["complete"]:
            space = self.spaces[name]
            for entry in self.kernel.database.entries.rows:
                if space_of(entry) == space and vpn_of(entry) not in listed.get(space, ()):
                    return f"{name} {vpn_of(entry) * PAGE:#x} is mapped, expected nothing more"
        return ""

    def _page_wrong(self, space: int, vpn: int, part: dict[str, Any], offset: int) -> str:
        entry = self.kernel.database.find(entry_id(space, vpn))
        if entry is None:
            return "not mapped"
        frame = (part["pa"] + offset) // PAGE
        if entry.frame != frame:
            return f"frame {entry.frame:#x}, expected {frame:#x}"
        rights = part.get("rights")
        if rights is not None and entry.rights != parse_rights(rights):
            return f"rights {rights_text(entry.rights)}, expected {rights}"
        parent = part.get("parent")
        if parent is not None:
            expected = entry_id(self.spaces[parent["space"]], (parent["va"] + offset) // PAGE)
            if entry.parent != expected:
                return f"parent {entry.parent:#x}, expected {expected:#x}"
        return ""


def _fpage(value: Any) -> Fpage:
    if value == "nil":
        return NIL
    if value == "complete":
        return WHOLE
    return fpage(value["base"], value["size_log2"], parse_rights(value.get("rights", "rwx")))


def _status_wrong(status: int, expected: dict[str, str] | None) -> str:
    if not expected:
        return ""
    missing = parse_rights(expected.get("x86_has", expected.get("has", ""))) & ~status
    surplus = parse_rights(expected.get("not", "")) & status
    if missing or surplus:
        return f"status {rights_text(status)}, expected {expected}"
    return ""
