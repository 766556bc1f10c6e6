"""What is printed and written: tables, JSON, CSV, charts, reports; the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.experiments.chart import chart_lines
from l4numa_tui.experiments.model import Result, Row, Settings, Verdict, run_experiment
from l4numa_tui.experiments.registry import EXPERIMENTS, experiment_of
from l4numa_tui.experiments.report import report_files, write_all, write_report
from l4numa_tui.experiments.scales import Scale, marks, short
from l4numa_tui.experiments.svg import svg_of
from l4numa_tui.experiments.text import table_lines, to_csv, to_json

NAMES = [each.id for each in EXPERIMENTS]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    few = Settings(nodes=(1, 2, 4))
    return {each.id: run_experiment(each, few) for each in EXPERIMENTS}


def with_rows(result: Result, rows: list[Row]) -> Result:
    return result._replace(rows=rows)


@pytest.mark.parametrize("name", NAMES)
def test_json_has_exactly_the_keys_of_its_schema(results: dict[str, Result], name: str) -> None:
    document = json.loads(to_json(results[name]))
    assert list(document) == ["schema", "id", "claim", "rows", "verdict"]
    assert (document["schema"], document["id"]) == ("l4numa.experiment/1", name)
    assert document["claim"] == experiment_of(name).claim
    assert document["verdict"].startswith(results[name].verdict.outcome + ": ")
    assert len(document["rows"]) == len(results[name].rows)
    for row, measured in zip(document["rows"], results[name].rows, strict=True):
        assert "nodes" in row
        assert row == {
            key: pytest.approx(cell, abs=1e-6) if isinstance(cell, float) else cell
            for key, cell in measured.items()
        }


@pytest.mark.parametrize("name", NAMES)
def test_tables_show_every_column_and_row(results: dict[str, Result], name: str) -> None:
    lines = table_lines(results[name])
    assert len(lines) == 1 + len(results[name].rows)
    for column in experiment_of(name).columns:
        assert column.head in lines[0]
        assert all(column.key in row for row in results[name].rows), column.key


@pytest.mark.parametrize("name", NAMES)
def test_csv_can_be_read_again(results: dict[str, Result], name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(results[name]))))
    assert [int(row["nodes"]) for row in rows] == [row["nodes"] for row in results[name].rows]
    assert all(None not in row.values() for row in rows)


def test_csv_of_hostile_names(results: dict[str, Result]) -> None:
    names = ['=1+1,"x"', "-x", "a\nb\x1b[31m", "-"]
    rows: list[Row] = [{"program": name, "nodes": 1} for name in names]
    text = to_csv(with_rows(results["E2"], rows))
    read = [row["program"] for row in csv.DictReader(io.StringIO(text))]
    assert read[:2] == ['\'=1+1,"x"', "'-x"]
    assert read[3] == "-"
    assert "\x1b" not in text


@pytest.mark.parametrize("name", NAMES)
def test_charts_are_xml_without_links(results: dict[str, Result], name: str) -> None:
    text = svg_of(results[name])
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert "href" not in text
    assert "url(" not in text
    assert root.find(f"{SVG}desc") is not None
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        for key, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if key in element.attrib:
                assert 0 <= float(element.attrib[key]) <= most


def test_an_svg_line_has_a_point_for_each_row(results: dict[str, Result]) -> None:
    root = ElementTree.fromstring(svg_of(results["E3"]))
    lines = root.findall(f"{SVG}polyline")
    ways = {row["how"] for row in results["E3"].rows}
    assert len(lines) == len(ways)
    for line in lines:
        places = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
        assert len(places) == 3
        assert sorted(places) == places, "more nodes stand further right"
        assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)


def test_texts_in_a_chart_are_escaped(results: dict[str, Result]) -> None:
    result = results["E3"]
    evil = result._replace(verdict=Verdict("holds", "<script>&\x1b[31m"))
    root = ElementTree.fromstring(svg_of(evil))
    told = root.find(f"{SVG}desc")
    assert told is not None
    assert told.text is not None
    assert "<script>&" in told.text
    assert "\x1b" not in told.text


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_terminal_charts_fit(results: dict[str, Result], name: str, *, ascii_only: bool) -> None:
    lines = chart_lines(results[name], width=60, ascii_only=ascii_only)
    texts = ["".join(text for text, _ in line) for line in lines]
    assert len(texts) > 5
    if experiment_of(name).chart.kind == "lines":
        assert max(map(len, texts[1:])) <= 60
    if ascii_only:
        assert all(text.isascii() for text in texts)


def test_bars_are_as_long_as_their_figures(results: dict[str, Result]) -> None:
    lines = chart_lines(results["E6"], ascii_only=True)
    bars = ["".join(text for text, series in line if series >= 0) for line in lines[2:]]
    figures = [
        row[key] for row in results["E6"].rows for key in ("refaults", "back_faults")
    ]  # one bar for each, in this order
    most = max(figure for figure in figures if isinstance(figure, int))
    for bar, figure in zip(bars, figures, strict=True):
        assert isinstance(figure, int)
        assert len(bar) == round(40 * figure / most)


def test_without_figures_there_is_no_chart(results: dict[str, Result]) -> None:
    empty = with_rows(results["E3"], [])
    assert chart_lines(empty) == []
    ElementTree.fromstring(svg_of(empty))


def test_axes() -> None:
    assert Scale([1, 2, 64]).logarithmic
    assert Scale([1, 8, 64]).place(8) == pytest.approx(0.5)
    assert not Scale([1, 2, 64], from_zero=True).logarithmic
    assert Scale([10, 20], from_zero=True).place(10) == pytest.approx(0.5)
    assert Scale([3]).place(3) == 0
    assert marks(list(range(100)), 3) == [0, 50, 99]
    assert [short(v) for v in (0.5, 12, 9999, 12_345, 3.4e6, 5e9)] == [
        "0.5", "12", "9999", "12.35k", "3.4M", "5G",
    ]  # fmt: skip


def test_a_report_has_all_experiments_and_their_pictures(
    results: dict[str, Result], tmp_path: Path
) -> None:
    path = tmp_path / "my report.md"
    names = write_report(list(results.values()), str(path))
    assert sorted(names) == sorted(map(str, tmp_path.iterdir()))
    text = path.read_text()
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert len(pictures) == len(EXPERIMENTS)
    for picture in pictures:
        assert (tmp_path / picture.replace("%20", " ")).exists()
        assert "://" not in picture
    for name, result in results.items():
        assert f"## {name}\n" in text
        assert f"Verdict: **{result.verdict.outcome}**" in text


def test_a_report_is_the_same_bytes_twice(results: dict[str, Result]) -> None:
    again = {each.id: run_experiment(each, Settings(nodes=(1, 2, 4))) for each in EXPERIMENTS}
    first = report_files(list(results.values()), "r.md")
    assert report_files(list(again.values()), "r.md") == first


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "old.svg").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    files = {
        str(tmp_path / "new.svg"): b"1",
        str(tmp_path / "old.svg"): b"2",
        str(tmp_path / "folder"): b"3",
        str(tmp_path / "last.md"): b"4",
    }
    with pytest.raises(UserError, match="not a regular file"):
        write_all(files)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "old.svg"]
    assert (tmp_path / "old.svg").read_bytes() == b"old"
    del files[str(tmp_path / "folder")]
    write_all(files)
    assert (tmp_path / "old.svg").read_bytes() == b"2"
    assert (tmp_path / "last.md").read_bytes() == b"4"


def test_a_missing_folder_leaves_nothing(results: dict[str, Result], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_report(list(results.values()), str(tmp_path / "no" / "r.md"))
    assert os.listdir(tmp_path) == []
