"""Labels of the messages between applications, pagers, the root pager and sigma0."""

from __future__ import annotations

from l4numa_tui.kernel.ipc import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL

MAP_REPLY = 1  # pager to thread: the map item that answers a pagefault
UNMAP_CALL = 2  # thread to pager: unmap (first page, pages) everywhere
UNMAP_DONE = 3  # pager to thread: it is unmapped everywhere
NOTIFY = 4  # pager to pager: unmap (application, first page, pages) on your node
ACK = 5  # pager to pager: done on mine
REFILL = 6  # pager to root pager: more frames of (node)
WANT = 7  # pager to root pager: map me the chunk at (frame)
CHUNK = 8  # root pager to pager: here is the chunk at (frame, frames, for my pool?)
EXHAUSTED = 9  # root pager to pager: there is none
WAKE = 10  # pager to pager: a page you waited for is no longer being unmapped

MAX_UNMAP_PAGES = 4096  # of an UNMAP_CALL: they travel in one message

NAMES = {
    REJECT: "refuse",
    MAP_REPLY: "map",
    UNMAP_CALL: "unmap everywhere",
    UNMAP_DONE: "unmapped",
    NOTIFY: "notify: unmap",
    ACK: "ack",
    REFILL: "more frames?",
    WANT: "want frame",
    CHUNK: "map frames",
    EXHAUSTED: "no frames left",
    WAKE: "wake",
}


def label_text(label: int) -> str:
    """A label as the screen writes it."""
    if label >> 4 == PAGEFAULT_PROTOCOL:
        return "fault IPC"
    if label == SIGMA0_PROTOCOL:
        return "sigma0: page?"
    return NAMES.get(label, f"label {label}")
