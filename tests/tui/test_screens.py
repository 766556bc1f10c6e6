"""Whole screens: what they say, and that they say it without colours and in ASCII as well."""

from __future__ import annotations

import difflib
import re

import pytest
from rich.cells import cell_len

from tests.tui.screens import FOLDER, differing, taken, text_of
from tests.tui.test_looks import worn

# Styles that say no more than how important a text is.
EMPHASIS = {"dim", "label", "value", "line"}
DRAWN = re.compile(r"[│┃|H─━═=╭╮╰╯┏┓┗┛├┤┬└┘┄▶◀.'+\- ]+")
# In the lanes the column and its heading say whose an event is, as the colour does.
COLUMNS = {"lanes"}
# An empty slot of a page table and a hole in the grid of pages: two pictures, one below the other.
HOLES = {"·", "."}


def test_screens_are_as_they_were_reviewed() -> None:
    wrong = sorted(differing())
    report: list[str] = []
    for name in wrong[:3]:
        path = FOLDER / name
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        new = text_of(taken()[name]) if name in taken() else ""
        report += difflib.unified_diff(old.splitlines(), new.splitlines(), name, "now", lineterm="")
    assert not wrong, "\n".join([f"differ: {wrong}; see tests/tui/screens.py", *report])


def test_screens_keep_to_their_size_and_their_characters() -> None:
    for name, screen in taken().items():
        _, size, form, _ = name.split(".")
        width, height = map(int, size.split("x"))
        assert len(screen.rows) == height
        assert max(cell_len(row) for row in screen.rows) <= width
        assert form == "unicode" or all(row.isascii() for row in screen.rows), name


@pytest.mark.parametrize("theme", ["dark", "light", "terminal"])
def test_no_colour_says_what_text_and_weight_do_not(theme: str) -> None:
    look, mono = worn(theme).look, worn("mono").look
    silent = set()
    for name, screen in taken().items():
        seen: dict[tuple[str, str, str], set[str]] = {}
        for pane, text, styles in screen.pieces:
            shown = text.strip()
            if not shown or DRAWN.fullmatch(shown) or (pane == "tables" and shown in HOLES):
                continue
            meaning = [style for style in styles.split() if style not in EMPHASIS]
            if pane in COLUMNS:
                meaning = [style for style in meaning if not style.startswith("node")]
            colours = str(look.style(" ".join(meaning)))
            weights = str(mono.style(styles))
            seen.setdefault((pane, shown, weights), set()).add(colours)
        silent |= {(name, *key) for key, looks in seen.items() if len(looks) > 1}
    assert silent == set()


def test_marks_are_seen_without_colours() -> None:
    # What a step did is in the text, and what is selected is in the weight of it.
    screen = taken()["cross-node-unmap.120x40.unicode.txt"]
    mono = worn("mono").look
    marked = [
        piece for piece in screen.pieces if {"new", "gone", "changed"} & set(piece[2].split())
    ]
    chosen = [piece for piece in screen.pieces if "selected" in piece[2].split()]
    assert marked
    assert chosen
    for pane, text, styles in (*marked, *chosen):
        rest = " ".join(
            s for s in styles.split() if s not in ("new", "gone", "changed", "selected")
        )
        assert text.strip("+−~ ") == "" or mono.style(styles) != mono.style(rest), (pane, text)
