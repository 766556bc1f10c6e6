"""A 64-bit hash of ints and nested tuples of ints that is the same on every machine.

The function is defined here, by `portable_hash`. CPython's own `hash` computes the very same
numbers on 64-bit builds (it has folded tuples with xxHash since 3.8, and only text and bytes
depend on PYTHONHASHSEED), about fifty times as fast. Whether it does is tried once, at import, on a
known value; where it does not, the definition itself serves.
"""

from __future__ import annotations

from typing import Any

_PRIME_1 = 11400714785074694791
_PRIME_2 = 14029467366897019727
_PRIME_5 = 2870177450012600261
_LENGTH_SALT = _PRIME_5 ^ 3527539
_MASK = (1 << 64) - 1
_MODULUS = (1 << 61) - 1


def _int_hash(number: int) -> int:
    folded = abs(number) % _MODULUS
    folded = -folded if number < 0 else folded
    return -2 if folded == -1 else folded


def _tuple_hash(value: tuple[Any, ...]) -> int:
    fold = _PRIME_5
    for item in value:
        lane = _tuple_hash(item) if isinstance(item, tuple) else _int_hash(item)
        fold = (fold + (lane & _MASK) * _PRIME_2) & _MASK
        fold = ((fold << 31) | (fold >> 33)) & _MASK
        fold = fold * _PRIME_1 & _MASK
    fold = (fold + (len(value) ^ _LENGTH_SALT)) & _MASK
    if fold == _MASK:
        return 1546275796
    return fold - (1 << 64) if fold >> 63 else fold


def portable_hash(value: tuple[Any, ...]) -> int:
    """The 64-bit hash of a nested tuple of ints, as a signed number.

    The mixing is xxHash64's, one round per item, as CPython's Objects/tupleobject.c does it.
    """
    return _tuple_hash(value)


_PROBE = (1, -1, (2, 1 << 70), ())
entry_hash = hash if hash(_PROBE) == portable_hash(_PROBE) else portable_hash
DIGEST_MASK = _MASK
