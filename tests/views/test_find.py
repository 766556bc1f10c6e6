"""Find: what something typed can mean."""

from __future__ import annotations

import random

import pytest

from l4numa_tui.course.glossary import load_glossary
from l4numa_tui.kernel.mapping_database import vpn_of
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.views.find import MOST, Finder, Match, find
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import CODE, DATA, make_session

GLOSSARY = load_glossary()


def scene_of(session: Session, selected: Target | None = None) -> Scene:
    return Scene(session.world, session.last, selected)


@pytest.fixture
def session() -> Session:
    out = make_session(2)
    out.run(12)
    return out


def found(session: Session, text: str) -> list[Match]:
    return find(scene_of(session), session, GLOSSARY, text)


def numbers(matches: list[Match], kind: str) -> list[int]:
    """The first number of the targets of a kind."""
    return [next(iter(match.target[1:])) for match in matches if match.target[0] == kind]


def test_a_frame_comes_with_every_mapping_of_it(session: Session) -> None:
    database = session.world.kernel.database
    frame = 1 << NODE_SHIFT | 1
    first, *rest = found(session, "1:0001")
    assert first.target == ("frame", frame)
    assert set(numbers(rest, "entry")) == {
        entry for entry, row in database.entries.rows.items() if row[0] == frame
    }
    assert found(session, "▲N1:1")[0].target == ("frame", frame)
    for nowhere in ("9:0001", f"1:{1 << 20:x}"):
        assert "frame" not in {match.kind for match in found(session, nowhere)}


@pytest.mark.parametrize("text", [f"{DATA:x}", f"{DATA:#x}", f"{DATA << 12:#x}", f"v{DATA:05x}"])
def test_a_page_is_found_by_number_and_by_address(session: Session, text: str) -> None:
    application = next(iter(session.world.system.roster.applications))
    matches = found(session, text)
    assert matches[0].target == ("page", application, DATA)
    mapped = {
        entry for entry in session.world.kernel.database.entries.rows if vpn_of(entry) == DATA
    }
    assert set(numbers(matches, "entry")) == mapped


def test_letters_alone_are_no_address(session: Session) -> None:
    assert [match for match in found(session, "a") if match.kind == "page"] == []


@pytest.mark.parametrize("text", ["n1", "N1", "node 1", "▲N1", "Node  1"])
def test_a_node(session: Session, text: str) -> None:
    assert found(session, text)[0] == Match("node", "▲N1", ("node", 1))
    assert "node" not in {match.kind for match in found(session, text.replace("1", "7"))}


def test_names_exact_first_and_kinds_narrow(session: Session) -> None:
    names = session.world.system.space_names
    space = next(number for number, name in names.items() if name == "pager1")
    assert found(session, "PAGER1")[0].target == ("space", space)
    kinds = {match.kind for match in found(session, "thread pager") if match.kind != "word"}
    assert kinds == {"thread"}
    region = found(session, "code")[0]
    assert list(region.target)[0::2] == ["page", CODE]


def test_steps_by_number_and_by_what_happens(session: Session) -> None:
    assert found(session, "step 3")[0].target == ("step", 3)
    assert found(session, f"step {session.length + 1}") == []
    assert found(session, "step 0")[0].text.endswith("as booted")
    steps = numbers(found(session, "pagefault"), "step")
    assert steps == sorted(steps)
    assert steps


def test_looking_moves_nothing(session: Session) -> None:
    session.seek(5)
    before = (session.cursor, session.length, session.digest())
    finder = Finder(scene_of(session), session, GLOSSARY)
    finder.find("pagefault")
    assert (session.cursor, session.length, session.digest()) == before


def test_a_word_that_is_meant_comes_before_the_steps_that_have_it(session: Session) -> None:
    session.run(1_000)
    kinds = [match.kind for match in found(session, "unmap")]
    assert kinds.index("word") < kinds.index("step")
    word = next(match for match in found(session, "unmap") if match.kind == "word")
    assert GLOSSARY.names()[numbers([word], "word")[0]] == word.text == "unmap"


def test_whatever_is_typed_finds_only_what_can_be_shown(session: Session) -> None:
    draw = random.Random(5)
    finder = Finder(scene_of(session), session, GLOSSARY)
    letters = "0123456789abcdefnxNAv:. /▲⇄%[(\\\x1b"
    for _ in range(300):
        text = "".join(draw.choice(letters) for _ in range(draw.randrange(1, 7)))
        matches = finder.find(text)
        assert len({match.target for match in matches}) == len(matches)
        assert len(matches) < 10 * MOST
        for match in matches[:3]:
            assert match.text.isprintable()
            if match.kind not in ("word", "step"):
                assert inspector(scene_of(session, match.target), 40)


def test_in_ascii_all_is_ascii(session: Session) -> None:
    scene = Scene(session.world, session.last, ascii_only=True)
    for text in ("n1", "pager", "1:0001", "data"):
        for match in find(scene, session, GLOSSARY, text):
            assert match.kind in ("word", "step") or match.text.isascii()
