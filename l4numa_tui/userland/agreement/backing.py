"""Which frame is behind a page: the question that every pagefault asks, one way per protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.transfer import Words
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.directory import UNMAPPING, VALID
from l4numa_tui.userland.agreement.options import IPC, LOOK_THEN_TAKE
from l4numa_tui.userland.agreement.transport import Transport
from l4numa_tui.userland.pager_books import (
    GLOBAL_REPLICA,
    DirectoryKey,
    PagerBooks,
    page_pager,
)
from l4numa_tui.userland.placement.placer import Fault, Grant, Placer
from l4numa_tui.userland.regions import GLOBAL, Application, Region
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.supply import Supply


class Backing(ABC):
    """One pager's way to the frame behind a page."""

    def __init__(
        self,
        kernel: Kernel,
        books: PagerBooks,
        supply: Supply,
        transport: Transport,
        placer: Placer,
    ) -> None:
        self._books = books
        self._supply = supply
        self._placer = placer
        self._transport = transport
        self._doubts = kernel.journal.table("doubts")

    @abstractmethod
    def frame_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> int | None:
        """The frame, chosen now if nobody has; None if the fault `message` was put aside."""

    @abstractmethod
    def grant_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> Grant | None:
        """The same for a page that may move or be copied: the frame and the rights to it."""

    @abstractmethod
    def may_show(
        self, context: Context, key: DirectoryKey, frame: int, owner: int, serial: int
    ) -> bool:
        """Whether a page that another pager has shown still is what it was said to be."""

    def on_message(self, context: Context, message: Message) -> bool:
        """Serve another pager's question; True if what was put aside may be tried again."""
        del context, message
        return False

    def _look_or_take(
        self, context: Context, key: DirectoryKey, region: Region, toucher: int, message: Message
    ) -> int | None:
        """Look the page up in the books here; on a first touch take a frame and note it."""
        books, home = self._books, self._home(context)
        backing = books.directory.look_up(context, key, home)
        if backing is not None:
            if backing.state == UNMAPPING:
                books.directory.wait_for(context, key, books.node, home)
                context.defer(message)
                return None
            return backing.frame
        if LOOK_THEN_TAKE in books.agreement.bugs and self._hesitate(context, key, message):
            return None
        frame = self._supply.take(context, region, key[1], toucher)
        if frame is None:
            context.defer(message)
            return None
        books.directory.publish(context, key, frame, VALID, home)
        if books.agreement.eager and region.kind == GLOBAL:
            self._show_everywhere(context, key, frame, toucher)
        return frame

    def _place(
        self,
        context: Context,
        key: DirectoryKey,
        region: Region,
        node: int,
        access: int,
        message: Message,
    ) -> Grant | None:
        """Let the page's placement answer a fault of `node`, from the books here."""
        fault = Fault(key, region, node, access, message, self._home(context))
        grant = self._placer.grant(context, fault)
        if grant is not None:
            self._note_sharer(context, key, node)
        return grant

    @abstractmethod
    def _home(self, context: Context) -> int:
        """The node on which the books about a page lie."""

    def _hesitate(self, context: Context, key: DirectoryKey, message: Message) -> bool:
        """The mistake of looking up in one step and taking in another: True in the first."""
        doubt = (self._books.node, *key)
        if doubt in self._doubts.rows:
            self._doubts.drop(doubt)
            return False
        self._doubts.put(doubt, 1)
        context.defer(message)
        self._transport.note_to_self(context)
        return True

    def _show_everywhere(
        self, context: Context, key: DirectoryKey, frame: int, toucher: int
    ) -> None:
        if self._books.agreement.protocol == IPC:  # the others cannot write it into the books
            for node in self._books.roster.pager_threads:
                self._note_sharer(context, key, node)
        for node in self._books.roster.pager_threads:
            if node != toucher:
                words = (key[0], key[1], frame, self._serial(context))
                self._transport.tell(context, node, labels.SHOW, words)

    def _serial(self, context: Context) -> int:
        """How many unmaps this pager has led: whoever has heard of a later one disbelieves it."""
        serials = context.table("unmap_serial").rows
        return int(serials.get(self._books.node, 0))

    def _note_sharer(self, context: Context, key: DirectoryKey, node: int) -> None:
        if self._books.agreement.sharers and key[2] == GLOBAL_REPLICA:
            self._books.directory.add_sharer(context, key, node, self._home(context))


class SharedDirectory(Backing):
    """The directory lies in shared memory: every pager reads and writes it itself."""

    def frame_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> int | None:
        """Look up, and take a frame if there is none, in one atomic step."""
        key = self._books.key_of(application.number, region, vpn)
        doubting = (self._books.node, *key) in self._doubts.rows
        if doubting:  # the mistake: what was looked up before is believed still
            frame = self._take_unseen(context, key, region, message)
        else:
            frame = self._look_or_take(context, key, region, self._books.node, message)
        if frame is not None:
            self._note_sharer(context, key, self._books.node)
        return frame

    def grant_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> Grant | None:
        """Look up, decide and note it, in one atomic step."""
        key = self._books.key_of(application.number, region, vpn)
        return self._place(context, key, region, self._books.node, message.label & 7, message)

    def _take_unseen(
        self, context: Context, key: DirectoryKey, region: Region, message: Message
    ) -> int | None:
        frame = self._supply.take(context, region, key[1], self._books.node)
        if frame is None:
            context.defer(message)
            return None
        self._doubts.drop((self._books.node, *key))
        self._books.directory.publish(context, key, frame, VALID)
        return frame

    def may_show(
        self, context: Context, key: DirectoryKey, frame: int, owner: int, serial: int
    ) -> bool:
        """Look the page up once more, and note that this node maps it, in one atomic step."""
        del owner, serial
        backing = self._books.directory.look_up(context, key)
        if backing is None or backing != (frame, VALID):
            return False
        self._note_sharer(context, key, self._books.node)
        return True

    def _home(self, context: Context) -> int:
        del context
        return self._books.directory.home


