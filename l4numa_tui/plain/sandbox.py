"""A scenario that can be added to, as a conversation: `explore`, and acting and saving."""

from __future__ import annotations

from typing import TextIO

from l4numa_tui.errors import UserError
from l4numa_tui.plain.explore import Explorer, converse
from l4numa_tui.plain.printer import Printer
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.about import About
from l4numa_tui.scenario.offers import offers
from l4numa_tui.scenario.sandbox import Sandbox
from l4numa_tui.scenario.typed import STEP, all_requests

_HELP = (
    "- do THREAD REQUEST key=value …: have a thread do something, as `do A.0 write 0x402000`",
    "- add region | thread | space …: build, as `add region heap 0x600000 pages=4`",
    "- requests, or requests NAME: what can be done, and the keys of one request",
    "- threads: who can do it",
    "- save FILE: write the scenario, for `l4numa run FILE`",
)


def explore_sandbox(sandbox: Sandbox, stdin: TextIO, stdout: TextIO) -> int:
    """Take commands until `quit` or the end of the input; 0, the exit status. As `explore`."""
    return converse(Builder(sandbox, Printer(stdout)), stdin, stdout)


class Builder(Explorer):
    """An explorer whose scenario grows."""

    help = (*Explorer.help[:-1], *_HELP, Explorer.help[-1])

    def __init__(self, sandbox: Sandbox, printer: Printer) -> None:
        self.sandbox = sandbox
        super().__init__(sandbox.session, printer, _about(sandbox))

    def opening(self) -> str:
        """What to type first."""
        if self.sandbox.scenario.about.starts:
            return super().opening()
        who = self.sandbox.thread_names[0]
        return f"Type `help` for the commands, or `do {who} …`: `requests` lists what can be done."

    def _do(self, word: str, rest: str) -> None:
        if word == "do":
            self._request(rest)
        elif word == "add":
            self._request(f"add {rest}")
        elif word == "requests":
            self.printer.paragraph(self._requests(rest))
        elif word == "threads":
            self.printer.paragraph(self._threads())
        elif word == "save":
            self._save(rest)
        else:
            super()._do(word, rest)

    def _request(self, line: str) -> None:
        before = self.session.cursor
        done = self.sandbox.do_line(line)
        self.session, self.about = self.sandbox.session, _about(self.sandbox)
        if self.session.cursor > before:
            self._tell(before)
        if done.said:
            self.printer.paragraph([f"({done.said[0].upper()}{done.said[1:]}.)"])

    def _requests(self, name: str) -> list[str]:
        known = all_requests()
        if not name:
            return [f"- {each.name}: {each.help}" for each in known.values()]
        if name not in known:
            raise UserError(f"`{name[:20]}` is no request", "a name of `requests`")
        request = known[name]
        thread = self.sandbox.thread_names[0] if request.table == STEP else ""
        lines = [f"{name}: {request.help}"]
        for key in request.keys:
            texts = [each.text for each in offers(self.sandbox, request, key, {"thread": thread})]
            needed = " (needed)" if key in request.needs else ""
            likely = f": such as {', '.join(texts[:4])}" if texts else ""
            lines.append(f"- {key}{needed}{likely}")
        return lines

    def _threads(self) -> list[str]:
        request = all_requests()["read"]
        found = offers(self.sandbox, request, "thread", {})
        return [f"- {each.text}: {each.about}" for each in found]

    def _save(self, path: str) -> None:
        if not path:
            raise UserError("`save` names no file", "`save mine.toml`")
        self.sandbox.save(path)
        steps = len(self.sandbox.scenario.spec.step)
        plural = "s" if steps != 1 else ""
        self.printer.paragraph([safe_text(f"Saved: {path}, {steps} step{plural}.")])


def _about(sandbox: Sandbox) -> About:
    scenario = sandbox.scenario
    return scenario.about._replace(title=scenario.title or scenario.source)
