"""The one write primitive: flat tables whose every change is logged.

All state of a simulated world lies in named tables, `dict`s whose keys and values are ints and
tuples of ints. A table changes only through `Table.put` and `Table.drop`, and each appends
`(table, key, old, new)` to the log. Undo, redo, seeking, the change shown on the screen, the
digest and "who changed this last" all read that log; nothing else keeps any books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, reduce
from itertools import repeat
from operator import xor
from typing import Any, NamedTuple

from l4numa_tui.digest import DIGEST_MASK, entry_hash

Key = Any  # int or tuple of ints; spelled Any because a dict lookup is the hottest path there is
Value = Any
FIELDS = 4  # table, key, old, new: one log entry takes four places of the flat list
_KEY_FRAME_MIN = 1 << 16  # log places between key frames while the state is small


class Change(NamedTuple):
    """One write: what stood under `key` of `table` before and after; None where nothing did."""

    table: str
    key: Key
    old: Value | None
    new: Value | None


class Table:
    """One named table of a journal; read through `rows`, written through `put` and `drop` alone.

    `put(key, value)` writes an int or a tuple of ints, never None. `drop(key)` removes a key, which
    must be there (KeyError otherwise). Both are closures over the table and the log: there is no
    hotter path in the program.
    """

    __slots__ = ("drop", "index", "name", "put", "rows")

    def __init__(self, name: str, index: int, log: list[Any]) -> None:
        self.name = name
        self.index = index
        rows: dict[Key, Value] = {}
        self.rows = rows
        extend, get, pop = log.extend, rows.get, rows.pop

        def put(key: Key, value: Value) -> None:
            extend((index, key, get(key), value))
            rows[key] = value

        def drop(key: Key) -> None:
            extend((index, key, pop(key), None))

        self.put: Callable[[Key, Value], None] = put
        self.drop: Callable[[Key], None] = drop


class Journal:
    """Named tables, the log of their changes, and the cursor that moves over that log.

    A *mark* is a position in the log. `mark()` is where the state stands now; `move_to(mark)`
    brings the state to any mark between 0 and `end`. Writing at a mark before `end` first cuts the
    log there (`cut`): whoever owns the journal decides what becomes of the abandoned future.

    The kernel's fast path writes several rows at once: it sets `rows` itself and, if `logged`,
    extends `log` by (index of the table, key, old or None, new or None) for each, in their order.
    """

    table_class = Table
    logged = True

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.tables: list[Table] = []
        self._by_name: dict[str, Table] = {}
        self._cursor = 0  # valid only while it differs from the log's end: see `mark`
        self._rewound = False
        self.cuts = 0  # how often part of the log was forgotten: marks kept since may mislead
        self._digest = 0
        self._digest_mark = 0
        self._frames: list[tuple[int, list[dict[Key, Value]]]] = []
        self.next_frame = _KEY_FRAME_MIN  # the mark at which the next key frame is due

    def table(self, name: str) -> Table:
        """Return the table called `name`, creating it empty on first use."""
        table = self._by_name.get(name)
        if table is None:
            table = self.table_class(name, len(self.tables), self.log)
            self.tables.append(table)
            self._by_name[name] = table
        return table

    @property
    def end(self) -> int:
        """The mark after the last write that is still known."""
        return len(self.log)

    def mark(self) -> int:
        """The mark at which the state stands now."""
        return self._cursor if self._rewound else len(self.log)

    def cut(self) -> None:
        """Forget every write after the present mark, so that writing may go on from here."""
        if not self._rewound:
            return
        mark = self._cursor
        self._fold_digest(mark)
        del self.log[mark:]
        self.cuts += 1
        self._rewound = False
        while self._frames and self._frames[-1][0] > mark:
            self._frames.pop()
        self.next_frame = (self._frames[-1][0] if self._frames else 0) + self._frame_gap()

    def take_back(self, mark: int) -> None:
        """Undo and forget the writes after `mark`, at most the present one's step."""
        self.move_to(mark)
        self.cut()

    def move_to(self, mark: int) -> None:
        """Bring every table to its state at `mark`, undoing or redoing logged writes.

        Long ways start from the nearest key frame. Raises ValueError for a mark outside the log.
        """
        if not 0 <= mark <= len(self.log):
            raise ValueError(f"mark {mark} is outside the log 0..{len(self.log)}")
        here = self.mark()
        if abs(mark - here) > _KEY_FRAME_MIN:
            here = self._jump_near(mark, here)
        if mark < here:
            self._undo(here, mark)
        elif mark > here:
            self._redo(here, mark)
        self._cursor = mark
        self._rewound = mark != len(self.log)

    def keep_key_frame(self) -> None:
        """Copy the whole state; to be called between steps once `end` has passed `next_frame`.

        The spacing grows with the size of the state, so that the copies never take more memory than
        the log itself, and copying no more time than writing.
        """
        self._frames.append((len(self.log), [table.rows.copy() for table in self.tables]))
        self.next_frame = len(self.log) + self._frame_gap()

    def changes(self, start: int, stop: int) -> Iterator[Change]:
        """The writes between two marks, in order."""
        log, tables = self.log, self.tables
        for at in range(start, stop, FIELDS):
            yield Change(tables[log[at]].name, log[at + 1], log[at + 2], log[at + 3])

    def digest(self) -> int:
        """A 64-bit fingerprint of all tables at this moment; equal states have equal digests.

        It is the exclusive or of `entry_hash` over all (table name, key, value), so neither the
        order of the writes nor the way to this state matters. It is folded from the log here, on
        demand: plain running pays nothing for it.
        """
        self._fold_digest(self.mark())
        return self._digest

    def _fold_digest(self, mark: int) -> None:
        low, high = sorted((self._digest_mark, mark))
        # Reading a row afresh takes a fourth of the time of following a write.
        if mark == self.mark() and high - low > sum(len(t.rows) for t in self.tables):
            self._digest = self._digest_of_tables()
        else:
            self._digest ^= self._digest_of_log(low, high)
        self._digest_mark = mark

    def _digest_of_tables(self) -> int:
        digest = 0
        for table in self.tables:
            entries = zip(repeat(table_seed(table.name)), table.rows, table.rows.values())
            digest ^= reduce(xor, map(entry_hash, entries), 0)
        return digest & DIGEST_MASK

    def _digest_of_log(self, low: int, high: int) -> int:
        """What the writes between two marks change; the same in both directions of time."""
        seeds = [table_seed(table.name) for table in self.tables]
        part = self.log[low:high]
        digest = 0
        for table, key, old, new in zip(part[::4], part[1::4], part[2::4], part[3::4], strict=True):
            seed = seeds[table]
            if old is not None:
                digest ^= entry_hash((seed, key, old))
            if new is not None:
                digest ^= entry_hash((seed, key, new))
        return digest & DIGEST_MASK

    def _undo(self, here: int, mark: int) -> None:
        log = self.log
        rows = [table.rows for table in self.tables]
        for at in range(here - FIELDS, mark - 1, -FIELDS):
            old = log[at + 2]
            if old is None:
                del rows[log[at]][log[at + 1]]
            else:
                rows[log[at]][log[at + 1]] = old

    def _redo(self, here: int, mark: int) -> None:
        log = self.log
        rows = [table.rows for table in self.tables]
        for at in range(here, mark, FIELDS):
            new = log[at + 3]
            if new is None:
                del rows[log[at]][log[at + 1]]
            else:
                rows[log[at]][log[at + 1]] = new

    def _jump_near(self, mark: int, here: int) -> int:
        best = min(self._frames, key=lambda frame: abs(frame[0] - mark), default=None)
        size = sum(len(table.rows) for table in self.tables)
        # Loading a key frame costs about one redo per entry of the state.
        if best is None or abs(best[0] - mark) + size * FIELDS >= abs(here - mark):
            return here
        for table, saved in zip(self.tables, best[1], strict=False):
            table.rows.clear()
            table.rows.update(saved)
        for table in self.tables[len(best[1]) :]:
            table.rows.clear()  # a table that did not exist yet at that moment
        return best[0]

    def _frame_gap(self) -> int:
        size = sum(len(table.rows) for table in self.tables)
        return max(_KEY_FRAME_MIN, 6 * FIELDS * size)


class NoHistoryError(Exception):
    """A run that keeps no history has come to something that must be undone; begin it anew."""


class _UnloggedTable(Table):
    """A table whose writes cannot be taken back."""

    __slots__ = ()

    def __init__(self, name: str, index: int, log: list[Any]) -> None:
        super().__init__(name, index, log)
        self.put = self.rows.__setitem__
        self.drop = self.rows.__delitem__


class UnloggedJournal(Journal):
    """Tables without a log, for whoever never goes back: replays, and comparisons of speed.

    Digests are those of the same state in a journal. A refused system call cannot be taken back:
    `take_back` raises NoHistoryError, and its user must give the whole run up.
    """

    table_class = _UnloggedTable
    logged = False

    def take_back(self, mark: int) -> None:
        """Refuse: nobody knows what has been written since `mark`."""
        raise NoHistoryError(f"no log to go back to {mark} in")

    def digest(self) -> int:
        """The fingerprint of all tables, computed from them."""
        return self._digest_of_tables()


@cache
def table_seed(name: str) -> int:
    """A number for a table's name that is the same in every process (an FNV-1a fold of it)."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return seed >> 4
