"""Which steps changed a thing: an index over the log, made when first asked and kept up since."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from l4numa_tui.journal import Key
from l4numa_tui.machine.mmu import INDEX_MASK, tag_page, tag_space
from l4numa_tui.world.subjects import Net, Subject

if TYPE_CHECKING:
    from l4numa_tui.world.session import Session

_Steps = dict[Key, "array[int]"]


class History:
    """For every row, frame and space the steps that changed it, 0 for boot.

    A step changes a row if it leaves another value than it found: what is written and written back
    is no change. One pass over the log makes the index, about a microsecond a write; after that
    only new steps are read.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[str, _Steps] = {}
        self._frames: _Steps = {}
        self._large: _Steps = {}  # by first frame: entries that may be of 2 MiB
        self._spaces: _Steps = {}
        self._read = -1
        self._boot: Net | None = None

    def steps(self, subject: Subject) -> list[int]:
        """All known steps that changed a subject, in order; those ahead of the present as well."""
        return sorted({step for steps in self._indexed(subject) for step in steps})

    def last(self, subject: Subject, before: int) -> int | None:
        """The newest step up to `before` that changed it; 0 for boot, None for never."""
        found = (_last(steps, before) for steps in self._indexed(subject))
        return max((step for step in found if step is not None), default=None)

    def next(self, subject: Subject, after: int) -> int | None:
        """The first known step after `after` that changes it, None if there is none."""
        places = ((steps, bisect_right(steps, after)) for steps in self._indexed(subject))
        return min((steps[at] for steps, at in places if at < len(steps)), default=None)

    def _indexed(self, subject: Subject) -> Iterator[Sequence[int]]:
        """Steps in order, of each row, frame and space that is the subject's."""
        self._extend()
        for table, key in subject.rows:
            yield self._rows.get(table, {}).get(key, ())
        if subject.space is not None:
            yield self._spaces.get(subject.space, ())
        if subject.frame is not None:
            yield self._frames.get(subject.frame, ())
            around = self._large.get(subject.frame & ~INDEX_MASK, ())
            yield [step for step in around if self._touches(step, subject)]

    def written(self, table: str, key: Key, before: int) -> tuple[int, int] | None:
        """(the step that put one row there, the newest that changed it) up to `before`.

        Of a row that is gone: the step that put it there last. None for a row never changed.
        """
        self._extend()
        steps = self._rows.get(table, {}).get(key, ())
        at = bisect_right(steps, before)
        for step in reversed(steps[:at]):
            if self._net(step)[table][key][0] is None:
                return step, steps[at - 1]
        return None

    def cut(self, step: int) -> None:
        """Forget the steps after `step`: another future begins there."""
        if self._read <= step:
            return
        self._read = step
        for index in (*self._rows.values(), self._frames, self._large, self._spaces):
            for steps in index.values():
                if steps and steps[-1] > step:
                    del steps[bisect_left(steps, step + 1) :]

    def _touches(self, step: int, subject: Subject) -> bool:
        world = self._session.world
        net = self._net(step)
        return any(subject.changes(net, world.kernel.database.large.rows))

    def _net(self, step: int) -> Net:
        """What a step changed. Boot writes most and never changes: its answer is kept."""
        if step:
            return self._session.net(step)
        if self._boot is None:
            self._boot = self._session.net(0)
        return self._boot

    def _extend(self) -> None:
        for step in range(self._read + 1, self._session.length + 1):
            for table, rows in self._net(step).items():
                index = self._rows.setdefault(table, {})
                for key in rows:
                    _note(index, key, step)
                if table == "mdb":
                    for key, pair in rows.items():
                        _note(self._spaces, tag_space(key), step)
                        self._note_frames(key, pair, step)
                elif table == "directory":
                    for frame in {row[0] for pair in rows.values() for row in pair if row}:
                        _note(self._frames, frame, step)
        self._read = self._session.length

    def _note_frames(self, key: int, pair: tuple[Key | None, Key | None], step: int) -> None:
        for row in pair:
            if row is not None:
                _note(self._frames, row[0], step)
                if not row[0] & INDEX_MASK and not tag_page(key) & INDEX_MASK:
                    _note(self._large, row[0], step)


def _last(steps: Sequence[int], before: int) -> int | None:
    at = bisect_right(steps, before)
    return steps[at - 1] if at else None


def _note(index: _Steps, key: Key, step: int) -> None:
    steps = index.get(key)
    if steps is None:
        index[key] = array("l", (step,))
    elif not steps or steps[-1] != step:
        steps.append(step)
