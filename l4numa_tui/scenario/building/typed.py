"""Tables of a scenario as they are typed: field by field in a form, or as one line.

    A.1 write 0x402000 pages=2
    P reply A items=[{map=0x10000, rights=rw, at=0x400000}]
    add region code 0x500000 pages=4 kind=node_local

Values are TOML's, but words need no quotes. Whatever is typed is checked by the loader itself: it
is written below the scenario's own text, and the line of an error tells the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.building.writing import value_text
from l4numa_tui.scenario.load import Scenario, parse_scenario
from l4numa_tui.scenario.model import RegionTable, SpaceTable, ThreadTable
from l4numa_tui.scenario.script import FORMS
from l4numa_tui.scenario.step_model import StepTable
from l4numa_tui.scenario.where import one_of, quoted

STEP, ADD = "step", "add"
_ALWAYS = ("times", "note")  # keys that go with every request, after its own
_ADDITIONS: dict[str, tuple[type[msgspec.Struct], tuple[str, ...], str]] = {
    "region": (
        RegionTable, ("name", "at", "pages", "kind", "rights", "home", "reply", "placement",
                      "application"),
        "give an application a range of pages",
    ),
    "thread": (
        ThreadTable, ("name", "node", "cpu", "application", "space", "pager", "created"),
        "a thread of an application or of a space",
    ),
    "space": (SpaceTable, ("name", "node", "privileged", "kip", "utcb"), "an address space"),
}  # fmt: skip
_NEEDED = {"region": ("name", "at"), "thread": ("name",), "space": ("name",)}
_TOKEN = re.compile(r"""\s+|"(?:[^"\\]|\\.)*"|'[^']*'|[\[\]{},=]|[^\s\[\]{},="']+""")
_PLAIN = re.compile(r"[+-]?[0-9][0-9_]*|0[xob][0-9a-fA-F_]+|true|false")
_MISSING = re.compile(r"(?:needs|key) `([a-z0-9_]+)`")
_GRAMMAR = "`THREAD REQUEST key=value …`, as `A.0 write 0x402000`"


class Request(NamedTuple):
    """Something that can be asked for: a step of kind `op`, or with `table` an addition.

    `keys` are its fields in the order in which values without a key are taken; those of `needs`
    must be given. A step's thread is the first of both.
    """

    op: str
    table: str
    needs: tuple[str, ...]
    keys: tuple[str, ...]
    help: str

    @property
    def name(self) -> str:
        """How it is called in a list: `write`, `add region`."""
        return self.op if self.table == STEP else f"{ADD} {self.table}"


def all_requests() -> dict[str, Request]:
    """Every request by its name: those of a script's steps, then what can be added."""
    found = [
        Request(op, STEP, ("thread", *form.needs), ("thread", *form.keys, *_ALWAYS), form.help)
        for op, form in FORMS.items()
    ]
    found += [
        Request("", name, _NEEDED[name], keys, f"build: {help_}")
        for name, (_, keys, help_) in _ADDITIONS.items()
    ]
    return {request.name: request for request in found}


def split_line(line: str) -> list[str]:
    """The words of a line; blanks inside brackets and quotes part nothing."""
    words, word, depth = [], "", 0
    for token in _tokens(line):
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if token.isspace() and depth <= 0:
            words.append(word)
            word = ""
        else:
            word += token
    return [each for each in (*words, word) if each]


def parse_line(line: str) -> tuple[Request, dict[str, str]]:
    """The request that a line means and its fields as texts; UserError says what was expected."""
    words = split_line(line)
    if not words:
        raise UserError("nothing is asked for", _GRAMMAR)
    if words[0] == ADD:
        return _parse_addition(words[1:])
    thread, *rest = words
    if not rest:
        raise UserError(f"{quoted(thread)} is to do what", one_of("", FORMS))
    op, *values = rest
    if op in ("map", "grant"):
        what = f"{op} is no call of its own: it is an item of a message"
        raise UserError(what, f"`{thread} reply A items=[{{{op}=0x1000, rights=rw, at=0x400000}}]`")
    if op not in FORMS:
        swapped = thread in FORMS
        what = f"{quoted(op)} is no request"
        raise UserError(what, f"`{op} {thread} …`" if swapped else one_of(op, FORMS))
    request = all_requests()[op]
    fields = fields_of(values, request.keys[1:])
    if "thread" in fields:
        raise UserError("`thread` is given twice", _GRAMMAR)
    return request, _checked(request, {"thread": thread, **fields})


