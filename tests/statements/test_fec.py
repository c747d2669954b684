from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books import balances, book, journal, periods, seals
from ledger.books.drafts import EntryDraft, Line
from ledger.db import Database
from ledger.money import Money
from ledger.statements import fec, fec_check, fec_file, spans
from ledger.statements.fec import FecLine
from ledger.statements.spans import Span
from tests.books import ledger_text
from tests.factories.books import make_book, make_entry
from tests.factories.gifts import make_funded, make_gift
from tests.factories.people import make_person
from tests.statements import any_book

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
GIFT = (
    "STR\tStripe\tSTR-202601-000001\t20260303\t{}\t{}\tC000001\tCamille Desbiolles"
    "\tstripe:txn_verger_1\t20260303\tDon\t{}\t{}\t\t\t\t\t"
)
NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def drawn(database: Database, book_id: int, span: Span = YEAR) -> list[FecLine]:
    with database.reading() as session:
        return list(fec.lines(session, book_id, span))


def kept(database: Database, text: str) -> int:
    with database.transaction() as session:
        book_id = make_book(session)
        for draft in ledger_text.drafts(text):
            journal.post(session, book_id, draft, now=NOW)
    return book_id


def cents(said: str) -> int:
    return int(said.replace(",", ""))


def test_a_gift_by_card_is_written_as_the_law_wants(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), fee=Money(108), paid_at=datetime(2026, 3, 3, 13, 5, tzinfo=UTC))

    content = b"".join(fec_file.encode(drawn(database, funded.book_id))).decode()

    assert content.splitlines() == [
        "\t".join(fec_file.COLUMNS),
        GIFT.format("511510", "Paiements par carte à encaisser - Stripe", "48,92", "0,00"),
        GIFT.format("627100", "Services bancaires - commissions des prestataires de paiement", "1,08", "0,00"),
        GIFT.format("754110", "Dons manuels", "0,00", "50,00"),
    ]
    assert content.endswith("\r\n")


def test_each_journal_is_numbered_without_a_gap_and_opening_balances_come_first(database: Database) -> None:
    book_id = kept(
        database,
        """
        2026-02-01 OD od:1
            512100  10,00
            1024   -10,00
        2026-02-01 BQ bank:1
            512100  10,00
            1024   -10,00
        2026-02-02 OD od:2
            512100  10,00
            1024   -10,00
        2026-01-01 AN an:2026
            512100  10,00
            1024   -10,00
        """,
    )

    assert [line.number for line in drawn(database, book_id)[::2]] == [
        "AN-202601-000001",
        "OD-202601-000001",
        "BQ-202601-000001",
        "OD-202601-000002",
    ]


def test_a_sealed_entry_keeps_its_number_and_has_the_day_of_its_seal(database: Database) -> None:
    book_id = kept(database, "2026-02-01 OD od:1\n    512100  10,00\n    1024   -10,00")
    with database.transaction() as session:
        seals.seal(session, now=datetime(2026, 6, 1, 22, 30, tzinfo=UTC))
    with database.transaction() as session:
        draft = ledger_text.draft("2026-01-02 OD od:2\n    512100  10,00\n    1024   -10,00")
        make_entry(session, book_id, draft, now=NOW)

    assert [(line.number, line.day, line.valid_day) for line in drawn(database, book_id)[::2]] == [
        ("OD-202601-000001", "20260201", "20260602"),
        ("OD-202601-000002", "20260102", ""),
    ]


