"""Fpages and rights as a scenario writes them."""

from __future__ import annotations

from l4numa_tui.kernel.fpage import NIL, WHOLE, WHOLE_LOG2, Fpage, fpage
from l4numa_tui.kernel.rights import ALL, parse_rights
from l4numa_tui.machine.machine import PAGE_BYTES
from l4numa_tui.scenario.step_model import AreaTable
from l4numa_tui.scenario.where import Where, quoted

WINDOWS = {"all": WHOLE, "none": NIL}
"""The windows that have a word for themselves."""


def fpage_of(
    at: int, pages: int | None, log2: int | None, rights: int, where: Where, *path: str | int
) -> Fpage:
    """The fpage of `pages` pages at `at`, one if not said; UserError where there is no such fpage.

    With `log2` instead, the size field of a register word, nothing is checked: 0 is nil, 1 the
    whole space, and a base below its size is aligned down, as the kernel does.
    """
    if log2 is not None:
        if pages is not None:
            raise where.error("`pages` and `log2` are both given", "one of them", *path, "log2")
        if not log2:
            return NIL
        return WHOLE._replace(rights=rights) if log2 == WHOLE_LOG2 else fpage(at, log2, rights)
    pages = 1 if pages is None else pages
    if pages & pages - 1:
        raise where.error(f"{pages} pages", "a power of two", *path, "pages")
    size = pages * PAGE_BYTES
    if at % size:
        expected = f"a multiple of its size, {size:#x}"
        raise where.error(f"the fpage's base is {at:#x}", expected, *path, "at")
    return fpage(at, size.bit_length() - 1, rights)


def area_of(table: AreaTable | None, where: Where, *path: str | int) -> Fpage:
    """The fpage of an area with all rights, nil where none is given."""
    if table is None:
        return NIL
    return fpage_of(table.at, table.pages, table.log2, ALL, where, *path)


def window_of(window: AreaTable | str | None, where: Where, *path: str | int) -> Fpage:
    """The fpage of a receive window; nil, which lets nothing in, where none is given."""
    if isinstance(window, str):
        return where.choose(window, WINDOWS, *path)
    return area_of(window, where, *path)


def rights_of(text: str | None, where: Where, *path: str | int) -> int:
    """Rights from letters, all where nothing is said; UserError where they cannot be read."""
    if text is None:
        return ALL
    try:
        rights = parse_rights(text)
    except ValueError:
        rights = -1
    if rights < 0 or len(text) > len("rwx"):
        raise where.error(f"`{path[-1]}` is {quoted(text)}", "letters of rwx", *path)
    return rights
