"""What may be filled in for a field of a request where the session stands now; nothing is decided.

An offer is only that: whatever is typed instead is checked like any other text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.exchange_registers import (
    ABORT_RECEIVE,
    ABORT_SEND,
    APPLY_HALT,
    HALT,
    SET_IP,
    SET_PAGER,
)
from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.kernel.thread_state import NAMES, READY, code_of
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_BYTES, PAGE_LOG2, frame_text
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.building.typed import (
    ADD,
    STEP,
    Request,
    all_requests,
    fields_of,
    split_line,
)
from l4numa_tui.scenario.calls import ANYONE
from l4numa_tui.userland.regions import KINDS, PLACEMENTS, Region

MAX_PAGES = 12
"""So many mapped pages are offered at most."""

_FREE = 0x1_0000  # where a space that has nothing yet may put its first page
_CONTROLS = (
    (HALT | APPLY_HALT, "halt it"),
    (APPLY_HALT, "let it go on"),
    (SET_IP, "set ip"),
    (SET_PAGER, "set its pager"),
    (ABORT_RECEIVE | ABORT_SEND, "abort its IPC"),
)


class Offer(NamedTuple):
    """A text for a field, and a word about it."""

    text: str
    about: str = ""


Fields = Mapping[str, str]


def offers(sandbox: Sandbox, request: Request, key: str, fields: Fields) -> list[Offer]:
    """Texts that fit a field, the likeliest first; none for what is anybody's choice."""
    maker = _MAKERS.get(key)
    if request.table != STEP and key in _OF_TABLES:
        maker = _OF_TABLES[key]
    found = maker(_Asked(sandbox, request, fields)) if maker else ()
    unique: dict[str, Offer] = {}
    for each in found:
        unique.setdefault(each.text, each)
    return list(unique.values())


def completions(sandbox: Sandbox, line: str) -> tuple[int, list[Offer]]:
    """(where the last word of a typed line begins, the words that it may become)."""
    words = split_line(line)
    last = "" if not words or line[-1:].isspace() else words.pop()
    found = _words_after(sandbox, words, last)
    return len(line) - len(last), [each for each in found if each.text.startswith(last)]


def _words_after(sandbox: Sandbox, words: list[str], last: str) -> list[Offer]:
    """What may follow the words of a line, the last of which is being typed."""
    known = all_requests()
    if not words:
        return [*(Offer(name) for name in sandbox.thread_names), Offer(ADD, "something to build")]
    adds = words[0] == ADD
    if len(words) == 1:
        fitting = (each for each in known.values() if (each.table != STEP) == adds)
        return [Offer(each.op or each.table, each.help) for each in fitting]
    request = known.get(f"{ADD} {words[1]}" if adds else words[1])
    if request is None:
        return []
    keys = request.keys if adds else request.keys[1:]
    try:
        fields = fields_of(words[2:], keys)
    except UserError:
        return []
    if not adds:
        fields["thread"] = words[0]
    return _values_after(sandbox, request, fields, last)


def _values_after(
    sandbox: Sandbox, request: Request, fields: dict[str, str], last: str
) -> list[Offer]:
    key, equals, _ = last.partition("=")
    if equals:
        found = offers(sandbox, request, key, fields)
        return [Offer(f"{key}={each.text}", each.about) for each in found]
    left = [each for each in request.keys if each not in fields]
    found = offers(sandbox, request, left[0], fields) if left and left[0] in request.needs else []
    return [*found, *(Offer(f"{each}=") for each in left)]


class _Asked:
    """What a field's offers may depend on: the world, who acts, and the other fields."""

    def __init__(self, sandbox: Sandbox, request: Request, fields: Fields) -> None:
        self.sandbox = sandbox
        self.world = sandbox.session.world
        self.machine = self.world.kernel.machine
        self.request = request
        self.fields = fields
        self.names = self.world.system.thread_names

    def thread(self, name: str) -> int:
        """The number of a thread, 0 if there is none of that name."""
        return next((number for number, known in self.names.items() if known == name), 0)

    @property
    def actor(self) -> int:
        return self.thread(self.fields.get("thread", ""))

    def space(self) -> int:
        """The space of the acting thread, 0 if it is not there."""
        row = self.world.kernel.threads.rows.get(self.actor)
        return int(row[0]) if row else 0

    def pages(self) -> list[int]:
        """The first pages that are mapped in the acting thread's space."""
        entries = self.world.kernel.database.entries.rows
        space = self.space()
        return sorted(vpn_of(each) for each in entries if space and space_of(each) == space)

    def regions(self) -> list[Region]:
        """The regions of the acting thread's application."""
        if self.actor not in self.world.system.roster.member.rows:
            return []
        return list(self.world.system.roster.of_thread(self.actor)[0].regions)

    def fault(self) -> tuple[int, int] | None:
        """(thread, address) of the pagefault that the acting thread has received last."""
        kernel = self.world.kernel
        row = kernel.inbox.rows.get(self.actor) or kernel.registers.rows.get(self.actor)
        if row is None or len(row) < 3 or row[1] >> 4 != PAGEFAULT_PROTOCOL:
            return None
        return row[0], row[2] & -PAGE_BYTES


