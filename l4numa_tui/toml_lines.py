"""Read a TOML text into a typed value; whatever is wrong is said with its file and line.

Machine, scenario and lesson files all come through `decode_toml`. Limits on size, nesting and
numbers hold before anything is built, so a hostile file costs milliseconds.
"""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.toml_scan import KeyPath, TomlScanner, key_lines

T = TypeVar("T")

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
_INT64 = 1 << 63

# Only so many keys of one free-form table are tried to find which one a message means.
_MAX_TRIES = 256

# A message may quote a key, which may be as long as the file.
_MAX_MESSAGE = 200

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_AT_PATH = re.compile(r" - at `(key` in `)?\$([^`]*)`$")
_PATH_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_TYPE_NAMES = {
    "object": "table",
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "datetime": "date",
}


def decode_toml(
    text: str,
    kind: type[T],
    source: str,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
) -> T:
    """Return `text` as a value of `kind`, usually a msgspec.Struct that forbids unknown fields.

    `max_bytes` counts UTF-8; `max_depth` counts the keys and array positions on the way to a value,
    the parts of a dotted key among them. Integers must fit into 64 bits, and floats be finite.
    Raises UserError with file and line for every fault of the text, and nothing else.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise UserError("the text is too long", f"at most {max_bytes} bytes", source=source)
    TomlScanner(text, source=source, max_depth=max_depth).run()
    document = _parse(text, source)
    _check_numbers(document, text, source)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise _user_error(str(error), text, document, kind, source) from None


def line_of(text: str, path: KeyPath) -> int:
    """Return the line, counted from 1, on which the value at `path` begins in a TOML text.

    A path that is not there gives the line of the nearest table or array around it, and 0 if that
    is the whole text. Meant for checks that come after `decode_toml`; it reads the text anew.
    """
    lines = key_lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 0


def _parse(text: str, source: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - 15 ms that a run without files need not pay

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT_LINE.search(message)
        if found:
            message, line, column = message[: found.start()], int(found[1]), int(found[2])
        else:
            message = message.replace(" (at end of document)", " (at the end of the text)")
            line, column = text.count("\n") + 1, 0
        what = _clipped(f"not TOML: {message}")
        raise UserError(what, source=source, line=line, column=column) from None
    except ValueError:
        # int() refuses numbers of thousands of digits with a plain ValueError.
        line = _long_number_line(text)
        raise UserError(
            "a number has too many digits", "64-bit integers", source=source, line=line
        ) from None


def _long_number_line(text: str) -> int:
    found = re.search(r"[0-9][0-9_]{999,}+", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _check_numbers(document: dict[str, Any], text: str, source: str) -> None:
    """Refuse what other readers of the same file could not hold; tomllib takes any size."""
    pending: list[tuple[KeyPath, Any]] = [((), document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending.extend(((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            pending.extend(((*path, index), inner) for index, inner in enumerate(value))
        elif isinstance(value, int) and not -_INT64 <= value < _INT64:
            raise _located(f"{_dotted(path)} is too large", "a 64-bit integer", text, path, source)
        elif isinstance(value, float) and not math.isfinite(value):
            raise _located(f"{_dotted(path)} is {value}", "a finite number", text, path, source)


def _located(what: str, expected: str, text: str, path: KeyPath, source: str) -> UserError:
    return UserError(_clipped(what), expected, source=source, line=line_of(text, path))


def _clipped(what: str) -> str:
    return what if len(what) <= _MAX_MESSAGE else what[: _MAX_MESSAGE - 1] + "…"


def _user_error(
    message: str, text: str, document: dict[str, Any], kind: type[Any], source: str
) -> UserError:
    found = _AT_PATH.search(message)
    path: KeyPath = ()
    where = ""
    if found:
        message = message[: found.start()]
        path, whole = _resolve(found[2], document, kind)
        where = "a key of " if found[1] else "" if whole else "a value in "
    unknown = _between(message, "Object contains unknown field `", "`")
    if unknown:
        expected = _one_of(_known_keys(kind, path), unknown)
        return _located(f"unknown key `{unknown}`", expected, text, (*path, unknown), source)
    missing = _between(message, "Object missing required field `", "`")
    if missing:
        return _located(f"key `{missing}` is missing", "", text, path, source)
    return _located(*_wording(where + _dotted(path), message), text, path, source)


def _wording(what: str, message: str) -> tuple[str, str]:
    """Put one of msgspec's messages into the words of a TOML file: what is wrong, expected what."""
    found = re.fullmatch(r"Expected (.+), got (.+)", message, re.DOTALL)
    if found:
        return f"{what} is of type {_toml_types(found[2])}", _toml_types(found[1])
    found = re.fullmatch(r"Expected (.+)", message, re.DOTALL)
    if found:
        return f"{what} is out of range", _toml_types(found[1])
    found = re.fullmatch(r"Invalid enum value (.+)", message, re.DOTALL)
    if found:
        return f"{what} cannot be {found[1]}", ""
    return f"{what}: {message}", ""


