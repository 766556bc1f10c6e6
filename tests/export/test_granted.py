"""Which entries were granted, from the history: as the database's own moves say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from l4numa_tui.export.granted import granted_entries
from l4numa_tui.kernel.mapping_database import MappingDatabase
from l4numa_tui.world.session import Session
from tests.export.export_worlds import shipped
from tests.views.forest_worlds import KernelHistory


class Watched(KernelHistory):
    """A wild history that is never taken back, as a session: its steps from 1 on."""

    def as_session(self) -> Session:
        steps = self._steps
        told = SimpleNamespace(cursor=len(steps), change=lambda at: steps[at - 1])
        return cast(Session, told)


@pytest.mark.parametrize("seed", range(6))
def test_grants_are_told_from_maps_and_unmaps(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    truth: dict[int, int] = {}
    move, forget = MappingDatabase.move, MappingDatabase.forget

    def moving(self: MappingDatabase, entry: int, to: int, slot: int) -> None:
        move(self, entry, to, slot)
        truth.pop(entry, None)
        truth[to] = entry

    def forgetting(self: MappingDatabase, entry: int) -> None:
        forget(self, entry)
        truth.pop(entry, None)

    monkeypatch.setattr(MappingDatabase, "move", moving)
    monkeypatch.setattr(MappingDatabase, "forget", forgetting)
    history = Watched(seed)
    most = 0
    for _ in range(150):
        history.step()
        alive = history.world.kernel.database.entries.rows
        expected = {to: giver for to, giver in truth.items() if to in alive}
        assert granted_entries(history.as_session()) == expected, f"seed {seed}"
        most = max(most, len(expected))
    assert most > 1


def test_a_scenarios_grant_is_known_until_it_is_revoked() -> None:
    of = shipped("revoke-after-grant")
    known = []
    for step in range(of.length + 1):
        of.seek(step)
        known.append(len(granted_entries(of)))
    assert (known[0], max(known)) == (0, 1)
