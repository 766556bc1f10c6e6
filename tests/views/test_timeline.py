"""The timeline: where the knob stands, what a click means, what the bars say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui.views.segments import plain
from l4numa_tui.views.time.timeline import (
    column_of_step,
    slider_span,
    slider_step_at,
    step_of_column,
    timeline,
)
from tests.views.pane_worlds import finished, scene_of

_WIDTHS = st.integers(30, 200)
_LENGTHS = st.integers(0, 3000)


def test_in_full() -> None:
    # 61 columns: the slider takes half, 30 of them; steps 0..4 stand a quarter of 29 columns apart.
    # Clock: a fault costs 200 + 300 + 230 cycles; its answer 1000 for the pager, 200 and 226 for
    # the directory, 226 for the pool, 1600 to zero the page, 230 for the IPC, 520 to map.
    of = finished(2)
    of.seek(2)
    costs = [700, 350, 87, 1]
    first, second = timeline(scene_of(of), 2, costs, 61)
    assert plain(first) == "step 2/4 ├" + "─" * 15 + "●" + "─" * 14 + "┤  clock 4 732"
    # Bars are in eighths of the dearest: 700 is full, 350 four eighths and so the fifth height. Of
    # the 30 columns 4 are nearest to step 0, then 7, 8, 7 and 4 to the steps.
    bars = "█" * 7 + "▅" * 8 + "▁" * 11
    assert plain(second) == "cost" + " " * 10 + bars + "   at most 700 cycles"


@given(width=_WIDTHS, length=_LENGTHS, data=st.data())
def test_the_knob_stands_where_its_step_can_be_clicked(
    width: int, length: int, data: st.DataObject
) -> None:
    cursor = data.draw(st.integers(0, length))
    of = finished(1)
    of.seek(0)
    line = plain(timeline(scene_of(of), cursor, [1] * length, width)[0])
    start, size = slider_span(width, length)
    knob = line.index("●")
    assert knob == start + column_of_step(cursor, size, length)
    assert line[start - 1] == "├"
    assert line[start + size] == "┤"
    clicked = slider_step_at(knob, width, length)
    assert clicked is not None
    if length < size:
        assert clicked == cursor
    else:
        assert abs(clicked - cursor) * (size - 1) <= length  # nothing nearer has a column


@given(width=_WIDTHS, length=_LENGTHS)
def test_clicks_are_ordered_and_reach_both_ends(width: int, length: int) -> None:
    start, size = slider_span(width, length)
    steps = [slider_step_at(column, width, length) for column in range(width)]
    inside = [step for step in steps if step is not None]
    assert inside == sorted(inside)
    assert (inside[0], inside[-1]) == (0, length)
    assert [column for column, step in enumerate(steps) if step is not None] == list(
        range(start - 1, start + size + 1)
    )
    for column in range(size):
        if length >= size:
            assert column_of_step(step_of_column(column, size, length), size, length) == column


@given(width=_WIDTHS, costs=st.lists(st.integers(0, 10**6), max_size=400), data=st.data())
def test_no_step_is_missing_from_the_bars(
    width: int, costs: list[int], data: st.DataObject
) -> None:
    of = finished(1)
    of.seek(0)
    cursor = data.draw(st.integers(0, len(costs)))
    bars = timeline(scene_of(of), cursor, costs, width)[1]
    start, size = slider_span(width, len(costs))
    marked = [s for s in bars if s.target is not None]
    assert len(marked) <= size
    shown = [int(s.target[-1]) for s in marked if s.target]
    assert shown == sorted(shown)
    if costs:
        # The dearest step of all has the highest bar, and each bar leads to the step it measures.
        assert max(costs) in [costs[step - 1] for step in shown]
        heights = "▁▂▃▄▅▆▇█"
        for segment, step in zip(marked, shown, strict=True):
            expected = min(costs[step - 1] * 8 // max(*costs, 1), 7)
            assert heights.index(segment.text) == expected
    if len(costs) < size - 1:
        assert set(shown) == set(range(1, len(costs) + 1))
    assert start + size <= width


def test_counters_are_the_worlds() -> None:
    of = finished(4)
    costs = [of.change(step).cycles for step in range(1, of.length + 1)]
    for step in range(0, of.length + 1, 7):
        of.seek(step)
        line = plain(timeline(scene_of(of), step, costs, 120, faults_expected=12)[0])
        assert f"clock {sum(costs[:step]):,}".replace(",", " ") in line
        assert f"faults {of.world.totals().faults}/12" in line
        assert f"Δ +{costs[step - 1]:,}".replace(",", " ") in line or not step
