"""A scenario as text: TOML that reads back to the same specification, key by key.

The text has no comments, keeps the order in which the tables are documented, leaves out whatever
stands at its default, and writes addresses in hexadecimal. Equal specifications give equal texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.topology.toml_machine import MachineSpec

_HEXADECIMAL = frozenset({"at", "map", "grant", "into", "utcb", "kip", "ip", "control"})
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_MANY_LINES = "explanation"


def scenario_text(spec: ScenarioSpec) -> str:
    """Return the scenario file of a specification; decoding it gives an equal specification."""
    blocks = [_body(spec, ("title", _MANY_LINES))]
    blocks.append(["[machine]", *_body(spec.machine, _plain_keys(spec.machine))])
    for node in spec.machine.node:
        blocks.append(["[[machine.node]]", *_body(node)])
    if spec.costs:
        costs = (f"{_key(key)} = {value_text(value)}" for key, value in spec.costs.items())
        blocks.append(["[costs]", *costs])
    for name in ("memory", "pagers"):
        blocks.append(_table(name, getattr(spec, name)))
    for name in ("application", "space", "region", "thread", "step"):
        for table in getattr(spec, name):
            blocks.append(table_text(name, table))
    blocks.append(_table("run", spec.run))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def table_text(name: str, table: msgspec.Struct) -> list[str]:
    """Return the lines of one table of an array, such as `[[step]]`."""
    return [f"[[{name}]]", *_body(table)]


def value_text(value: Any, key: str = "") -> str:
    """Return a value as TOML writes it: strings quoted, tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return f"{value:#x}" if key in _HEXADECIMAL and value >= 0 else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(value_text(each, key) for each in value)}]"
    return f"{{ {', '.join(_pairs(value))} }}" if list(_pairs(value)) else "{}"


def _plain_keys(machine: MachineSpec) -> tuple[str, ...]:
    return tuple(key for key in machine.__struct_encode_fields__ if key != "node")


def _table(name: str, table: msgspec.Struct) -> list[str]:
    body = _body(table)
    return [f"[{name}]", *body] if body else []


def _body(table: msgspec.Struct, keys: tuple[str, ...] = ()) -> list[str]:
    """The lines `key = value` of a table; with `keys`, only those."""
    return [
        f"{key} = {_long(value) if key == _MANY_LINES else value_text(value, key)}"
        for key, value in _given(table)
        if not keys or key in keys
    ]


def _pairs(table: msgspec.Struct) -> Iterator[str]:
    return (f"{key} = {value_text(value, key)}" for key, value in _given(table))


def _given(table: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """(key, value) of all that does not stand at its default, of a step its thread first."""
    fields = msgspec.structs.fields(table)
    for field in sorted(fields, key=lambda each: each.name != "thread"):
        value = getattr(table, field.name)
        if field.required or value != field.default or type(value) is not type(field.default):
            yield field.encode_name, value


def _key(key: str) -> str:
    return key if key and set(key) <= _BARE else _quoted(key)


def _quoted(text: str) -> str:
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x20 or 0x7F <= code < 0xA0 else character


def _long(text: str) -> str:
    """A string of several lines between triple quotes; the line feed after them is not in it."""
    if "\n" not in text:
        return _quoted(text)
    inner = "".join(each if each in '\n"' else _escaped(each) for each in text)
    inner = inner.replace('"""', '""\\"')
    if inner.endswith('"'):
        inner = f'{inner[:-1]}\\"'
    return f'"""\n{inner}"""'
