"""Lines on a stream: wrapped, safe, with their signs as words where that is wanted."""

from __future__ import annotations

import io

import pytest

from l4numa_tui.plain.printer import WIDTH, Printer, in_words


def printed(text: str, *, words: bool = False, figures: bool = True) -> list[str]:
    out = io.StringIO()
    printer = Printer(out)
    printer.words = words
    printer.lines([text], figures=figures)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("before", range(WIDTH - 12, WIDTH))
def test_a_number_is_never_broken_between_its_thousands(before: int) -> None:
    rows = printed("x" * before + " 12 345 678 cycles")
    assert all(len(row) <= WIDTH for row in rows)
    assert any("12 345 678" in row for row in rows)


def test_deep_lines_are_wrapped_unless_they_are_figures() -> None:
    text = "      " + "word " * 30
    assert printed(text) == [text.rstrip()]
    rows = printed(text, figures=False)
    assert [len(row) - len(row.lstrip()) for row in rows] == [6, 8, 8]
    assert max(len(row) for row in rows) <= WIDTH


@pytest.mark.parametrize(
    ("line", "spoken"),
    [
        ("+ mapping entry A.0", "new: mapping entry A.0"),
        ("    − A.0 page 0x400", "    gone: A.0 page 0x400"),
        ("~ free frames: 8 → 7", "changed: free frames: 8, then 7"),
        ("frames 0:0000–0:0003", "frames 0:0000 to 0:0003"),
        ("kernel: −MDB A 400, +PT ×3", "kernel: gone MDB A 400, new PT times 3"),
        ("a + b ~ c", "a + b ~ c"),
        ("- an item of a list", "- an item of a list"),
    ],
)
def test_signs_are_spoken(line: str, spoken: str) -> None:
    assert in_words(line) == spoken
    assert printed(line, words=True, figures=False)[0] == spoken


def test_what_could_steer_a_terminal_is_replaced() -> None:
    rows = printed("a\x1b[2J b\x9b \x1f c", words=True)
    assert all(row.isprintable() for row in rows)
