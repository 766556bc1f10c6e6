"""What a form offers for its fields, and a typed line to complete it."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.building.fresh import fresh_scenario
from l4numa_tui.scenario.building.offers import completions, offers
from l4numa_tui.scenario.building.sandbox import Sandbox
from l4numa_tui.scenario.building.typed import all_requests, parse_line, split_line
from l4numa_tui.scenario.script import OP_NAMES


@pytest.fixture
def user() -> Sandbox:
    return Sandbox(fresh_scenario("2"))


@pytest.fixture
def bare() -> Sandbox:
    return Sandbox(fresh_scenario("2", bare=True))


def texts(sandbox: Sandbox, name: str, key: str, /, **fields: str) -> list[str]:
    return [each.text for each in offers(sandbox, all_requests()[name], key, fields)]


def words(sandbox: Sandbox, line: str) -> list[str]:
    return [each.text for each in completions(sandbox, line)[1]]


def test_every_operation_of_a_script_can_be_asked_for() -> None:
    assert set(OP_NAMES) < set(all_requests())


def test_whatever_is_offered_is_taken_by_the_loader(user: Sandbox, bare: Sandbox) -> None:
    for line in ("P ask_sigma0 pages=2 into=0x10000", "A read 0x400000", "P receive"):
        bare.do_line(line)
    bare.session.run(100)
    for sandbox, thread in ((user, "A.1"), (bare, "P")):
        for request in all_requests().values():
            first = {"thread": thread, "name": "fresh"}
            for key in request.needs:
                found = texts(sandbox, request.name, key, **first)
                if key not in first and found:
                    first[key] = found[0]
            if request.table == "thread" and sandbox is bare:
                first["space"] = "A"
            for key in request.keys:
                for text in texts(sandbox, request.name, key, **first):
                    fields = {**first, key: text}
                    given = {each: fields[each] for each in fields if each in request.keys}
                    wrong = str(sandbox.check(request, given).get(key, ""))
                    # What goes with some other fields only is another matter.
                    assert not any(word in wrong for word in _NONSENSE), (request.name, key, wrong)


_NONSENSE = ("of type", "TOML", "there is no", "cannot be a name", "no page")


def test_addresses_come_from_regions_and_from_what_is_mapped(user: Sandbox, bare: Sandbox) -> None:
    assert texts(user, "write", "at", thread="A.1") == ["0x402000", "0x500000"]
    user.do_line("A.1 write 0x403000")
    user.session.run(10)
    assert "0x403000" in texts(user, "unmap", "at", thread="A.1")
    assert "0x403000" not in texts(user, "unmap", "at", thread="A.0")
    assert texts(bare, "ask_sigma0", "into", thread="P") == ["0x10000"]
    bare.do_line("P ask_sigma0 pages=2 into=0x10000")
    bare.session.run(10)
    assert texts(bare, "ask_sigma0", "into", thread="P") == ["0x12000"]


def test_who_answers_a_fault_is_offered_who_waits_and_where(bare: Sandbox) -> None:
    for line in ("P ask_sigma0 pages=2 into=0x10000", "A write 0x400abc", "P receive"):
        bare.do_line(line)
    bare.session.run(100)
    assert texts(bare, "reply", "to", thread="P")[0] == "A"
    item = texts(bare, "reply", "items", thread="P")[0]
    assert item == "[{map=0x10000, rights=rw, at=0x400000}]"
    bare.do_line(f"P reply A items={item}")
    bare.session.run(100)
    assert bare.session.world.kernel.translate(3, 0x400) or not bare.session.world.enabled()


def test_a_line_is_completed_word_by_word(user: Sandbox) -> None:
    assert words(user, "") == ["A.0", "A.1", "add"]
    assert words(user, "A.1 unmap") == ["unmap_everywhere", "unmap"]
    assert words(user, "A.1 write 0x5") == ["0x500000"]
    assert words(user, "A.1 write 0x402000 p") == ["pages="]
    assert words(user, "A.1 write 0x402000 pages=1 p") == []
    assert words(user, "add region r 0x600000 kind=n") == ["kind=node_local"]
    assert words(user, "nonsense of all kinds") == []
    assert completions(user, "A.1 wri")[0] == len("A.1 ")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("A.0 read 0x1000 2", {"thread": "A.0", "at": "0x1000", "pages": "2"}),
        ("A.0 read pages=2 0x1000", {"thread": "A.0", "at": "0x1000", "pages": "2"}),
        ("P schedule A 1 node=0", {"thread": "P", "target": "A", "cpu": "1", "node": "0"}),
        ('P work 5 note="a b = c"', {"thread": "P", "cycles": "5", "note": '"a b = c"'}),
        ("P send A items=[ {map=0x0, rights=r} ]",
         {"thread": "P", "to": "A", "items": "[ {map=0x0, rights=r} ]"}),
    ],
)  # fmt: skip
def test_a_line_is_taken_apart(line: str, fields: dict[str, str]) -> None:
    request, found = parse_line(line)
    assert request.op == line.split()[1]
    assert found == fields


def test_quotes_and_brackets_that_nothing_closes_are_words() -> None:
    assert split_line("a [b c") == ["a", "[b c"]
    assert split_line('a "b c') == ["a", '"b', "c"]
    assert split_line("a ] b") == ["a", "]", "b"]
    assert split_line("") == split_line("  ") == []


def test_a_number_names_a_thread_by_its_number_and_a_quoted_one_by_its_name(bare: Sandbox) -> None:
    assert bare.do_line("P send 77 no_wait=true").began
    assert bare.scenario.spec.step[-1].to == 77
    with pytest.raises(UserError, match="there is no thread `77`"):
        bare.do_line('P send "77"')
