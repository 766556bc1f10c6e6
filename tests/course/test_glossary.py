"""The glossary's index: what a word means, and which words a line has."""

from __future__ import annotations

import pytest

from l4numa_tui.course.glossary import Glossary, load_glossary
from l4numa_tui.course.lesson_model import Term

GLOSSARY = load_glossary()


def test_no_two_terms_have_a_word_in_common() -> None:
    words = [word.lower() for name, term in GLOSSARY.terms.items() for word in (name, *term.also)]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("MDB", "mapping database"),
        ("Mapping  Entries", "mapping entry"),
        ("fpages", "fpage"),
        ("pager7", "pager"),
        ("2:0007", "frame"),
        ("0x402000", "page"),
        ("≡4", "≡ seen by several"),
        ("IPIs", "shootdown"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_a_word_is_looked_up(word: str, name: str | None) -> None:
    assert GLOSSARY.look_up(word) == name


def words_of(line: str) -> dict[str, str]:
    return {line[each.start : each.end]: each.name for each in GLOSSARY.found_in(line)}


def test_the_chips_of_the_database_are_explained() -> None:
    found = words_of("2:0007 ▲N1 pager1 rwx─┬══▶ ●N0 pager0 rw- ⇄2 ─▶+▲N1 A.1 r-- v00400 ≡4")
    assert found["2:0007"] == "frame"
    assert found["N1"] == "node"
    assert found["rw-"] == found["r--"] == "rights"
    assert found["⇄2"] == "⇄ memory elsewhere"
    assert found["v00400"] == "page"
    assert "▶" not in found  # the arrow's head says nothing of a CPU


def test_numbers_after_a_word_do_not_hide_it_and_letters_do() -> None:
    assert words_of("kernel PT4 MDB51")["PT"] == "page table"
    assert words_of("kernel PT4 MDB51")["MDB"] == "mapping database"
    assert "PT" not in words_of("OPTION")
    assert words_of("a receive window")["receive window"] == "receive window"


# What panes, bars and notes print: each of these signs and words must be explained.
PRINTED = (
    "#PF 402 r", "fault IPC", "TLB miss, walk 1", "+slab", "+PT ×3", "−MDB A.1 402", "IPI CPU 5",
    "ack", "notify: unmap", "mail: wake", "Δ +120", "clock 4 000", "faults 2", "PML4", "PDPT",
    "2 local", "0 remote", "⇄2", "≡4", "≠4", "▤", "▸448", "~", "═", "▶A.1", "dir 402", "home",
    "waiting for its pager", "halted", "receiving", "IPC error", "UTCB", "KIP", "sub-table",
    "pool", "status bits", "hot spot", "window", "label 5", "ThreadControl", "rwx", "v00400",
    "shootdown", "superpage", "cost", "whole fault", "retries", "replicated", "settles", "CPU",
)  # fmt: skip


@pytest.mark.parametrize("text", PRINTED)
def test_what_is_printed_is_explained(text: str) -> None:
    assert GLOSSARY.found_in(text)


def test_search_puts_names_before_texts() -> None:
    terms = {
        "page": Term(text="of a space"),
        "frame": Term(text="backs a page"),
        "page table": Term(text="a tree"),
        "x": Term(text="y", also=("pages of x",)),
    }
    glossary = Glossary(terms)
    assert glossary.search("page") == ["page", "page table", "x", "frame"]
    assert glossary.search("page", in_texts=False) == ["page", "page table", "x"]
    assert glossary.search("[(") == []
    assert glossary.names()[0] == "frame"
