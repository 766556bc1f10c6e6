"""What the tests of exports share: sessions at telling moments, and the database as sets."""

from __future__ import annotations

from typing import Any

from l4numa_tui.export.formats import FORMATS, Options, pieces
from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.session import Session
from tests.worlds import random_session

SEEDS = range(4)
PURE = [each.name for each in FORMATS if not each.screen and not each.binary]
# What a name may be that means something to one of the languages.
HOSTILE = (
    "end", 'a"b;c\nd', "wrap: x", "%%{init: {}}%%", "<script>", "#35;&amp;`*x*`", "A]--](x) | {y}",
    "note over", '\\n\\"', "a->>b: c", "\x1b[31m", "]]>", "\u202e", "{\\N|<f>}",
)  # fmt: skip


def moment(seed: int) -> Session:
    """A random world at a random step, not the first."""
    of = random_session(seed, pool_frames=7)
    of.run(10_000)
    of.seek(1 + seed * 7919 % of.length)
    return of


def shipped(name: str, step: int = 2000) -> Session:
    """A scenario that came with the program, at a step or at its end."""
    of = build_session(open_scenario(name))
    of.seek(step)
    return of


def renamed(of: Session) -> Session:
    """The same with hostile names for everything."""
    system = of.world.system
    for names in (system.space_names, system.thread_names):
        for at, key in enumerate(list(names)):
            names[key] = HOSTILE[at % len(HOSTILE)]
    return of


def text_of(of: Session, name: str, **asked: Any) -> str:
    """A session in a format."""
    options = Options(source="test")._replace(**asked)
    return b"".join(pieces(of, name, options)).decode()


def entry_name(entry: int) -> str:
    """What the graph languages call an entry."""
    return f"s{space_of(entry)}_v{vpn_of(entry):x}"


def expected_edges(of: Session) -> set[tuple[str, str]]:
    """All derivations, by the names of the graph languages; of sigma0's pages as frames."""
    database, out = of.world.kernel.database, set()
    for entry, row in database.entries.rows.items():
        around = database.large_around(row[2])
        parent = row[2] if around is None else around
        frame = f"frame_{vpn_of(parent):x}"
        out.add((entry_name(parent) if space_of(parent) else frame, entry_name(entry)))
    return out
