"""What is sealed, and the proof that an entry is: pure, so that a proof is checked with no database.

A leaf stands for every field of an entry; a seal for a batch of leaves, its number and the seal before it. Whoever
has one published seal can check every entry up to it, and nobody can alter one without changing that seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from ledger.books import merkle
from ledger.errors import Invalid

FIRST: Final = bytes(32)
"""What stands in the first seal of a book for the seal before it."""

FORMAT: Final = "ecot-proof-1"

UNREADABLE: Final = (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError)
"""What reading a file that anybody may have written can raise."""


class BadProof(Invalid):
    """A proof that proves nothing: it is torn, or its parts do not fit."""

    code = "bad_proof"


class SealedEntry(NamedTuple):
    """All that is sealed of an entry. A line is account, minor units, currency, project, contributor.

    A tuple, because millions are made when a book is checked, and a frozen dataclass takes six times as long.
    """

    id: int
    journal: str
    number: int
    period_starts_on: date
    effective_on: date
    occurred_on: date
    recorded_at: datetime
    source: str
    memo: str
    details: Mapping[str, Any]
    reverses_id: int | None
    lines: Sequence[Sequence[str | int]]

    def content(self) -> bytes:
        """Write the entry as canonical JSON: sorted keys, no spaces, UTF-8."""
        return _canonical(
            {
                "details": self.details,
                "effective_on": self.effective_on.isoformat(),
                "id": self.id,
                "journal": self.journal,
                "lines": self.lines,
                "memo": self.memo,
                "number": self.number,
                "occurred_on": self.occurred_on.isoformat(),
                "period": self.period_starts_on.isoformat(),
                "recorded_at": _instant(self.recorded_at),
                "reverses": self.reverses_id,
                "source": self.source,
            }
        )


@dataclass(frozen=True, slots=True)
class Seal:
    """A batch of entries of one book, sealed for good. `sequence` counts from 1 in each book."""

    book_id: int
    sequence: int
    size: int
    root: bytes
    previous: bytes
    sealed_at: datetime

    def hash(self) -> bytes:
        """Hash the seal; this is what is published."""
        content = {
            "book": self.book_id,
            "previous": self.previous.hex(),
            "root": self.root.hex(),
            "sealed_at": _instant(self.sealed_at),
            "sequence": self.sequence,
            "size": self.size,
        }
        return hashlib.sha256(b"\x02" + _canonical(content)).digest()


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is the leaf at `index` of a seal's batch; `later` are the seals after it, up to the newest."""

    content: bytes
    index: int
    path: tuple[bytes, ...]
    seal: Seal
    later: tuple[Seal, ...] = ()

    def check(self) -> Seal:
        """Check the proof; give the newest seal it leads to, whose hash is to be compared with a published one.

        Raises:
            BadProof: the entry does not lead to the seal, or the seals do not follow one another.
        """
        try:
            found = merkle.root_from(merkle.leaf(self.content), self.path, index=self.index, size=self.seal.size)
        except Invalid as error:
            raise BadProof("bad_path") from error
        if found != self.seal.root:
            raise BadProof("entry_not_in_seal", sequence=self.seal.sequence)
        last = self.seal
        for seal in self.later:
            if (seal.book_id, seal.sequence, seal.previous) != (last.book_id, last.sequence + 1, last.hash()):
                raise BadProof("seals_do_not_follow", sequence=seal.sequence)
            last = seal
        return last

    def to_json(self) -> str:
        """Write the proof as a file that anybody can keep."""
        return json.dumps(
            {
                "format": FORMAT,
                "entry": self.content.decode(),
                "index": self.index,
                "path": [one.hex() for one in self.path],
                "seals": [seal_to_json(seal) for seal in (self.seal, *self.later)],
            },
            ensure_ascii=False,
            indent=1,
        )


def read(text: str) -> Proof:
    """Read a proof from its file.

    Raises:
        BadProof: it is not such a file.
    """
    try:
        given = json.loads(text)
        if given["format"] != FORMAT:
            raise BadProof("unknown_format")
        seals = [seal_from_json(seal) for seal in given["seals"]]
        path = tuple(bytes.fromhex(one) for one in given["path"])
        return Proof(str(given["entry"]).encode(), int(given["index"]), path, seals[0], tuple(seals[1:]))
    except UNREADABLE as error:
        raise BadProof("unreadable") from error


def check_chain(seals: Sequence[Seal]) -> None:
    """Check that seals of a book follow one another from the first on.

    Raises:
        BadProof: one does not name the one before it.
    """
    previous = FIRST
    for sequence, seal in enumerate(seals, start=1):
        if seal.sequence != sequence or seal.previous != previous:
            raise BadProof("seals_do_not_follow", sequence=seal.sequence)
        previous = seal.hash()


def seal_to_json(seal: Seal) -> dict[str, object]:
    """Write a seal as files have it: what is hashed, and its hash."""
    return {
        "book": seal.book_id,
        "sequence": seal.sequence,
        "size": seal.size,
        "root": seal.root.hex(),
        "previous": seal.previous.hex(),
        "sealed_at": _instant(seal.sealed_at),
        "hash": seal.hash().hex(),
    }


def seal_from_json(given: Mapping[str, Any]) -> Seal:
    """Read a seal as files have it; whoever reads one compares its hash.

    Raises:
        any of `UNREADABLE`.
    """
    return Seal(
        book_id=int(given["book"]),
        sequence=int(given["sequence"]),
        size=int(given["size"]),
        root=bytes.fromhex(given["root"]),
        previous=bytes.fromhex(given["previous"]),
        sealed_at=datetime.fromisoformat(given["sealed_at"]).astimezone(UTC),
    )


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _canonical(content: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(content).encode()
