"""`help`, and the commands about the program itself."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.talk import Talk
from l4numa_tui.views.pane_parts import glyphs_of


def help_lines(talk: Talk) -> list[str]:
    """All commands that are possible now, by chapter; of brief chapters only the names."""
    lines: list[str] = []
    for chapter in talk.chapters():
        if not chapter.brief:
            lines += chapter_lines(chapter)
            continue
        names = ", ".join(each.name for each in chapter.commands)
        word = chapter.title.split()[-1].lower()
        lines += [f"{chapter.title} (`help {word}` explains these):", f"- {names}"]
    return lines


def chapter_lines(chapter: Chapter) -> list[str]:
    """A chapter's commands with what they do."""
    return [f"{chapter.title}:", *(f"- {each.form}: {each.help}" for each in chapter.commands)]


def _help(talk: Talk, rest: str) -> Lines:
    if not rest:
        advice = talk.advice()
        return [*help_lines(talk), *(["", advice] if advice else [])]
    for chapter in talk.chapters():
        if chapter.title.split()[-1].lower() == rest.lower():
            return chapter_lines(chapter)
    group = [each for chapter in talk.chapters() for each in chapter.commands if each.of(rest)]
    if group:
        return chapter_lines(Chapter(f"What `{rest.lower()}` can be followed by", tuple(group)))
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


def _more(talk: Talk, rest: str) -> Lines:
    if rest != "all":
        no_more(rest, "more")
    lines = talk.kept.lines
    if not lines:
        return ["There is no more."]
    if rest == "all":
        talk.printer.paragraph(lines, figures=talk.kept.figure)
        talk.kept = talk.kept._replace(lines=[])
    else:
        talk.go_on(lines)
    return ()


def _words(talk: Talk, rest: str) -> Lines:
    if rest.lower() not in ("on", "off"):
        raise UserError("`words` takes `on` or `off`", "`words on`")
    talk.printer.words = rest.lower() == "on"
    if talk.printer.words:
        return ["Signs are written as words from now on."]
    gone = glyphs_of(talk.scene()).gone
    return [f"Signs again: + is new, {gone} is gone, ~ is changed."]


def _quit(talk: Talk, _rest: str) -> Lines:
    talk.over = True
    return ()


HELP = Command(
    ("help", "h", "?"), "help, or help COMMAND", "these lines, or about one command or chapter",
    _help, example="help who-changed", whole=True,
)  # fmt: skip


MORE = Command(("more", "m"), "more, or more all", "the rest of a long answer", _more, whole=True)
WORDS = Command(
    ("words",), "words on|off", "say new, gone and changed instead of the signs for them", _words,
    example="words on",
)  # fmt: skip


def program(leaving: str) -> Chapter:
    """The chapter about the program; `leaving` says what `quit` does with what was done."""
    quit_ = Command(("quit", "q", "exit"), "quit", leaving, _quit)
    return Chapter("The program", (HELP, MORE, WORDS, quit_))
