"""A course of one small lesson with every kind of question, written to a folder for the tests."""

from __future__ import annotations

from pathlib import Path

from l4numa_tui.course.folder import load_course
from l4numa_tui.course.lesson import Lesson, load_lesson
from l4numa_tui.course.player import LessonPlayer

COURSE = """
id = "small"
title = "A small course"
key = "k"
lessons = ["03-two"]
"""
GLOSSARY = """
[term.page]
text = "4096 bytes."
see = ["frame"]
[term.frame]
text = "4096 bytes of memory."
"""
MISCONCEPTIONS = """
[misconception.everywhere]
name = "Everywhere"
text = "Only where somebody faults."
"""
SCENARIO = """
[machine]
nodes = 2
[[region]]
name = "data"
at = 0x400000
pages = 8
[[step]]
thread = "A.{{node}}"
op = "write"
at = 0x400000
[[step]]
thread = "A.0"
op = "read"
at = 0x401000
[[step]]
thread = "A.1"
op = "read"
at = 0x401000
"""
LESSON = """
id = "two"
version = 3
minutes = 5
points = 9
terms = ["page"]
objectives = ["see"]
misconceptions = ["everywhere"]
[params.node]
one_of = [1, 0]
[moments.trap]
event = "PAGEFAULT_USER"
[moments.mapped]
event = "ACCESS"
[moments.both]
event = "ACCESS"
nth = 3
[[question]]
id = "whom"
objective = "see"
until = "trap"
answer = {receiver = {event = "IPC_SEND"}}
choices = [
  {key = "a", is = "pager{{node}}"},
  {key = "b", is = "everybody", misconception = "everywhere"},
]
[[question]]
id = "order"
kind = "order"
objective = "see"
answer = {order = [{key = "a", event = "IPC_SEND"}, {key = "b", event = "TLB_MISS"}]}
choices = [{key = "a"}, {key = "b"}]
[[question]]
id = "where"
kind = "set"
objective = "see"
points = 2
until = "mapped"
choices = [
  {key = "a", when = {mapped = {space = "A.0", va = 0x400000}}, misconception = "everywhere"},
  {key = "b", when = {mapped = {space = "A.1", va = 0x400000}}},
]
[[question]]
id = "faults"
kind = "number"
objective = "see"
until = "both"
answer = {metric = "faults"}
choices = [{key = "two", is = 2}, {key = "one", is = 1, misconception = "everywhere"}]
[challenge]
commands = ["touch", "reply"]
play = ["pager0"]
[[check]]
id = "read"
points = 1
when = {happened = {event = "ACCESS", thread = "A.0", va = 0x402000}}
objectives = ["see"]
[[check]]
id = "only"
points = 3
when = {rights = {space = "A.0", va = 0x402000}, is = "r--"}
"""
TEXT = """# Two nodes

::: objectives
- see: see where a **page** is
:::

A page is to be written by `A.{{node}}`.

::: predict whom
Who hears of it?

a) Its own pager.
> Its own pager, since that is who serves it.
b) All pagers.
> Nobody else is asked.
:::

::: hints whom
One.

Two.

Three.
:::

::: todo trap
Step once.
:::

::: observe order
In which order?

a) a message
> The message comes last.
b) a miss
> The miss comes first.
else)
> Miss, then message.
:::

::: predict where
Where will it be mapped?

a) in A.0
> Only if node 0 wrote.
b) in A.1
> Only if node 1 wrote.
else)
> Where it was written, and only there.
:::

::: todo mapped
Step until it is written.
:::

::: explain
That is why.
:::

::: predict faults
How many faults will the two reads cause?

two)
> One on each node.
one)
> Each node has a table of its own.
else)
> Count the nodes.
:::

::: todo both
Step until both have read.
:::

::: challenge
Read page 0x402 with `A.0`, and give no more than needed.

read) It is read.
only) It has only `r`.
:::

::: done
The end.
:::
"""

FILES = {
    "course.toml": COURSE,
    "glossary.en.toml": GLOSSARY,
    "misconceptions.toml": MISCONCEPTIONS,
    "03-two/scenario.toml": SCENARIO,
    "03-two/lesson.toml": LESSON,
    "03-two/lesson.en.md": TEXT,
    "03-two/solutions/all.toml": (
        'about = "right"\nchallenge = ["touch A.0 0x402000", "reply r", "step"]\n'
    ),
    "03-two/wrong/too-much.toml": (
        'about = "all rights"\nchallenge = ["touch A.0 0x402000", "reply rw", "step"]\n'
        'fails = ["only"]\n'
    ),
}


def write_course(folder: Path, **changed: str) -> Path:
    """Write the course; `changed` has the new text of a file by its name without suffix."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.name.partition(".")[0], text), encoding="utf-8")
    return folder


def small_lesson(folder: Path, student: str = "", attempt: int = 0) -> Lesson:
    """The lesson of a course written to `folder`."""
    if not (folder / "course.toml").exists():
        write_course(folder)
    return load_lesson(folder / "03-two", load_course(folder), student, attempt)


def small_player(folder: Path) -> LessonPlayer:
    """A player at the beginning of the small lesson, for a student without a name: node 1."""
    return LessonPlayer(small_lesson(folder))


def to_challenge(player: LessonPlayer) -> LessonPlayer:
    """Answer everything rightly and step on until the challenge begins."""
    for value in ("a", "b a", "b", "2"):
        while player.pending is None:
            assert player.step() is not None
        player.answer(value)
    while not player.in_challenge:
        assert player.step() is not None
    return player
