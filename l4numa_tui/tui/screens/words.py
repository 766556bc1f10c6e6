"""Words: the glossary, with those on one line of a pane first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from l4numa_tui.course.glossary import Glossary
from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.screens.searching import ResultsPane, SearchScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, fit


class WordsPane(ResultsPane):
    """What words mean: those of a line of text first, then all, or those that fit what is typed."""

    def __init__(
        self,
        stage: Stage,
        glossary: Glossary,
        *,
        line: str = "",
        quoted: bool = True,
        word: str = "",
    ) -> None:
        super().__init__(stage)
        self._glossary = glossary
        line = " ".join(line.strip(" │┃|").split())
        self._line = line if quoted else ""
        found = glossary.found_in(line)
        names = [each.name for each in found] if not word else [word]
        self._first = list(dict.fromkeys(names))

    def lines(self, room: Size) -> Sequence[Line]:
        """Each word with what it means and related ones."""
        width, glossary = room.width, self._glossary
        if self.text.strip():
            names = glossary.search(self.text)
            out = [line for name in names for line in self._term(name, width)]
            return out or list(wrap_text("Not in the glossary.", width, style="dim"))
        out = []
        if self._line and self._first:
            out += [*self._quoted(width), []]
        for name in self._first:
            out += self._term(name, width)
        if self._first:
            out += [[], [Segment("All words", "label")]]
        for name in glossary.names():
            if name not in self._first:
                out += self._term(name, width)
        return out

    def _quoted(self, width: int) -> list[Line]:
        """The line itself, its known words lit; what does not fit is cut."""
        found = self._glossary.found_in(self._line)
        line: Line = []
        at = 0
        for each in found:
            line += [Segment(self._line[at : each.start], "dim")]
            line += [Segment(self._line[each.start : each.end], "key")]
            at = each.end
        line.append(Segment(self._line[at:], "dim"))
        return [fit(line, width)]

    def _term(self, name: str, width: int) -> list[Line]:
        term = self._glossary.terms[name]
        out = list(wrap_text(name, width, style="title"))
        out += wrap_text(term.text, width, Segment("  "))
        if term.see:
            out += wrap_text(f"see also: {', '.join(term.see)}", width, Segment("  "), style="dim")
        return out


def words_screen(
    stage: Stage, glossary: Glossary, *, line: str = "", quoted: bool = True, word: str = ""
) -> SearchScreen:
    """The glossary over a stage; `line` is the text whose words come first, or `word` does.

    `quoted` shows the line itself, too.
    """
    pane = WordsPane(stage, glossary, line=line, quoted=quoted, word=word)
    return SearchScreen(pane, "Words", "type to search", (("↑ ↓", "scroll"),))
