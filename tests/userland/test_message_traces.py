"""Every message of the pagers' protocols, in order, beside files that were checked by hand.

On n nodes each thread touches one global page, A.0 first, and then the last one has it unmapped
everywhere. A file holds this for one way of agreeing, on 2, 3 and 4 nodes: up to 3 a tree of
notifications is the sequence. One line is one message (`->`) or one letter in a mailbox (`=>`).

The files say what passes; the tests after the first derive from the rules how much must pass and
what must come before what, from the files alone. Where a protocol has changed on purpose, write
the files anew with `write_all`, and read them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.options import (
    FAN_OUTS,
    IPC,
    PROTOCOLS,
    SHARED_MEMORY,
    TREE,
    Agreement,
)
from l4numa_tui.world.operations import Op, Operation
from l4numa_tui.world.session import Session, StepChange
from tests.worlds import DATA, session

FOLDER = Path(__file__).resolve().parent.parent / "data" / "messages"
SIZES = (2, 3, 4)
WAYS = [
    Agreement(protocol, eager, fan_out)
    for protocol, fan_out, eager in itertools.product(PROTOCOLS, FAN_OUTS, (False, True))
]


def file_name(way: Agreement) -> str:
    return f"{way.protocol}-{way.fan_out}-{'eager' if way.eager else 'lazy'}"


def run_of(way: Agreement, nodes: int) -> Session:
    programs: list[list[Operation]] = [[(Op.READ, DATA << PAGE_LOG2)] for _ in range(nodes)]
    programs[0] = [(Op.WRITE, DATA << PAGE_LOG2)]
    programs[-1].append((Op.UNMAP_GLOBAL, DATA, 1))
    run = session(programs, nodes=nodes, agreement=way)
    assert run.run(1000) < 1000
    return run


def messages(run: Session) -> Iterator[str]:
    """The lines of a run, in the order in which the messages passed."""
    names = run.world.system.thread_names
    for at in range(1, run.length + 1):
        change = run.change(at)
        words = delivered(change)
        for record in change.records():
            if record.event not in (Event.IPC_SEND, Event.MAIL_WRITE):
                continue
            arrow = "->" if record.event == Event.IPC_SEND else "=>"
            found = words[record.a].pop(0) if words.get(record.a) else (record.c,)
            text = text_of(record, found)
            yield f"{names[record.thread]} {arrow} {names[record.a]}  {text}"


def delivered(change: StepChange) -> dict[int, list[tuple[int, ...]]]:
    """The words that a step put into threads' registers and mailboxes, by receiver."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for table, key, old, new in change.changes():
        if table == "inbox" and new is not None:
            found.setdefault(key, []).append(new[2:])
        elif table == "mailbox" and new is not None and len(new) > len(old or ()):
            found.setdefault(key, []).append(new[-1][2:])
    return found


def text_of(record: Record, words: tuple[int, ...]) -> str:
    label = record.b
    if label >> 4 == PAGEFAULT_PROTOCOL:
        return f"fault {rights_text(label & 7).strip('-')} {words[0] >> PAGE_LOG2:#x}"
    if label == labels.NOTIFY:
        _, leader, _, size, *rest = words
        below = f", tell on {rest[:size]}" if size else ""
        pages = " ".join(f"{page:#x}" for page in rest[size:])
        return f"notify: unmap {pages} for pager{leader}{below}"
    name = labels.label_text(label)
    forms: dict[int, Callable[..., str]] = {
        labels.ACK: lambda node, leader: f"ack of node {node} for pager{leader}",
        labels.LOOKUP: lambda _, page, node: f"which frame? {page:#x} for node {node}",
        labels.FRAME: lambda _, page, frame, __: f"frame {page:#x} {frame_text(frame)}",
        labels.SHOW: lambda _, page, frame, __: f"map now {page:#x} {frame_text(frame)}",
        labels.MAP_REPLY: lambda address: f"map {address >> PAGE_LOG2:#x}",
        labels.UNMAP_ASK: lambda _, page: f"unmap, please {page:#x}",
        labels.UNMAP_OK: lambda node: f"unmapped, says pager{node}",
    }
    return forms[label](*words) if label in forms else f"{name} {words[0]:#x}"


def text_for(way: Agreement) -> str:
    """A whole file."""
    parts = []
    for nodes in SIZES:
        parts.append(f"{nodes} nodes")
        parts += [f"  {line}" for line in messages(run_of(way, nodes))]
    return "\n".join(parts) + "\n"


def write_all() -> None:
    """Write the files anew: only where a protocol was meant to change."""
    for way in WAYS:
        (FOLDER / f"{file_name(way)}.txt").write_text(text_for(way))


@pytest.mark.parametrize("way", WAYS, ids=file_name)
def test_every_message_passes_as_written(way: Agreement) -> None:
    assert text_for(way) == (FOLDER / f"{file_name(way)}.txt").read_text()


