"""What the screen knows of a sandbox: what to offer first, what was asked for last, where to save.

No Textual here, as in the stage.
"""

from __future__ import annotations

import os

from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text
from l4numa_tui.scenario.about import About
from l4numa_tui.scenario.building.fresh import EXAMPLES, FRESH, fresh_scenario, welcome
from l4numa_tui.scenario.building.offers import Offer, completions, offers
from l4numa_tui.scenario.building.sandbox import Done, Sandbox, proposed_name
from l4numa_tui.scenario.building.typed import STEP, Request, all_requests, parse_line
from l4numa_tui.scenario.files import unwritable
from l4numa_tui.views.segments import Target

_WELCOME = (
    "",
    "Press `a`, choose what is to be done, and fill in who does it. Or press `:` and type it, as "
    "`{example}`; tab completes.",
    "",
    "Every request becomes a step of a scenario. Go back and ask for something else: what came "
    "after is left behind. `^s` saves the scenario as a file for `l4numa run` and `l4numa open`.",
)
_NOT_KEPT = frozenset({"note", "name", "times"})  # said once, and not proposed again


class Workbench:
    """A sandbox, and the last values of every field. `choosing`: the machine is not chosen yet."""

    def __init__(self, sandbox: Sandbox, *, choosing: bool = False) -> None:
        self.sandbox = sandbox
        self.choosing = choosing
        self._last: dict[str, dict[str, str]] = {}
        self._thread = ""

    @property
    def about(self) -> About:
        """What the scenario says of itself; what can be done, while it is empty."""
        scenario = self.sandbox.scenario
        about = scenario.about._replace(title=scenario.title or scenario.source)
        if about.explanation or about.starts:
            return about
        spec = self.sandbox.scenario.spec
        how = (each.format(example=EXAMPLES[spec.is_bare]) for each in _WELCOME)
        return about._replace(explanation=(*welcome(spec), *how))

    @property
    def fresh(self) -> bool:
        """Whether the world was not opened from a file."""
        return self.sandbox.scenario.source == FRESH

    def start(self, machine: str, *, bare: bool) -> None:
        """Begin with another machine; UserError, and nothing has changed, if that cannot be."""
        self.sandbox = Sandbox(fresh_scenario(machine, bare=bare))
        self.choosing = False
        self._last.clear()
        self._thread = ""

    def requests(self) -> list[Request]:
        """What can be asked for here."""
        bare = self.sandbox.scenario.spec.is_bare
        pagers_only = ("unmap_everywhere", "migrate", "recover", "add region")
        return [each for each in all_requests().values() if not (bare and each.name in pagers_only)]

    def defaults(self, request: Request, selected: Target | None) -> dict[str, str]:
        """What a form begins with: what is selected, else what was asked for last."""
        fields = dict(self._last.get(request.name, {}))
        chosen = self._chosen(selected)
        if request.table == STEP:
            names = self.sandbox.thread_names
            acting = chosen.get("thread") or self._thread
            if acting not in names:
                acting = names[0] if names else ""
            fields["thread"] = acting
        for key, value in chosen.items():
            if key in request.keys and (key in request.needs or request.op == "ask_sigma0"):
                fields[key] = value
        for key in request.needs:
            if not fields.get(key):
                found = offers(self.sandbox, request, key, fields)
                fields[key] = found[0].text if found else ""
        return fields

    def offers(self, request: Request, key: str, fields: dict[str, str]) -> list[Offer]:
        """What a field may be filled with."""
        return offers(self.sandbox, request, key, fields)

    def do(self, request: Request, fields: dict[str, str]) -> Done:
        """Do what a form asks for; UserError, and nothing has changed, if it cannot be done."""
        done = self.sandbox.do(request, fields)
        self._thread = fields.get("thread", self._thread)
        self._last[request.name] = {
            key: value for key, value in fields.items() if key not in _NOT_KEPT
        }
        return done

    def do_line(self, line: str) -> Done:
        """Do what was typed; UserError, and nothing has changed, if it cannot be done."""
        return self.do(*parse_line(line))

    def complete(self, line: str) -> tuple[str, str]:
        """(the line with its last word completed as far as it is certain, what it may become)."""
        start, found = completions(self.sandbox, line)
        if not found:
            return line, ""
        texts = [each.text for each in found]
        if len(texts) == 1:
            end = "" if texts[0].endswith("=") else " "
            return f"{line[:start]}{texts[0]}{end}", found[0].about
        return line[:start] + _common(texts), "  ".join(texts)

    def proposed(self) -> str:
        """A file name that is free here."""
        source = self.sandbox.scenario.source
        try:
            taken = frozenset(os.listdir("."))
        except OSError:
            taken = frozenset()
        return proposed_name(source, taken)

    def save(self, path: str) -> str:
        """Save the present branch; returns what to tell. UserError where it cannot be saved."""
        path = os.path.expanduser(path)
        try:
            whole = self.sandbox.save(path)
        except OSError as error:
            raise unwritable(path, error) from None
        steps = len(self.sandbox.scenario.spec.step)
        return f"saved {steps} step{'s' if steps != 1 else ''} as {whole}"

    def _chosen(self, selected: Target | None) -> dict[str, str]:
        """What a selection says about the fields of a request."""
        world = self.sandbox.session.world
        found: dict[str, str] = {}
        match selected:
            case ("entry", entry):
                found["at"] = hex(vpn_of(entry) << PAGE_LOG2)
                found["thread"] = self._thread_in(space_of(entry))
            case ("page", _, vpn):
                found["at"] = hex(vpn << PAGE_LOG2)
            case ("frame", frame):
                found["frame"] = frame_text(frame)
            case ("space", space):
                found["thread"] = self._thread_in(space)
            case ("thread", number):
                whose = "thread" if number in world.programs else "to"
                found[whose] = world.system.thread_names.get(number, "")
            case ("node", node):
                found["node"] = str(node)
        return {key: value for key, value in found.items() if value}

    def _thread_in(self, space: int) -> str:
        """A thread that can act in a space, "" if there is none."""
        world = self.sandbox.session.world
        for number in world.programs:
            row = world.kernel.threads.rows.get(number)
            if row and row[0] == space:
                return world.system.thread_names[number]
        return ""


def _common(texts: list[str]) -> str:
    """The beginning that all texts share."""
    least, most = min(texts), max(texts)
    same = (at for at, pair in enumerate(zip(least, most, strict=False)) if pair[0] != pair[1])
    return least[: next(same, len(least))]


def typed_form(request: Request, fields: dict[str, str]) -> str:
    """The line that asks for the same as a form."""
    words = [request.name] if request.table != STEP else [fields.get("thread", ""), request.op]
    leading = True  # keys that are needed come first, and then without their name
    for key in request.keys:
        value = fields.get(key, "").strip()
        if not value:
            leading = False
        elif key != "thread" or request.table != STEP:
            quoted = f'"{value}"' if " " in value and value[0] not in "[{\"'" else value
            leading = leading and key in request.needs
            words.append(quoted if leading else f"{key}={quoted}")
    return " ".join(words)
