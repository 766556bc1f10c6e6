"""A scenario written as text reads back to the same scenario."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.scenario.building.fresh import fresh_scenario, spec_of
from l4numa_tui.scenario.building.writing import scenario_text
from l4numa_tui.scenario.load import load_scenario, parse_scenario, scenario_digest
from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.scenario.shipped import shipped_names, shipped_path
from l4numa_tui.scenario.step_model import AreaTable, ItemTable, StepTable
from l4numa_tui.toml_lines import decode_toml
from l4numa_tui.topology.named import machine_names, named_machine
from l4numa_tui.topology.toml_machine import MachineSpec, build
from tests.scenario.helpers import EXAMPLES


def reread(spec: ScenarioSpec) -> ScenarioSpec:
    return decode_toml(scenario_text(spec), ScenarioSpec, "written")


@pytest.mark.parametrize(
    "path", [*EXAMPLES, *map(shipped_path, shipped_names())], ids=lambda path: path.stem
)
def test_every_scenario_reads_back_and_is_written_alike(path: Path) -> None:
    scenario = load_scenario(str(path))
    text = scenario_text(scenario.spec)
    again = parse_scenario(text, "written")
    assert again.spec == scenario.spec
    assert scenario_digest(again) == scenario_digest(scenario)
    assert scenario_text(again.spec) == text


@given(st.text(), st.text(alphabet='"\\\n a#é\t'), st.text(alphabet="\"'\x00\x7f\x85\\"))
def test_any_text_reads_back(title: str, explanation: str, name: str) -> None:
    machine = MachineSpec(nodes=1)
    spec = ScenarioSpec(machine=machine, title=title, explanation=explanation)
    step = StepTable(op="read", thread=name, note=title)
    assert reread(msgspec.structs.replace(spec, step=(step,))).step[0] == step
    assert reread(spec) == spec


def test_what_is_nested_and_what_is_zero_reads_back() -> None:
    steps = (
        StepTable(op="send", to=0, words=(), items=(ItemTable(map=0, log2=0, rights=""),)),
        StepTable(op="receive", source="any", window=AreaTable(), no_wait=False),
        StepTable(op="space_control", target=3, kip=AreaTable(at=0x1000, pages=2)),
        StepTable(op="reply", to="A", label=-1, utcb=0),
    )
    spec = ScenarioSpec(machine=MachineSpec(nodes=1), step=steps, costs={"mem local": 3})
    assert reread(spec) == spec


@pytest.mark.parametrize("name", machine_names())
def test_every_machine_reads_back_from_its_long_form(name: str) -> None:
    topology = named_machine(name)
    spec = reread(ScenarioSpec(machine=spec_of(topology))).machine
    assert build(spec, "written") == topology


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("machine", ["1", "64", "live", "cxl-1s-2n", "opteron-6276-8n"])
def test_one_can_start_from_any_machine(machine: str, bare: bool) -> None:
    scenario = fresh_scenario(machine, bare=bare)
    assert scenario.spec.is_bare == bare
    assert scenario.about.starts == ()
    assert {plan.name for plan in scenario.threads} >= ({"P", "A"} if bare else {"A.0"})
