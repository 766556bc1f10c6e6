"""What a thread is doing, in one word: state code, partner, refault count, instruction pointer.

Bits 0-2 are the code; 3-23 the thread it waits for (0: anyone), or why it was halted; 24-31 how
often it has faulted on the same access in a row; from 32 on its instruction pointer, counted in
operations. A thread without a row is ready at its first operation.
"""

from __future__ import annotations

READY, RECEIVING, SENDING, FAULTING, HALTED, RETRYING, RETURNING, INACTIVE = range(8)
NAMES = (
    "ready",
    "receiving",
    "sending",
    "waiting for its pager",
    "halted",
    "ready to retry",
    "ready: its system call has ended",
    "inactive",
)
# A thread waits for another, or for its own turn to go on.
BLOCKED = frozenset((RECEIVING, SENDING, FAULTING))

CODE_MASK = 7
PARTNER_SHIFT = 3
PARTNER_MASK = (1 << 21) - 1
COUNT_SHIFT = 24
COUNT_MASK = 255
IP_SHIFT = 32
LOW_MASK = (1 << IP_SHIFT) - 1
ANYONE = 0

# Why a thread was halted.
REJECTED, ENDLESS, NO_PAGER, STOPPED = 1, 2, 3, 4
HALT_REASONS = {
    REJECTED: "its pager refused",
    ENDLESS: "its pager's replies never helped",
    NO_PAGER: "it has no pager",
    STOPPED: "stopped by ExchangeRegisters",
}


def code_of(word: int) -> int:
    """The state code."""
    return word & CODE_MASK


def partner_of(word: int) -> int:
    """The thread waited for (0: anyone); for a halted thread the reason."""
    return word >> PARTNER_SHIFT & PARTNER_MASK


def refaults_of(word: int) -> int:
    """How often the thread has faulted in a row on the access it is trying."""
    return word >> COUNT_SHIFT & COUNT_MASK


def ip_of(word: int) -> int:
    """The instruction pointer: how many operations of its program are complete."""
    return word >> IP_SHIFT


def changed(word: int, code: int, partner: int = 0, refaults: int = 0) -> int:
    """The word with another state and the same instruction pointer."""
    return word >> IP_SHIFT << IP_SHIFT | refaults << COUNT_SHIFT | partner << PARTNER_SHIFT | code
