"""The register as a file: the seals of a book as they are published, for machines; pure, as proofs are.

The format is kept: a field may be added, none is renamed or left out without another `version`.

    version        1
    organisation   its short name, as addresses have it
    name           its name
    book           the number of its book, which each seal names too
    seals          the oldest first: book, sequence, size (its entries), root, previous (the hash of the seal before),
                   sealed_at (ISO 8601, UTC, microseconds), hash; all bytes in hexadecimal
    next           the address of the seals that follow; null where these are the newest
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from ledger.books import proofs
from ledger.books.proofs import FIRST, BadProof, Proof, Seal

VERSION: Final = 1


def to_json(seals: Sequence[Seal], *, organisation: str, name: str, book_id: int, following: str | None) -> str:
    """Write seals that follow one another; `following` is where the next ones are."""
    content = {
        "version": VERSION,
        "organisation": organisation,
        "name": name,
        "book": book_id,
        "seals": [proofs.seal_to_json(seal) for seal in seals],
        "next": following,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read(texts: Iterable[str]) -> tuple[Seal, ...]:
    """Read the files of a register, in any order, and follow the chain through them.

    Raises:
        BadProof: one is not such a file, or a seal is missing, was altered, or does not name the one before it.
    """
    try:
        files = [json.loads(text) for text in texts]
        if any(file["version"] != VERSION for file in files):
            raise BadProof("unknown_format")
        given = [(proofs.seal_from_json(one), bytes.fromhex(one["hash"])) for file in files for one in file["seals"]]
    except proofs.UNREADABLE as error:
        raise BadProof("unreadable") from error
    for seal, named in given:
        if seal.hash() != named:
            raise BadProof("seal_altered", sequence=seal.sequence)
    seals = tuple(sorted({seal for seal, _ in given}, key=lambda seal: seal.sequence))
    if not seals:
        raise BadProof("no_seals")
    _check_chain(seals)
    return seals


def check_published(proof: Proof, published: Iterable[Seal]) -> None:
    """Check that the seal that a proof names is among the published ones.

    Raises:
        BadProof: it is not.
    """
    if proof.seal not in set(published):
        raise BadProof("seal_not_published", sequence=proof.seal.sequence)


def _check_chain(seals: Sequence[Seal]) -> None:
    """Check that seals follow one another, from the first of the book on or from a later one."""
    before = None
    for seal in seals:
        if before is None:
            fits = seal.sequence != 1 or seal.previous == FIRST
        else:
            fits = (seal.book_id, seal.sequence, seal.previous) == (
                before.book_id,
                before.sequence + 1,
                before.hash(),
            )
        if not fits:
            raise BadProof("seals_do_not_follow", sequence=seal.sequence)
        before = seal
