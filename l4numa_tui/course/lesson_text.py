"""lesson.en.md: a small part of Markdown, with containers bound to the run, as a list of items.

Outside containers: paragraphs, lists of `- `, figures in ``` fences. Containers:

    ::: objectives          - id: text
    ::: todo trap           step on until the moment `trap`; the text says what to look at
    ::: predict who         prompt, `a) choice`, and below each its feedback in lines of `> `
    ::: observe what        the same, asked about what was seen
    ::: explain             text with the reason, after a question
    ::: hints who           three paragraphs: principle, where to look, an example
    ::: challenge           the task; `check-id) text` for each check
    ::: done                the last words
"""

from __future__ import annotations

import re
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text

MAX_BYTES = 128 * 1024
ELSE = "else"  # the key of the feedback to whatever answer is not foreseen

_OPEN = re.compile(r"::: ?([a-z]+)(?: ([a-z0-9-]+))?$")
_OPTION = re.compile(r"([a-z0-9-]{1,40})\) ?(.*)$")
_NAMES = {
    "objectives": False,
    "todo": True,
    "predict": True,
    "observe": True,
    "explain": False,
    "hints": True,
    "challenge": False,
    "done": False,
}
"""The containers, and whether each names something."""

Lines = tuple[str, ...]


class Option(NamedTuple):
    """A choice's text (or an anticipated number's, then empty) and what is said to it."""

    key: str
    text: str
    feedback: Lines


class Item(NamedTuple):
    """One container, or the text between two: `name` is `text` then. `line` is where it begins."""

    name: str
    argument: str
    lines: Lines
    options: tuple[Option, ...]
    line: int


class LessonText(NamedTuple):
    """A lesson's text taken apart: its title and its items in order."""

    title: str
    items: tuple[Item, ...]

    def of(self, name: str, argument: str = "") -> Item | None:
        """The first container with this name and argument."""
        for item in self.items:
            if item.name == name and (not argument or item.argument == argument):
                return item
        return None


def parse_lesson_text(text: str, source: str) -> LessonText:
    """Take a lesson's text apart; UserError with its line for what is not of the form."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UserError("the text is too long", f"at most {MAX_BYTES} bytes", source=source)
    rows = [safe_text(row).rstrip() for row in text.split("\n")]
    if not rows[0].startswith("# "):
        raise UserError("the first line is no title", "`# Title`", source=source, line=1)
    items: list[Item] = []
    start, name, argument, opened = 1, "text", "", 0
    for at, row in enumerate([*rows[1:], ""], 1):
        last = at == len(rows)
        if not row.startswith(":::") and not last:
            continue
        items += _item(name, argument, rows[start:at], start + 1, source)
        if last:
            break
        name, argument = _fence(row, name, source, at + 1)
        start, opened = at + 1, at + 1
    if name != "text":
        raise UserError(f"container `{name}` is not closed", "`:::`", source=source, line=opened)
    return LessonText(rows[0][2:].strip(), tuple(items))


def _fence(row: str, inside: str, source: str, line: int) -> tuple[str, str]:
    """What a line of `:::` opens; (`text`, "") where it closes a container."""
    if inside != "text":
        if row != ":::":
            raise UserError(
                f"container `{inside}` is still open", "`:::` before", source=source, line=line
            )
        return "text", ""
    found = _OPEN.match(row)
    if not found or found[1] not in _NAMES or bool(found[2]) != _NAMES[found[1]]:
        names = ", ".join(f"`::: {name}{' NAME' * wants}`" for name, wants in _NAMES.items())
        raise UserError("no container of a lesson", f"one of {names}", source=source, line=line)
    return found[1], found[2] or ""


def _item(name: str, argument: str, rows: list[str], line: int, source: str) -> list[Item]:
    if name == "text" and not any(rows):
        return []
    options: list[Option] = []
    if name in ("predict", "observe", "challenge"):
        head = next((n for n, row in enumerate(rows) if _OPTION.match(row)), len(rows))
        options = _options(rows[head:], line + head, source)
        rows = rows[:head]
    return [Item(name, argument, flow(rows, line, source), tuple(options), line)]


def _options(rows: list[str], line: int, source: str) -> list[Option]:
    """`key) text`, its further lines indented, then its feedback in lines of `>`."""
    options: list[Option] = []
    key, text, said = "", [], []  # type: str, list[str], list[str]

    def close() -> None:
        if key:
            options.append(Option(key, " ".join(text).strip(), flow(said, line, source)))

    for at, row in enumerate(rows, line):
        found = _OPTION.match(row)
        if found:
            close()
            key, text, said = found[1], [found[2]], []
        elif row.startswith(">"):
            said.append(row[1:].removeprefix(" "))
        elif not row and said:
            said.append("")
        elif row.startswith(" ") and not said:
            text.append(row.strip())
        elif row:
            raise UserError(
                "a line that belongs to no choice", "`key) …`, `> …`", source=source, line=at
            )
    close()
    return options


def flow(rows: list[str], line: int, source: str) -> Lines:
    """Rows as lines of a Block: paragraphs and list items joined, figures indented by four."""
    out: list[str] = []
    fenced = joined = False
    for at, row in enumerate(rows, line):
        if row.startswith("```"):
            fenced, joined = not fenced, False
        elif fenced:
            out.append("    " + row)
        elif not row.strip():
            joined = False
            if out and out[-1]:
                out.append("")
        elif row.lstrip().startswith(("#", "<", "|", "![")):
            raise UserError(
                f"{row.split()[0]!r} is not used in lessons",
                "paragraphs, lists and ``` figures",
                source=source,
                line=at,
            )
        elif joined and not row.startswith("- "):
            out[-1] += " " + row.strip()
        else:
            out.append(row.strip())
            joined = True
    while out and not out[-1]:
        out.pop()
    return tuple(out)