def _parse_addition(words: list[str]) -> tuple[Request, dict[str, str]]:
    if not words or words[0] not in _ADDITIONS:
        what = f"{quoted(words[0])} cannot be added" if words else "add what"
        raise UserError(what, f"`add region data 0x402000 pages=4`, {one_of('', _ADDITIONS)}")
    request = all_requests()[f"{ADD} {words[0]}"]
    return request, _checked(request, fields_of(words[1:], request.keys))


def named_value(word: str) -> tuple[str, str]:
    """The key and the value of `key=value`; the key is "" where the word has none."""
    key, equals, value = word.partition("=")
    return (key, value) if equals and re.fullmatch(r"[a-z0-9_]+", key) else ("", word)


def fields_of(words: list[str], keys: tuple[str, ...]) -> dict[str, str]:
    """Values with their keys; those without one take the keys that are left, in their order."""
    pairs = [named_value(word) for word in words]
    named = [key for key, _ in pairs if key]
    left = [key for key in keys if key not in named]
    fields: dict[str, str] = {}
    for key, value in pairs:
        if not key and not left:
            raise UserError(f"{quoted(value)} is one value too many", f"keys {', '.join(keys)}")
        whose = key or left.pop(0)
        if whose in fields:
            raise UserError(f"`{whose}` is given twice", "each key once")
        fields[whose] = value
    return fields


def _checked(request: Request, fields: dict[str, str]) -> dict[str, str]:
    for key in fields:
        if key not in request.keys:
            what = f"`{key}` does not go with `{request.name}`"
            raise UserError(what, f"only {', '.join(request.keys)}")
    return fields


def table_lines(request: Request, fields: Mapping[str, str]) -> dict[str, str]:
    """The lines of the table by key; the first, `[[step]]`, has the key ""."""
    lines = {"": f"[[{request.table}]]"}
    if request.op:
        lines["op"] = f"op = {value_text(request.op)}"
    texts = _text_keys(request.table)
    for key in request.keys:
        raw = fields.get(key, "").strip()
        if raw:
            lines[key] = f"{key} = {_toml(raw, is_text=key in texts)}"
    return lines


def check(
    base: str, request: Request, fields: Mapping[str, str]
) -> tuple[Scenario | None, dict[str, UserError]]:
    """The scenario `base` with the request's table at its end, or what is wrong, by field.

    Errors are the loader's own, without file and line. Key "" has what belongs to no field alone.
    """
    wrong: dict[str, UserError] = {}
    left = dict(fields)
    while True:
        lines = table_lines(request, left)
        try:
            scenario = parse_scenario(f"{base}\n" + "\n".join(lines.values()) + "\n", "")
        except UserError as error:
            key = _key_of(error, base, list(lines))
            if not key:
                missing = _MISSING.search(error.what)
                key = missing[1] if missing and missing[1] in request.keys else ""
            what = re.sub(rf"{request.table}\[\d+\]\.", "", error.what)
            expected = error.expected.replace(" or null", "")  # nobody can type that
            wrong.setdefault(key, UserError(what, expected))
            if key not in lines or key in ("", "op"):
                return None, wrong
            # A mistake hides those after it: look on without the field.
            del left[key]
            if key in request.needs:
                return None, wrong
            continue
        return (None if wrong else scenario), wrong


def _key_of(error: UserError, base: str, keys: list[str]) -> str:
    at = error.line - base.count("\n") - 2
    return keys[at] if 0 <= at < len(keys) else ""


@lru_cache(maxsize=8)
def _text_keys(table: str) -> frozenset[str]:
    """The keys whose value is always a text: what is typed there is never a number."""
    kind = StepTable if table == STEP else _ADDITIONS[table][0]
    fields = msgspec.structs.fields(kind)
    return frozenset(each.encode_name for each in fields if each.type in (str, str | None))


def _toml(raw: str, *, is_text: bool) -> str:
    """What was typed as TOML: bare words get quotes, unless they are numbers, true or false."""
    if raw[0] in "\"'":
        return raw
    if is_text:
        return value_text(raw)
    tokens = [each for each in _tokens(raw) if not each.isspace()]
    out = []
    for at, token in enumerate(tokens):
        is_key = tokens[at + 1 : at + 2] == ["="]
        bare = token[0] not in "[]{},=\"'" and not is_key and not _PLAIN.fullmatch(token)
        out.append(value_text(token) if bare else token)
    return " ".join(out)


def _tokens(text: str) -> list[str]:
    """The text in pieces; a quote that nothing closes is a word."""
    out, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        out.append(found[0] if found else text[at])
        at += len(out[-1])
    return out
