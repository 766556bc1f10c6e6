"""Equal scenarios have equal digests however they are written; a changed value changes it."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.load import parse_scenario, scenario_digest
from tests.scenario.helpers import EXAMPLES, NAMES, SMALL, rewritten

TEXTS = {path.stem: path.read_text() for path in EXAMPLES}
TEXTS["small"] = SMALL + "[costs]\nmem_local = 150\ntlb_entries = 16\nipc_local = 0\n"


def digest(text: str) -> str:
    return scenario_digest(parse_scenario(text, "x"))


@given(name=st.sampled_from(sorted(TEXTS)), seed=st.integers(0, 1 << 32))
def test_layout_comments_and_order_of_keys_do_not_matter(name: str, seed: int) -> None:
    other = rewritten(TEXTS[name], random.Random(seed))
    assert digest(other) == digest(TEXTS[name])


def test_the_rewriting_does_rewrite() -> None:
    texts = {rewritten(TEXTS[NAMES[0]], random.Random(seed)) for seed in range(20)}
    assert len(texts) == 20


@pytest.mark.parametrize("name", NAMES)
def test_any_changed_value_changes_the_digest(name: str) -> None:
    document = tomllib.loads(TEXTS[name])
    found = {digest(TEXTS[name])}
    tried = 0
    for changed in variants(document):
        try:
            found.add(digest(as_toml(changed)))
        except UserError:
            continue  # not every value may be another
        tried += 1
    assert tried > 10
    assert len(found) == tried + 1


def variants(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one number or text changed, or one element of an array left out."""
    for path in paths(document):
        value = at(document, path)
        others: list[Any]
        if isinstance(value, bool):
            others = [not value]
        elif isinstance(value, int):
            others = [value + 1, value + 0x10000000]
        elif isinstance(value, str):
            others = [f"{value}2", *WORDS.get(path[-1], ())]
        else:
            others = [value[1:]]
        for other in others:
            if other != value:
                copy = msgspec.json.decode(msgspec.json.encode(document))
                at(copy, path[:-1])[path[-1]] = other
                yield copy


WORDS: dict[Any, tuple[str, ...]] = {
    "op": ("read", "write", "execute"),
    "kind": ("global", "node_local"),
    "rights": ("r", "rwx"),
    "reply": ("all",),
    "order": ("side_by_side",),
    "thread": ("web/0", "A.1"),
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        yield path
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))
    else:
        yield path


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        document = document[part]
    return document


def as_toml(value: Any) -> str:
    """A document as inline tables, one a line."""

    def literal(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {literal(each)}" for key, each in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(literal, value)) + "]"
        return json.dumps(value)

    return "\n".join(f"{key} = {literal(each)}" for key, each in value.items())


def test_what_is_left_out_is_as_its_default() -> None:
    assert digest(SMALL) == digest(SMALL + "[run]\norder = 'script'\n[memory]\npool_frames = 8\n")


def test_the_name_of_the_file_does_not_matter() -> None:
    names = {scenario_digest(parse_scenario(SMALL, name)) for name in ("a.toml", "/b/c.toml")}
    assert len(names) == 1
