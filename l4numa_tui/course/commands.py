"""What a student types in a challenge, and what the world makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from l4numa_tui.course.patterns import thread_named
from l4numa_tui.errors import UserError
from l4numa_tui.kernel.fpage import from_word, page
from l4numa_tui.kernel.rights import ALL, parse_rights
from l4numa_tui.kernel.thread_state import HALTED, NAMES, READY, code_of
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.scenario.script import is_bounded
from l4numa_tui.userland.pager import REFUSE
from l4numa_tui.world.operations import ANSWER, DO, RUN, Action, Op
from l4numa_tui.world.session import Session

MAX_COMMAND = 200
_ACCESS = {"r": Op.READ, "w": Op.WRITE, "x": Op.EXECUTE}
_MAX_PAGES = 64


class Command(NamedTuple):
    """A command's form, what it does, and the action its words mean."""

    form: str
    help: str
    action: Callable[[Session, list[str], tuple[str, ...]], Action]


def parse_command(
    session: Session, text: str, allowed: tuple[str, ...], play: tuple[str, ...]
) -> Action:
    """The action that a typed command means; UserError with the right form where it has none.

    `allowed` are the commands of the challenge, `play` the pagers for whom the student answers.
    """
    words = text[:MAX_COMMAND].split()
    name = words[0].lower() if words else ""
    if name not in allowed:
        forms = ", ".join(f"`{COMMANDS[each].form}`" for each in allowed)
        raise UserError(f"{text[:MAX_COMMAND].strip()!r} cannot be done here", forms)
    command = COMMANDS[name]
    try:
        return command.action(session, words[1:], play)
    except (IndexError, ValueError):
        raise UserError(f"`{name}` was not understood", f"`{command.form}`") from None


def command_of(session: Session, action: Action, play: tuple[str, ...]) -> str:
    """The command that an action could have come from, "" for none: what a file may ask for."""
    if len(action) < 2 or not is_bounded(action):
        return ""
    name = session.world.system.thread_names.get(action[1], "")
    if action[0] == DO:
        return _command_of_operation(action[2:])
    if action[0] == ANSWER:
        return "reply" if name in play else ""
    return "run" if action[0] == RUN else ""


def _command_of_operation(operation: Action) -> str:
    code = operation[0]
    if code == Op.UNMAP_GLOBAL:
        return "unmap" if operation[2] <= _MAX_PAGES else ""
    if code == Op.FLUSH:
        return "flush" if from_word(operation[1]).pages == 1 else ""
    return "touch" if code in _ACCESS.values() else ""


def why_not(session: Session, action: Action) -> UserError | None:
    """Why an action is not possible now, None if it is."""
    world = session.world
    if world.can_do(action):
        return None
    names = world.system.thread_names
    name = names.get(action[1], f"thread {action[1]}")
    if action[0] == ANSWER:
        return UserError(f"{name} has no pagefault to answer now", "a step until a fault arrives")
    if action[0] == RUN:
        return UserError(f"{name} has nothing to do now", "another thread")
    word = world.kernel.state.rows.get(action[1], READY)
    if code_of(word) == HALTED:
        return UserError(f"{name} is halted and can do nothing more", "a step back")
    if code_of(word) != READY:
        return UserError(f"{name} is {NAMES[code_of(word)]}", "steps until it is ready again")
    return UserError(f"{name} cannot do that now", "another action")


def read_address(session: Session, word: str) -> int:
    """An address as typed; ValueError for none, UserError for what is a page's number instead.

    A number in no region is taken for a page's number where that page lies in a region.
    """
    value = int(word, 0)
    if not 0 <= value < 1 << 47:
        raise ValueError(word)
    regions = [
        region
        for application in session.world.system.roster.applications.values()
        for region in application.regions
    ]
    in_region = any(region.holds(value >> PAGE_LOG2) for region in regions)
    if not in_region and any(region.holds(value) for region in regions):
        meant = f"an address: page {value:#x} begins at {value << PAGE_LOG2:#x}"
        raise UserError(f"address {value:#x} is in no region", meant)
    return value


def _thread(session: Session, word: str) -> int:
    known = session.world.system.thread_names.values()
    alike = [name for name in known if name.lower() == word.lower()]
    thread = thread_named(session, alike[0] if len(alike) == 1 else word)
    if thread not in session.world.programs:
        names = session.world.system.thread_names
        own = ", ".join(names[each] for each in session.world.programs)
        raise UserError(f"{word} is a server", f"a thread of the application: {own}")
    return thread


def _at_end(words: list[str], most: int) -> None:
    if len(words) > most:
        raise ValueError(words[most])


def _touch(session: Session, words: list[str], _play: tuple[str, ...]) -> Action:
    _at_end(words, 3)
    how = words[2].lower() if len(words) > 2 else "r"
    if how not in _ACCESS:
        raise ValueError(how)
    return (DO, _thread(session, words[0]), _ACCESS[how], read_address(session, words[1]))


def _unmap(session: Session, words: list[str], _play: tuple[str, ...]) -> Action:
    _at_end(words, 3)
    pages = int(words[2], 0) if len(words) > 2 else 1
    if not 1 <= pages <= _MAX_PAGES:
        raise ValueError(pages)
    first = read_address(session, words[1]) >> PAGE_LOG2
    return (DO, _thread(session, words[0]), Op.UNMAP_GLOBAL, first, pages)


def _flush(session: Session, words: list[str], _play: tuple[str, ...]) -> Action:
    _at_end(words, 3)
    rights = parse_rights(words[2]) if len(words) > 2 else ALL
    word = page(read_address(session, words[1]) >> PAGE_LOG2, rights).word()
    return (DO, _thread(session, words[0]), Op.FLUSH, word)


def _run(session: Session, words: list[str], _play: tuple[str, ...]) -> Action:
    _at_end(words, 1)
    return (RUN, thread_named(session, words[0]))


def _reply(session: Session, words: list[str], play: tuple[str, ...]) -> Action:
    if len(words) == 1 and len(play) == 1:
        words = [play[0], *words]
    _at_end(words, 2)
    pager, what = thread_named(session, words[0]), words[1].lower()
    if words[0] not in play:
        raise UserError(f"you do not answer for {words[0]}", f"one of {', '.join(play)}")
    if what == "refuse":
        return (ANSWER, pager, REFUSE)
    return (ANSWER, pager, 0 if what == "nothing" else parse_rights(what))


COMMANDS: dict[str, Command] = {
    "touch": Command(
        "touch THREAD ADDRESS r|w|x", "let a thread read, write or execute at an address", _touch
    ),
    "unmap": Command(
        "unmap THREAD ADDRESS [PAGES]", "let a thread ask its pager to unmap on all nodes", _unmap
    ),
    "flush": Command(
        "flush THREAD ADDRESS [RIGHTS]", "let a thread unmap a page from its own space", _flush
    ),
    "run": Command("run THREAD", "choose who acts next", _run),
    "reply": Command(
        "reply RIGHTS|nothing|refuse", "answer the fault as its pager: map with rights", _reply
    ),
}
