"""Which things a record is about: a row of the lanes lights up with them, and selects one."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.kernel.mapping_database import entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.regions import Application
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.views.steps.record_text import between_servers

_TOUCHES = (Event.ACCESS, Event.PAGEFAULT_USER, Event.TLB_MISS)
_MADE = (Event.MDB_MAP, Event.MDB_MAP_LARGE)
_UNMADE = (Event.MDB_UNMAP, Event.MDB_UNMAP_LARGE)
_IN_SPACE = (Event.FPAGE_OVERMAP, Event.FPAGE_MAPCTRL, Event.FPAGE_SPLIT)
_MESSAGES = (Event.IPC_SEND, Event.IPC_RECV, Event.IPC_WAIT, Event.MAIL_WRITE, Event.MAIL_READ)
_WITH_THREAD = (*_MESSAGES, Event.RESUME, Event.HALT, Event.DEFER, Event.THREAD_CONTROL)
_OF_PAGE = (labels.UNMAP_CALL, labels.RECOVER)
_OF_FRAME = (labels.WANT, labels.CHUNK, labels.TAKE_BACK, labels.TAKEN, labels.NOT_FREE)


class Things:
    """Finds the things of records; knows the applications of one scene."""

    def __init__(self, scene: Scene, members: dict[int, tuple[Application, int]]) -> None:
        self._scene = scene
        self._members = members
        self._threads = scene.world.kernel.threads.rows

    def of(self, record: Record) -> Iterator[Target]:
        """Entry, page and frame first, the most particular ones; then the threads."""
        event = record.event
        if event in _TOUCHES:
            yield from self._page(self._space(record.thread), record.a >> PAGE_LOG2)
            if event == Event.ACCESS:
                yield "frame", record.c
        elif event in _MADE or event in _UNMADE:
            yield from self._page(space_of(record.a), vpn_of(record.a))
            yield "frame", record.c >> 3 if event in _MADE else record.c
        elif event in _IN_SPACE:
            yield from self._page(record.a, record.b)
        elif event in (Event.DIRECTORY_READ, Event.DIRECTORY_WRITE, Event.PLACEMENT):
            yield from self._everywhere(record.a)
            if record.c:
                yield "frame", record.c - (event != Event.PLACEMENT)
        elif event == Event.PAGE_COPY:
            yield from self._everywhere(record.a)
            yield from (("frame", record.b), ("frame", record.c))
        elif event in _MESSAGES:
            yield from self._message(record)
        yield "thread", record.thread
        if event in _WITH_THREAD:
            yield "thread", record.a

    def _message(self, record: Record) -> Iterator[Target]:
        taken = record.event in (Event.IPC_RECV, Event.MAIL_READ)
        sender, receiver = (record.a, record.thread) if taken else (record.thread, record.a)
        if record.b >> 4 == PAGEFAULT_PROTOCOL:
            yield from self._page(self._space(sender), record.c >> PAGE_LOG2)
        elif not between_servers(self._scene, sender, receiver):
            return
        elif record.b == labels.MAP_REPLY and record.c:
            yield from self._page(self._space(receiver), record.c >> PAGE_LOG2)
        elif record.b in _OF_PAGE:
            yield from self._everywhere(record.c)
        elif record.b in _OF_FRAME:
            yield "frame", record.c

    def _space(self, thread: int) -> int:
        row = self._threads.get(thread)
        return row[0] if row else -1

    def _page(self, space: int, vpn: int) -> Iterator[Target]:
        """A page of a space: the entry, and the application's page if it is one's."""
        if space < 0:
            return
        yield "entry", entry_id(space, vpn)
        member = self._members.get(space)
        if member is not None:
            yield "page", member[0].number, vpn

    def _everywhere(self, vpn: int) -> Iterator[Target]:
        """A page as pagers speak of it: that of every application that has it."""
        for application in self._scene.world.system.roster.applications.values():
            if application.region_of(vpn) is not None:
                yield "page", application.number, vpn
