"""The storm in an engine as one would write it first: objects, and all that step mode offers.

Every change of an object leaves a closure that takes it back, every event a dict, and a digest is
the hash of the whole state's sorted text. The work is that of `storm`, step by step: the walk, the
fault message, the answer, the entry in the database and in the page table, the retry, the bits that
say a page was used, and accounts of cycles per CPU.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.model import IPC, LOCAL, MDB, PTE, REMOTE, WALK, Entry, Table, walk


class Thread:
    """A thread or pager: its state, where it stands in its program, and what it has received."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = "ready"
        self.at = 0
        self.inbox: Any = None


class Engine:
    """Threads and pagers of all nodes, what they share, and the history of it."""

    def __init__(self, nodes: int, pages: int) -> None:
        self.nodes, self.pages = nodes, pages
        self.threads = [Thread(f"A.{n}") for n in range(nodes)]
        self.pagers = [Thread(f"pager{n}") for n in range(nodes)]
        self.roots = [Table() for _ in range(nodes)]
        self.held = [{v: Entry(nodes + n, v, v, None) for v in range(pages)} for n in range(nodes)]
        self.database: dict[tuple[int, int], Entry] = {}
        self.tlb: list[dict[int, int]] = [{} for _ in range(nodes)]
        self.used: dict[tuple[int, int], bool] = {}
        self.cycles = dict.fromkeys((t.name for t in (*self.threads, *self.pagers)), 0)
        self.kernel_entries = [0] * nodes
        self.faults = 0
        self.records: list[dict[str, Any]] = []
        self.undo: list[list[Callable[[], None]]] = []
        self.queue = deque((self.run, n) for n in range(nodes))

    def note(self, event: str, **operands: Any) -> None:
        """Tell what happens."""
        self.records.append({"event": event, **operands})

    def change(self, thing: Any, name: str, value: Any) -> None:
        """Set an attribute so that it can be taken back."""
        old = getattr(thing, name)
        self.undo[-1].append(lambda: setattr(thing, name, old))
        setattr(thing, name, value)

    def enter(self, into: Any, key: Any, value: Any) -> None:
        """Set an item so that it can be taken back."""
        if isinstance(into, list) or key in into:
            old = into[key]
            self.undo[-1].append(lambda: into.__setitem__(key, old))
        else:
            self.undo[-1].append(lambda: into.__delitem__(key))
        into[key] = value

    def charge(self, who: Thread, cost: int) -> None:
        """Let a thread pay."""
        self.enter(self.cycles, who.name, self.cycles[who.name] + cost)

    def step(self) -> bool:
        """Do the next step; False if there is none."""
        if not self.queue:
            return False
        self.undo.append([])
        handler, n = self.queue.popleft()
        handler(n)
        return True

    def back(self) -> None:
        """Take the last step back."""
        for each in reversed(self.undo.pop()):
            each()

    def run(self, n: int) -> None:
        """Thread n touches its pages until one faults."""
        thread = self.threads[n]
        while thread.at < self.pages:
            vpn = (n + thread.at) % self.pages
            if vpn not in self.tlb[n] and not self.fill(n, vpn):
                return
            self.charge(thread, LOCAL if vpn % self.nodes == n else REMOTE)
            self.note("access", thread=thread.name, page=vpn)
            if (n, vpn) not in self.used:
                self.enter(self.used, (n, vpn), True)
            self.change(thread, "at", thread.at + 1)

    def fill(self, n: int, vpn: int) -> bool:
        """Walk the page table into the TLB, or fault."""
        thread, pager = self.threads[n], self.pagers[n]
        frame, levels = walk(self.roots[n], vpn)
        self.charge(thread, levels * WALK)
        self.note("miss", thread=thread.name, page=vpn, levels=levels)
        if frame is not None:
            self.enter(self.tlb[n], vpn, frame)
            return True
        self.faults += 1
        self.note("fault", thread=thread.name, page=vpn, pager=pager.name)
        self.charge(thread, IPC)
        self.note("send", thread=thread.name, to=pager.name, word=vpn)
        self.change(pager, "inbox", (thread.name, "fault", vpn))
        self.change(thread, "state", "waits for its pager")
        self.queue.append((self.serve, n))
        return False

    def serve(self, n: int) -> None:
        """Pager n answers the fault that it has received."""
        thread, pager = self.threads[n], self.pagers[n]
        _, _, vpn = pager.inbox
        self.change(pager, "inbox", None)
        self.note("receive", thread=pager.name, page=vpn)
        self.charge(pager, IPC)
        self.note("send", thread=pager.name, to=thread.name, word=vpn)
        self.map_page(n, vpn)
        self.charge(pager, MDB + PTE)
        self.note("map", thread=pager.name, page=vpn)
        self.change(thread, "state", "ready")
        self.note("resume", thread=thread.name)
        self.queue.append((self.run, n))

    def map_page(self, n: int, vpn: int) -> None:
        """Enter a page that the pager holds into the thread's space."""
        parent = self.held[n][vpn]
        self.enter(self.kernel_entries, n, self.kernel_entries[n] + 1)
        entry = Entry(n, vpn, parent.frame, parent)
        self.enter(self.database, (n, vpn), entry)
        self.undo[-1].append(lambda: parent.children.remove(entry))
        table = self.roots[n]
        for shift in (27, 18, 9):
            slot = vpn >> shift & 511
            if slot not in table.slots:
                self.enter(table.slots, slot, Table())
            table = table.slots[slot]
        self.enter(table.slots, vpn & 511, parent.frame)

    def digest(self) -> str:
        """The hash of the whole state's text."""
        tables = [sorted(self._leaves(root, 3)) for root in self.roots]
        entries = sorted(
            (each.space, each.vpn, each.frame, len(each.children))
            for held in (*(held.values() for held in self.held), self.database.values())
            for each in held
        )
        threads = [(t.name, t.state, t.at, t.inbox) for t in (*self.threads, *self.pagers)]
        caches = [sorted(tlb.items()) for tlb in self.tlb]
        books = sorted(self.cycles.items()), sorted(self.used), self.kernel_entries
        state = (tables, entries, threads, caches, books)
        return hashlib.sha256(repr(state).encode()).hexdigest()

    def _leaves(self, table: Table, level: int) -> list[tuple[int, ...]]:
        if not level:
            return list(table.slots.items())
        return [
            (slot, *rest)
            for slot, below in table.slots.items()
            for rest in self._leaves(below, level - 1)
        ]


def storm(engine: Engine) -> int:
    """Run the storm to its end; the total in cycles."""
    while engine.step():
        pass
    engine.digest()
    return sum(engine.cycles.values())
