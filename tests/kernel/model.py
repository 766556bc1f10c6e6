"""What the kernel must do, once more: one record per 4 KiB page, obvious, slow, nothing shared.

Written from the rules alone. No import from the program: not its fpages, not its tags, not its
tables. A page is named by the pair (space, page number); space 0 is sigma0, whose page number is
the frame. Where the real kernel is lazy (status bits) or incremental (kernel memory), this model is
eager and counts afresh.
"""

from __future__ import annotations

from collections.abc import Iterator

Place = tuple[int, int]

SIGMA0 = 0
READ, WRITE, EXECUTE = 4, 2, 1
EVERYTHING = READ | WRITE | EXECUTE
PAGE_SIZE = 4096
SPACE_SIZE = 2**48
DEEPEST = 255
FRAMES_PER_NODE = 2**28
PAGES_PER_TABLE = 512
ENTRIES_IN_A_SLAB = 169
UTCBS_IN_A_PAGE = 4


class Refused(Exception):  # noqa: N818 (no error: the call is refused)
    """The call must fail and change nothing; `why` is "depth" or ("memory", node)."""

    def __init__(self, why: str | tuple[str, int]) -> None:
        super().__init__(str(why))
        self.why = why


class Region:
    """The pages an fpage names: its base aligned down to its size; none below 4 KiB."""

    def __init__(self, base: int, log2: int) -> None:
        size = SPACE_SIZE if log2 >= 48 else 2**log2
        if size >= PAGE_SIZE:
            self.first = (base - base % size) % SPACE_SIZE // PAGE_SIZE
            self.count = size // PAGE_SIZE
        else:
            self.first = self.count = 0

    def __contains__(self, page: int) -> bool:
        return self.first <= page < self.first + self.count


def landing(send: Region, window: Region, spot: int) -> tuple[int, int, int]:
    """(first page sent, first page it lands on, pages): the smaller one chooses by the hot spot."""
    if not send.count or not window.count:
        return 0, 0, 0
    smaller = min(send.count, window.count)
    larger = max(send.count, window.count)
    inside = spot // PAGE_SIZE % larger // smaller * smaller
    if send.count <= window.count:
        return send.first, window.first + inside, smaller
    return send.first + inside, window.first, smaller


class Held:
    """A page that a space holds. `below` and `own` are what its owner has not been told yet."""

    __slots__ = ("below", "children", "frame", "own", "parent", "rights")

    def __init__(self, frame: int, rights: int, parent: Place | None) -> None:
        self.frame = frame
        self.rights = rights
        self.parent = parent
        self.children: list[Place] = []  # youngest first
        self.below = 0
        self.own = 0

    def copy(self) -> Held:
        twin = Held(self.frame, self.rights, self.parent)
        twin.children = self.children[:]
        twin.below, twin.own = self.below, self.own
        return twin


