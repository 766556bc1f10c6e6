"""Chips: how the forest writes an entry, `+▲N1 A.1 rw- v00400 ⇄2 ≡4`, and how wide that may get."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import vpn_of
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.machine.machine import node_of
from l4numa_tui.views.forest.facts import PAGE_DIGITS, Facts
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.forest.tree import Item, target_of
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, MARK_NEW, Line, Segment, Target

MARK_STYLES = {MARK_NEW: "new", MARK_GONE: "gone", MARK_CHANGED: "changed", "": ""}
_RIGHTS = ((READ, "r", "read"), (WRITE, "w", "write"), (EXECUTE, "x", "execute"))
_BUNDLE_LABELS = 8  # a bundle names so many of its entries' nodes
_RIGHTS_WIDTH = 4  # three letters and the blank before them


class Chips:
    """Writes the entries of one frame after the other. `tight` leaves out what goes without saying.

    That is, of servers: the rights their parent has as well, and where the memory lies; of pages,
    leading zeros.
    """

    def __init__(self, facts: Facts, light: Light, *, tight: bool) -> None:
        self.facts = facts
        self.light = light
        self.tight = tight

    def width(self, level: int, space: int) -> int:
        """Columns that a space's chips may take with the mark, whatever they say just now."""
        facts = self.facts
        if self._hides(level, space):
            return 1
        named = 1 + len(facts.label(facts.home(space))) + 1 + len(facts.name(space))
        node = 2 + facts.node_digits if facts.nodes > 1 else 0
        if facts.is_server(space):
            return named + (0 if self.tight else _RIGHTS_WIDTH + node)
        return named + _RIGHTS_WIDTH + PAGE_DIGITS + 2 + 2 * node

    def _hides(self, level: int, space: int) -> bool:
        """The root pager's chip is the same on every line: where it is tight, it can go."""
        return self.tight and level == 1 and space == self.facts.root

    def entry(self, frame: int, items: list[Item], item: Item) -> Line:
        """One entry's chip, with the mark before it."""
        facts, glyphs = self.facts, self.facts.glyphs
        target = target_of(facts, item)
        tail = _joined(MARK_STYLES[item.mark], self.light.style(item.entry, item.space))
        if self._hides(item.level, item.space):
            return [Segment(self._mark(item), tail.lstrip(), target)]
        mark = Segment(self._mark(item), MARK_STYLES[item.mark], target)
        home, here, vpn = facts.home(item.space), node_of(frame), vpn_of(item.entry)
        line = [
            mark,
            Segment(facts.label(home), f"chip{home % 8}{tail}", target),
            Segment(f" {facts.name(item.space)}", f"strong{tail}", target),
        ]
        server = facts.is_server(item.space)
        brief = self.tight and server
        if not brief or item.rights != items[item.up].rights or item.mark == MARK_CHANGED:
            line += self._rights(item, tail, target)
        if vpn != frame:
            digits = f"{vpn:x}" if self.tight else f"{vpn:0{PAGE_DIGITS}x}"
            line.append(Segment(f" v{digits}", f"value{tail}", target))
        if item.mark != MARK_GONE and facts.is_large(item.entry):
            line.append(Segment(" 2M", f"label{tail}", target))
        if home != here and not brief:
            gap = "" if self.tight else " "
            line.append(Segment(f"{gap}{glyphs.elsewhere}{here}", f"cross{tail}", target))
        if not server and item.mark != MARK_GONE:
            line += self._sharing(item, vpn, frame, tail, target)
        return line

    def bundle(self, items: list[Item], members: tuple[int, ...]) -> Line:
        """Entries that nothing was derived from in one chip: nodes, what they are, rights."""
        facts, chosen = self.facts, items[members[0]]
        what, style = "spaces", "label"
        if all(items[index].space in facts.pagers for index in members):
            what = "pagers"
        line: Line = [Segment(" ")]
        for index in members:
            item = items[index]
            home, lit = facts.home(item.space), self.light.style(item.entry, item.space)
            if lit == "selected":
                chosen, what, style = item, facts.name(item.space), "strong selected"
            if len(line) <= _BUNDLE_LABELS:
                names = f"chip{home % 8}{_joined(lit)}"
                line.append(Segment(facts.label(home), names, ("entry", item.entry)))
        target: Target = ("entry", chosen.entry)
        more = len(members) - _BUNDLE_LABELS
        if more > 0:
            line.append(Segment(f" +{more}", "label", target))
        line += [Segment(" "), Segment(what, style, target)]
        if not self.tight or chosen.rights != items[chosen.up].rights:
            line += self._rights(chosen, "", target)
        return line

    def _mark(self, item: Item) -> str:
        return self.facts.glyphs.gone if item.mark == MARK_GONE else item.mark or " "

    def _rights(self, item: Item, tail: str, target: Target) -> Line:
        """A letter for each right; what they were before as well, if the last step changed them."""
        line: Line = [Segment(" ", tail.lstrip(), target)]
        changed = item.before not in (-1, item.rights)
        for rights in (item.before, item.rights) if changed else (item.rights,):
            if len(line) > 1:
                line.append(Segment(self.facts.glyphs.arrow, f"strong{tail}", target))
            for bit, letter, style in _RIGHTS:
                has = rights & bit
                line.append(
                    Segment(letter if has else "-", f"{style if has else 'dim'}{tail}", target)
                )
        return line

    def _sharing(self, item: Item, vpn: int, frame: int, tail: str, target: Target) -> Line:
        """How many spaces of the application see the page: in this frame, or each in its own."""
        same, seen = self.facts.sharing(item.space, vpn, frame)
        gap = "" if self.tight else " "
        if same > 1:
            glyph = self.facts.glyphs.everywhere
            return [Segment(f"{gap}{glyph}{same}", f"good{tail}", target)]
        if seen > 1:
            return [Segment(f"{gap}{self.facts.glyphs.local}{seen}", f"warn{tail}", target)]
        return []


def _joined(*styles: str) -> str:
    """Styles to follow another one: each with a blank before it, nothing for the empty ones."""
    return "".join(f" {style}" for style in styles if style)
