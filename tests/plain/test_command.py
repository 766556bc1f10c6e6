"""How a typed line finds its command: whole words, beginnings, other words, near misses."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Command, Vocabulary


def row(*words: str) -> Command[object]:
    return Command(words, words[0], "help", lambda _talk, _rest: ())


WORDS = Vocabulary(
    [row("step", "s"), row("seek"), row("back"), row("show mdb", "show database"),
     row("show machine"), row("show messages")]
)  # fmt: skip


def meant(line: str) -> tuple[str, str] | None:
    found = WORDS.exact(line) or WORDS.shortened(line)
    return (found.command.name, found.rest) if found else None


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("step 3", "step", "3"),
        ("s", "step", ""),  # another word of it, although `seek` begins so as well
        ("st", "step", ""),
        ("B  2 ", "back", "2"),
        ("show MDB N2", "show mdb", "N2"),
        ("sh md A.0", "show mdb", "A.0"),
        ("look da", "show mdb", ""),
        ("show me 5", "show messages", "5"),
    ],
)
def test_a_line_finds_its_command(line: str, name: str, rest: str) -> None:
    assert meant(line) == (name, rest)


def test_what_is_typed_after_the_words_keeps_its_letters() -> None:
    assert meant("BACK Aa") == ("back", "Aa")


def test_a_beginning_of_several_commands_is_refused() -> None:
    with pytest.raises(UserError, match="`show mdb`, `show machine`, `show messages`"):
        meant("show m")
    with pytest.raises(UserError, match="`step`, `seek`"):
        Vocabulary([row("step"), row("seek")]).shortened("s")


def test_nothing_is_guessed_but_the_nearest_is_named() -> None:
    assert meant("stpe") is None
    assert "expected perhaps `step`" in str(WORDS.unknown("stpe"))
    with pytest.raises(UserError, match="expected perhaps `show messages`"):
        meant("show mesages")
    with pytest.raises(UserError, match="one of mdb, machine, messages"):
        meant("show")


def test_a_line_that_steers_a_terminal_is_not_repeated() -> None:
    assert str(WORDS.unknown("\x1b[2J")).isprintable()
    with pytest.raises(UserError) as caught:
        meant("show \x1b[2J")
    assert str(caught.value).isprintable()
