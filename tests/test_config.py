"""config.toml: what is wrong is told with its line, and nothing in it does harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from l4numa_tui import folders
from l4numa_tui.config import MAX_BYTES, MAX_PROBLEMS, Config, config_path, read_config
from l4numa_tui.tui.actions import ACTIONS
from l4numa_tui.tui.habits.keymap import KeyMap, key_map, key_named, printed


def written(folder: Path, text: str | bytes) -> Config:
    path = folder / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return read_config(path)


def keys_of(folder: Path, *lines: str) -> tuple[KeyMap, list[str]]:
    keys, problems = key_map(written(folder, "\n".join(("[keys]", *lines))))
    return keys, [str(problem) for problem in problems]


def test_no_file_is_no_error(tmp_path: Path) -> None:
    keys, problems = key_map(read_config(tmp_path / "config.toml"))
    assert problems == ()
    assert all(keys.of(action.id) == action.keys for action in ACTIONS)


def test_an_action_gets_the_keys_it_is_given_and_only_those(tmp_path: Path) -> None:
    keys, problems = keys_of(tmp_path, 'step = "x, ctrl+right"', 'help = "?"', 'hint = ""')
    assert problems == []
    assert keys.of("step") == ("x", "ctrl+right")
    assert keys.of("help") == ("question_mark",)
    assert keys.of("hint") == ()
    assert keys.first("step") == "x"
    assert keys.all("step") == "x ^→"


def test_a_key_that_is_given_away_is_lost_to_whom_it_belonged(tmp_path: Path) -> None:
    keys, _ = keys_of(tmp_path, 'zoom = "n"', 'find = "g"')
    assert keys.of("step") == ("right",)
    assert keys.lost() == ["goto"]
    exchanged, problems = keys_of(tmp_path, 'step = "p"', 'back = "n"')
    assert (exchanged.of("step"), exchanged.of("back"), problems) == (("p",), ("n",), [])


def test_enter_still_answers_and_selects_where_one_of_them_gets_another_key_too(
    tmp_path: Path,
) -> None:
    keys, problems = keys_of(tmp_path, 'answer = "enter, Y"')
    assert problems == []
    assert keys.of("choose") == ("enter",)
    both, problems = keys_of(tmp_path, 'answer = "enter, Y"', 'choose = "enter, x"')
    assert problems == []
    assert (both.of("answer"), both.of("choose")) == (("enter", "Y"), ("enter", "x"))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('stp = "n"', "unknown action `stp`, expected `step`"),
        ('qqqq = "n"', "expected one that `l4numa doctor --keys` lists"),
        ('step = "foo"', "unknown key `foo`"),
        ('step = "shift+n"', "unknown key `shift+n`"),
        ('step = "ctrl+alt+shift+n"', "unknown key"),
        ('step = "ctrl+q"', "`ctrl+q` leaves the program, always"),
        ('step = "ctrl+i"', "tab to a terminal"),
        ("step = 5", "the key of `step` is not a text"),
        ('step = "\\u001b[2J"', "unknown key `\N{REPLACEMENT CHARACTER}[2J`"),
        ('"\\u001b]0;x" = "n"', "unknown action `\N{REPLACEMENT CHARACTER}]0;x`"),
        (f'{"a" * 5000} = "n"', f"unknown action `{'a' * 39}…`"),
    ],
)
def test_each_fault_has_its_line_and_the_built_in_keys_hold(
    tmp_path: Path, line: str, what: str
) -> None:
    keys, problems = keys_of(tmp_path, 'zoom = "x"', "", line)
    assert len(problems) == 1
    assert problems[0].startswith(folders.short_path(tmp_path / "config.toml") + ":4: ")
    assert what in problems[0]
    assert problems[0].isprintable()
    assert keys.of("zoom") == ("z",)


def test_a_key_given_twice_names_both_places(tmp_path: Path) -> None:
    _, problems = keys_of(tmp_path, 'zoom = "x"', 'step = "n, x"')
    assert len(problems) == 1
    assert ":3: `x` is given to `zoom` (line 2) and to `step`" in problems[0]
    assert keys_of(tmp_path, 'step = "x, x"')[1] == []


def test_all_faults_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    config = written(tmp_path, '[keys]\nfoo = "n"\nstep = 1\n[theme]\na = 1\n')
    _, problems = key_map(config)
    assert [problem.line for problem in problems] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[keys\n", 1),
        ('[keys]\nstep = "n"\nstep = "x"\n', 3),
        ("keys = 5", 1),
        (b"[keys]\nstep = '\xff'", 2),
        (b"\0", 0),
        ("a" + ".a" * 9000 + " = 1", 1),
        ("[[keys]]\n", 1),
    ],
)
def test_what_is_no_such_file_is_one_error(tmp_path: Path, text: str | bytes, line: int) -> None:
    keys, problems = key_map(written(tmp_path, text))
    assert len(problems) == 1
    assert problems[0].line == line
    assert keys.of("step") == ("n", "right")


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    many = "[keys]\n" + "".join(f'a{number} = "n"\n' for number in range(100_000))
    config = written(tmp_path, many)
    assert [problem.what for problem in config.problems] == ["the file is too large"]
    most = "[keys]\n" + "".join(f'a{number} = "n"\n' for number in range(4_000))
    assert len(most) < MAX_BYTES
    _, problems = key_map(written(tmp_path, most))
    assert len(problems) == MAX_PROBLEMS + 1
    assert str(problems[-1]).endswith(f"and {4_000 - MAX_PROBLEMS} more")


def test_a_folder_in_its_place_is_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    config = read_config(tmp_path / "config.toml")
    assert len(config.problems) == 1
    assert "cannot be read" in str(config.problems[0])


def test_keys_are_named_as_textual_names_them() -> None:
    from textual.keys import Keys, _character_to_key

    from l4numa_tui.tui.habits.keymap import NAMED

    for code in range(0x21, 0x7F):
        assert key_named(chr(code)) == _character_to_key(chr(code))
    known = {key.value for key in Keys}
    assert [name for name in NAMED if name not in known] == []
    for action in ACTIONS:
        for key in action.keys:
            assert key_named(key) == key


def test_every_printed_key_fits_its_column_and_ascii_is_ascii() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert 0 < len(printed(key)) <= 9
            assert printed(key, ascii_only=True).isascii()
    assert printed("ctrl+p") == "^p"
    assert printed("f5") == "F5"
    assert printed("f") == "f"


def test_ids_are_plain_words_and_methods_differ() -> None:
    assert all(action.id.replace("_", "").isalpha() for action in ACTIONS)
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert len({action.method for action in ACTIONS}) == len(ACTIONS)


def test_folders_follow_the_variable_and_paths_hide_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("L4NUMA_HOME", str(tmp_path))
    assert config_path() == tmp_path / "config.toml"
    assert folders.state_folder() == folders.data_folder() == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folders.short_path(tmp_path / "a") == "~/a"
    assert folders.short_path(f"{tmp_path}x/a") == f"{tmp_path}x/a"
    monkeypatch.delenv("L4NUMA_HOME")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert folders.short_path(folders.state_folder()).startswith("~")
