"""What a scenario file says, with all its defaults, and what is wrong with one that is wrong."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.machine.costs import COST_KEYS, PROFILES, CostProfile
from l4numa_tui.scenario.load import MAX_TITLE, load_scenario, parse_scenario
from l4numa_tui.scenario.model import MAX_THREADS
from l4numa_tui.scenario.step_model import MAX_OPERATIONS
from l4numa_tui.userland.regions import FIRST_TOUCH, GLOBAL, NODE_LOCAL, PRIVATE, Region
from l4numa_tui.world.operations import Op
from tests.scenario.helpers import MACHINE, NAMES, REGION, SMALL, example, step


def test_a_machine_is_enough() -> None:
    scenario = parse_scenario("[machine]\nnodes = 3\n", "x")
    assert [plan.name for plan in scenario.applications] == ["A"]
    assert [(plan.name, plan.node) for plan in scenario.threads] == [
        ("A.0", 0), ("A.1", 1), ("A.2", 2),
    ]  # fmt: skip
    assert all(program.operations == () for program in scenario.programs)
    assert scenario.machine.topology.name == "3 nodes"
    assert scenario.machine.costs.fingerprint() == CostProfile().fingerprint()


def test_an_application_is_by_default_on_the_nodes_that_have_cpus() -> None:
    scenario = parse_scenario('[machine]\nlike = "cxl-1s-2n"\nmemory_per_node = "8 MiB"\n', "x")
    assert [len(node.cpus) > 0 for node in scenario.machine.topology.nodes] == [True, False]
    assert scenario.applications[0].nodes == (0,)


def test_the_examples_say_what_their_authors_meant() -> None:
    scenario = example("global-unmap")
    web, log = scenario.applications
    assert (web.nodes, log.nodes) == ((0, 1, 2), (2,))
    assert web.regions == (
        Region("shared", 0x10000, 2, GLOBAL, 7, node=2, as_asked=True),
        Region("code", 0x400, 8, NODE_LOCAL, 5, FIRST_TOUCH),
    )
    assert log.regions == (Region("buffer", 0x10000, 1, PRIVATE, 7, node=2),)
    assert [plan.slot for plan in scenario.threads] == [1, 1, 1, 2]
    assert scenario.machine.kernel_frames == (96, 64, 64)


def test_steps_become_operations_in_the_order_of_the_script() -> None:
    text = (
        SMALL
        + step("read", "A.0", at=0x400FFF, pages=2, times=2)
        + step("unmap_everywhere", at=0x401000, pages=3)
        + step("unmap", at=0x402000, pages=2, rights="w")
        + step("flush", at=0, pages=1 << 36)
        + step("work", "A.0", cycles=7)
    )
    first, second = parse_scenario(text, "x").programs
    touches = ((Op.READ, 0x400FFF), (Op.READ, 0x401FFF))
    assert first.operations == (*touches, *touches, (Op.WORK, 7))
    assert first.order == (1, 2, 3, 4, 8)
    assert second.order == (0, 5, 6, 7)
    write, everywhere, unmap, flush = second.operations
    assert write == (Op.WRITE, 0x400000)
    assert everywhere == (Op.UNMAP_GLOBAL, 0x401, 3)
    part, whole = from_word(unmap[1]), from_word(flush[1])
    assert (part.first_page, part.pages, part.rights) == (0x402, 2, 2)
    assert whole.is_whole
    assert whole.rights == 7


def test_a_thread_need_not_be_named_where_there_is_only_one() -> None:
    scenario = parse_scenario('[machine]\nnodes = 1\n[[step]]\nop = "read"\nat = 4096\n', "x")
    assert scenario.programs[0].operations == ((Op.READ, 4096),)


@pytest.mark.parametrize("key", COST_KEYS)
def test_every_constant_of_the_cost_model_can_be_changed(key: str) -> None:
    value = 0 if key == "tlb_tagged" else 17
    text = f'[machine]\nnodes = 2\n[costs]\nprofile = "uma"\n{key} = {value}\n'
    costs = parse_scenario(text, "x").machine.costs
    assert costs.name == "uma"
    for other in COST_KEYS:
        assert getattr(costs, other) == (value if other == key else getattr(PROFILES["uma"], other))


def test_threads_take_the_cpus_after_the_pagers_in_turn() -> None:
    threads = "".join(f'[[thread]]\nname = "t{i}"\nnode = {i % 2}\n' for i in range(6))
    scenario = parse_scenario(MACHINE + threads, "x")
    assert [(plan.node, plan.slot) for plan in scenario.threads] == [
        (0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3),
    ]  # fmt: skip


def test_an_application_with_listed_threads_gets_no_others() -> None:
    text = MACHINE + '[[application]]\nname = "a"\n[[application]]\nname = "b"\n'
    threads = parse_scenario(text + '[[thread]]\napplication="a"\nname="t"\nnode=1\n', "x").threads
    assert [plan.name for plan in threads] == ["t", "b.0", "b.1"]


MARKED = "[[step]] #!"

# In each text the line that the error must name ends in `#!`.
WRONG = [
    ("nodes = 2 #!\n", "unknown key `nodes`"),
    ("[machine]\nnodes = 65 #!\n", "`machine.nodes` is out of range, expected integer <= 64"),
    ("[machine] #!\ncpus_per_node = 2\n", "no nodes"),
    ("[machine]\nlike = 'nine' #!\n", "no machine is named `nine`"),
    ("[machine] #!\nnodes = 2\nremote = 255\n", "node 0 cannot reach node 1"),
    ("[machine] #!\n[[machine.node]]\nmemory = 4\n", "has no CPU"),
    ("[machine] #!\nnodes = 2\nmemory_per_node = 0\n", "node 0 has CPUs, but no memory"),
    ("[machine] #!\nnodes = 1\nmemory_per_node = '2 TiB'\n", "less than 1 TiB"),
    ("[machine]\nnodes = 2\nlatency_ns = [\n[1, 2],\n[9999, 2] #!\n]\n", "differ too much"),
    (f"title = '{'x' * (MAX_TITLE + 1)}' #!\n{MACHINE}", "at most 80 printable"),
    (f'title = "a\\u202eb" #!\n{MACHINE}', "the title is"),
    (f"{MACHINE}[costs]\ntlb_entires = 4 #!\n", "`tlb_entires`, expected `tlb_entries`"),
    (f"{MACHINE}[costs]\ntlb_entries = -1 #!\n", "`tlb_entries` is -1, expected 0 to"),
    (f"{MACHINE}[costs]\ntlb_tagged = 2 #!\n", "`tlb_tagged` is 2, expected 0 to 1"),
    (f"{MACHINE}[costs]\nmem_local = 'much' #!\n", "`mem_local` is `much`"),
    (f"{MACHINE}[costs]\nprofile = 'opteron' #!\n", "`opteron`, expected one of opteron-2009"),
    (f"{MACHINE}[costs]\nprofile = 2009 #!\n", "`profile` is a number"),
    (f"{MACHINE}[costs] #!\nmem_local = 1000000\n", "a memory access costs"),
    (f"{MACHINE}[memory]\nkernel_frames = [4] #!\n", "has 1 values, expected 2"),
    (f"{MACHINE}[memory]\nkernel_frames = 1025 #!\n", "node 0 has 1024 frames"),
    (f"{MACHINE}[memory]\nkernel_frames = -1 #!\n", "-1 of them for the kernel"),
    (f"{MACHINE}[memory]\npool_frames = 1000 #!\n", "at least the pool's 1024"),
    (f"{MACHINE}[memory]\ndirectory_node = 2 #!\n", "on node 2, expected one of nodes 0, 1"),
    (f"{MACHINE}[run]\norder = 'random' #!\n", "expected one of script, side_by_side, seeded"),
    (f"{MACHINE}[run]\nseed = 1 #!\n", "`seed` does not go with the order script"),
    (f"{MACHINE}[[application]]\nname = 'a b' #!\n", "`a b` cannot be a name"),
    (f"{MACHINE}[[application]]\nname = '' #!\n", "`` cannot be a name"),
    (f"{MACHINE}[[application]]\nname = '{'x' * 25}' #!\n", "1 to 24 printable"),
    (f'{MACHINE}[[application]]\nname = "\\u001b[2J" #!\n', "cannot be a name"),
    (f"{MACHINE}[[application]]\nname = 'a'\nnodes = [] #!\n", "no nodes"),
    (f"{MACHINE}[[application]]\nname = 'a'\nnodes = [\n0,\n2, #!\n]\n", "there is no node 2"),
    (f"{MACHINE}[[application]]\nname = 'a'\nnodes = [1, 1] #!\n", "node 1 is there twice"),
    (f"{MACHINE}[[application]]\nname='a'\n[[application]]\nname='a' #!\n", "`a` is taken"),
    (f"{MACHINE}[[region]] #!\nname = 'd'\n", "key `at` is missing"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0x400001 #!\n", "0x400001 is no page"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0x1000000000000 #!\n", "out of range"),
    (f"{MACHINE}[[region]] #!\nname = 'd'\nat = 0xfffffffff000\npages = 2\n", "leave the address"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\npages = 0 #!\n", "integer >= 1"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nkind = 'my' #!\n", "one of global, node_local, "),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nrights = 'rwz' #!\n", "letters of rwx"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nrights = '' #!\n", "the region allows nothing"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nreply = 'none' #!\n", "expected one of all, asked"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nhome = 2 #!\n", "node 2 cannot be the home"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\nhome = 'far' #!\n", "a node or `first_touch`"),
    (f"{MACHINE}[[region]] #!\nname = 'd'\nat = 0\nkind = 'private'\n", "private, but of no node"),
    (f"{MACHINE}{REGION}[[region]] #!\nname = 'e'\nat = 0x40f000\n", "expected e from 0x410000 on"),
    (f"{MACHINE}{REGION}[[region]]\nname = 'data' #!\nat = 0\n", "`data` is taken"),
    (f"{MACHINE}[[region]]\nname = 'd'\nat = 0\napplication = 'B' #!\n", "`B`, expected A"),
    (f"{MACHINE}[[thread]]\nname = 'pager1' #!\n", "the name `pager1` is taken"),
    (f"{MACHINE}[[thread]] #!\nname = 't'\n", "key `node` is missing, expected one of nodes 0, 1"),
    (f"{MACHINE}[[thread]]\nname = 't'\nnode = 2 #!\n", "application A is not on node 2"),
    (f"{MACHINE}[[thread]]\nname = 't'\nnode = 1\ncpu = 2 #!\n", "node 1 has no CPU 2"),
    (f"{MACHINE}[[step]]\nop = 'raed' #!\nthread = 'A.0'\n", "is `raed`, expected `read`"),
    (f"{MACHINE}[[step]] #!\nop = 'read'\nat = 0\n", "the step names no thread"),
    (f"{MACHINE}[[step]]\nthread = 'A.2' #!\nop = 'read'\nat = 0\n", "no thread `A.2`"),
    (f"{MACHINE}[[step]] #!\nthread = 'A.0'\nop = 'read'\n", "`read` needs `at`"),
    (f"{MACHINE}{step('work', cycles=1)}at = 0 #!\n", "`at` does not go with `work`"),
    (f"{MACHINE}{step('read', at=0)}rights = 'r' #!\n", "`rights` does not go with `read`"),
    (f"{MACHINE}{step('unmap', pages=3, at=0).replace('3', '3 #!')}", "3 pages, expected a power"),
    (f"{MACHINE}{step('flush', pages=4)}at = 0x2000 #!\n", "a multiple of its size, 0x4000"),
    (f"{MACHINE}{step('unmap_everywhere')}at = 0x2010 #!\n", "0x2010 is no page"),
    (f"{MACHINE}{step('unmap_everywhere', at=0)}pages = 4097 #!\n", "at most 4096"),
    (f"{MACHINE}{step('work')}cycles = 1000000001 #!\n", "integer <= 1000000000"),
    (MACHINE + step("read", head=MARKED, at=0, pages=MAX_OPERATIONS + 1), "100000 operations"),
    (MACHINE + step("work", cycles=1, times=99_999)
     + step("read", head=MARKED, at=0, pages=2), "at most 100000 operations"),
    (MACHINE + step("flush", head=MARKED, at=0, pages=1 << 36, times=25), "too long"),
    (f"{MACHINE}[step] #!\nop = 'read'\n", "`step` is of type table, expected array"),
    (f"{SMALL}at = 1 #!\n", "Cannot overwrite a value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    line = next(n for n, each in enumerate(text.split("\n"), 1) if each.endswith("#!"))
    with pytest.raises(UserError) as caught:
        parse_scenario(text, "x.toml")
    assert str(caught.value).startswith(f"x.toml:{line}:")
    assert message in str(caught.value)


def test_too_many_threads() -> None:
    applications = "".join(f'[[application]]\nname = "a{i}"\n' for i in range(17))
    assert MAX_THREADS < 17 * 64
    with pytest.raises(UserError, match="1088 threads, expected at most 1024"):
        parse_scenario("[machine]\nnodes = 64\n" + applications, "x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "key `machine` is missing"),
        (b"\xff\xfe[machine]", ":1: the file is not UTF-8 text"),
        (b"[machine]\n\xe9 = 1", ":2: the file is not UTF-8 text"),
        (b"[machine]\n\0", "the file is binary"),
        (b" " * (256 * 1024 + 1), "the file is too large"),
    ],
)
def test_unusable_files(data: bytes, message: str, tmp_path: object) -> None:
    path = f"{tmp_path}/x.toml"
    with open(path, "wb") as file:
        file.write(data)
    with pytest.raises(UserError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(path)
    assert message in str(caught.value)


def test_missing_files_and_folders(tmp_path: object) -> None:
    for path in (f"{tmp_path}", f"{tmp_path}/none.toml", "a\0b"):
        with pytest.raises(UserError, match="cannot be read"):
            load_scenario(path)


def test_a_byte_order_mark_is_passed_over(tmp_path: object) -> None:
    path = f"{tmp_path}/x.toml"
    with open(path, "wb") as file:
        file.write(b"\xef\xbb\xbf" + SMALL.encode())
    assert load_scenario(path).text == SMALL


@pytest.mark.parametrize("name", NAMES)
def test_examples_have_titles(name: str) -> None:
    assert example(name).title
