"""`help`, and the commands about the program itself."""

from __future__ import annotations

from l4numa_tui.plain.command import Chapter, Command, Lines
from l4numa_tui.plain.talk import Talk


def help_lines(talk: Talk) -> list[str]:
    """All commands that are possible now, by chapter."""
    lines: list[str] = []
    for title, commands in talk.chapters():
        lines += [f"{title}:", *(f"- {each.form}: {each.help}" for each in commands)]
    return lines


def _help(talk: Talk, rest: str) -> Lines:
    if not rest:
        advice = talk.advice()
        return [*help_lines(talk), *(["", advice] if advice else [])]
    vocabulary = talk.vocabulary()
    found = vocabulary.exact(rest) or vocabulary.shortened(rest)
    if found is None:
        raise vocabulary.unknown(rest)
    command = found.command
    lines = [f"{command.form}: {command.help}"]
    if command.example:
        lines.append(f"For example: `{command.example}`")
    if len(command.words) > 1:
        others = ", ".join(f"`{word}`" for word in command.words[1:])
        lines.append(f"The same: {others}")
    return lines


def _quit(talk: Talk, _rest: str) -> Lines:
    talk.over = True
    return ()


HELP = Command(
    ("help", "h", "?"), "help, or help COMMAND", "these lines, or more about one command", _help,
    example="help who-changed", whole=True,
)  # fmt: skip


def program(leaving: str) -> Chapter:
    """The chapter about the program; `leaving` says what `quit` does with what was done."""
    quit_ = Command(("quit", "q", "exit"), "quit", leaving, _quit)
    return Chapter("The program", (HELP, quit_))