class Model:
    """All spaces of one machine; `frames` user frames on each node, `kernel_frames` for objects."""

    def __init__(self, frames: list[int], kernel_frames: list[int]) -> None:
        self.frames = frames
        self.kernel_frames = kernel_frames
        self.held: dict[Place, Held] = {}
        self.homes: dict[int, int] = {}
        self.tables: dict[int, set[tuple[int, int]]] = {}  # space -> (level, first page) of tables
        self.exempt: dict[int, list[tuple[int, int]]] = {}
        self.threads: dict[int, tuple[int, int]] = {}
        self.running: dict[int, int] = {}
        self.cpu = 0
        self.limited = False  # whether kernel memory may run out: then it is counted at each step
        self.lost: list[Place] = []  # pages that lost rights in the present call
        self.add_space(SIGMA0, 0)

    def copy(self) -> Model:
        """A model that goes its own way from here."""
        twin = Model(self.frames, self.kernel_frames)
        twin.held = {place: held.copy() for place, held in self.held.items()}
        twin.homes = dict(self.homes)
        twin.tables = {space: set(tables) for space, tables in self.tables.items()}
        twin.exempt = self.exempt
        twin.threads = dict(self.threads)
        twin.running, twin.cpu, twin.limited = dict(self.running), self.cpu, self.limited
        return twin

    # Spaces, threads and what they cost

    def add_space(self, space: int, home: int) -> None:
        assert space not in self.homes, "a number in use was given to a new space"
        self.homes[space] = home
        self.tables[space] = set()

    def add_thread(self, thread: int, space: int, cpu: int) -> None:
        assert thread not in self.threads, "a number in use was given to a new thread"
        self.threads[thread] = (space, cpu)

    def threads_on(self, node: int) -> int:
        """Threads whose space is homed on the node, where their TCBs and UTCBs lie."""
        return sum(1 for space, _ in self.threads.values() if self.homes[space] == node)

    def run(self, thread: int) -> None:
        space, self.cpu = self.threads[thread]
        self.running[self.cpu] = space

    def entries_on(self, node: int) -> int:
        return sum(1 for space, _ in self.held if space != SIGMA0 and self.homes[space] == node)

    def tables_on(self, node: int) -> int:
        """Page tables homed on the node, roots included."""
        return sum(
            1 + len(self.tables[space]) for space, home in self.homes.items() if home == node
        )

    def frames_used(self, node: int) -> int:
        """Kernel frames in use on a node: one for each space, table and TCB; slabs are packed."""
        spaces = sum(1 for home in self.homes.values() if home == node)
        threads = self.threads_on(node)
        slabs = -(-self.entries_on(node) // ENTRIES_IN_A_SLAB)
        return spaces + self.tables_on(node) + threads + slabs + -(-threads // UTCBS_IN_A_PAGE)

    def _afford(self, node: int) -> None:
        if self.limited and self.frames_used(node) > self.kernel_frames[node]:
            raise Refused(("memory", node))

    # The forest

    def at(self, place: Place) -> Held | None:
        space, page = place
        if space == SIGMA0 and place not in self.held and self.is_frame(page):
            self.held[place] = Held(page, EVERYTHING, None)
        return self.held.get(place)

    def is_frame(self, page: int) -> bool:
        node, index = divmod(page, FRAMES_PER_NODE)
        return node < len(self.frames) and index < self.frames[node]

    def ancestors(self, place: Place) -> list[Place]:
        chain = []
        parent = self.held[place].parent
        while parent is not None:
            chain.append(parent)
            parent = self.held[parent].parent
        return chain

    def below(self, place: Place) -> list[Place]:
        """Everything derived from the page, each before what was derived from it."""
        found = []
        pending = self.held[place].children[::-1]
        while pending:
            found.append(pending.pop())
            pending += self.held[found[-1]].children[::-1]
        return found

    def is_exempt(self, place: Place) -> bool:
        areas = self.exempt.get(place[0], [])
        return any(first <= place[1] < first + pages for first, pages in areas)

    def _insert(self, place: Place, held: Held) -> None:
        self.held[place] = held
        assert held.parent is not None
        self.held[held.parent].children.insert(0, place)
        self._afford(self.homes[place[0]])
        self._make_tables(place)

    def _make_tables(self, place: Place) -> None:
        space, page = place
        for level in (3, 2, 1):
            span = PAGES_PER_TABLE**level
            table = (level, page // span * span)
            if table not in self.tables[space]:
                self.tables[space].add(table)
                self._afford(self.homes[space])

    def _remove(self, place: Place) -> None:
        """The page and all that was derived from it."""
        gone = [*self.below(place), place]
        parent = self.held[place].parent
        assert parent is not None, "sigma0 loses nothing"
        self.held[parent].children.remove(place)
        for each in gone:
            del self.held[each]
        self.lost += gone

    def _cut(self, place: Place, rights: int) -> None:
        """Take rights from one page; without any left it goes, and all that hangs below it."""
        held = self.held.get(place)
        if held is None or not held.rights & rights:
            return
        if held.rights & ~rights:
            held.rights &= ~rights
            self.lost.append(place)
        else:
            self._remove(place)

    # Calls

    def map(
        self, sender: int, receiver: int, send: Region, rights: int, window: Region, spot: int,
        grant: bool,
    ) -> None:  # fmt: skip
        """One map or grant item; raises Refused, after which this model is of no more use."""
        self.lost = []
        if receiver in (sender, SIGMA0):
            return
        source, target, count = landing(send, window, spot)
        for page in list(self._pages(sender, source, count)):
            there = (receiver, page - source + target)
            here = (sender, page)
            if self.at(here) is None or self.is_exempt(here) or self.is_exempt(there):
                continue
            if grant and sender != SIGMA0:
                self._grant(here, there, rights)
            else:
                self._map(here, there, rights)

    def _pages(self, space: int, first: int, count: int) -> Iterator[int]:
        if space == SIGMA0 or count < len(self.held):
            yield from range(first, first + count)
        else:
            own = (page for owner, page in self.held if owner == space)
            yield from sorted(page for page in own if first <= page < first + count)

    def _map(self, here: Place, there: Place, wanted: int) -> None:
        source = self.held[here]
        rights = source.rights & wanted
        if not rights:
            return
        old = self.held.get(there)
        if old is not None:
            if there in self.ancestors(here):
                self._remove(there)
                return
            if old.frame == source.frame and old.parent == here:
                old.rights |= rights
                return
            self._remove(there)
        if len(self.ancestors(here)) + 1 > DEEPEST:
            raise Refused("depth")
        self._insert(there, Held(source.frame, rights, here))

    def _grant(self, here: Place, there: Place, wanted: int) -> None:
        if there in self.held:
            self._remove(there)
        source = self.held.get(here)
        if source is None:  # it hung below the page it was to replace
            return
        if not source.rights & wanted:
            self._remove(here)
            return
        del self.held[here]
        assert source.parent is not None
        siblings = self.held[source.parent].children
        siblings[siblings.index(here)] = there
        for child in source.children:
            self.held[child].parent = there
        self.held[there] = source
        self._afford(self.homes[there[0]])
        self._make_tables(there)
        self.lost.append(here)
        for below in self.below(there):
            self._cut(below, EVERYTHING & ~wanted)
        source.rights &= wanted  # its new owner never held more: nobody loses anything by this

    def unmap(self, space: int, region: Region, rights: int, *, flush: bool) -> int:
        """unmap or flush; what the caller is told of the pages' use."""
        self.lost = []
        told = 0
        for page in sorted(page for owner, page in self.held if owner == space and page in region):
            place = (space, page)
            held = self.held.get(place)
            if held is None or self.is_exempt(place):
                continue
            told |= held.below
            held.below = 0
            if flush and space != SIGMA0:
                told |= held.own
                held.own = 0
                self._cut(place, rights)
            if place in self.held:
                for below in self.below(place):
                    self._cut(below, rights)
        return told

    def end_space(self, space: int) -> None:
        """Its threads first: nobody runs it any more. Then what it holds and what came of that."""
        self.threads = {thread: at for thread, at in self.threads.items() if at[0] != space}
        self.running = {cpu: now for cpu, now in self.running.items() if now != space}
        self.unmap(space, Region(0, 48), EVERYTHING, flush=True)
        del self.homes[space], self.tables[space]
        self.exempt.pop(space, None)

    def access(self, thread: int, address: int, right: int) -> bool:
        """One access; the page's owner and everybody it comes from will be told of it."""
        place = (self.threads[thread][0], address // PAGE_SIZE)
        held = self.at(place)
        if held is None or not held.rights & right:
            return False
        used = right | READ  # x86 sets the accessed bit at every access
        held.own |= used
        for ancestor in self.ancestors(place):
            self.held[ancestor].below |= used
        return True

    def interrupted(self) -> list[int]:
        """The CPUs that the present call had to interrupt: they run a space that lost rights."""
        spaces = {space for space, _ in self.lost}
        return sorted(cpu for cpu, now in self.running.items() if cpu != self.cpu and now in spaces)
