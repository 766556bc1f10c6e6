"""A program as a scenario file, to be looked at in the app.

sigma0 has no program of its own in a scenario. So a space `M` asks it for the frames that the
program maps, at their own addresses, and takes sigma0's part: every mapping is one level deeper.
Accesses that fault, and spaces made anew, are left out; both change no mapping.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tests.kernel.model import FRAMES_PER_NODE, PAGE_SIZE, Model, Region
from tests.kernel.programs import CPUS_PER_NODE, NODES, SPACES, USER_FRAMES, Program, Shape, Step

LETTERS = ((4, "r"), (2, "w"), (1, "x"))
WHOLE_FIELD = 1  # the size field of the whole space
CHAIN_AT = 0x1000


def write_scenario(program: Program, path: Path, explanation: str) -> Path:
    """Write the program to `path`, and return that."""
    path.write_text(scenario_text(program, explanation), encoding="utf-8")
    return path


def scenario_text(program: Program, explanation: str) -> str:
    writer = _Writer(program.shape)
    for step in program.steps:
        writer.add(step)
    return "\n".join([_head(program.shape, explanation), *writer.lines]) + "\n"


def _head(shape: Shape, explanation: str) -> str:
    frames = USER_FRAMES + shape.kernel_frames + 8
    printable = "".join(c if c.isprintable() and c not in '"\\' else " " for c in explanation)
    lines = [
        'title = "A program that failed"',
        f'explanation = "{printable[:900]}"',
        "[machine]",
        f"nodes = {NODES}",
        f"cpus_per_node = {CPUS_PER_NODE}",
        f'memory_per_node = "{frames * 4} KiB"',
        "[costs]",
        f"tlb_entries = {shape.tlb_entries}",
        f"tlb_tagged = {int(shape.tlb_tagged)}",
        "[memory]",
        f"kernel_frames = {shape.kernel_frames + 8}",
        f"large_pages = {str(shape.large_pages).lower()}",
        *_table("space", name="M", node=0, privileged=True),
    ]
    exempt = {slot: (kip, utcb) for slot, kip, utcb in shape.exempt}
    for slot, home in enumerate(shape.homes, 1):
        lines += _table("space", name=f"S{slot}", node=home)
        if slot in exempt:
            kip, utcb = exempt[slot]
            lines.append(f"kip = {{ at = {kip * PAGE_SIZE:#x} }}")
            lines.append(f"utcb = {{ at = {utcb * PAGE_SIZE:#x}, pages = 2 }}")
    lines += _table("thread", name="M", space="M", cpu=0)
    for slot in range(1, SPACES + 1):
        for which in range(2):
            name = f"S{slot}{'ab'[which]}"
            lines += _table("thread", name=name, space=f"S{slot}", cpu=which, pager="M")
    return "\n".join(lines)


def _table(table: str, **values: str | int | bool) -> list[str]:
    lines = [f"[[{table}]]"]
    for key, value in values.items():
        text = f'"{value}"' if isinstance(value, str) else str(value).lower()
        lines.append(f"{key} = {text}")
    return lines


class _Writer:
    """Writes steps, and follows them on a model to know which accesses fault."""

    def __init__(self, shape: Shape) -> None:
        self.lines: list[str] = []
        self._asked: set[int] = set()
        self._ended: set[int] = set()
        self._model = Model([USER_FRAMES] * NODES, [shape.kernel_frames] * NODES)
        for slot, home in enumerate(shape.homes, 1):
            self._model.add_space(slot, home)
            for which in range(2):
                self._model.add_thread(2 * slot - 1 + which, slot, home)
        for slot, kip, utcb in shape.exempt:
            self._model.exempt[slot] = [(kip, 1), (utcb, 2)]

    def add(self, step: Step) -> None:
        kind = str(step[0])
        operands = [operand for operand in step[1:] if isinstance(operand, int)]
        if kind in ("map", "grant"):
            self._transfer(kind, *operands)
        elif kind in ("unmap", "flush"):
            self._revoke(kind, *operands)
        elif kind in ("access", "run"):
            self._touch(kind, *operands)
        elif kind == "chain":
            self._chain(*operands)
        elif kind == "end" and operands[0] not in self._ended:
            (slot,) = operands
            self._ended.add(slot)
            self._model.end_space(slot)
            for which in "ab":
                self._step("M", op="thread_control", target=f"S{slot}{which}", delete=True)

    def _step(self, thread: str, **values: str | int | bool) -> None:
        self.lines += _table("step", thread=thread, **values)

    def _transfer(
        self, kind: str, sender: int, receiver: int, base: int, log2: int, rights: int,
        to: int, window: int, spot: int,
    ) -> None:  # fmt: skip
        if receiver == 0 or sender == receiver or {sender, receiver} & self._ended:
            return
        send = Region(base, log2)
        if sender == 0:
            self._ask(send)
        giver, taker = _thread(sender), _thread(receiver)
        self._step(taker, op="receive", **{"from": giver})
        area = f"{{ at = {to % (1 << 48):#x}, log2 = {_field(window)} }}"
        self.lines.append('window = "all"' if window >= 48 else f"window = {area}")
        self._step(giver, op="send", to=taker)
        item = f"{'map' if sender == 0 else kind} = {base:#x}, log2 = {_field(log2)}"
        item += f', rights = "{_letters(rights)}", at = {spot % (1 << 48):#x}'
        self.lines.append(f"items = [{{ {item} }}]")
        grant = kind == "grant"
        self._model.map(sender, receiver, send, rights, Region(to, window), spot, grant)

    def _ask(self, send: Region) -> None:
        """M takes from sigma0 what is to be sent, as large pieces as may be."""
        last = min(send.first + send.count, (NODES - 1) * FRAMES_PER_NODE + USER_FRAMES)
        page = send.first
        while page < last and send.count <= 4 * USER_FRAMES:
            pages = 512 if page % 512 == 0 and page + 512 <= last else 1
            node, index = divmod(page, FRAMES_PER_NODE)
            if page not in self._asked and index + pages <= USER_FRAMES:
                self._asked |= set(range(page, page + pages))
                frame = f"{node}:{index:04x}"
                into = page * PAGE_SIZE
                self._step("M", op="ask_sigma0", frame=frame, pages=pages, into=into)
            page += pages

    def _revoke(self, kind: str, slot: int, base: int, log2: int, rights: int) -> None:
        if slot in self._ended:
            return
        kind = kind if slot else "unmap"
        page = base & ~0xFFF
        self._step(_thread(slot), op=kind, at=page, log2=_field(log2), rights=_letters(rights))
        self._model.unmap(slot, Region(base, log2), rights, flush=kind == "flush")

    def _touch(self, kind: str, which: int, address: int = 0, right: int = 0) -> None:
        slot = which // 2 + 1
        if slot in self._ended:
            return
        name = f"S{slot}{'ab'[which % 2]}"
        if kind == "run":
            self._step(name, op="work", cycles=1)
        elif self._model.access(which + 1, address, right):
            operation = {4: "read", 2: "write", 1: "execute"}[right]
            self._step(name, op=operation, at=address)

    def _chain(self, slot: int, other: int, frame: int, length: int) -> None:
        places = [(0, frame), *(((slot, other)[at % 2], CHAIN_AT + at) for at in range(length))]
        for (giver, page), (taker, at) in pairwise(places):
            if len(self._model.ancestors((giver, page)) if giver else ()) >= 254:
                break
            self._transfer("map", giver, taker, page << 12, 12, 7, 0, 48, at << 12)


def _thread(slot: int) -> str:
    return f"S{slot}a" if slot else "M"


def _field(log2: int) -> int:
    return WHOLE_FIELD if log2 >= 48 else log2


def _letters(rights: int) -> str:
    return "".join(letter for bit, letter in LETTERS if rights & bit)