def _actors(asked: _Asked) -> Iterator[Offer]:
    kernel = asked.world.kernel
    for name in asked.sandbox.thread_names:
        thread = asked.thread(name)
        if thread not in kernel.threads.rows:
            yield Offer(name, "not made yet")
            continue
        word = kernel.state.rows.get(thread, READY)
        state = "" if code_of(word) == READY else f", {NAMES[code_of(word)]}"
        yield Offer(name, f"on N{kernel.node_of(thread)}{state}")


def _threads(asked: _Asked) -> Iterator[Offer]:
    fault = asked.fault()
    if fault:
        yield Offer(asked.names.get(fault[0], str(fault[0])), "waits for the answer to its fault")
    for thread, name in sorted(asked.names.items(), reverse=True):
        if thread != asked.actor:
            yield Offer(name)
    if asked.request.op == "thread_control":
        yield Offer(asked.names.get(asked.actor, ""), "itself")


def _sources(asked: _Asked) -> Iterator[Offer]:
    yield Offer(ANYONE)
    yield from _threads(asked)


def _addresses(asked: _Asked) -> Iterator[Offer]:
    for region in asked.regions():
        yield Offer(hex(region.first << PAGE_LOG2), f"region {region.name}")
    pages = asked.pages()
    for page in pages[:MAX_PAGES]:
        yield Offer(hex(page << PAGE_LOG2), "mapped")
    if not pages and not asked.regions():
        yield Offer(hex(0x40_0000), "nothing is mapped yet")


def _fresh_addresses(asked: _Asked) -> Iterator[Offer]:
    taken = [region.at + region.pages * PAGE_BYTES for region in asked.sandbox.scenario.spec.region]
    step = 0x10_0000
    yield Offer(hex(-(-max(taken, default=0x40_0000) // step) * step), "free")


def _landing(asked: _Asked) -> Iterator[Offer]:
    pages = asked.pages()
    yield Offer(hex((pages[-1] + 1) << PAGE_LOG2 if pages else _FREE), "free")


def _frames(asked: _Asked) -> Iterator[Offer]:
    taken = asked.world.journal.table("sigma0_owner").rows
    for node, count in enumerate(asked.machine.user_frames):
        first = node << NODE_SHIFT
        free = next((first + at for at in range(count) if first + at not in taken), None)
        if free is not None:
            yield Offer(frame_text(free), "free")


def _nodes(asked: _Asked) -> Iterator[Offer]:
    for node in range(asked.machine.nodes):
        yield Offer(str(node), f"{len(asked.machine.node_cpus[node])} CPUs")


def _homes(asked: _Asked) -> Iterator[Offer]:
    yield Offer("first_touch")
    yield from _nodes(asked)


def _cpus(asked: _Asked) -> Iterator[Offer]:
    node = asked.fields.get("node", "")
    if node.isdecimal() and int(node) < asked.machine.nodes:
        yield from (Offer(str(at)) for at in range(len(asked.machine.node_cpus[int(node)])))
    elif asked.request.table == STEP:
        yield from (
            Offer(str(cpu), f"on N{node}") for cpu, node in enumerate(asked.machine.cpu_node)
        )


def _items(asked: _Asked) -> Iterator[Offer]:
    fault = asked.fault()
    at = f", at={fault[1]:#x}" if fault else ""
    for page in asked.pages()[:MAX_PAGES]:
        address = hex(page << PAGE_LOG2)
        yield Offer(f"[{{map={address}, rights=rw{at}}}]", "map")
        yield Offer(f"[{{grant={address}{at}}}]", "grant")


def _spaces(asked: _Asked) -> Iterator[Offer]:
    yield from (Offer(space.name) for space in asked.sandbox.scenario.spec.space)


def _applications(asked: _Asked) -> Iterator[Offer]:
    yield from (Offer(plan.name) for plan in asked.sandbox.scenario.applications)


def _words(*texts: str) -> Callable[[_Asked], Iterator[Offer]]:
    return lambda _: (Offer(text) for text in texts)


_RIGHTS = _words("rwx", "rw", "rx", "r", "w", "x")
_COUNTS = _words("1", "2", "4", "8")
_TRUE = _words("true")
_MAKERS: dict[str, Callable[[_Asked], Iterator[Offer]]] = {
    "thread": _actors, "to": _threads, "from": _sources, "target": _threads, "space": _threads,
    "scheduler": _threads, "pager": _threads, "at": _addresses, "into": _landing,
    "frame": _frames, "node": _nodes, "cpu": _cpus, "rights": _RIGHTS, "pages": _COUNTS,
    "cycles": _words("100", "1000"), "items": _items, "words": _words("[1]", "[1, 2]"),
    "window": _words("all", "none"), "label": _words("1"), "no_wait": _TRUE, "refuse": _TRUE,
    "delete": _TRUE, "times": _COUNTS, "log2": _words("12", "21", "1"),
    "control": lambda _: (Offer(hex(bits), about) for bits, about in _CONTROLS),
}  # fmt: skip
_OF_TABLES: dict[str, Callable[[_Asked], Iterator[Offer]]] = {
    "at": _fresh_addresses, "kind": _words(*KINDS), "placement": _words(*PLACEMENTS),
    "home": _homes, "reply": _words("all", "asked"), "application": _applications,
    "space": _spaces, "privileged": _TRUE, "created": _TRUE,
}  # fmt: skip
