"""Chips: how the forest writes an entry, `+▲N1 A.1 rw- v00400 ⇄2 ≡4`, and how wide that may get."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import vpn_of
from l4numa_tui.machine.machine import node_of
from l4numa_tui.views.forest.facts import PAGE_DIGITS, Facts
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.forest.tree import Item, target_of
from l4numa_tui.views.pane_parts import MARK_STYLES, rights_part
from l4numa_tui.views.segments import MARK_CHANGED, MARK_GONE, Line, Segment, Target

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
        facts, target, tail = self.facts, target_of(self.facts, item), self.tail(item)
        if self._hides(item.level, item.space):
            return [Segment(self.mark(item), tail.lstrip(), target)]
        home, here = facts.home(item.space), node_of(frame)
        label = Segment(facts.label(home), f"chip{home % 8}{tail}", target)
        line = [*self._named(item, label), *self._body(frame, items, item)]
        server = facts.is_server(item.space)
        if home != here and not (self.tight and server):
            gap = "" if self.tight else " "
            line.append(Segment(f"{gap}{facts.glyphs.elsewhere}{here}", f"cross{tail}", target))
        return line + self.sharing(frame, item)

    def lane(self, frame: int, items: list[Item], item: Item) -> Line:
        """The chip of an entry in the lane of its home: only the glyph of that, and no `⇄`.

        Where the memory lies the frame's number says, which stands at the left of every lane.
        """
        home = self.facts.home(item.space)
        label = self.facts.label(home)[:1] if self.tight else self.facts.label(home)
        chip = Segment(label, f"chip{home % 8}{self.tail(item)}", target_of(self.facts, item))
        mark, *name = self._named(item, chip)
        if not item.mark:  # a grant's edge is drawn, here also sigma0's
            mark = mark._replace(text=" ")
        return [mark, *name, *self._body(frame, items, item), *self.sharing(frame, item)]

    def tail(self, item: Item) -> str:
        """The styles that follow an entry's others, a blank before each."""
        lit = self.light.style(item.entry, item.space)
        return _joined(MARK_STYLES.get(item.mark, ""), lit, "hit" if item.hit else "")

    def _named(self, item: Item, label: Segment) -> Line:
        """An entry's mark, its home node, its space."""
        mark = Segment(self.mark(item), MARK_STYLES.get(item.mark, ""), label.target)
        name = f" {self.facts.name(item.space)}"
        return [mark, label, Segment(name, f"strong{self.tail(item)}", label.target)]

    def _body(self, frame: int, items: list[Item], item: Item) -> Line:
        """An entry's rights and address."""
        facts, target, tail = self.facts, target_of(self.facts, item), self.tail(item)
        line: Line = []
        brief = self.tight and facts.is_server(item.space)
        if not brief or item.rights != items[item.up].rights or item.mark == MARK_CHANGED:
            line += self.rights(item, tail, target)
        vpn = vpn_of(item.entry)
        if vpn != frame:
            digits = f"{vpn:x}" if self.tight else f"{vpn:0{PAGE_DIGITS}x}"
            line.append(Segment(f" v{digits}", f"value{tail}", target))
        if item.mark != MARK_GONE and facts.is_large(item.entry):
            line.append(Segment(" 2M", f"label{tail}", target))
        return line

    def bundle(self, items: list[Item], members: tuple[int, ...]) -> Line:
        """Entries that nothing was derived from in one chip: nodes, what they are, rights."""
        labels, what = self.labels(items, members), self.what(items, members)
        return [Segment(" "), *labels, Segment(" "), *what]

    def labels(self, items: list[Item], members: tuple[int, ...]) -> Line:
        """The home nodes of a bundle's entries, and how many more there are."""
        facts, line = self.facts, list[Segment]()
        for index in members[:_BUNDLE_LABELS]:
            item = items[index]
            home = facts.home(item.space)
            style = f"chip{home % 8}{self.tail(item)}"
            line.append(Segment(facts.label(home), style, ("entry", item.entry)))
        more = len(members) - _BUNDLE_LABELS
        if more > 0:
            chosen = items[self._chosen(items, members)]
            line.append(Segment(f" +{more}", "label", ("entry", chosen.entry)))
        return line

    def what(self, items: list[Item], members: tuple[int, ...]) -> Line:
        """What a bundle's entries are, and their rights: of the selected one, if it is there."""
        facts, chosen = self.facts, items[self._chosen(items, members)]
        target: Target = ("entry", chosen.entry)
        pagers = all(items[index].space in facts.pagers for index in members)
        line = [Segment("pagers" if pagers else "spaces", "label", target)]
        if self.light.style(chosen.entry, chosen.space) == "selected":
            line = [Segment(facts.name(chosen.space), "strong selected", target)]
        if not self.tight or chosen.rights != items[chosen.up].rights:
            line += self.rights(chosen, "", target)
        return line

    def _chosen(self, items: list[Item], members: tuple[int, ...]) -> int:
        """The index of the bundle's selected item, else of its first."""
        lit = (
            index
            for index in members
            if self.light.style(items[index].entry, items[index].space) == "selected"
        )
        return next(lit, members[0])

    def mark(self, item: Item) -> str:
        """The sign before an entry: what the last step did to it; `▷` if sigma0's was granted."""
        if item.mark:
            return self.facts.glyphs.gone if item.mark == MARK_GONE else item.mark
        return self.facts.glyphs.given if item.level == 1 and item.given else " "

    def rights(self, item: Item, tail: str, target: Target) -> Line:
        """A letter for each right; what they were before as well, if the last step changed them."""
        line: Line = [Segment(" ", tail.lstrip(), target)]
        changed = item.before not in (-1, item.rights)
        for rights in (item.before, item.rights) if changed else (item.rights,):
            if len(line) > 1:
                line.append(Segment(self.facts.glyphs.arrow, f"strong{tail}", target))
            line += rights_part(rights, tail, target)
        return line

    def sharing(self, frame: int, item: Item) -> Line:
        """How many spaces of the application see the page: in this frame, or each in its own."""
        if self.facts.is_server(item.space) or item.mark == MARK_GONE:
            return []
        target, tail = target_of(self.facts, item), self.tail(item)
        vpn = vpn_of(item.entry)
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
