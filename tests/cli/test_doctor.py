"""`l4numa doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from l4numa_tui import __version__
from l4numa_tui.cli import main
from l4numa_tui.tui.actions import ACTIONS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("L4NUMA_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def config(home: Path, text: str) -> None:
    folder = home / ".config" / "l4numa"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


def test_it_tells_versions_terminal_and_paths(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm\x1b[2J")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/7")
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert __version__ in out
    assert "none, as NO_COLOR says" in out
    assert str(home) not in out
    assert "pts" not in out
    assert "\x1b" not in out
    assert "~/.config/l4numa/config.toml  (not there yet)" in out
    assert not list(home.iterdir())  # looking makes nothing


def test_errors_in_the_settings_are_all_told_and_end_with_2(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(home, '[keys]\nfoo = "n"\nstep = "bar"\n')
    assert main(["doctor"]) == 2
    out = capsys.readouterr().out
    assert "~/.config/l4numa/config.toml:2: unknown action `foo`" in out
    assert "~/.config/l4numa/config.toml:3: unknown key `bar`" in out


def test_a_key_that_was_lost_is_noted_and_no_error(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(home, '[keys]\nfind = "g"\n')
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"versions", "terminal", "paths", "settings"}
    assert report["settings"]["problems"] == []
    assert "`goto` has no key" in report["settings"]["notes"][0]


def test_the_keys_are_listed_as_they_are_in_force(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(home, '[keys]\nfind = "g"\n')
    assert main(["doctor", "--keys", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["find"] == ["g"]
    assert listed["goto"] == []
    assert list(listed) == [action.id for action in ACTIONS]
    assert main(["doctor", "--keys"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ACTIONS)
