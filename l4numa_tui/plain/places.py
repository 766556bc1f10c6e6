"""How somebody names a thing of the machine on a line: the way every line of the program does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from l4numa_tui.course.commands import read_address
from l4numa_tui.errors import UserError
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.records import Event
from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2
from l4numa_tui.machine.mmu import VPN_BITS
from l4numa_tui.safe_text import safe_text
from l4numa_tui.userland.regions import Application
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.world.session import Session

FORMS = (
    "`frame 2:0007`, `thread A.1`, `space A.0`, `node 2`, `page A 0x402000`, "
    "`entry A.0 0x402000` or `step 3`"
)
_LOOK_BACK = 40  # steps in which the last touched address is looked for
_TOUCHES = (Event.ACCESS, Event.PAGEFAULT_USER, Event.TLB_MISS)
_KINDS = ("entry", "frame", "page", "thread", "space", "node", "step")


def read_target(session: Session, text: str, forms: str = FORMS) -> Target:
    """The thing that a text names; UserError for none, with the `forms` that would do.

    A kind may be left out where the rest tells: `2:0007`, `A.1`, `A.0 0x402000`, `N2`.
    """
    words = text.split()
    if not words:
        raise UserError("nothing is named", forms)
    kind, rest = words[0].lower(), words[1:]
    if kind not in _KINDS or not rest:
        kind, rest = _guess(session, words), words
    try:
        return _read(session, kind, rest)
    except ValueError:
        what = f"{safe_text(text, limit=40)!r} was not understood"
        raise UserError(what, forms) from None


def _read(session: Session, kind: str, words: list[str]) -> Target:
    if kind == "entry":
        return ("entry", entry_id(*read_entry(session, words)))
    if kind == "space":
        return ("space", read_space(session, " ".join(words)))
    if kind == "page":
        program, address = words if len(words) > 1 else ("", *words)
        if not program and not _is_used(session, address):
            raise ValueError(address)
        return ("page", read_application(session, program).number, read_page(session, address))
    (word,) = words
    if kind not in _READERS:
        raise ValueError(kind)
    return (kind, _READERS[kind](session, word))


def _is_used(session: Session, word: str) -> bool:
    """Whether an address lies in a region of the first program; ValueError for no address."""
    vpn = read_page(session, word)
    return any(region.holds(vpn) for region in read_application(session).regions)


def _guess(session: Session, words: list[str]) -> str:
    """What kind of thing is meant where none is named."""
    first = words[0]
    if len(words) > 1:
        named = (each.name for each in session.world.system.roster.applications.values())
        spaces = session.world.system.space_names.values()
        return "page" if first in named and first not in spaces else "entry"
    if ":" in first:
        return "frame"
    is_thread = first in session.world.system.thread_names.values()
    is_space = first in session.world.system.space_names.values()
    if is_thread and is_space:
        meant = f"`thread {first}`, `space {first}`, or an address: `{first} 0x402000`"
        raise UserError(f"{first!r} is a thread and a space", meant)
    if is_thread or is_space:
        return "thread" if is_thread else "space"
    return "node" if first[:1] in "nN" and first[1:].isdecimal() else ""


def last_touched(session: Session) -> tuple[int, int] | None:
    """(space, page) of the newest access or pagefault of a program, None if there was none."""
    threads = session.world.kernel.threads.rows
    for index in range(session.cursor, max(session.cursor - _LOOK_BACK, 0), -1):
        for record in reversed(list(session.change(index).records())):
            if record.event in _TOUCHES and record.thread in session.world.programs:
                return threads[record.thread][0], record.a >> PAGE_LOG2
    return None


def read_entry(session: Session, words: list[str]) -> tuple[int, int]:
    """(space, page) of `A.0 0x402000`, `A.0 page 0x402` or `pager1 frame 2:0007`.

    ValueError if the words are none of these, UserError for a name or number that is not there.
    """
    if len(words) < 2:
        raise ValueError(words)
    space, kind, last = words[:-1], words[-2].lower(), words[-1]
    if kind in ("frame", "page") and len(words) > 2:
        space = words[:-2]
    name = " ".join(space)
    if kind == "frame" and len(words) > 2:  # servers hold frames at their own numbers
        return read_space(session, name), parse_frame(session.world, last)
    if kind == "page" and len(words) > 2:
        return read_space(session, name), _page_number(last)
    return read_space(session, name), read_page(session, last)


def read_page(session: Session, word: str) -> int:
    """The page of an address; of a small number in a world without regions, the page so numbered.

    Every line of the program names pages, so a page may be meant where no address can be.
    ValueError for no number.
    """
    regions = any(each.regions for each in session.world.system.roster.applications.values())
    if not regions and 0 < _positive(word) < PAGE_BYTES:
        return _page_number(word)
    return read_address(session, word) >> PAGE_LOG2


def read_thread(session: Session, name: str) -> int:
    """The thread with a name, as the scene names it, or a number; UserError for none."""
    scene = Scene(session.world)
    return _named({each: scene.thread_name(each) for each in _threads(session)}, name, "thread")


def read_space(session: Session, name: str) -> int:
    """The space with a name, as the scene names it; UserError for none."""
    scene = Scene(session.world)
    spaces = dict.fromkeys([*session.world.system.space_names, *session.world.kernel.spaces.rows])
    return _named({each: scene.space_name(each) for each in spaces}, name, "space")


def read_node(session: Session, word: str) -> int:
    """The number of a node, `2` or `N2`; UserError for none."""
    nodes = session.world.kernel.machine.nodes
    digits = word.upper().removeprefix("N")
    if digits.isascii() and digits.isdecimal() and int(digits[:9]) < nodes:
        return int(digits[:9])
    what = f"there is no node {safe_text(word, limit=20)!r}" if word else "no node is named"
    raise UserError(what, f"0 to {nodes - 1}" if nodes > 1 else "0, the only one")


def read_application(session: Session, name: str = "") -> Application:
    """The application with a name; without one the only, or the first. UserError for none."""
    applications = session.world.system.roster.applications
    names = {number: each.name for number, each in applications.items()}
    if not names:
        raise UserError("no program with regions runs on this machine", "`show tables`")
    if not name:
        return applications[min(applications)]
    return applications[_named(names, name, "application")]


def _threads(session: Session) -> Iterable[int]:
    return dict.fromkeys([*session.world.system.thread_names, *session.world.kernel.threads.rows])


def _named(names: dict[int, str], name: str, kind: str) -> int:
    for number, known in names.items():
        if known == name:
            return number
    few = [number for number, known in names.items() if known.lower() == name.lower()]
    if len(few) == 1:
        return few[0]
    listed = ", ".join(list(names.values())[:20])
    what = f"there is no {kind} {safe_text(name, limit=40)!r}" if name else f"no {kind} is named"
    raise UserError(what, f"one of {listed}")


def _step(session: Session, word: str) -> int:
    step = _positive(word)
    if step > session.length:
        raise UserError(f"step {step} has not been taken yet", f"0 to {session.length}")
    return step


def _page_number(word: str) -> int:
    page = _positive(word)
    if page >= 1 << VPN_BITS:
        raise ValueError(word)
    return page


_READERS: dict[str, Callable[[Session, str], int]] = {
    "frame": lambda session, word: parse_frame(session.world, word),
    "thread": read_thread,
    "node": read_node,
    "step": _step,
}


def _positive(word: str) -> int:
    value = int(word, 0)
    if not 0 <= value < 1 << 47:
        raise ValueError(word)
    return value
