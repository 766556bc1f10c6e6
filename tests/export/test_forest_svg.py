"""The forest as a picture: an XML reader finds every line in it, at its place."""

from __future__ import annotations

import struct
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.export import palette
from l4numa_tui.export.forest_svg import COLUMN, ROW, look_of
from l4numa_tui.export.formats import Options, pieces
from l4numa_tui.export.png import png_of
from l4numa_tui.views.forest.folds import Folds
from l4numa_tui.views.forest.view import ForestView
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import STYLES, plain
from l4numa_tui.world.session import Session
from tests.export.export_worlds import SEEDS, moment, renamed, text_of

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = dict.fromkeys(map(ord, "─═▶┬├└│"), " ")


def rows_of(text: str) -> list[str]:
    """What a picture says, put back into rows and columns by where it stands."""
    rows: dict[int, dict[int, str]] = {}
    (_, *texts) = ElementTree.fromstring(text).iter(f"{SVG}text")
    for each in texts:
        y, x = int(each.attrib["y"]), float(each.attrib["x"])
        rows.setdefault((y - 64) // ROW, {})[round((x - 16) / COLUMN)] = each.text or ""
    out = []
    for at in range(max(rows) + 1):
        line = ""
        for column, part in sorted(rows.get(at, {}).items()):
            assert len(line) <= column, "texts overlap"
            line = line.ljust(column) + part
        out.append(line)
    return out


def lines_of(of: Session, *, unfold: bool) -> list[str]:
    folds = Folds.fresh()
    if unfold:
        folds.set_all(unfolded=True)
    view = ForestView(Scene(of.world, of.last), folds)
    lines = (plain(view.whole_line(row)) for row in range(view.row_count))
    return [line.translate(DRAWN).rstrip() for line in lines]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_line_of_the_forest_is_in_the_picture(seed: int, theme: str) -> None:
    of = moment(seed)
    for unfold in (False, True):
        text = text_of(of, "forest", unfold=unfold, theme=theme)
        assert rows_of(text) == lines_of(of, unfold=unfold), f"seed {seed}"
        root = ElementTree.fromstring(text)
        assert root.attrib["{http://www.w3.org/XML/1998/namespace}space"] == "preserve"
        below = 64 + ROW * len(lines_of(of, unfold=unfold))
        assert float(root.attrib["viewBox"].split()[3]) >= below - ROW


def test_nothing_is_fetched_and_no_name_breaks_out() -> None:
    text = text_of(renamed(moment(1)), "forest", unfold=True)
    assert text.count("http") == 1, "the name of the language, nothing to load"
    assert not {each.tag for each in ElementTree.fromstring(text).iter()} - {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "text", "path")
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", palette.PAPERS)
def test_text_stands_out_from_what_is_behind_it(theme: str) -> None:
    paper = palette.PAPERS[theme]
    for name in paper.looks:
        for mark in ("", " new", " gone", " changed"):
            look = look_of(paper, name + mark)
            if name in ("line", "dim"):
                continue
            dark, light = sorted(map(luminance, (look.colour, look.behind or paper.page)))
            assert (light + 0.05) / (dark + 0.05) >= 3.5, (name, mark)


def test_papers_colour_only_what_the_views_know() -> None:
    assert set(STYLES) >= set(palette.DARK.looks) == set(palette.LIGHT.looks)


def test_without_colours_there_is_no_paper() -> None:
    with pytest.raises(UserError, match="dark or light"):
        text_of(moment(0), "forest", theme="mono")


def test_png_has_the_pictures_shape() -> None:
    of = moment(0)
    (made,) = pieces(of, "forest-png")
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", made[16:24])
    box = ElementTree.fromstring(text_of(of, "forest", source="")).attrib["viewBox"].split()
    assert abs(width / height - float(box[2]) / float(box[3])) < 0.01
    tall = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 90000"/>'
    with pytest.raises(UserError, match="too large"):
        png_of(tall)


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(UserError, match=r"l4numa_tui\[png\]"):
        pieces(moment(0), "forest-png", Options())


def test_line_characters_meet_at_the_edges_of_their_cells() -> None:
    from l4numa_tui.export.forest_svg import drawn_path

    paths = [drawn_path("─", column, 0) for column in range(3)]
    ends = [[float(part) for part in path[1:].replace("H", " ").split()] for path in paths]
    for (_, _, end), (start, _, _) in pairwise(ends):
        assert end == pytest.approx(start)
    assert "V20" in drawn_path("│", 0, 0)
