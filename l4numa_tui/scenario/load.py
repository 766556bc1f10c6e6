"""From a TOML text to a checked scenario; whatever is wrong is said with its file and line."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from l4numa_tui.machine.machine import Machine
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.about import About, about_of
from l4numa_tui.scenario.agreeing import agreement_of
from l4numa_tui.scenario.files import read_text
from l4numa_tui.scenario.hardware import machine_of
from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.scenario.plans import ApplicationPlan, applications_of
from l4numa_tui.scenario.script import script_of
from l4numa_tui.scenario.spaces import SpacePlan, spaces_of
from l4numa_tui.scenario.step_model import Table
from l4numa_tui.scenario.threads import ThreadPlan, callers_of, threads_of
from l4numa_tui.scenario.where import Where, quoted
from l4numa_tui.toml_lines import MAX_BYTES, decode_toml
from l4numa_tui.userland.agreement.options import Agreement
from l4numa_tui.world.operations import Program

MAX_TITLE = 80
ORDERS = ("script", "side_by_side", "seeded")
"""What `order` may be in `[run]`."""


class Scenario(NamedTuple):
    """A scenario that keeps all rules: what its author wrote, and what that amounts to.

    `programs` are those of `threads`, in their order. `text` is the file's own text and `source`
    its name as the user gave it.
    """

    spec: ScenarioSpec
    machine: Machine
    agreement: Agreement
    applications: tuple[ApplicationPlan, ...]
    spaces: tuple[SpacePlan, ...]
    threads: tuple[ThreadPlan, ...]
    programs: tuple[Program, ...]
    about: About
    text: str
    source: str

    @property
    def title(self) -> str:
        """The title, empty if the author gave none; safe for a terminal."""
        return self.spec.title

    @property
    def where(self) -> Where:
        """Where things stand in the text, for further checks."""
        return Where(self.text, self.source)


def load_scenario(path: str) -> Scenario:
    """Read a scenario file; raises UserError with file and line for whatever is wrong with it."""
    return parse_scenario(read_text(path, MAX_BYTES, "a scenario file"), path)


def parse_scenario(text: str, source: str) -> Scenario:
    """Return the scenario that a TOML text describes; `source` is its file's name, for messages.

    Raises UserError with the line for whatever is wrong.
    """
    return scenario_of(decode_toml(text, ScenarioSpec, source), Where(text, source))


def scenario_of(spec: ScenarioSpec, where: Where) -> Scenario:
    """Check a scenario that has been decoded; errors bear the lines of the text in `where`."""
    if len(spec.title) > MAX_TITLE or safe_text(spec.title) != spec.title:
        expected = f"at most {MAX_TITLE} printable characters"
        raise where.error(f"the title is {quoted(spec.title)}", expected, "title")
    _check_run(spec, where)
    machine = machine_of(spec, where)
    applications = applications_of(spec, machine, where)
    spaces = spaces_of(spec, machine, where)
    threads = threads_of(spec, applications, spaces, machine, where)
    callers = callers_of(spec, threads, machine, where)
    script = script_of(spec.step, [thread.name for thread in threads], callers)
    about = about_of(spec, script.starts, where)
    agreement = agreement_of(spec, machine, where)
    return Scenario(
        spec, machine, agreement, applications, spaces, threads, script.programs, about,
        where.text, where.source,
    )  # fmt: skip


def scenario_digest(scenario: Scenario) -> str:
    """Sixty-four hexadecimal digits that differ whenever any value of the scenario differs.

    They do not depend on layout, comments, or the order of keys: it is the SHA-256 of the decoded
    file as JSON with sorted keys, with defaults filled in, but for keys that came later.
    """
    import hashlib  # noqa: PLC0415 - only recordings and lessons need it

    canonical = msgspec.json.encode(_plain(scenario.spec), order="sorted")
    return hashlib.sha256(canonical).hexdigest()


_fields = lru_cache(maxsize=None)(msgspec.structs.fields)


def _plain(value: Any) -> Any:
    """A value of the file as JSON has it, without later keys that stand at their defaults."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if not isinstance(value, Table):
        return value
    out = {}
    for field in _fields(type(value)):
        held = getattr(value, field.name)
        if field.encode_name not in value.later or held != field.default:
            out[field.encode_name] = _plain(held)
    return out


def _check_run(spec: ScenarioSpec, where: Where) -> None:
    where.choose(spec.run.order, dict.fromkeys(ORDERS), "run", "order")
    if spec.run.seed is not None and spec.run.order != "seeded":
        what = f"`seed` does not go with the order {spec.run.order}"
        raise where.error(what, '`order = "seeded"`', "run", "seed")
