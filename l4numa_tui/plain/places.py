"""How somebody names a thing of the machine on a line: the way every line of the program does."""

from __future__ import annotations

from l4numa_tui.course.commands import read_address
from l4numa_tui.course.patterns import space_named
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2
from l4numa_tui.world.session import Session


def read_entry(session: Session, words: list[str]) -> tuple[int, int]:
    """(space, page) of `A.0 0x402000`, `A.0 page 0x402` or `pager1 frame 2:0007`.

    ValueError if the words are none of these, UserError for a name or number that is not there.
    """
    if len(words) == 3 and words[1].lower() == "frame":  # servers hold frames at their own numbers
        return space_named(session, words[0]), parse_frame(session.world, words[2])
    if len(words) == 3 and words[1].lower() == "page":
        return space_named(session, words[0]), _positive(words[2])
    if len(words) != 2:
        raise ValueError(words)
    return space_named(session, words[0]), read_page(session, words[1])


def read_page(session: Session, word: str) -> int:
    """The page of an address; of a small number in a world without regions, the page so numbered.

    Every line of the program names pages, so a page may be meant where no address can be.
    """
    regions = any(each.regions for each in session.world.system.roster.applications.values())
    if not regions and 0 < _positive(word) < PAGE_BYTES:
        return _positive(word)
    return read_address(session, word) >> PAGE_LOG2


def _positive(word: str) -> int:
    value = int(word, 0)
    if not 0 <= value < 1 << 47:
        raise ValueError(word)
    return value
