"""A selected thing in words: what it is called, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from l4numa_tui.journal import Change, Value
from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import NAMES, READY, code_of
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.machine.mmu import FLAG_BITS, INDEX_BITS, INDEX_MASK, RIGHTS, TABLE
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.directory import UNMAPPING
from l4numa_tui.views.pane_parts import clean, entry_name, glyphs_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.views.steps.record_text import thread_text
from l4numa_tui.views.steps.step_changes import altered_text
from l4numa_tui.world.stops import Stop

KIND_TEXTS = {
    "fault": "a pagefault",
    "message": "a message to another node",
    "unmap": "a call of unmap",
    "shootdown": "a TLB shootdown",
    "refused": "a system call that the kernel refused",
}
"""What a run stops at, by the kinds of `world.stops`."""


def target_name(scene: Scene, target: Target) -> str:
    """What a selection is called within a sentence: `A.1 page 0x402`, `frame 2:0007`."""
    name = f"{target[0]} {target[-1]}"
    match target:
        case ("entry" | "ghost", entry):
            name = entry_name(scene, entry)
        case ("frame" | "run", frame):
            name = f"frame {frame_text(frame)}"
        case ("page", number, vpn):
            found = scene.world.system.roster.applications.get(number)
            name = f"page {vpn:#x} of {clean(scene, found.name) if found else number}"
        case ("thread", thread):
            name = f"thread {thread_text(scene, thread)}"
        case ("space", space):
            name = clean(scene, scene.space_phrase(space))
        case ("node", node):
            name = f"the memory of N{node}"
        case ("slot", slot):
            name = f"slot {slot & INDEX_MASK} of table {frame_text(slot >> INDEX_BITS)}"
    return name


def stop_text(scene: Scene, stop: Stop) -> str:
    """Why a run stopped: `stopped: A.1 page 0x402 changed by step 9: unmapped`."""
    if stop.why == "watch" and stop.watched is not None:
        name = target_name(scene, stop.watched)
        what = changes_text(scene, stop.watched, stop.changes)
        return f"stopped: {name} changed by step {stop.at}: {what}"
    if stop.why == "step":
        return f"stopped: breakpoint at step {stop.at}"
    return f"stopped: step {stop.at} is {KIND_TEXTS[stop.why]}"


def changes_text(scene: Scene, target: Target, changes: Sequence[Change], *, most: int = 2) -> str:
    """What became of a thing: its first `most` changes, the others counted.

    A change of something that belongs to it is named: `A.1 page 0x402: unmapped`.
    """
    texts: list[str] = []
    for change in changes:
        text = change_text(scene, change)
        if change.table == "mdb" and target[0] not in ("entry", "ghost"):
            row = change.new or change.old
            text = f"{entry_name(scene, change.key, row[0] if row else None)} {text}"
        if text not in texts:
            texts.append(text)
    more = f", and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def change_text(scene: Scene, change: Change) -> str:
    """What one row's change means: `rights rwx → r--`, `mapped to frame 2:0007 rw-`."""
    make = _TEXTS.get(change.table)
    if make is None:
        return f"{change.table} changed"
    return make(scene, change.key, change.old, change.new)


def _entry(scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    if new is None:
        return "unmapped"
    if old is None:
        return f"mapped to frame {frame_text(new[0])} {rights_text(new[1])}"
    return altered_text(scene, old, new, "rights ")


def _large(_scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    if old is None:
        return "an entry of 2 MiB"
    return "no longer part of an entry of 2 MiB" if new is None else "its 2 MiB hold more or less"


def _directory(scene: Scene, key: Value, old: Value | None, new: Value | None) -> str:
    where = f" on N{key[2] - 1}" if key[2] else ""
    if new is None:
        return f"backed by no frame any more{where}"
    if new[1] == UNMAPPING:
        return f"being unmapped everywhere{where}"
    if old is not None and old[0] != new[0]:
        arrow = glyphs_of(scene).arrow
        return f"backed by frame {frame_text(old[0])} {arrow} {frame_text(new[0])}{where}"
    return f"backed by frame {frame_text(new[0])}{where}"


def _state(scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    before, after = (NAMES[code_of(word or READY)] for word in (old, new))
    return f"{before} {glyphs_of(scene).arrow} {after}" if before != after else "went on"


def _thread(scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    if old is None or new is None:
        return "deleted" if new is None else "made"
    parts = []
    arrow, cpu_node = glyphs_of(scene).arrow, scene.world.kernel.machine.cpu_node
    if old[0] != new[0]:
        parts.append(f"now in {scene.space_phrase(new[0])}")
    if old[1] != new[1]:
        before, after = (f"CPU {row[1]} on N{cpu_node[row[1]]}" for row in (old, new))
        parts.append(f"{before} {arrow} {after}")
    if old[2] != new[2]:
        parts.append(f"its pager is {thread_text(scene, new[2])}")
    return ", ".join(parts)


def _inbox(scene: Scene, _key: Value, _old: Value | None, new: Value | None) -> str:
    if new is None:
        return "took its message"
    return f"got `{labels.label_text(new[1])}` from {thread_text(scene, new[0])}"


def _counted(name: Callable[[Value], str]) -> Callable[..., str]:
    def text(scene: Scene, key: Value, old: Value | None, new: Value | None) -> str:
        return f"{name(key)} {old or 0} {glyphs_of(scene).arrow} {new or 0}"

    return text


def _slot(scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    return f"{_leads_to(old)} {glyphs_of(scene).arrow} {_leads_to(new)}"


def _leads_to(entry: Value | None) -> str:
    if not entry:
        return "empty"
    frame = frame_text(entry >> FLAG_BITS)
    return f"table {frame}" if entry & TABLE else f"frame {frame} {rights_text(entry & RIGHTS)}"


def _space(_scene: Scene, _key: Value, old: Value | None, new: Value | None) -> str:
    return "made" if old is None else "ended" if new is None else "changed"


_TEXTS: dict[str, Callable[[Scene, Value, Value | None, Value | None], str]] = {
    "mdb": _entry,
    "mdb_large": _large,
    "directory": _directory,
    "state": _state,
    "thread": _thread,
    "inbox": _inbox,
    "outgoing": lambda *_: "has a message to send",
    "queue": lambda *_: "who waits to send to it",
    "kmem_count": _counted(lambda key: KIND_NAMES[key & 15]),
    "pool_count": _counted(lambda _: "free frames"),
    "pte": _slot,
    "space": _space,
    "exempt": lambda *_: "its KIP and UTCB areas",
}
