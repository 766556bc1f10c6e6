"""A scenario that can be added to, as a conversation: `explore`, and acting and saving."""

from __future__ import annotations

from typing import TextIO

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.explore import Explorer
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.talk import converse
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.about import About
from l4numa_tui.scenario.building.fresh import EXAMPLES, FRESH, welcome
from l4numa_tui.scenario.building.offers import offers
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.building.typed import STEP, all_requests
from l4numa_tui.views.asking import field_meaning
from l4numa_tui.views.pane_parts import count_of
from l4numa_tui.world.session import Session


def explore_sandbox(
    sandbox: Sandbox, stdin: TextIO, stdout: TextIO, *, ascii_only: bool = False
) -> int:
    """Take commands until `quit` or the end of the input; 0, the exit status. As `explore`."""
    converse(Builder(sandbox, Printer(stdout, ascii_only=ascii_only)), stdin, stdout)
    return 0


class Builder(Explorer):
    """An explorer whose scenario grows."""

    def __init__(self, sandbox: Sandbox, printer: Printer) -> None:
        self.sandbox = sandbox
        super().__init__(sandbox.session, printer, _about(sandbox), BUILDING)

    @property
    def session(self) -> Session:
        """The sandbox's session: another one after something was built."""
        return self.sandbox.session

    def opening(self) -> str:
        """What to type first."""
        if self.sandbox.scenario.about.starts:
            return super().opening()
        example = EXAMPLES[self.sandbox.scenario.spec.is_bare]
        return (
            f"For example: `do {example}`, then Enter for the next step. `requests` lists what can "
            f"be done, `help` the commands. {self.legend()}"
        )

    def request(self, line: str) -> Lines:
        """Have something done or built, and tell the steps it took."""
        before = self.session.cursor
        done = self.sandbox.do_line(line)
        self.about = _about(self.sandbox)
        if self.session.cursor > before:
            self.tell(before)
        if done.said:
            yield f"({done.said[0].upper()}{done.said[1:]}.)"


def _do(talk: Builder, rest: str) -> Lines:
    return list(talk.request(rest))


def _add(talk: Builder, rest: str) -> Lines:
    return list(talk.request(f"add {rest}"))


def _requests(talk: Builder, name: str) -> Lines:
    known = all_requests()
    if not name:
        return [f"- {each.name}: {each.help}" for each in known.values()]
    if name not in known:
        raise UserError(f"`{safe_text(name, limit=20)}` is no request", "a name of `requests`")
    request = known[name]
    thread = talk.sandbox.thread_names[0] if request.table == STEP else ""
    lines = [f"{name}: {request.help}"]
    for key in request.keys:
        texts = [each.text for each in offers(talk.sandbox, request, key, {"thread": thread})]
        needed = " (needed)" if key in request.needs else ""
        meaning = field_meaning(request, key)
        likely = f"such as {', '.join(texts[:4])}" if texts else ""
        told = "; ".join(each for each in (meaning, likely) if each)
        lines.append(f"- {key}{needed}{': ' * bool(told)}{told}")
    return lines


def _threads(talk: Builder, rest: str) -> Lines:
    no_more(rest, "threads")
    found = offers(talk.sandbox, all_requests()["read"], "thread", {})
    return [f"- {each.text}: {each.about}" for each in found]


def _save(talk: Builder, path: str) -> Lines:
    if not path:
        raise UserError("`save` names no file", "`save mine.toml`")
    talk.sandbox.save(path)
    requests = count_of(len(talk.sandbox.scenario.spec.step), "request")
    return [
        safe_text(f"Saved: {path}, {requests}."),
        safe_text(f"`l4numa run {path}` runs it, `l4numa open {path}` goes on with it."),
    ]


_ROWS: tuple[Command[Builder], ...] = (
    Command(
        ("do",), "do THREAD REQUEST key=value …", "have a thread do something", _do,
        example="do A.0 write 0x402000",
    ),
    Command(
        ("add",), "add region | thread | space …", "build something", _add,
        example="add region heap 0x600000 pages=4",
    ),
    Command(
        ("requests",), "requests, or requests NAME",
        "what can be done, and the keys of one request", _requests, example="requests write",
    ),
    Command(("threads",), "threads", "who can do it", _threads),
    Command(
        ("save",), "save FILE", "write the scenario, for `l4numa run FILE`", _save,
        example="save mine.toml",
    ),
)  # fmt: skip

_KEPT = (
    "What is asked for becomes a scenario, request by request. Go back and ask for something else: "
    "what came after is left behind. `save FILE` writes it."
)
BUILDING = Chapter("Acting and building", _ROWS)


def _about(sandbox: Sandbox) -> About:
    scenario = sandbox.scenario
    about = scenario.about._replace(title=scenario.title or scenario.source)
    if about.explanation or scenario.source != FRESH:
        return about
    return about._replace(explanation=(*welcome(scenario.spec), "", _KEPT))
