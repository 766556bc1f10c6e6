from __future__ import annotations

import contextlib
import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.toml_lines import decode_toml, line_of
from l4numa_tui.toml_scan import KeyPath, key_lines


class Step(msgspec.Struct, forbid_unknown_fields=True):
    action: Literal["touch", "map"]
    page: Annotated[int, msgspec.Meta(ge=0)] = 0
    rights: str = "r"


class Space(msgspec.Struct, forbid_unknown_fields=True):
    home: int
    steps: list[Step] = []


class Lesson(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    weight: float = 1.0
    matrix: list[list[int]] = []
    space: list[Space] = []
    named: dict[str, Space] = {}
    machine: str | Space = ""
    sizes: Annotated[list[int], msgspec.Meta(max_length=2)] = []


class Even(msgspec.Struct):
    value: int

    def __post_init__(self) -> None:
        if self.value % 2:
            raise ValueError("must be even")


class Holder(msgspec.Struct):
    item: list[Even]


class Anything(msgspec.Struct):
    a: Any = None


def error_of(text: str, kind: type[Any] = Lesson, **limits: int) -> str:
    with pytest.raises(UserError) as caught:
        decode_toml(text, kind, "f.toml", **limits)
    return str(caught.value)


def test_a_good_text_becomes_the_typed_value() -> None:
    text = 'name = "one"\nweight = 2\n[[space]]\nhome = 1\n[[space.steps]]\naction = "map"\n'
    lesson = decode_toml(text, Lesson, "f.toml")
    assert lesson == Lesson(name="one", weight=2.0, space=[Space(1, [Step("map")])])


HEAD = """# a comment
name = 'one'

[[space]]
home = 0
steps = [
  {action = "touch", page = 1},
  {action = "map", page = 2},
]

[[space]]
home = 1
[[space.steps]]
action = "touch"
[[space.steps]]
action = "touch"
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # Unknown keys, the near one offered, or all of them.
        ("nam = 1", "f.toml:1: unknown key `nam`, expected `name`"),
        ("\n\nxyzzy = 1", "f.toml:3: unknown key `xyzzy`, expected one of name, weight, matrix,"),
        ("[spaces]\nhome = 1", "f.toml:1: unknown key `spaces`, expected `space`"),
        (HEAD + "pages = 3", "f.toml:17: unknown key `pages`, expected `page`"),
        (HEAD.replace("page = 2", "pgae = 2"), "f.toml:8: unknown key `pgae`, expected `page`"),
        ("[machine]\nhome = 1\nhoem = 2", "f.toml:3: unknown key `hoem`, expected `home`"),
        ('"na\\u006De\\n" = 1', "f.toml:1: unknown key `name\N{REPLACEMENT CHARACTER}`"),
        # Wrong types.
        ("name = 1", "f.toml:1: `name` is of type integer, expected string"),
        ("weight = true", "f.toml:1: `weight` is of type boolean, expected float"),
        ("name = 1979-05-27", "f.toml:1: `name` is of type date, expected string"),
        ("space = 1", "f.toml:1: `space` is of type integer, expected array"),
        ("[space]\nhome = 1", "f.toml:1: `space` is of type table, expected array"),
        ("machine = 1", "f.toml:1: `machine` is of type integer, expected string or table"),
        (HEAD.replace("home = 1", "home = '1'"), "f.toml:12: `space[1].home` is of type string"),
        (HEAD.replace("page = 2", "page = 2.5"), "f.toml:8: `space[0].steps[1].page` is of type"),
        (HEAD + "page = []", "f.toml:17: `space[1].steps[1].page` is of type array, expected int"),
        ("matrix = [\n [1, 2],\n\n [3,\n  'x']]", "f.toml:5: `matrix[1][1]` is of type string"),
        # Out of range.
        (HEAD + "page = -1", "f.toml:17: `space[1].steps[1].page` is out of range, expected int"),
        ("sizes = [1, 2,\n 3]", "f.toml:1: `sizes` is out of range, expected array of length <= 2"),
        (HEAD.replace('"map"', '"mop"'), "f.toml:8: `space[0].steps[1].action` cannot be 'mop'"),
        # Missing keys: the line of the table that lacks them.
        ("name = ''\n[[space]]\n", "f.toml:2: key `home` is missing"),
        (HEAD.replace("home = 1", ""), "f.toml:11: key `home` is missing"),
        (HEAD.replace('action = "map", ', ""), "f.toml:8: key `action` is missing"),
        # Tables with free keys, whose keys msgspec does not name.
        ("[named.a]\nhome = 1\n[named.b]\nhome = 'x'", "f.toml:4: `named.b.home` is of type str"),
        ("named = {a = {home = 1},\tb = 2}", "f.toml:1: `named.b` is of type integer"),
        ("[named]\na.home = 1\nb.home = 1\nb.hum = 2", "f.toml:4: unknown key `hum`"),
        ("[named.'a b'.steps]\n", "f.toml:1: `named.a b.steps` is of type table, expected"),
        # Not TOML.
        ("name = 'a'\nname = 'b'\n", "f.toml:2:11: not TOML: Cannot overwrite a value"),
        ("[a]\n[b]\n[a]", "f.toml:3:3: not TOML: Cannot declare"),
        ("name = \n", "f.toml:1:8: not TOML: Invalid value"),
        ("a = [1,\n2", "f.toml:2: not TOML: Unclosed array (at the end of the text)"),
        ('a = """\n\n', "f.toml:3: not TOML: Unterminated string (at the end of the text)"),
        # Numbers that other readers of TOML could not hold.
        ("\nweight = inf", "f.toml:2: `weight` is inf, expected a finite number"),
        ("weight = 1e999", "f.toml:1: `weight` is inf"),
        ("weight = -nan", "f.toml:1: `weight` is nan"),
        ("matrix = [[1],\n[9223372036854775808]]", "f.toml:2: `matrix[1][0]` is too large"),
        ("x = -9223372036854775809", "f.toml:1: `x` is too large"),
        ("\n\nx = 1" + "0" * 5000, "f.toml:3: a number has too many digits"),
        ("x = 0x" + "f" * 5000, "f.toml:1: `x` is too large"),
    ],
)
def test_every_fault_is_named_with_its_line(text: str, message: str) -> None:
    assert error_of(text).startswith(message)


