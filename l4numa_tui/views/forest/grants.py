"""Which mapping entries came by a grant.

The database does not say: an entry that was granted hangs where the giver's hung. But the log
does. A grant gives an entry another owner, so one write takes the row from the giver and the very
next one puts it, with the same frame, parent and depth, under the new owner's page
(`MappingDatabase.move`). No other operation writes these two in a row.
"""

from __future__ import annotations

from l4numa_tui.journal import FIELDS, Journal

_ALIKE = (0, 2, 3)  # frame, parent, depth: what a grant leaves as it is
_MANY = 1 << 18  # places of the log that are looked through at a time


class Grants:
    """Reads a journal's log as far as it is asked about, each write once, until it is cut."""

    __slots__ = ("_cuts", "_made", "_read", "_table", "journal")

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._cuts = journal.cuts
        self._table = journal.table("mdb").index
        self._read = 0
        # Of every entry that was ever granted: the marks of its makings, and whether by a grant.
        self._made: dict[int, list[tuple[int, bool]]] = {}

    def holds(self, entry: int) -> bool:
        """Whether the entry, as it is now, was given to its owner by a grant."""
        now = self.journal.mark()
        if self._cuts != self.journal.cuts:
            self._cuts, self._read = self.journal.cuts, 0
            self._made.clear()
        if self._read < now:
            self._read_on(now)
        made = self._made.get(entry)
        if made is None:
            return False
        return next((by_grant for mark, by_grant in reversed(made) if mark < now), False)

    def _read_on(self, stop: int) -> None:
        while self._read < stop:
            end = min(self._read + _MANY, stop)
            self._read_part(self._read, end)
            self._read = end

    def _read_part(self, start: int, stop: int) -> None:
        log, table, made = self.journal.log, self._table, self._made
        tables = log[start:stop:FIELDS]
        at = -1
        while True:
            try:
                at = tables.index(table, at + 1)
            except ValueError:
                return
            mark = start + at * FIELDS
            entry, old, new = log[mark + 1 : mark + FIELDS]
            if old is not None or new is None:
                continue
            by_grant = self._is_grant(mark, new)
            if by_grant or entry in made:
                made.setdefault(entry, []).append((mark, by_grant))

    def _is_grant(self, mark: int, new: tuple[int, ...]) -> bool:
        """Whether the write before has just taken the same from somebody else."""
        before = mark - FIELDS
        log = self.journal.log
        if before < 0 or log[before] != self._table or log[before + 3] is not None:
            return False
        old = log[before + 2]
        return all(old[place] == new[place] for place in _ALIKE)
