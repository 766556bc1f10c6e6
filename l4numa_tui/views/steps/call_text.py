"""System calls and what the kernel answers, as sentences; and what memory sigma0 is asked for."""

from __future__ import annotations

from l4numa_tui.kernel.errors import IPC_MEANINGS, PHASES
from l4numa_tui.kernel.exchange_registers import (
    ABORT_RECEIVE,
    ABORT_SEND,
    APPLY_HALT,
    HALT,
    SET_IP,
    SET_PAGER,
)
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.records import Record
from l4numa_tui.kernel.threads import CHANGED, DELETED, MADE, MOVED
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text
from l4numa_tui.userland.sigma0 import request_pages, wants_any
from l4numa_tui.views.pane_parts import clean, count_of
from l4numa_tui.views.scene import Scene


def request_text(word: int) -> str:
    """What word 0 of a request to sigma0 asks for: `any 16 frames`, `frame 1:0007`."""
    pages = request_pages(word)
    if wants_any(word):
        return "any frame" if pages == 1 else f"any {count_of(pages, 'frame')}"
    first = frame_text(from_word(word).first_page)
    return f"frame {first}" if pages == 1 else f"{count_of(pages, 'frame')} from {first} on"


def failed_ipc(scene: Scene, record: Record) -> str:
    """A phase of an IPC that came to nothing."""
    who, phase = _thread(scene, record.thread), PHASES[record.c]
    towards = "to" if record.c == 0 else "from"
    partner = f" {towards} {_thread(scene, record.a)}" if record.a else ""
    why = IPC_MEANINGS.get(record.b, "error")
    return f"IPC error {record.b} in the {phase} phase{partner}: {why} (acting: {who})"


def listening(scene: Scene, record: Record) -> str:
    """A thread that waits in its receive phase."""
    who = _thread(scene, record.thread)
    if not record.a:
        return f"{who} waits for a message from anyone (open receive)"
    return f"{who} waits for a message from {_thread(scene, record.a)} alone (closed receive)"


def thread_control(scene: Scene, record: Record) -> str:
    """What ThreadControl did."""
    who, space = _thread(scene, record.a), clean(scene, scene.space_phrase(record.b))
    texts = {
        MADE: f"ThreadControl: thread {who} is made in {space}",
        CHANGED: f"ThreadControl: thread {who} in {space} is changed",
        DELETED: f"ThreadControl: thread {who} of {space} is deleted",
        MOVED: f"ThreadControl: thread {who} moves into {space}, with what its UTCB holds",
    }
    return texts.get(record.c, "ThreadControl")


def space_control(scene: Scene, record: Record) -> str:
    """What SpaceControl did."""
    space = clean(scene, scene.space_name(record.a))
    return (
        f"SpaceControl: the KIP area of {space} begins at {record.b << PAGE_LOG2:#x}, "
        f"its UTCB area at {record.c << PAGE_LOG2:#x}"
    )


def scheduled(scene: Scene, record: Record) -> str:
    """A thread that Schedule moved."""
    nodes = scene.world.kernel.machine.cpu_node
    who = _thread(scene, record.a)
    return (
        f"Schedule: {who} moves from CPU {record.c} on N{nodes[record.c]} "
        f"to CPU {record.b} on N{nodes[record.b]}"
    )


_CONTROLS = (
    (ABORT_SEND, "aborts its send"),
    (ABORT_RECEIVE, "aborts its receive"),
    (SET_PAGER, "sets its pager"),
    (SET_IP, "sets its instruction pointer"),
)


def exchanged(scene: Scene, record: Record) -> str:
    """What ExchangeRegisters was asked for."""
    done = [text for bit, text in _CONTROLS if record.b & bit]
    if record.b & APPLY_HALT:
        done.append("halts it" if record.b & HALT else "resumes it")
    what = ", ".join(done) or "reads its registers"
    return f"ExchangeRegisters on {_thread(scene, record.a)}: {what}"


def split_text(scene: Scene, record: Record) -> str:
    """A 2 MiB entry that was split."""
    space = clean(scene, scene.space_name(record.a))
    return (
        f"mapping database: the 2 MiB entry of {space} from page {record.b:#x} on is split "
        "into 512 of 4 KiB"
    )


def flushed(scene: Scene, record: Record) -> str:
    """An untagged TLB that a switch emptied."""
    space = clean(scene, scene.space_name(record.b))
    lost = count_of(record.c, "translation")
    return f"CPU {record.a} switches to {space}: its TLB is not tagged and loses {lost}"


def space_ended(scene: Scene, record: Record) -> str:
    """A space that ended."""
    space = clean(scene, scene.space_phrase(record.a))
    return f"{space} has ended: all its kernel memory returned to N{record.b}"


def item_done(scene: Scene, record: Record) -> str:
    """A map or grant item of several pages that was carried out."""
    space, changed = clean(scene, scene.space_name(record.a)), count_of(record.c, "page")
    return f"the item is carried out: {changed} of {space} changed, from page {record.b:#x} on"


def _thread(scene: Scene, thread: int) -> str:
    return clean(scene, scene.thread_name(thread))
