"""Merkle trees as RFC 9162 section 2.1 defines them: a root over many leaves, and the path that proves one of them.

Leaves and nodes are hashed with different first bytes, so that neither can be passed off as the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ledger.errors import Invalid


def leaf(content: bytes) -> bytes:
    """Hash what a leaf stands for."""
    return hashlib.sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash two hashes into the one above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the root over hashed leaves, at least one.

    Pairing level by level, a last one without a partner going up as it is, gives the tree of the RFC.
    """
    level = list(leaves)
    if not level:
        raise Invalid("no_leaves")
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Give the hashes beside the way from a leaf up to the root, the lowest first."""
    if not 0 <= index < len(leaves):
        raise Invalid("no_such_leaf", index=index)
    beside = []
    level = list(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):
            beside.append(level[index ^ 1])
        level, index = _above(level), index // 2
    return tuple(beside)


def root_from(leaf_hash: bytes, path: Sequence[bytes], *, index: int, size: int) -> bytes:
    """Compute the root that a path leads to, for the leaf at `index` of a tree of `size` leaves.

    Raises:
        Invalid: a path of this length leads nowhere in a tree of this size.
    """
    last = size - 1
    if not 0 <= index <= last:
        raise Invalid("no_such_leaf", index=index)
    found, hashes = leaf_hash, list(path)
    while last > 0:
        if index % 2 or index != last:  # else it has no partner and goes up as it is
            if not hashes:
                raise Invalid("path_too_short")
            beside = hashes.pop(0)
            found = node(beside, found) if index % 2 else node(found, beside)
        index, last = index // 2, last // 2
    if hashes:
        raise Invalid("path_too_long")
    return found


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs
