"""Saving a sandbox: where, over what, and what no file can say."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.building.sandbox import proposed_name
from l4numa_tui.scenario.load import load_scenario
from tests.scenario.test_sandbox import ordered, user


def test_a_file_that_is_not_ours_is_overwritten_only_when_asked_twice(tmp_path: Path) -> None:
    sandbox = user()
    sandbox.do_line("A.0 write 0x402000")
    mine, theirs = tmp_path / "mine.toml", tmp_path / "theirs.toml"
    theirs.write_text("precious")
    sandbox.save(str(mine))
    sandbox.do_line("A.0 work 1")
    sandbox.save(str(mine))  # our own
    assert len(load_scenario(str(mine)).spec.step) == 2
    mine.write_text("changed by somebody else")
    for path in (mine, theirs):
        kept = path.read_text()
        with pytest.raises(UserError, match="there already"):
            sandbox.save(str(path))
        assert path.read_text() == kept
        sandbox.save(str(path))
        assert load_scenario(str(path)).spec == sandbox.scenario.spec
    with pytest.raises(UserError, match="cannot be written"):
        sandbox.save(str(tmp_path / "no" / "folder.toml"))


def test_steps_in_another_order_than_the_scripts_are_not_saved(tmp_path: Path) -> None:
    sandbox = ordered("script")
    session = sandbox.session
    last = max(session.world.programs)
    session.step((0, last))  # whoever comes last in the script goes first
    with pytest.raises(UserError, match="another order"):
        sandbox.save(str(tmp_path / "never.toml"))
    assert not list(tmp_path.iterdir())


def test_a_name_is_proposed_that_is_free() -> None:
    assert proposed_name("sandbox", frozenset()) == "sandbox.toml"
    taken = frozenset({"sandbox.toml", "sandbox-2.toml"})
    assert proposed_name("sandbox", taken) == "sandbox-3.toml"
    assert proposed_name("/x/some scenario.toml", frozenset()) == "some-scenario.toml"