def test_the_largest_integers_are_accepted() -> None:
    text = "matrix = [[9223372036854775807, -9223372036854775808]]"
    assert decode_toml(text, Lesson, "f").matrix == [[(1 << 63) - 1, -(1 << 63)]]


def test_a_key_that_looks_like_a_path_does_no_harm() -> None:
    text = '"x - at `$.named[...]" = 1\n[named]\n'
    assert error_of(text).startswith("f.toml")
    assert "expected" in error_of("[named.\"a - at `$.q[...].z`\"]\n'`' = 1")


def test_a_large_free_table_is_not_searched_for_the_offender() -> None:
    text = "[named]\n" + "".join(f"k{index}.home = 1\n" for index in range(300)) + "z = 1\n"
    assert error_of(text) == "f.toml:1: a value in `named` is of type integer, expected table"


def test_a_post_init_error_keeps_its_message() -> None:
    text = "[[item]]\nvalue = 2\n[[item]]\nvalue = 3\n"
    assert error_of(text, Holder) == "f.toml:3: `item[1]`: must be even"


# Limits, before anything is built.


def test_the_size_is_counted_in_bytes() -> None:
    text = "name = '" + "é" * 50 + "'"
    assert decode_toml(text, Lesson, "f", max_bytes=109).name == "é" * 50
    assert (
        error_of(text, max_bytes=108) == "f.toml: the text is too long, expected at most 108 bytes"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 50_000 + " = 1",
        "[" + "a." * 50_000 + "a]",
        "[[" + "'a'." * 50_000 + "a]]",
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 50_000,
        "a = " + "[{a=" * 40_000,
        "# no\n'x' = \"\"\"\n\\\"\"\"\" # no\na = [1, '''[\n''', [" + "[" * 1000,
    ],
)
def test_depth_is_refused_before_tomllib_sees_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tomllib.loads", None)
    assert "too deep, expected at most 16 levels" in error_of(text)


@pytest.mark.parametrize("depth", [1, 5])
def test_the_depth_limit_is_exact(depth: int) -> None:
    for text in (
        "a" + ".a" * (depth - 1) + " = 1",
        "[" + "a." * (depth - 1) + "a]",
        "a = " + "[" * (depth - 1) + "1" + "]" * (depth - 1),
        "a = " + "{a = " * (depth - 1) + "1" + "}" * (depth - 1),
    ):
        decode_toml(text, Anything, "f", max_depth=depth)
        assert "too deep" in error_of(text, Anything, max_depth=depth - 1)


@pytest.mark.parametrize(
    "text",
    [
        "a = '[[[[[[[[[[[[[[[[[[[['",
        'a = "[[[[[[[[[[[[[[[[[[[[\\""',
        "a = '''\n[[[[[[[[[[[[[[[[[[[[''[\n'''''",
        'a = """\n[[[[[[[[[[[[[[[[[[[[""\\"""[{\n"""""',
        "# [[[[[[[[[[[[[[[[[[[[\na = '' # [[[[[[[[[[[[[[[[[[[[",
        "'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a' = 1",
        "a = [" + "[], " * 500 + "]",
        "a = 1.5e0 # .\nb = 1979-05-27 07:32:00.5Z",
    ],
)
def test_brackets_and_dots_in_strings_and_comments_are_not_depth(text: str) -> None:
    decode_toml(text, Anything, "f")


