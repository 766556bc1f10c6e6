"""Access rights of an fpage: three bits, read 4, write 2, execute 1 (Pistachio, Fiasco)."""

from __future__ import annotations

READ, WRITE, EXECUTE = 4, 2, 1
ALL = READ | WRITE | EXECUTE
_LETTERS = ((READ, "r"), (WRITE, "w"), (EXECUTE, "x"))


def rights_text(rights: int) -> str:
    """Rights as three characters, `rw-`; a dash for each that is missing."""
    return "".join(letter if rights & bit else "-" for bit, letter in _LETTERS)


def parse_rights(text: str) -> int:
    """Rights from letters (`rw`, `r-x`, empty for none); ValueError for any other character."""
    rights = 0
    for character in text:
        if character == "-":
            continue
        for bit, letter in _LETTERS:
            if letter == character:
                rights |= bit
                break
        else:
            raise ValueError(f"{character!r} is not a right; rights are letters of rwx")
    return rights