def test_periods_within_a_year_have_numbers_of_their_own(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        for starts_on, ends_on in ((1, 15), (16, 31)):
            days = date(2026, 1, starts_on), date(2026, 1, ends_on)
            periods.open_span(session, book_id, starts_on=days[0], ends_on=days[1])
            draft = ledger_text.draft(f"{days[0]} OD od:{days[0]}\n    512100  10,00\n    1024   -10,00")
            make_entry(session, book_id, draft, now=NOW)

    assert [line.number for line in drawn(database, book_id)[::2]] == ["OD-202601-000001", "OD-20260116-000001"]


def test_voluntary_contributions_are_left_out_and_leave_no_gap(database: Database) -> None:
    book_id = kept(
        database,
        """
        2026-02-01 CV od:1
            864  10,00
            875   -10,00
        2026-02-02 OD od:2
            512100  10,00
            1024   -10,00
        """,
    )

    assert [(line.number, line.account) for line in drawn(database, book_id)] == [
        ("OD-202601-000001", "512100"),
        ("OD-202601-000001", "1024"),
    ]


def test_a_late_fact_is_entered_in_the_open_year_under_the_day_of_its_piece(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        old = periods.covering(session, book_id, date(2025, 12, 30))
        periods.close(session, old.id, now=NOW)
        draft = ledger_text.draft("2025-12-30 BQ bank:9\n    512100  10,00\n    1024   -10,00")
        make_entry(session, book_id, draft, now=NOW)

    (line, _) = drawn(database, book_id)

    assert (line.day, line.piece_day) == ("20260601", "20251230")
    assert drawn(database, book_id, Span(date(2025, 1, 1), date(2025, 12, 31))) == []


def test_a_contributor_without_a_name_is_called_by_the_reference(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, "x@example.org", "")
    book_id = kept(database, "2026-02-01 OD od:1\n    512100  10,00  C000001\n    1024   -10,00  C777777")

    assert [(line.contributor, line.contributor_name) for line in drawn(database, book_id)] == [
        ("C000001", "C000001"),
        ("C777777", "C777777"),
    ]


def test_tabs_and_line_ends_in_names_do_not_break_the_file(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, "x@example.org", "Zoé L'Œil\tde\r\nPerdrix\u202f!")
    book_id = kept(database, "2026-02-01 OD od:1\n    512100  10,00  C000001\n    1024   -10,00")

    content = b"".join(fec_file.encode(drawn(database, book_id)))

    assert "\tZoé L'Œil de Perdrix !\t" in content.decode()
    assert not fec_check.check(io.BytesIO(content)).defects


def test_an_amount_in_another_currency_cannot_be_exported(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        book.add_account(session, book_id, "512900", under="512", label="Dollars", currency="USD")
        book.add_account(session, book_id, "102490", under="1024", label="Dollars", currency="USD")
        lines = tuple(Line(account, Money(minor, "USD")) for account, minor in (("512900", 500), ("102490", -500)))
        journal.post(session, book_id, EntryDraft("OD", date(2026, 5, 1), "od:usd", "", lines), now=NOW)

    with pytest.raises(fec.ForeignCurrency, match="102490"):
        drawn(database, book_id)
    assert drawn(database, book_id, Span(date(2025, 1, 1), date(2025, 12, 31))) == []
    later = Span(date(2027, 1, 1), date(2027, 12, 31))
    with pytest.raises(fec.ForeignCurrency, match="102490"):
        drawn(database, book_id, later)
    with database.transaction() as session:
        back = tuple(Line(line.account, -line.money) for line in lines)
        journal.post(session, book_id, EntryDraft("OD", date(2026, 6, 1), "od:back", "", back), now=NOW)
    assert drawn(database, book_id, later) == []


@any_book.per_example
@given(any_book.books, st.integers(0, 3), st.integers(0, 12))
def test_the_file_of_any_book_has_no_defect_and_adds_up_to_its_trial_balance(
    database: Database, entries: list[EntryDraft], undone: int, sealed: int
) -> None:
    book_id = any_book.keep(database, entries, undone=undone, sealed=sealed)
    lines = drawn(database, book_id)

    content = b"".join(fec_file.encode(lines))
    verdict = fec_check.check(io.BytesIO(content), name=fec_file.file_name("123456782", YEAR.end))

    assert not verdict.defects
    assert verdict.lines == len(lines)
    with database.reading() as session:
        before = balances.trial(session, book_id, as_of=date(2025, 12, 31))
        after = balances.trial(session, book_id, as_of=YEAR.end)
    moved = Counter({row.account: row.debits.minor for row in after if row.kind != "memo"})
    moved.subtract({row.account: row.debits.minor for row in before if row.kind != "memo"})
    written: Counter[str] = Counter()
    for line in lines:
        if line.number != "AN-202601-000000":
            written[line.account] += cents(line.debit)
    assert +written == +moved
    opening = sum(cents(line.debit) for line in lines if line.number == "AN-202601-000000")
    assert verdict.debits == verdict.credits == moved.total() + opening


@pytest.mark.parametrize(
    ("first_month", "year", "start", "end"),
    [
        (1, 2026, date(2026, 1, 1), date(2026, 12, 31)),
        (7, 2026, date(2025, 7, 1), date(2026, 6, 30)),
        (12, 2026, date(2025, 12, 1), date(2026, 11, 30)),
        (3, 2024, date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_an_accounting_year_is_named_for_the_year_it_closes_in(
    database: Database, first_month: int, year: int, start: date, end: date
) -> None:
    with database.transaction() as session:
        book_id = book.create(session, name="x", chart="association", first_month=first_month)

        assert spans.year_closing_in(session, book_id, year) == Span(start, end)
        assert spans.year_around(session, book_id, start) == Span(start, end)
        assert spans.year_around(session, book_id, end) == Span(start, end)


def test_a_long_first_year_begins_where_its_period_does(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        periods.open_span(session, book_id, starts_on=date(2025, 9, 1), ends_on=date(2026, 12, 31))

        assert spans.year_closing_in(session, book_id, 2026) == Span(date(2025, 9, 1), date(2026, 12, 31))


def test_the_name_of_the_file_is_siren_fec_and_closing_day() -> None:
    assert fec_file.file_name("123456782", date(2026, 12, 31)) == "123456782FEC20261231.txt"
    assert fec_file.file_name("", date(2026, 12, 31)) == "000000000FEC20261231.txt"
