from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from ledger.books import journal, proofs, seals
from ledger.books.proofs import FIRST, BadProof
from ledger.books.refusals import NotSealed, UnknownEntry, UnknownSeal
from ledger.books.verify import verify
from ledger.db import Database
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        return make_book(session)


def _post(database: Database, book_id: int, many: int = 1) -> list[int]:
    with database.transaction() as session:
        return [make_entry(session, book_id) for _ in range(many)]


def _seal(database: Database, *, batch: int = seals.BATCH) -> tuple[proofs.Seal, ...]:
    with database.transaction() as session:
        return seals.seal(session, now=NOW, batch=batch)


def test_entries_are_sealed_once_in_chained_batches(database: Database, book_id: int) -> None:
    _post(database, book_id, 5)
    first = _seal(database, batch=3)
    assert [(one.sequence, one.size) for one in first] == [(1, 3), (2, 2)]
    assert first[0].previous == FIRST
    assert first[1].previous == first[0].hash()
    assert _seal(database) == ()
    _post(database, book_id)
    (third,) = _seal(database)
    with database.reading() as session:
        assert seals.chain(session, book_id) == (*first, third)
        assert seals.head(session, book_id) == third
        assert verify(session) == ()
    proofs.check_chain([*first, third])


def test_a_book_without_entries_has_no_seal(database: Database, book_id: int) -> None:
    assert _seal(database) == ()
    with database.reading() as session:
        assert seals.head(session, book_id) is None
        assert seals.chain(session, book_id) == ()


def test_numbers_have_no_gap_in_each_journal_and_year(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entries = [
            make_entry(session, book_id, make_donation()),
            make_entry(session, book_id, make_donation(on=date(2025, 12, 31))),
            make_entry(session, book_id, make_transfer(1, debited="512100", credited="754110")),
            make_entry(session, book_id, make_donation()),
        ]
    _seal(database, batch=2)
    with database.transaction() as session:
        entries.append(make_entry(session, book_id, make_donation(on=date(2025, 1, 1))))
    _seal(database)
    with database.reading() as session:
        assert [seals.number_of(session, entry_id) for entry_id in entries] == [1, 1, 1, 2, 2]


def test_each_book_has_its_own_chain(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        other = make_book(session, name="Another")
        for _ in range(2):
            make_entry(session, book_id)
            make_entry(session, other)
    sealed = _seal(database)
    assert [(one.book_id, one.sequence, one.size) for one in sealed] == [(book_id, 1, 2), (other, 1, 2)]
    with database.reading() as session:
        assert verify(session) == ()


@pytest.mark.parametrize("many", [1, 2, 3, 7])
def test_every_entry_has_a_proof_that_needs_no_database(database: Database, book_id: int, many: int) -> None:
    entries = _post(database, book_id, many)
    _seal(database)
    _post(database, book_id)
    (newest,) = _seal(database)
    with database.reading() as session:
        found = [seals.prove(session, entry_id) for entry_id in entries]
    for proof in found:
        kept = proofs.read(proof.to_json())
        assert kept == proof
        assert kept.check() == newest


def test_an_entry_waits_for_its_seal(database: Database, book_id: int) -> None:
    (entry_id,) = _post(database, book_id)
    with database.reading() as session:
        with pytest.raises(NotSealed):
            seals.prove(session, entry_id)
        with pytest.raises(NotSealed):
            seals.number_of(session, entry_id)
        with pytest.raises(UnknownEntry):
            seals.prove(session, entry_id + 1000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('\\"memo\\":\\"donation\\"', '\\"memo\\":\\"gift\\"'),
        ("-5000", "-6000"),
        ('"index": 1', '"index": 0'),
        ('"index": 1', '"index": 9'),
        ('"index": 1', '"index": "one"'),
        ('"size": 3', '"size": 4'),
        ('"sequence": 2', '"sequence": 3'),
        ("ecot-proof-1", "ecot-proof-9"),
        ('"path": [', '"path": ["00", '),
        ('"entry"', '"entrée"'),
        ("{", ""),
    ],
)
def test_a_proof_that_was_touched_proves_nothing(database: Database, book_id: int, old: str, new: str) -> None:
    entries = _post(database, book_id, 3)
    _seal(database)
    _post(database, book_id)
    _seal(database)
    with database.reading() as session:
        text = seals.prove(session, entries[1]).to_json()
    assert old in text
    with pytest.raises(BadProof):
        proofs.read(text.replace(old, new, 1)).check()


def test_a_seal_that_was_touched_leads_to_another_hash(database: Database, book_id: int) -> None:
    (entry_id,) = _post(database, book_id)
    (sealed,) = _seal(database)
    with database.reading() as session:
        text = seals.prove(session, entry_id).to_json()
    forged = proofs.read(text.replace('"sealed_at": "2026-03-03T13:05', '"sealed_at": "2026-03-03T13:06'))
    assert forged.check().hash() != sealed.hash()


def test_a_chain_with_a_seal_left_out_is_noticed(database: Database, book_id: int) -> None:
    _post(database, book_id, 3)
    first, _, third = _seal(database, batch=1)
    with pytest.raises(BadProof):
        proofs.check_chain([first, third])


def test_reversals_and_details_are_sealed_too(database: Database, book_id: int) -> None:
    (entry_id,) = _post(database, book_id)
    with database.transaction() as session:
        undone = journal.reverse(session, entry_id, source="undo", effective_on=TODAY, memo="é ☂", now=NOW)
    _seal(database)
    with database.reading() as session:
        content = seals.prove(session, undone.entry_id).content.decode()
        assert f'"reverses":{entry_id}' in content
        assert "é ☂" in content
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_commits_late_is_sealed_later(database: Database, book_id: int) -> None:
    _post(database, book_id)
    with database.transaction() as slow:
        late = make_entry(slow, book_id)
        early = _post(database, book_id)[0]
        _seal(database)
    with database.reading() as session:
        for entry_id in (late, early):
            with pytest.raises(NotSealed):
                seals.number_of(session, entry_id)
    _seal(database)
    with database.reading() as session:
        assert seals.number_of(session, late) < seals.number_of(session, early)
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_sealing_goes_on_after_a_book_was_rebased(database: Database, book_id: int) -> None:
    _post(database, book_id, 2)
    _seal(database)
    unsealed = _post(database, book_id)[0]
    with database.transaction() as session:
        session.execute(sa.text("UPDATE seal_state SET upto = 9000000000"))
        session.execute(sa.text("UPDATE fold_state SET upto = 9000000000"))
        session.execute(sa.text("SELECT book_rebase()"))
    (sealed,) = _seal(database)
    assert (sealed.sequence, sealed.size) == (2, 1)
    with database.reading() as session:
        assert seals.number_of(session, unsealed) == 3
        assert verify(session) == ()


def test_sealing_twice_at_once_seals_once(database: Database, book_id: int) -> None:
    _post(database, book_id, 4)
    with database.transaction() as session:
        assert len(seals.seal(session, now=NOW)) == 1
        assert seals.seal(session, now=NOW + timedelta(hours=1)) == ()


def test_a_seal_is_found_by_the_hash_that_somebody_kept(database: Database, book_id: int) -> None:
    _post(database, book_id, 5)
    first, second = _seal(database, batch=3)
    with database.reading() as session:
        assert seals.with_hash(session, first.hash()) == first
        assert seals.with_hash(session, second.hash()) == second
        with pytest.raises(UnknownSeal) as caught:
            seals.with_hash(session, FIRST)
    assert caught.value.values["seal"] == FIRST.hex()