def _toml_types(message: str) -> str:
    words = re.sub(r"[a-z]+", lambda found: _TYPE_NAMES.get(found[0], found[0]), message)
    return words.replace("`", "").replace(" | ", " or ")


def _between(message: str, start: str, end: str) -> str:
    if message.startswith(start) and message.endswith(end):
        return message[len(start) : -len(end)]
    return ""


def _dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return f"`{text}`" if text else "the file"


def _resolve(written: str, document: Any, kind: type[Any]) -> tuple[KeyPath, bool]:
    """Turn msgspec's path into ours, and say whether it is the whole path.

    msgspec writes `[...]` for any key of a free-form table.
    """
    path: KeyPath = ()
    for found in _PATH_PART.finditer(written):
        if found[1]:
            path = (*path, found[1])
        elif found[2] == "...":
            key = _offender(document, path, kind)
            if key is None:
                return path, False
            path = (*path, key)
        else:
            path = (*path, int(found[2]))
    return path, True


def _offender(document: Any, path: KeyPath, kind: type[Any]) -> str | None:
    """Find the key of the table at `path` that does not convert: the one that fails alone."""
    table = document
    try:
        for part in path:
            table = table[part]
    except (KeyError, IndexError, TypeError):
        return None  # an unknown key can be spelt like a path
    if not isinstance(table, dict) or len(table) > _MAX_TRIES:
        return None
    for key, value in table.items():
        try:
            msgspec.convert(_replaced(document, path, {key: value}), kind)
        except msgspec.ValidationError:
            return str(key)
    return None


def _replaced(value: Any, path: KeyPath, new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


def _one_of(known: list[str], unknown: str) -> str:
    import difflib  # noqa: PLC0415 - for the message only

    near = difflib.get_close_matches(unknown[:80], known, n=1)
    if near:
        return f"`{near[0]}`"
    return "one of " + ", ".join(known) if known else ""


def _known_keys(kind: type[Any], path: KeyPath) -> list[str]:
    """List the keys that a table at `path` may have, over all the types it may be."""
    from msgspec import inspect  # noqa: PLC0415 - for the message only

    def members(infos: list[Any]) -> list[Any]:
        return [
            member
            for info in infos
            for member in (info.types if isinstance(info, inspect.UnionType) else (info,))
        ]

    level = members([inspect.type_info(kind)])
    for part in path:
        level = members([inner for info in level for inner in _inner_types(info, part)])
    names = (field.encode_name for info in level for field in getattr(info, "fields", ()))
    return list(dict.fromkeys(names))


def _inner_types(info: Any, part: str | int) -> list[Any]:
    if isinstance(part, int):
        item = getattr(info, "item_type", None)
        each = getattr(info, "item_types", ())
        return [item] if item is not None else list(each[part : part + 1])
    found = [field.type for field in getattr(info, "fields", ()) if field.encode_name == part]
    value = getattr(info, "value_type", None)
    return found if value is None else [value]
