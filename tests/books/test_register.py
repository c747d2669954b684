"""The register: seals read from either end, and its file, from which nothing can be taken unnoticed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.books import register, roots, seals
from ledger.books.proofs import BadProof, Seal
from ledger.books.refusals import UnknownSeal
from ledger.db import Database
from tests.factories.books import NOW, make_book, make_entry


@pytest.fixture
def chain(database: Database) -> tuple[Seal, ...]:
    """Five seals of a book, and another book with one."""
    with database.transaction() as session:
        first, other = make_book(session), make_book(session, name="Another")
        make_entry(session, other)
    for hour in range(5):
        with database.transaction() as session:
            make_entry(session, first)
        with database.transaction() as session:
            seals.seal(session, now=NOW + timedelta(hours=hour))
    with database.reading() as session:
        return seals.chain(session, first)


def test_seals_are_read_from_either_end(database: Database, chain: tuple[Seal, ...]) -> None:
    book_id = chain[0].book_id
    with database.reading() as session:
        assert register.seals_after(session, book_id, 0, limit=9) == chain
        assert register.seals_after(session, book_id, 2, limit=2) == chain[2:4]
        assert register.seals_before(session, book_id, None, limit=2) == (chain[4], chain[3])
        assert register.seals_before(session, book_id, 4, limit=9) == (chain[2], chain[1], chain[0])
        assert register.seal(session, book_id, 3) == chain[2]
        newest = register.newest(session, [book_id, book_id + 1, 99])
        assert {number: seal.sequence for number, seal in newest.items()} == {book_id: 5, book_id + 1: 1}
        assert register.newest(session, []) == {}


@pytest.mark.parametrize("sequence", [0, -1, 6, 2**31, 10**40])
def test_a_number_that_no_seal_has_is_told(database: Database, chain: tuple[Seal, ...], sequence: int) -> None:
    with database.reading() as session:
        for book_id in (chain[0].book_id, 10**40, -1):
            with pytest.raises(UnknownSeal):
                register.seal(session, book_id, sequence)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_file_of_the_register_is_read_back_in_any_order(chain: tuple[Seal, ...]) -> None:
    files = [written(chain[:2]), written(chain[1:4]), written(chain[4:])]
    assert roots.read(reversed(files)) == chain
    assert roots.read([written(chain[2:])]) == chain[2:], "one may have kept no more"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_register_that_was_touched_is_found_out(chain: tuple[Seal, ...]) -> None:
    content = json.loads(written(chain))
    touched = content["seals"][1] | {"size": 2}
    other = replace(chain[1], size=2)
    wrong = {
        "seal_altered": [json.dumps(content | {"seals": [touched]})],
        "seals_do_not_follow": [written([*chain[:1], *chain[2:]])],
        "no_seals": [written([])],
        "unknown_format": [json.dumps(content | {"version": 2})],
        "unreadable": ["[]"],
    }
    for reason, files in wrong.items():
        with pytest.raises(BadProof, match=reason):
            roots.read(files)
    for forged in ([chain[0], other, *chain[2:]], [*chain, other], [replace(chain[0], previous=bytes([1] * 32))]):
        with pytest.raises(BadProof, match="seals_do_not_follow"):
            roots.read([written(forged)])


def written(seals_: list[Seal] | tuple[Seal, ...]) -> str:
    return roots.to_json(seals_, organisation="amis", name="Les Amis", book_id=1, following=None)
