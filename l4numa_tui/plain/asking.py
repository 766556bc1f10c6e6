"""The commands that ask why: what a step did, by which code, and who changed something last."""

from __future__ import annotations

from l4numa_tui.plain import run_pages
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more
from l4numa_tui.plain.exporting import EXPORT
from l4numa_tui.plain.finding import show_found
from l4numa_tui.plain.source import show_source
from l4numa_tui.plain.talk import Talk
from l4numa_tui.plain.terms import show_term
from l4numa_tui.views.steps.step_text import explain_changes


def _why(talk: Talk, rest: str) -> Lines:
    no_more(rest, "why")
    scene, session = talk.scene(), talk.session
    lines = list(run_pages.show_events(scene, session))
    if session.last is not None:
        changes = [f"  {line}" for line in explain_changes(scene, session.last)]
        lines += ["What it changed, and what it cost:", *(changes or ["  nothing"])]
    return lines


def _source(talk: Talk, rest: str) -> Lines:
    return show_source(talk.scene(), rest)


def _find(talk: Talk, rest: str) -> Lines:
    return show_found(talk.scene(), talk.session, talk.terms(), rest)


def _term(talk: Talk, rest: str) -> Lines:
    return show_term(talk.terms(), rest)


ASKING = Chapter(
    "Asking",
    (
        Command(
            ("why",), "why",
            "everything that happened inside the last step, what it changed and cost", _why,
        ),
        Command(
            ("term", "terms", "word"), "term WORD",
            "what a word means; `term` alone lists them", _term, example="term fpage",
        ),
        Command(
            ("find",), "find TEXT",
            "a space, thread, region, address, frame, node, step or word", _find,
            example="find 0x402000",
        ),
        Command(
            ("source",), "source, or source FUNCTION",
            "the code that the last step went through", _source, whole=True, figure=True,
        ),
        EXPORT,
    ),
)  # fmt: skip
