"""Nothing that could steer a terminal survives `safe_text`."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text

HOSTILE = st.text(
    st.characters() | st.sampled_from("\x1b\x07\x9b\x85\u202e\u2066\u200b\u2028\ud800\n\r\t"),
    max_size=40,
)


def controls(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(HOSTILE)
def test_no_control_character_is_left(text: str) -> None:
    safe = safe_text(text)
    assert controls(safe) == []
    safe.encode("utf-8")
    assert safe_text(safe) == safe
    assert set(controls(safe_text(text, keep_newlines=True))) <= {"\n"}


@given(HOSTILE, st.integers(1, 10))
def test_the_limit_holds(text: str, limit: int) -> None:
    assert len(safe_text(text, limit=limit)) <= limit


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=40))
def test_harmless_text_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


def test_an_error_names_file_line_and_expectation_safely() -> None:
    error = UserError("bad \x1b[31mkey", "a number", source="a\x07.toml", line=3, column=7)
    assert str(error) == "a\ufffd.toml:3:7: bad \ufffd[31mkey, expected a number"