class Line(NamedTuple):
    """One line of a file."""

    sender: str
    by_letter: bool
    to: str
    text: str

    @property
    def kind(self) -> str:
        """What it is, without what it is about."""
        return re.split(r"[ :?]+(?=0x|of|says|unmap|[rwx] )", self.text)[0].rstrip(",:? ")

    @property
    def crosses(self) -> bool:
        """Whether it goes to another node: names end in their node's number."""
        return self.sender[-1] != self.to[-1]


def written(way: Agreement) -> dict[int, list[Line]]:
    """The lines of a file, by the number of nodes."""
    found: dict[int, list[Line]] = {}
    nodes = 0
    for row in (FOLDER / f"{file_name(way)}.txt").read_text().splitlines():
        head = re.fullmatch(r"(\d+) nodes", row)
        if head:
            nodes = int(head[1])
            found[nodes] = []
            continue
        line = re.fullmatch(r"  (\S+) ([-=])> (\S+)  (.+)", row)
        assert line, row
        found[nodes].append(Line(line[1], line[2] == "=", line[3], line[4]))
    assert tuple(found) == SIZES
    return found


SECTIONS = [pytest.param(w, n, id=f"{file_name(w)}-{n}") for w in WAYS for n in SIZES]


@pytest.mark.parametrize(("way", "nodes"), SECTIONS)
def test_as_many_messages_as_the_rules_ask_for(way: Agreement, nodes: int) -> None:
    lines = written(way)[nodes]
    keeper = DATA % nodes  # of the page, where every page has its pager
    faulting = 1 if way.eager else nodes
    expected = {
        "fault": faulting,
        "map": faulting,
        "unmap everywhere": 1,
        "unmapped": 1,
        "notify": nodes - 1,
        "ack": nodes - 1,
        "map now": nodes - 1 if way.eager else 0,
    }
    if way.protocol == IPC:
        asking = [node for node in range(faulting) if node != keeper]
        expected |= {"which frame": len(asking), "frame": len(asking), "unmap, please": 1}
        expected["unmapped"] += 1  # the keeper's answer to the pager, and the pager's to its thread
    assert Counter(line.kind for line in lines) == Counter(expected), "no other messages either"


@pytest.mark.parametrize(("way", "nodes"), SECTIONS)
def test_what_crosses_nodes_goes_the_protocols_way(way: Agreement, nodes: int) -> None:
    lines = written(way)[nodes]
    crossing = [line for line in lines if line.crosses]
    between = 2 * (nodes - 1)
    if way.protocol == IPC:
        asking = [node for node in range(1 if way.eager else nodes) if node != DATA % nodes]
        between += 2 * len(asking) + 2
    if way.eager:
        # The page's pager tells all but the one that touched; a note to itself crosses nothing.
        to_itself = way.protocol == IPC and DATA % nodes != 0
        between += nodes - 1 - to_itself
    assert len(crossing) == between
    assert {line.by_letter for line in crossing} == {way.protocol == SHARED_MEMORY}
    assert all(line.sender != line.to for line in lines if not line.by_letter)


@pytest.mark.parametrize(("way", "nodes"), SECTIONS)
def test_nothing_is_answered_before_it_is_done(way: Agreement, nodes: int) -> None:
    lines = written(way)[nodes]
    told = {line.to: (at, line.sender) for at, line in enumerate(lines) if line.kind == "notify"}
    acked = {line.sender: (at, line.to) for at, line in enumerate(lines) if line.kind == "ack"}
    leader = f"pager{DATA % nodes if way.protocol == IPC else nodes - 1}"
    assert set(told) == set(acked) == {f"pager{node}" for node in range(nodes)} - {leader}
    done = next(at for at, line in enumerate(lines) if line.kind == "unmapped")
    for pager, (at, teller) in told.items():
        assert acked[pager][1] == teller, "acknowledged to whom one was told by"
        assert at < acked[pager][0] < done
        if teller != leader:
            assert told[teller][0] < at, "told on after one was told"
            assert acked[pager][0] < acked[teller][0], "acknowledged after all below"
    rounds = {pager: depth(told, pager, leader) for pager in told}
    if way.fan_out == TREE:
        assert max(rounds.values()) <= nodes.bit_length()
    else:
        assert set(rounds.values()) == {1}
    assert lines[-1].to == f"A.{nodes - 1}", "the thread that asked hears of it last"
    assert lines[-1].kind == "unmapped"


def depth(told: dict[str, tuple[int, str]], pager: str, leader: str) -> int:
    """How many tellings lead to a pager."""
    return 0 if pager == leader else 1 + depth(told, told[pager][1], leader)


def test_a_tree_first_differs_on_four_nodes() -> None:
    for protocol, eager in itertools.product(PROTOCOLS, (False, True)):
        sequence, tree = (written(Agreement(protocol, eager, fan_out)) for fan_out in FAN_OUTS)
        assert [sequence[nodes] == tree[nodes] for nodes in SIZES] == [True, True, False]


def test_the_folder_holds_these_files_only() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {file_name(way) for way in WAYS}
