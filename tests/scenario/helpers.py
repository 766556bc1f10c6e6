"""Scenarios that the tests of this folder share, and ways to spoil them."""

from __future__ import annotations

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario, load_scenario
from l4numa_tui.world.session import Session

DATA = Path(__file__).resolve().parent.parent / "data" / "scenarios"
EXAMPLES = sorted(DATA.glob("*.toml"))
NAMES = [path.stem for path in EXAMPLES]

MACHINE = '[machine]\nnodes = 2\ncpus_per_node = 2\nmemory_per_node = "4 MiB"\n'
REGION = '[[region]]\nname = "data"\nat = 0x400000\npages = 16\n'
SMALL = MACHINE + REGION + '[[step]]\nthread = "A.1"\nop = "write"\nat = 0x400000\n'


def example(name: str) -> Scenario:
    return load_scenario(str(DATA / f"{name}.toml"))


def finished(scenario: Scenario) -> Session:
    session = build_session(scenario)
    session.run(10_000)
    return session


def step(op: str, thread: str = "A.1", head: str = "[[step]]", **operands: object) -> str:
    """One `[[step]]`; strings are quoted."""
    lines = [f'{head}\nthread = "{thread}"\nop = "{op}"']
    for key, value in operands.items():
        lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}")
    return "\n".join(lines) + "\n"


_WORDS = """0 1 -1 2 3 64 65 4096 0x402000 0x402001 0xfffffffff000 0x1000000000000 100000
68719476736 9223372036854775807 -9223372036854775808 1.5 inf true '' 'A' 'A.0' 'web' 'root' 'rw'
'---' 'xyz' 'first_touch' 'private' 'node_local' 'asked' 'seeded' 'side_by_side' 'work' 'unmap'
'flush' 'unmap_everywhere' 'send' 'receive' 'call' 'reply_wait' 'ask_sigma0' 'thread_control'
'schedule' 'R' 'T' 'any' 'all' 'none' '0:0003' {map=0x1000} [{grant=0x10000,log2=1}] true 99
[] [0] [0,0] [1,2,3] [[10]] {} '64KiB' '2TiB' '1PiB' 1979-05-27
"\\u202e" 'é' [64,64,64] [1,1,1] 'uma' 'cxl-1s-2n' 'power7-8n'"""
_VALUES = _WORDS.split()
_KEYS = sorted(
    {found for path in EXAMPLES for found in re.findall(r"(?m)^(\w+) = ", path.read_text())}
    | {"like", "latency_ns", "mem_local", "one_hop_permille", "walk_last", "cpu", "cycles", "seed"}
)


def with_other_values(text: str, chance: random.Random) -> str:
    """Valid TOML, mostly, that asks for something else: lines dropped, doubled, values replaced."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(6)
        found = re.match(r"(\w+) = ", lines[at])
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif kind == 2:
            lines.insert(at, f"{chance.choice(_KEYS)} = {chance.choice(_VALUES)}")
        elif found:
            lines[at] = f"{found[1]} = {chance.choice(_VALUES)}"
    return "\n".join(lines)


def rewritten(text: str, chance: random.Random) -> str:
    """The same scenario in another dress: order of keys, spelling of numbers, blanks, comments."""
    document = tomllib.loads(text)
    tables = {key: value for key, value in document.items() if not isinstance(value, str)}
    lines = [*_pairs({k: v for k, v in document.items() if isinstance(v, str)}, chance)]
    for key, value in _shuffled(tables, chance):
        if chance.random() < 0.3:
            lines.insert(0, f"{key} = {_literal(value, chance)}")  # inline, before all headers
        elif isinstance(value, list):
            for table in value:
                lines += [f"[[ {key} ]]", *_pairs(table, chance)]
        else:
            lines += [f"[{key}]", *_pairs(value, chance)]
    dressed = []
    for line in lines:
        if chance.random() < 0.2:
            dressed.append(chance.choice(["", "   ", "# at = 0x1000", "\t# [[step]]"]))
        dressed.append(line + chance.choice(["", " ", "  # why"]))
    return chance.choice(["\n", "\r\n"]).join(dressed) + "\n"


def _pairs(table: dict[str, Any], chance: random.Random) -> list[str]:
    blanks = " " * chance.randint(0, 3)
    return [
        f"{blanks}{chance.choice([key, repr(key)])}{blanks}= {_literal(value, chance)}"
        for key, value in _shuffled(table, chance)
    ]


def _shuffled(table: dict[str, Any], chance: random.Random) -> list[tuple[str, Any]]:
    pairs = list(table.items())
    chance.shuffle(pairs)
    return pairs


def _literal(value: Any, chance: random.Random) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(_pairs(value, chance)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_literal(each, chance) for each in value) + " ]"
    if isinstance(value, bool) or "\n" in str(value):
        return json.dumps(value)
    if isinstance(value, str):
        return chance.choice([f'"{value}"', f"'{value}'", f'"""{value}"""'])
    if value < 0:
        return str(value)
    forms = [str(value), f"{value:#x}", f"{value:#o}", f"{value:_}", f"0x{value:_X}"]
    return chance.choice(forms)
