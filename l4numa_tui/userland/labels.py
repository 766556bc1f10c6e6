"""Labels of the messages between applications, pagers, the root pager and sigma0."""

from __future__ import annotations

from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL

MAP_REPLY = 1  # pager to thread: the map item that answers a pagefault
UNMAP_CALL = 2  # thread to pager: unmap (first page, pages) everywhere
UNMAP_DONE = 3  # pager to thread: it is unmapped everywhere
# NOTIFY, pager to pager: unmap (application, leader, its serial, nodes, those to tell, pages...)
NOTIFY = 4
ACK = 5  # pager to pager: (node, leader) done on my node, and on those I was to tell
REFILL = 6  # pager to root pager: more frames of (node)
WANT = 7  # pager to root pager, or to the frame's own: map me the chunk at (frame)
CHUNK = 8  # root pager to pager: here is the chunk at (frame, frames, for my pool?)
EXHAUSTED = 9  # root pager to pager: there is none
WAKE = 10  # pager to pager: a page you waited for is no longer being unmapped
LOOKUP = 11  # pager to a page's pager: which frame is behind (application, page) for (node)?
FRAME = 12  # the answer: (application, page, frame, serial of the answerer's last unmap)
UNMAP_ASK = 13  # pager to a page's pager: unmap (application, pages...) everywhere
UNMAP_OK = 14  # the answer: (application)
SHOW = 15  # pager to pager: map (application, page, frame, serial) on your node now (eager)
GO_ON = 16  # a pager's note to itself, in its own mailbox
RECOVER = 17  # thread to pager: have the frame behind (page) taken back from all pagers
TAKE_BACK = 18  # pager to root pager: take (frame) back from everybody
TAKEN = 19  # root pager to pager: nobody has (frame) any more
MIGRATE = 20  # thread to root pager: move me to (node)
NOT_FREE = 31  # sigma0 to whoever asked for (frame, frames): they are not to be had

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
    NOT_FREE: "frame not free",
    WAKE: "wake",
    LOOKUP: "which frame?",
    FRAME: "frame",
    UNMAP_ASK: "unmap, please",
    UNMAP_OK: "unmapped",
    SHOW: "map now",
    GO_ON: "go on",
    RECOVER: "recover frame",
    TAKE_BACK: "take back",
    TAKEN: "taken back",
    MIGRATE: "migrate me",
}


def label_text(label: int) -> str:
    """A label as the screen writes it."""
    if label >> 4 == PAGEFAULT_PROTOCOL:
        return "fault IPC"
    if label == SIGMA0_PROTOCOL:
        return "sigma0: page?"
    return NAMES.get(label, f"label {label}")