class PagePagers(Backing):
    """Every global page has a pager of its own, which alone keeps books of it; others ask it.

    It is found from the page's number, so no directory is needed to find the directory.
    """

    def __init__(
        self,
        kernel: Kernel,
        books: PagerBooks,
        supply: Supply,
        transport: Transport,
        placer: Placer,
    ) -> None:
        super().__init__(kernel, books, supply, transport, placer)
        self._grants = kernel.journal.table("grant_answers")
        self._answers = kernel.journal.table("frame_answers")
        self._asked = kernel.journal.table("asked")

    def frame_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> int | None:
        """From one's own books, or from the answer of the page's pager."""
        books, me = self._books, self._books.node
        key = books.key_of(application.number, region, vpn)
        owner = me if region.kind != GLOBAL else page_pager(books, application.number, vpn)
        if owner == me:
            frame = self._look_or_take(context, key, region, me, message)
            if frame is not None:
                self._note_sharer(context, key, me)
            return frame
        answer = (me, application.number, vpn)
        if answer in self._answers.rows:
            frame, serial = self._answers.rows[answer]
            self._answers.drop(answer)
            if self._is_news(context, owner, serial):  # it may have lain here for long
                return int(frame)
        self._ask(context, message, owner, (application.number, vpn, me))
        return None

    def grant_for(
        self, context: Context, application: Application, region: Region, vpn: int, message: Message
    ) -> Grant | None:
        """From one's own books, or from the answer of the page's pager, if it still holds."""
        books, me, access = self._books, self._books.node, message.label & 7
        key = books.key_of(application.number, region, vpn)
        owner = page_pager(books, application.number, vpn)
        if owner == me:
            return self._place(context, key, region, me, access, message)
        row = self._grants.rows.get((me, application.number, vpn))
        if row is not None:
            self._grants.drop((me, application.number, vpn))
            frame, rights, serial = row
            if rights & access and self._is_news(context, owner, serial):
                return Grant(frame, rights)
        self._ask(context, message, owner, (application.number, vpn, me, access))
        return None

    def _ask(self, context: Context, message: Message, owner: int, words: Words) -> None:
        """Put a fault aside, and ask the page's pager for the frame unless that is done already."""
        context.defer(message)
        question = (self._books.node, labels.LOOKUP, words[0], words[1])
        if question not in self._asked.rows:
            self._asked.put(question, 1)
            self._transport.tell(context, owner, labels.LOOKUP, words)

    def on_message(self, context: Context, message: Message) -> bool:
        """Answer LOOKUP from the own books; keep what FRAME says for the fault that waits."""
        if message.label == labels.LOOKUP:
            self._on_lookup(context, message)
            return False
        if message.label != labels.FRAME:
            return False
        number, vpn, frame, serial, *rights = message.words
        question = (self._books.node, labels.LOOKUP, number, vpn)
        if question in self._asked.rows:
            self._asked.drop(question)
        if rights:
            self._grants.put((self._books.node, number, vpn), (frame, rights[0], serial))
            return True
        owner = self._books.roster.node_of_pager(message.sender)
        if self._is_news(context, owner, serial):
            self._answers.put((self._books.node, number, vpn), (frame, serial))
        return True

    def _on_lookup(self, context: Context, message: Message) -> None:
        number, vpn, node, *access = message.words
        application = self._books.roster.applications[number]
        region = application.region_of(vpn)
        if region is None:
            return
        key = self._books.key_of(number, region, vpn)
        if access:
            grant = self._place(context, key, region, node, access[0], message)
            if grant is not None:
                words = (number, vpn, grant.frame, self._serial(context), grant.rights)
                self._transport.tell(context, node, labels.FRAME, words)
            return
        frame = self._look_or_take(context, key, region, node, message)
        if frame is not None:
            self._note_sharer(context, key, node)
            answer = (number, vpn, frame, self._serial(context))
            self._transport.tell(context, node, labels.FRAME, answer)

    def may_show(
        self, context: Context, key: DirectoryKey, frame: int, owner: int, serial: int
    ) -> bool:
        """Whether the page's pager has begun no unmap since it said so."""
        del key, frame
        return self._is_news(context, owner, serial)

    def _is_news(self, context: Context, owner: int, serial: int) -> bool:
        """Whether no later unmap of that pager is known: notifications may take another way."""
        seen = context.table("serial_seen").rows.get((self._books.node, owner), 0)
        return serial >= int(seen)

    def _home(self, context: Context) -> int:
        return context.node
