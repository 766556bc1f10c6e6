"""Whatever threads send to the servers, and however little memory there is: nobody falls over."""

from __future__ import annotations

import random

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.ipc import fault_label
from l4numa_tui.kernel.transfer import SIGMA0_PROTOCOL
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.userland import labels
from l4numa_tui.world.session import Session

LIMIT = 400
WORLD = """
[machine]
nodes = 2
cpus_per_node = 2
memory_per_node = "4 MiB"
[[application]]
name = "A"
[[region]]
name = "data"
at = 0x400000
pages = 4
[[space]]
name = "R"
privileged = true
[[thread]]
name = "r"
space = "R"
pager = "pager0"
[[thread]]
name = "a0"
application = "A"
node = 0
[[thread]]
name = "a1"
application = "A"
node = 1
"""
THREADS = ("r", "a0", "a1")
EVERYBODY = ("sigma0", "root", "pager0", "pager1", *THREADS)
LABELS = (*range(-1, 12), SIGMA0_PROTOCOL, fault_label(2), fault_label(4))
WORDS = (0, 1, 2, 3, 7, 4096, 0x400, 0x401, 0x400000, 1 << 28, 1 << 28 | 3, 1 << 62)


def hostile_step(chance: random.Random) -> str:
    """A message of any label and words to anyone, an access, or a control of any thread."""
    kind, thread = chance.randrange(8), chance.choice(THREADS)
    if kind < 4:
        words = [chance.choice(WORDS) for _ in range(chance.randrange(5))]
        keys = f'to = "{chance.choice(EVERYBODY)}"\nlabel = {chance.choice(LABELS)}\n'
        keys += f"words = {words}\n" + chance.choice(["", "items = [{ map = 0x400000 }]\n"])
        keys += chance.choice(["", "no_wait = true\n"])
        return f'[[step]]\nthread = "{thread}"\nop = "{chance.choice(["send", "call"])}"\n{keys}'
    if kind == 4:
        at = chance.choice([0x400000, 0x401000, 0x900000])
        return f'[[step]]\nthread = "{thread}"\nop = "write"\nat = {at}\n'
    if kind == 5:
        return f'[[step]]\nthread = "{thread}"\nop = "unmap_everywhere"\nat = 0x400000\npages = 4\n'
    target, other = chance.choice(EVERYBODY), chance.choice(EVERYBODY)
    if kind == 6:
        what = chance.choice(["delete = true", f'space = "{other}"', f'pager = "{other}"'])
        return f'[[step]]\nthread = "r"\nop = "thread_control"\ntarget = "{target}"\n{what}\n'
    cpu = chance.randrange(5)
    return f'[[step]]\nthread = "r"\nop = "schedule"\ntarget = "{target}"\ncpu = {cpu}\n'


def run(text: str) -> Session:
    session = build_session(parse_scenario(text, "hostile"))
    session.run(LIMIT)
    return session


def test_servers_survive_any_message(full: bool) -> None:
    for seed in range(5000 if full else 300):
        chance = random.Random(seed)
        text = WORLD + "".join(hostile_step(chance) for _ in range(8))
        try:
            session = run(text)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        end = session.digest()
        session.seek(0)
        session.seek(session.length)
        assert session.digest() == end, f"seed {seed}"


def test_only_those_concerned_have_a_say() -> None:
    """A thread that pretends to be the root pager or another node's gets nothing changed."""
    for label in (labels.CHUNK, labels.EXHAUSTED, labels.NOTIFY, labels.ACK, labels.WAKE):
        lie = f'op = "send"\nto = "pager0"\nlabel = {label}\nwords = [0, 0x400, 1]\n'
        honest = '[[step]]\nthread = "a0"\nop = "write"\nat = 0x400000\n'
        session = run(f'{WORLD}{honest}[[step]]\nthread = "r"\n{lie}')
        plain = run(WORLD + honest)
        for table in ("mdb", "directory", "pool", "pool_count", "held", "unmap_job", "asked"):
            found, expected = (each.world.journal.table(table).rows for each in (session, plain))
            assert found == expected, (label, table)


def test_a_thread_of_no_application_is_refused_by_a_node_pager() -> None:
    session = run(f'{WORLD}[[step]]\nthread = "r"\nop = "read"\nat = 0x400000\n')
    assert session.world.totals().faults == 1
    assert not session.world.enabled()


@pytest.mark.parametrize("pool", [0, 8])
def test_running_out_of_kernel_memory_refuses_faults_and_nothing_else(pool: int) -> None:
    """From too little to boot, over too little for the faults, to enough."""
    machine = '[machine]\nnodes = 2\ncpus_per_node = 2\nmemory_per_node = "2 MiB"\n'
    region = '[[region]]\nname = "{}"\nat = {}\npages = 64\n'
    touch = '[[step]]\nthread = "A.{}"\nop = "write"\nat = {}\npages = {}\n'
    ends = set()
    for frames in range(8, 48):
        text = f"{machine}[memory]\npool_frames = {pool}\nkernel_frames = {frames}\n"
        text += region.format("d", 0x400000) + region.format("e", 0x80000000)
        text += touch.format(0, 0x400000, 64) + touch.format(1, 0x80000000, 4)
        try:
            session = build_session(parse_scenario(text, "small"))
        except UserError:
            ends.add("no boot")
            continue
        session.run(2000)
        assert not session.world.enabled()
        totals = session.world.totals()
        ends.add("all" if totals.local + totals.remote == 68 else "some")
    assert ends == {"no boot", "some", "all"}


def test_sigma0_says_no_where_the_kernel_cannot_map() -> None:
    text = "[machine]\nnodes = 1\n[memory]\nlarge_pages = false\nkernel_frames = 9\n"
    text += (
        '[[space]]\nname = "P"\n[[thread]]\nname = "P"\n[[step]]\nop = "ask_sigma0"\npages = 512\n'
    )
    session = run(text)
    assert session.length == 3
    assert not session.world.kernel.database.entries.rows
    assert session.world.kernel.registers.rows[2][1] == labels.EXHAUSTED
