"""The model itself, held against the cases of real kernels: it may not be wrong with the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.runner import Case, load
from tests.kernel.model import Model, Region

DATA = Path(__file__).parent.parent / "data" / "conformance"
BITS = {"r": 4, "w": 2, "x": 1}
NO_REGION, WHOLE = Region(0, 0), Region(0, 48)


def rights_of(text: str) -> int:
    return sum(BITS[letter] for letter in text if letter != "-")


def region_of(value: Any) -> tuple[Region, int]:
    if isinstance(value, str):
        return (NO_REGION, 0) if value == "nil" else (WHOLE, 7)
    return Region(value["base"], value["size_log2"]), rights_of(value.get("rights", "rwx"))


class ModelRun:
    """One case on the model; each space has one thread, of its own number."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.model = Model([1 << 24, 1 << 24], [1 << 18, 1 << 18])
        self.spaces = {"sigma0": 0}
        for name in case["spaces"]:
            self._create(name)
        for area in case.get("special", ()):
            pages = Region(area["base"], max(area["size_log2"], 12))
            space = self.spaces[area["space"]]
            self.model.exempt.setdefault(space, []).append((pages.first, pages.count))

    def _create(self, name: str) -> None:
        space = self.spaces[name] = max(self.spaces.values()) + 1
        self.model.add_space(space, 0)
        self.model.add_thread(space, space, 0)

    def check(self) -> None:
        for op in self.case["ops"]:
            self._do(op)
        for name, parts in self.case["expect"]["mapped"].items():
            for part in parts:
                self._mapped(self.spaces[name], part)
        for name, holes in self.case["expect"]["unmapped"].items():
            for base, size in holes:
                for page in range(base // 4096, (base + size) // 4096):
                    assert (self.spaces[name], page) not in self.model.held

    def _do(self, op: dict[str, Any]) -> None:
        kind = op["op"]
        if kind in ("map", "grant"):
            send, rights = region_of(op["fpage"])
            giver, taker = self.spaces[op["from"]], self.spaces[op["to"]]
            window, spot = region_of(op["rcv"])[0], op["snd_base"]
            self.model.map(giver, taker, send, rights, window, spot, kind == "grant")
            return
        space = self.spaces[op["space"]]
        if kind == "delete_space":
            self.model.end_space(space)
            self._create(op["space"])
        elif kind in ("unmap", "flush"):
            region, rights = region_of(op["fpage"])
            told = self.model.unmap(space, region, rights, flush=kind == "flush")
            expected = op.get("expect_status") or {}
            has = rights_of(expected.get("x86_has", expected.get("has", "")))
            assert not has & ~told
            assert not rights_of(expected.get("not", "")) & told
        else:
            done = self.model.access(space, op["va"], rights_of(op["kind"]))
            assert ("ok" if done else "fault") == op["expect"]

    def _mapped(self, space: int, part: dict[str, Any]) -> None:
        for offset in range(0, part["size"], 4096):
            held = self.model.held[space, (part["va"] + offset) // 4096]
            assert held.frame == (part["pa"] + offset) // 4096
            if part.get("rights") is not None:
                assert held.rights == rights_of(part["rights"])
            if part.get("parent") is not None:
                parent = part["parent"]
                page = (parent["va"] + offset) // 4096
                assert held.parent == (self.spaces[parent["space"]], page)


@pytest.mark.parametrize("name", ["cases.jsonl", "random.jsonl"])
def test_the_model_agrees_with_real_kernels(name: str) -> None:
    cases = [case for case in load(DATA / name) if case["portable"]]
    assert cases
    for case in cases:
        try:
            ModelRun(case).check()
        except (AssertionError, KeyError) as wrong:
            pytest.fail(f"{case['id']}: {wrong!r}")
