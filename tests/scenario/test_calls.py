"""System calls in the script: what each step amounts to, and what is refused with its line."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.fpage import NIL, WHOLE, Fpage, fpage
from l4numa_tui.kernel.ipc import ANY_THREAD, NIL_THREAD
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.rights import ALL, READ, WRITE
from l4numa_tui.kernel.transfer import REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario
from l4numa_tui.scenario.script import weight
from l4numa_tui.userland import labels
from l4numa_tui.userland.sigma0 import request_pages, wants_any
from l4numa_tui.world.operations import IpcOperation, Op, Operation, ipc_operation, is_operation
from tests.scenario.helpers import MACHINE

BARE = (
    MACHINE
    + '[[space]]\nname = "P"\nprivileged = true\n[[space]]\nname = "A"\nnode = 1\n'
    + '[[thread]]\nname = "P"\nspace = "P"\n[[thread]]\nname = "A"\nspace = "A"\npager = "P"\n'
    + '[[thread]]\nname = "late"\ncreated = true\n'
)
SIGMA0, P, A, LATE = 1, 2, 3, 4  # in the order of the file, those that are created last


def call(op: str, keys: str = "") -> str:
    return f'[[step]]\nthread = "P"\nop = "{op}"\n{keys}'


def operation(op: str, keys: str = "") -> Operation:
    """What one step of P amounts to."""
    scenario = parse_scenario(BARE + call(op, keys), "x")
    (found,) = scenario.programs[[plan.name for plan in scenario.threads].index("P")].operations
    assert is_operation(found)
    return found


def ipc(op: str, keys: str = "") -> IpcOperation:
    return ipc_operation(operation(op, keys))


def test_threads_are_numbered_after_sigma0_and_created_ones_last() -> None:
    plans = parse_scenario(BARE, "x").threads
    assert [(plan.name, plan.number, plan.created) for plan in plans] == [
        ("P", P, False), ("A", A, False), ("late", LATE, True),
    ]  # fmt: skip
    names = build_session(parse_scenario(BARE, "x")).world.system.thread_names
    assert names == {SIGMA0: "sigma0", P: "P", A: "A", LATE: "late"}


def test_with_applications_the_servers_come_before() -> None:
    text = BARE + '[[application]]\nname = "app"\n[[thread]]\nname = "t"\nnode = 1\n'
    text = text.replace('name = "A"\nspace', 'name = "AA"\nspace')
    scenario = parse_scenario(text, "x")
    names = build_session(scenario).world.system.thread_names
    assert list(names.values()) == ["sigma0", "root", "pager0", "pager1", "P", "AA", "t", "late"]
    assert [plan.number for plan in scenario.threads] == [5, 6, 7, 8]


def test_what_is_booted() -> None:
    text = BARE.replace(
        "node = 1\n", "node = 1\nkip = { at = 0x1000 }\nutcb = {at=0x2000,pages=2}\n"
    )
    world = build_session(parse_scenario(text, "x")).world
    kernel = world.kernel
    spaces = {name: number for number, name in world.system.space_names.items()}
    assert {name: kernel.spaces.rows[space][0] for name, space in spaces.items()} == {
        "sigma0": 0, "P": 0, "A": 1,
    }  # fmt: skip
    assert set(kernel.privileged.rows) == {spaces["P"]}
    assert kernel.exempt.rows[spaces["A"]] == ((1, 1), (2, 2))
    assert spaces["P"] not in kernel.exempt.rows
    assert kernel.threads.rows[P][2] == SIGMA0
    assert kernel.threads.rows[A][2] == P
    assert kernel.cpu_node[kernel.threads.rows[A][1]] == 1
    assert LATE not in kernel.threads.rows
    assert not world.can_do((0, LATE))


def test_small_pages_only_if_asked() -> None:
    for keys, large in (("", True), ("[memory]\nlarge_pages = false\n", False)):
        text = BARE.replace("4 MiB", "16 MiB") + keys
        session = build_session(parse_scenario(text + call("ask_sigma0", "pages = 512\n"), "x"))
        session.run(10)
        world = session.world
        assert bool(world.kernel.journal.table("mdb_large").rows) is large
        assert len(world.kernel.database.entries.rows) == (1 if large else 512)


def test_send() -> None:
    keys = 'to = "A"\nlabel = -5\nwords = [1, 2]\nno_wait = true\n'
    keys += 'items = [{ map = 0x4000, pages = 4, rights = "r", at = 0x9000 }, { grant = 0x1000 }]\n'
    items = (
        MapItem(Fpage(0x4000, PAGE_LOG2 + 2, READ), 0x9000 & ~0x3FF, False),
        MapItem(Fpage(0x1000, PAGE_LOG2, ALL), 0x1000, True),
    )
    assert ipc("send", keys) == IpcOperation(
        A, NIL_THREAD, -5, (1, 2), items, NIL, no_wait_send=True
    )
    assert ipc("send", "to = 99\n") == IpcOperation(99)


@pytest.mark.parametrize(
    ("keys", "source"),
    [("", ANY_THREAD), ('from = "any"\n', ANY_THREAD), ('from = "A"\n', A), ("from = 77\n", 77)],
)
def test_receive(keys: str, source: int) -> None:
    assert ipc("receive", keys) == IpcOperation(NIL_THREAD, source)
    assert ipc("receive", keys + "no_wait = true\n").no_wait_receive


@pytest.mark.parametrize(
    ("window", "acceptor"),
    [
        ('"all"', WHOLE),
        ('"none"', NIL),
        ("{ at = 0x8000, pages = 8 }", Fpage(0x8000, PAGE_LOG2 + 3, ALL)),
        ("{ at = 0x3000 }", Fpage(0x3000, PAGE_LOG2, ALL)),
        ("{ at = 0x3000, log2 = 13 }", Fpage(0x2000, 13, ALL)),  # aligned down, as the kernel does
        ("{ log2 = 1 }", WHOLE),
        ("{ at = 0x3000, log2 = 0 }", NIL),
    ],
)
def test_windows(window: str, acceptor: Fpage) -> None:
    assert ipc("receive", f"window = {window}\n").acceptor == acceptor


def test_call_waits_for_whom_it_called_and_reply_wait_for_anyone() -> None:
    assert ipc("call", 'to = "A"\n') == IpcOperation(A, A)
    assert ipc("call", 'to = "A"\nfrom = "any"\n').source == ANY_THREAD
    assert ipc("reply_wait", 'to = "A"\n') == IpcOperation(
        A, ANY_THREAD, labels.MAP_REPLY, no_wait_send=True
    )
    assert ipc("reply", 'to = "A"\n') == IpcOperation(
        A, NIL_THREAD, labels.MAP_REPLY, no_wait_send=True
    )
    assert ipc("reply", 'to = "A"\nrefuse = true\n').label == REJECT


def test_ask_sigma0() -> None:
    asked = ipc("ask_sigma0", "pages = 4\nnode = 1\ninto = 0x8000\n")
    assert (asked.to, asked.source, asked.label) == (SIGMA0, SIGMA0, SIGMA0_PROTOCOL)
    word, attributes, node = asked.words
    assert wants_any(word)
    assert (request_pages(word), attributes, node) == (4, 0, 2)
    assert asked.acceptor == fpage(0x8000, PAGE_LOG2 + 2, ALL)
    asked = ipc("ask_sigma0", 'frame = "1:00a4"\npages = 4\n')
    assert asked.words == (fpage((1 << NODE_SHIFT | 0xA4) << PAGE_LOG2, PAGE_LOG2 + 2).word(), 0, 0)
    assert asked.acceptor == WHOLE


def test_calls_about_threads() -> None:
    assert operation("thread_control", 'target = "late"\n') == (
        Op.THREAD_CONTROL, LATE, LATE, 0, 0, 0, 0,
    )  # fmt: skip
    keys = 'target = "late"\nspace = "A"\nscheduler = "P"\npager = 9\nutcb = 0\nnode = 1\n'
    assert operation("thread_control", keys) == (Op.THREAD_CONTROL, LATE, A, P, 9, 1, 2)
    assert operation("thread_control", "target = 0\ndelete = true\n")[1:3] == (0, 0)
    keys = 'target = "A"\nkip = { at = 0x1000 }\nutcb = { at = 0x4000, pages = 4 }\n'
    assert operation("space_control", keys) == (
        Op.SPACE_CONTROL, A, fpage(0x1000, 12).word(), fpage(0x4000, 14).word(),
    )  # fmt: skip
    assert operation("schedule", 'target = "A"\ncpu = 99\n') == (Op.SCHEDULE, A, 99)
    assert operation("schedule", 'target = "A"\nnode = 1\ncpu = 1\n') == (Op.SCHEDULE, A, 3)
    keys = 'target = "A"\ncontrol = 0x90\nip = 7\npager = "P"\n'
    assert operation("exchange_registers", keys) == (Op.EXCHANGE_REGISTERS, A, 0x90, 7, P)


def test_unmap_of_sizes_that_the_kernel_must_judge() -> None:
    assert operation("unmap", "at = 0x3000\nlog2 = 0\n") == (Op.UNMAP, NIL.word())
    whole = operation("flush", 'at = 0\nlog2 = 1\nrights = "w"\n')
    assert whole == (Op.FLUSH, WHOLE._replace(rights=WRITE).word())


def test_what_a_script_may_cost_counts_what_calls_map() -> None:
    assert weight(operation("send", 'to = "A"\nwords = [1, 2, 3]\n')) == 1
    item = "items = [{ map = 0, pages = 64 }, { map = 0, log2 = 1 }]\n"
    assert weight(operation("send", 'to = "A"\n' + item)) == 1 + 64 + 4096
    assert weight(operation("ask_sigma0", "pages = 65536\n")) == 1 + 65536
    with pytest.raises(UserError, match="the script is too long"):
        operation("ask_sigma0", "pages = 131072\n")


WRONG = [
    (call("send").replace("\n", " #!\n", 1), "`send` needs `to`"),
    (call("send", 'to = "B" #!\n'), "no thread `B`, expected one of sigma0, P, A, late"),
    (call("send", "to = -1 #!\n"), "out of range"),
    (call("send", 'to = "any" #!\n'), "no thread `any`"),
    (call("send", 'to = "A"\nfrom = "A" #!\n'), "`from` does not go with `send`, expected only to"),
    (call("send", 'to = "A"\nat = 0 #!\n'), "`at` does not go with `send`"),
    (call("send", 'to = "A"\nlabel = 0x8000_0000_0000 #!\n'), "out of range"),
    (call("send", 'to = "A"\nwords = [0, -1] #!\n'), "out of range"),
    (call("send", f'to = "A"\nwords = {[0] * 64} #!\n'), "length"),
    (call("send", f'to = "A"\nwords = {[0] * 62}\nitems = [{{ map = 0 }}]\n')
     .replace("\n", " #!\n", 1), "64 message registers"),
    (call("send", 'to = "A"\nitems = [{}] #!\n'), "neither `map` nor `grant`"),
    (call("send", 'to = "A"\nitems = [{ map = 0, grant = 0 }] #!\n'), "the item has both"),
    (call("send", 'to = "A"\nitems = [{ map = 0, pages = 3 }] #!\n'), "3 pages, expected a power"),
    (call("send", 'to = "A"\nitems = [{ map = 0x1000, pages = 2 }] #!\n'), "multiple of its size"),
    (call("send", 'to = "A"\nitems = [{ map = 0, pages = 1, log2 = 12 }] #!\n'), "both given"),
    (call("send", 'to = "A"\nitems = [{ map = 0, log2 = 64 }] #!\n'), "integer <= 63"),
    (call("send", 'to = "A"\nitems = [{ map = 0, rights = "q" }] #!\n'), "letters of rwx"),
    (call("send", 'to = "A"\nitems = [{ mop = 0 }] #!\n'), "unknown key `mop`"),
    (call("receive", 'window = "some" #!\n'), "`window` is `some`, expected one of all, none"),
    (call("receive", "window = { pages = 3 } #!\n"), "3 pages"),
    (call("reply", 'to = "A"\nrefuse = true #!\nlabel = 3\n'), "a refusal carries nothing"),
    (call("ask_sigma0", "pages = 3 #!\n"), "3 pages, expected a power of two"),
    (call("ask_sigma0", "node = 2 #!\n"), "there is no node 2, expected 0 to 1"),
    (call("ask_sigma0", 'frame = "7" #!\n'), "`frame` is `7`, expected node:index"),
    (call("ask_sigma0", 'frame = "0:fffffffff" #!\n'), "expected node:index"),
    (call("ask_sigma0", 'frame = "999:0" #!\n'), "expected node:index"),
    (call("ask_sigma0", 'frame = "0:1"\npages = 2\n').replace("\n", " #!\n", 1), "multiple of"),
    (call("thread_control", "pager = 1\n").replace("\n", " #!\n", 1), "needs `target`"),
    (call("thread_control", 'target = 5\nspace = "A"\ndelete = true #!\n'), "both given"),
    (call("thread_control", "target = 5\nutcb = { at = 0 } #!\n"), "`utcb` is an area"),
    (call("space_control", "target = 5\nutcb = 4 #!\n"), "`utcb` is a number"),
    (call("schedule", "target = 5\nnode = 1\ncpu = 2 #!\n"), "node 1 has no CPU 2"),
    (call("exchange_registers", "target = 5\n").replace("\n", " #!\n", 1), "needs `control`"),
    ('[[space]]\nname = "P" #!\n', "the name `P` is taken"),
    ('[[space]]\nname = "sigma0" #!\n', "is taken"),
    ('[[space]]\nname = "Q"\nnode = 2 #!\n', "node 2 cannot be the home of a space"),
    ('[[space]]\nname = "Q"\nkip = { pages = 3 } #!\n', "3 pages"),
    ('[[thread]] #!\nname = "t"\n', "its space is missing, expected one of P, A"),
    ('[[thread]]\nname = "t"\nspace = "Q" #!\n', "there is no space `Q`"),
    ('[[thread]]\nname = "t"\napplication = "a" #!\n', "there are no applications"),
    ('[[thread]]\nname = "t"\nspace = "P"\nnode = 2 #!\n', "there is no node 2"),
    ('[[thread]]\nname = "t"\nspace = "P"\npager = "q" #!\n', "there is no thread `q`"),
    ('[[thread]]\nname = "t"\ncreated = true\nspace = "P" #!\n', "`space` does not go with"),
    ('[[thread]]\nname = "t"\ncreated = true\nnode = 0 #!\n', "`node` does not go with"),
    ('[[thread]]\nname = "any" #!\nspace = "P"\n', "the name `any` is taken"),
    ('[[region]] #!\nname = "d"\nat = 0\n', "there are no applications"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    whole = BARE + text
    line = next(n for n, each in enumerate(whole.split("\n"), 1) if each.endswith("#!"))
    with pytest.raises(UserError) as caught:
        parse_scenario(whole, "x.toml")
    assert str(caught.value).startswith(f"x.toml:{line}:")
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_application_and_a_space_do_not_share_a_thread() -> None:
    text = MACHINE + '[[application]]\nname = "a"\n[[space]]\nname = "s"\n[[thread]]\nname = "t"\n'
    for keys, message in (
        ('application = "a"\nspace = "s"\n', "`application` and `space` are both given"),
        ('node = 0\npager = "sigma0"\n', "the pagers of applications are those of their nodes"),
    ):
        with pytest.raises(UserError, match=message):
            parse_scenario(text + keys, "x")