# Where things stand.

PLACES = """\
name = "x"            # 1
a.b.c = 1             # 2
list = [              # 3
  1, 2,               # 4
  [ 3,                # 5
    { k = 4, m.n = [  # 6
      5 ] } ] ]       # 7
text = '''            # 8
[not.a.header]
'''
"quoted.key" = \"\"\"   # 11
x = 1 \\\"\"\" ] }
\"\"\"\"\"
when = 1979-05-27 07:32:00  # 14
[table]               # 15
key = 1               # 16
[[array]]             # 17
k = 1                 # 18
[array.sub]           # 19
k = 2                 # 20
[[array.many]]        # 21
[[array.many]]        # 22
k = 3                 # 23
[[array]]             # 24
[array.sub]           # 25
k = 4                 # 26
[ x . 'y' . "z\\u0041" ] # 27
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 1),
        (("a",), 2),
        (("a", "b"), 2),
        (("a", "b", "c"), 2),
        (("list",), 3),
        (("list", 1), 4),
        (("list", 2, 0), 5),
        (("list", 2, 1), 6),
        (("list", 2, 1, "k"), 6),
        (("list", 2, 1, "m", "n"), 6),
        (("list", 2, 1, "m", "n", 0), 7),
        (("text",), 8),
        (("quoted.key",), 11),
        (("when",), 14),
        (("table",), 15),
        (("table", "key"), 16),
        (("array",), 17),
        (("array", 0), 17),
        (("array", 0, "k"), 18),
        (("array", 0, "sub"), 19),
        (("array", 0, "sub", "k"), 20),
        (("array", 0, "many", 0), 21),
        (("array", 0, "many", 1, "k"), 23),
        (("array", 1), 24),
        (("array", 1, "sub", "k"), 26),
        (("x", "y", "zA"), 27),
        # What is not there: the nearest thing around it.
        (("table", "none"), 15),
        (("array", 1, "sub", "none", 3), 25),
        (("list", 7), 3),
        (("none",), 0),
        ((), 0),
    ],
)
def test_lines_of_paths(path: KeyPath, line: int) -> None:
    assert line_of(PLACES, path) == line


def test_lines_before_a_fault_are_known_and_a_fault_raises_nothing() -> None:
    assert line_of("a = 1\nb = 2\n]\nc = 3\n", ("b",)) == 2
    assert line_of("a = 1\nb = " + "[" * 9999, ("b",)) == 2


@pytest.mark.parametrize(
    "text", ["{0} = 1", "[{0}]\n[{0}]\n", "machine.'{0}' = 1", "[[space]]\n{0}=1"]
)
def test_a_message_stays_short_however_long_a_key_is(text: str) -> None:
    assert len(error_of(text.format("k" * 50_000))) < 400


def test_line_ends_of_other_systems_count_once() -> None:
    assert line_of(PLACES.replace("\n", "\r\n"), ("array", 1, "sub", "k")) == 26


SCALARS = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(datetime.datetime(1, 1, 1)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
)
KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def written(value: object) -> str:
    """A value as TOML, with a line end wherever TOML allows one."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"{written(item)} ,\n# ]\n" for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, str):
        return quoted(value)
    return repr(value)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def paths_of(value: object, path: KeyPath) -> list[KeyPath]:
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths_of(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths_of(inner, (*path, index))
    return found


@given(st.dictionaries(KEYS, VALUES, max_size=4))
@settings(deadline=None)
def test_the_scanner_sees_exactly_the_paths_that_tomllib_builds(document: dict[str, Any]) -> None:
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in document.items())
    lines = key_lines(text, max_depth=100)
    assert sorted(map(repr, [(), *lines])) == sorted(map(repr, paths_of(document, ())))
    assert decode_toml(text, dict[str, Any], "f", max_depth=100) == document
    assert list(lines.values()) == sorted(lines.values())


@given(st.text(st.sampled_from("ab.=[]{}\"'\\\n#, 1-:_"), max_size=40))
@settings(deadline=None, max_examples=400)
def test_any_text_ends_in_a_value_or_one_clear_error(text: str) -> None:
    # Anything but a UserError would fail the test.
    with contextlib.suppress(UserError):
        assert isinstance(decode_toml(text, dict[str, Any], "f", max_depth=3), dict)
