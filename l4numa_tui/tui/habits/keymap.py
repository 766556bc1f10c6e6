"""Which keys do what: the registry's own, or as the user's config.toml has it.

Textual's own key maps take a shared key away from all its actions when one of them is given
another; here `enter` answers a question or selects, whichever is possible. So the bindings are
made from this map.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping

from l4numa_tui.config import Config, Setting, clipped, in_order
from l4numa_tui.errors import UserError
from l4numa_tui.tui.actions import ACTIONS, BY_ID, Action

NAMED = frozenset({
    "enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup",
    "pagedown", "up", "down", "left", "right", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
FIXED = {
    "ctrl+q": "leaves the program, always",
    "ctrl+h": "is backspace to a terminal",
    "ctrl+i": "is tab to a terminal",
    "ctrl+m": "is enter to a terminal",
}
"""Keys that can be given to nothing, and why."""

_RENAMED = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
    "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
# Textual's names of what the keyboard prints, so that both `?` and `question_mark` are understood.
_SIGNS = {
    _RENAMED.get(name, name): sign
    for sign in map(chr, range(0x21, 0x7F))
    if not sign.isalnum()
    for name in (unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_"),)
}
_NAMES = {sign: name for name, sign in _SIGNS.items()}
_SHORT = {
    "escape": "esc", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End",
    "delete": "Del", "insert": "Ins",
}  # fmt: skip
_ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
_KEY_FORM = "a key such as `n`, `?`, `f5`, `ctrl+e` or `shift+right`"
_PARTS = 3


class KeyMap:
    """The keys of every action."""

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        given = changed or {}
        self._given = frozenset(given)
        taken = {key: name for name, keys in given.items() for key in keys}
        self._keys: dict[str, tuple[str, ...]] = {
            action.id: given[action.id]
            if action.id in given
            else tuple(key for key in action.keys if _is_left(action, taken.get(key)))
            for action in ACTIONS
        }

    def of(self, action: str) -> tuple[str, ...]:
        """The keys of an action, in Textual's names; none for one that has lost them all."""
        return self._keys.get(action, ())

    def first(self, action: str, *, ascii_only: bool = False) -> str:
        """The first key of an action as it is printed on the keyboard, "" if it has none."""
        keys = self.of(action)
        return printed(keys[0], ascii_only=ascii_only) if keys else ""

    def all(self, action: str, *, ascii_only: bool = False) -> str:
        """All keys of an action as they are printed on the keyboard."""
        return " ".join(printed(key, ascii_only=ascii_only) for key in self.of(action))

    def lost(self) -> list[str]:
        """The actions whose keys have all been given to others."""
        return [
            action.id
            for action in ACTIONS
            if action.keys and not self.of(action.id) and action.id not in self._given
        ]


def key_map(config: Config) -> tuple[KeyMap, tuple[UserError, ...]]:
    """The keys as the user wants them, and all that is wrong with the file.

    If anything is, every key is as it was built in: half of somebody's keys would puzzle them more.
    """
    problems = list(config.problems)
    given: dict[str, tuple[str, ...]] = {}
    owners: dict[str, str] = {}
    for name, setting in config.keys.items():

        def wrong(what: str, expected: str = "", line: int = setting.line) -> None:
            problems.append(UserError(what, expected, source=config.source, line=line))

        if name not in BY_ID:
            wrong(f"unknown action `{clipped(name)}`", _nearest(name))
            continue
        keys = []
        for word in _words(setting):
            key = key_named(word)
            if key in FIXED:
                wrong(f"`{word}` {FIXED[key]}", "another key")
            elif not key:
                wrong(f"unknown key `{clipped(word)}`", _KEY_FORM)
            elif owners.get(key, name) != name and not _may_share(
                BY_ID[owners[key]], BY_ID[name], key
            ):
                other = owners[key]
                where = f"line {config.keys[other].line}"
                wrong(f"`{word}` is given to `{other}` ({where}) and to `{name}`", "one of them")
            elif key not in keys:
                owners[key] = name
                keys.append(key)
        given[name] = tuple(keys)
    if problems:
        return KeyMap(), in_order(problems)
    return KeyMap(given), ()


def key_named(word: str) -> str:
    """Textual's name of a key that somebody has written, "" if no keyboard has it."""
    if len(word) == 1:
        return _sign_or_letter(word)
    *modifiers, last = word.lower().split("+") if not word.endswith("++") else ("", "")
    last = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}.get(last, last)
    if not modifiers:
        return last if last in NAMED or last in _SIGNS else ""
    wanted = [each for each in ("alt", "ctrl", "shift") if each in modifiers]
    if sorted(wanted) != sorted(modifiers) or len(modifiers) >= _PARTS:
        return ""
    single = len(last) == 1 and last.isascii() and last.isalnum()
    # A terminal tells shift only with keys that print nothing: shift+n is N.
    if last in NAMED or (single and "shift" not in wanted):
        return "+".join((*wanted, last))
    return ""


def printed(key: str, *, ascii_only: bool = False) -> str:
    """A key as it is printed on the keyboard; the arrows as words where there is only ASCII."""
    *modifiers, last = key.split("+")
    last = _SIGNS.get(last) or _SHORT.get(last, last)
    if not ascii_only:
        last = _ARROWS.get(last, last)
    if last.startswith("f") and last[1:].isdigit():
        last = last.upper()
    signs = {"ctrl": "^", "shift": "shift+" if ascii_only else "⇧", "alt": "alt+"}
    return "".join(signs[each] for each in modifiers) + last


def _sign_or_letter(sign: str) -> str:
    if sign in _NAMES:
        return _NAMES[sign]
    # Whatever letters a keyboard has, Textual names them by themselves.
    return sign if sign.isalnum() else ""


def _words(setting: Setting) -> list[str]:
    """The keys that a setting names; a comma between commas, or alone, is the key itself."""
    text = setting.value.strip()
    if text == ",":
        return [","]
    words = [word.strip() for word in text.split(",")]
    return [word for word in words if word][:100]


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name[:80].lower(), list(BY_ID), n=1)
    return f"`{near[0]}`" if near else "one that `l4numa doctor --keys` lists"


def _is_left(action: Action, owner: str | None) -> bool:
    """Whether an action keeps a built-in key that the user has given to `owner`, if to any."""
    return owner is None or bool(set(BY_ID[owner].keys) & set(action.keys))


def _may_share(one: Action, other: Action, key: str) -> bool:
    """Whether two actions have a key in common from the beginning: their conditions tell."""
    return key in one.keys and key in other.keys
