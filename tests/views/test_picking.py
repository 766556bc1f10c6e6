"""Lists to choose from and the pieces of forms."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.building.offers import Offer
from l4numa_tui.scenario.building.typed import all_requests
from l4numa_tui.views.asking import error_text, field_label, field_note, offer_lines
from l4numa_tui.views.picking import Choice, choice_lines, matching, row_of
from l4numa_tui.views.segments import Line, plain, width_of

CHOICES = [
    Choice("read", "read memory", "Memory"),
    Choice("unmap_everywhere", "ask the pager to unmap pages", "Memory"),
    Choice("unmap", "take back what was derived", "Calls"),
    Choice("reply", "answer a fault", "Messages"),
]


def names(query: str) -> list[str]:
    return [each.name for each in matching(CHOICES, query)]


def test_every_word_must_be_there_and_names_that_begin_so_come_first() -> None:
    assert names("") == [each.name for each in CHOICES]
    assert names("unmap") == ["unmap_everywhere", "unmap"]
    assert names("re") == ["read", "reply", "unmap_everywhere"]  # "everywhere" has it, too
    assert names("un everywhere") == names("UNMAP_EVERY") == ["unmap_everywhere"]
    assert names("pager fault") == []


def targets(lines: list[Line]) -> list[object]:
    return [next((part.target for part in line if part.target), None) for line in lines]


def test_headings_stand_above_their_choices_and_are_no_choice() -> None:
    lines = choice_lines(CHOICES, 2, 60, grouped=True)
    heads = [plain(line) for line in lines if not any(part.target for part in line)]
    assert heads == ["Memory", "Calls", "Messages"]
    assert {width_of(line) for line, target in zip(lines, targets(lines), strict=True) if target} \
        == {60}  # fmt: skip
    for chosen in range(len(CHOICES)):
        row = row_of(CHOICES, chosen, grouped=True)
        assert targets(lines)[row] == ("choose", chosen)
    assert plain(lines[row_of(CHOICES, 2, grouped=True)]).startswith("❯")
    assert [row_of(CHOICES, at, grouped=False) for at in range(4)] == [0, 1, 2, 3]


def test_without_unicode_the_mark_is_ascii() -> None:
    for line in choice_lines(CHOICES, 0, 60, grouped=True, ascii_only=True):
        assert plain(line).isascii()
    assert plain(field_label("at", needed=True, here=True, ascii_only=True)) == ">at*"


def test_every_field_of_every_request_says_what_it_is() -> None:
    for request in all_requests().values():
        assert request.help
        for key in request.keys:
            assert plain(field_note(request, key, None, 60)).strip(), (request.name, key)


def test_an_error_that_is_too_long_says_what_was_expected() -> None:
    error = UserError("the fpage's base is 0x402001", "a multiple of its size, 0x1000")
    assert error_text(error, 80) == str(error)
    assert error_text(error, 44) == "expected a multiple of its size, 0x1000"
    assert len(error_text(error, 12)) == 12


def test_offers_wrap_and_what_does_not_fit_is_marked() -> None:
    many = [Offer(f"{at:#08x}", "mapped") for at in range(40)]
    lines = offer_lines(many, many[3].text, (60, 3))
    assert len(lines) == 3
    assert all(width_of(line) <= 60 for line in lines)
    assert plain(lines[-1]).endswith("…")
    (lit,) = [part for line in lines for part in line if part.style == "selected"]
    assert lit.target == ("offer", 3)
