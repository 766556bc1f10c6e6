"""What a system call answers when it refuses, and what a misused Python call raises."""

from __future__ import annotations

NO_PRIVILEGE = 1
INVALID_THREAD = 2
INVALID_SPACE = 3
INVALID_SCHEDULER = 4
INVALID_PARAMETER = 5
INVALID_UTCB = 6
INVALID_KIP = 7
NO_MEMORY = 8
DEPTH_LIMIT = 9

# Codes 1-8 are those of Pistachio's ThreadControl and SpaceControl; 9 is this kernel's own:
# Pistachio asserts where its mapping tree grows too deep.
MEANINGS = {
    NO_PRIVILEGE: "no privilege",
    INVALID_THREAD: "invalid thread",
    INVALID_SPACE: "invalid address space",
    INVALID_SCHEDULER: "invalid scheduler",
    INVALID_PARAMETER: "invalid parameter",
    INVALID_UTCB: "invalid UTCB location or area",
    INVALID_KIP: "invalid KIP area",
    NO_MEMORY: "out of kernel memory",
    DEPTH_LIMIT: "mapping tree too deep",
}

# IPC has codes of its own, for each of its two phases (X.2).
TIMEOUT, NO_PARTNER, CANCELED, OVERFLOW, ABORTED = 1, 2, 3, 4, 7
SEND_PHASE, RECEIVE_PHASE = 0, 1
IPC_MEANINGS = {
    TIMEOUT: "timeout: the partner was not ready",
    NO_PARTNER: "there is no such partner",
    CANCELED: "canceled by another thread",
    OVERFLOW: "a typed item could not be carried out",
    ABORTED: "aborted by another thread",
}
PHASES = ("send", "receive")


class KernelError(Exception):
    """A system call refused: `code` is the L4 error code, `detail` says what exactly was wrong.

    Whoever raises it leaves the undoing to `KernelState.take_back`, which takes every write of the
    refused call back.
    """

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(f"error {code} ({MEANINGS[code]}): {detail}")
        self.code = code
        self.detail = detail


class KernelMisuse(ValueError):  # noqa: N818 - what it is called everywhere: misuse, not an error
    """Python code called the kernel with something that no system call could have been given."""
