"""Finding anything by what it is called: objects, addresses, frames, steps, words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from l4numa_tui.course.glossary import Glossary
from l4numa_tui.kernel.mapping_database import vpn_of
from l4numa_tui.machine.machine import INDEX_MASK, PAGE_LOG2, frame_text, node_of, read_frame
from l4numa_tui.userland.regions import KINDS, Application
from l4numa_tui.views.pane_parts import clean, count_of, entry_name
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target, node_label
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.session import Session

MOST = 200  # so many of each kind are listed at most
STEPS = 4_000  # so many steps around the present one are searched
_SIGNS = re.compile(r"^[^\w:]*n?")  # what the screen writes before a node's number
_NODE = re.compile(r"(?:node\s*|[^\w\s]?n)([0-9]{1,3})")
_STEP = re.compile(r"(?:step\s*)?([0-9]{1,7})")
# Letters alone are a word: `dead` is no address, 0xdead is.
_HEX = re.compile(r"(?:0x|v|page\s+0x|page\s+|(?=[a-f]*[0-9]))([0-9a-f]{1,16})")


class Match(NamedTuple):
    """Something found: its kind in one word, what it is, and what selects it.

    A word of the glossary has the target ("word", its place among `glossary.names()`).
    """

    kind: str
    text: str
    target: Target


class Finder:
    """Finds things in a session where it stands; headlines of steps are made once.

    The steps searched are those known, at most STEPS before and after the present one.
    """

    def __init__(self, scene: Scene, session: Session, glossary: Glossary) -> None:
        self._scene = scene
        self._session = session
        self._glossary = glossary
        self._told: list[tuple[int, str]] | None = None

    def find(self, text: str) -> list[Match]:
        """What `text` can mean: what is called so before what has it in its name or its text."""
        wanted = " ".join(text.lower().split())
        if not wanted:
            return []
        exact = [*self._frame(wanted), *self._node(wanted), *self._step(wanted)]
        named = sorted(self._named(wanted), key=lambda each: each[0])
        words = list(self._words(wanted))
        meant = 1 if self._glossary.look_up(wanted) else 0  # then it is the first of them
        rest = [*self._address(wanted), *words[:meant], *self._steps(wanted), *words[meant:]]
        found = [*exact, *(match for _, match in named), *rest]
        first: dict[Target, Match] = {}
        for match in found:
            first.setdefault(match.target, match)
        return list(first.values())

    # By number.
    def _frame(self, wanted: str) -> Iterator[Match]:
        machine, frame = self._scene.world.kernel.machine, read_frame(_SIGNS.sub("", wanted))
        if frame is None or node_of(frame) >= machine.nodes:
            return
        node = node_of(frame)
        if frame & INDEX_MASK >= machine.user_frames[node] + machine.kernel_frames[node]:
            return
        database = self._scene.world.kernel.database
        entries = [
            entry
            for entry, row in database.entries.rows.items()
            if row[0] <= frame < row[0] + database.pages_of(entry)
        ]
        yield Match("frame", f"{frame_text(frame)}  {count_of(len(entries), 'entry')}",
                    ("frame", frame))  # fmt: skip
        yield from self._entries(entries)

    def _node(self, wanted: str) -> Iterator[Match]:
        found = _NODE.fullmatch(wanted)
        if found and int(found[1]) < self._scene.world.kernel.machine.nodes:
            label = node_label(int(found[1]), ascii_only=self._scene.ascii_only)
            yield Match("node", label, ("node", int(found[1])))

    def _step(self, wanted: str) -> Iterator[Match]:
        found = _STEP.fullmatch(wanted)
        if found and int(found[1]) <= self._session.length:
            step = int(found[1])
            text = dict(self._headlines()).get(step, "the machine as booted" if not step else "")
            yield Match("step", f"{step}  {text}", ("step", step))

    def _address(self, wanted: str) -> Iterator[Match]:
        found = _HEX.fullmatch(wanted)
        if not found:
            return
        value = int(found[1], 16)
        # What is shorter than an address in any region can only be a page's number.
        pages = [value] if value >> PAGE_LOG2 == 0 else [value >> PAGE_LOG2, value]
        for vpn in pages:
            for application in self._applications():
                region = application.region_of(vpn)
                if region is not None:
                    text = f"{application.name} page {vpn:#x}  in {region.name}"
                    yield self._match("page", text, ("page", application.number, vpn))
        database = self._scene.world.kernel.database
        yield from self._entries([each for each in database.entries.rows if vpn_of(each) in pages])

    def _entries(self, entries: list[int]) -> Iterator[Match]:
        database = self._scene.world.kernel.database
        for entry in entries[:MOST]:
            first = database.entries.rows[entry][0]
            text = entry_name(self._scene, entry, first)
            if frame_text(first) not in text:
                text += f"  {frame_text(first)}"
            yield self._match("entry", text, ("entry", entry))

    # By name.
    def _named(self, wanted: str) -> Iterator[tuple[int, Match]]:
        scene = self._scene
        kernel = scene.world.kernel
        for space in kernel.spaces.rows:
            home = node_label(scene.space_home(space), ascii_only=scene.ascii_only)
            name = scene.space_name(space)
            match = self._match("space", f"{name}  home {home}", ("space", space))
            yield from _ranked(wanted, name, match)
        for thread in kernel.threads.rows:
            on = node_label(scene.thread_node(thread), ascii_only=scene.ascii_only)
            name = scene.thread_name(thread)
            match = self._match("thread", f"{name}  on {on}", ("thread", thread))
            yield from _ranked(wanted, name, match)
        for application in self._applications():
            for region in application.regions:
                kind = KINDS[region.kind].replace("_", "-")
                text = f"{region.name} of {application.name}  {count_of(region.pages, 'page')} "
                text += f"from {region.first << PAGE_LOG2:#x}, {kind}"
                match = self._match("region", text, ("page", application.number, region.first))
                yield from _ranked(wanted, region.name, match)

    def _steps(self, wanted: str) -> Iterator[Match]:
        found = 0
        for step, text in self._headlines():
            if wanted in text.lower() and found < MOST:
                found += 1
                yield Match("step", f"{step}  {text}", ("step", step))

    def _words(self, wanted: str) -> Iterator[Match]:
        names = self._glossary.names()
        for name in self._glossary.search(wanted, in_texts=False):
            yield self._match("word", name, ("word", names.index(name)))

    def _headlines(self) -> list[tuple[int, str]]:
        if self._told is None:
            self._told = list(headlines(self._scene, self._session))
        return self._told

    def _applications(self) -> list[Application]:
        return list(self._scene.world.system.roster.applications.values())

    def _match(self, kind: str, text: str, target: Target) -> Match:
        return Match(kind, clean(self._scene, text), target)


def headlines(scene: Scene, session: Session) -> Iterator[tuple[int, str]]:
    """(step, headline) of the known steps, at most STEPS before and after the present one.

    The session moves meanwhile, because a headline looks at the world as its step left it, and
    stands where it stood in the end.
    """
    now = session.cursor
    first, last = max(now - STEPS, 1), min(now + STEPS, session.length)
    told = []
    try:
        for step in range(first, last + 1):
            session.seek(step)
            there = Scene(session.world, session.last, ascii_only=scene.ascii_only)
            told.append((step, headline(there, session.change(step))))
    finally:
        session.seek(now)
    yield from told


def find(scene: Scene, session: Session, glossary: Glossary, text: str) -> list[Match]:
    """What `text` can mean where the session stands; see `Finder`."""
    return Finder(scene, session, glossary).find(text)


def _ranked(wanted: str, name: str, match: Match) -> Iterator[tuple[int, Match]]:
    """The match with its rank, where the name has what is wanted or is of the kind wanted."""
    name = name.lower()
    kind, _, rest = wanted.partition(" ")
    if kind.rstrip("s") == match.kind:
        wanted = rest
    if wanted in name:
        yield (0 if name == wanted else 1 if name.startswith(wanted) else 2), match
