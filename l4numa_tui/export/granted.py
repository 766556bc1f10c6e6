"""Which entries were granted: the database alone does not tell, the history does."""

from __future__ import annotations

from l4numa_tui.world.session import Session

_TELLING = (0, 2, 3)  # of a row: the frame, the parent and the depth stay in a grant


def granted_entries(session: Session) -> dict[int, int]:
    """The entries that came to their owner by a grant up to now: entry -> the giver's entry.

    A grant is the one thing that takes a row out and puts it back at once under another number
    (`MappingDatabase.move`). Takes time with the whole history.
    """
    granted: dict[int, int] = {}
    last: tuple[int, object] | None = None  # the row that the write before took out
    for step in range(1, session.cursor + 1):
        for table, key, old, new in session.change(step).changes():
            if table != "mdb":
                last = None
                continue
            if new is None:
                granted.pop(key, None)
                last = key, _telling(old)
                continue
            if old is None and last is not None and last[1] == _telling(new):
                granted[key] = last[0]
            last = None
    return granted


def _telling(row: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(row[at] for at in _TELLING) if row else ()
