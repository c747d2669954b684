"""Income statement, balance sheet and dedicated funds of an association, on any book and on ones written by hand."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books import book, chart, journal
from ledger.books.drafts import EntryDraft
from ledger.db import Database
from ledger.money import Money
from ledger.statements import balance_sheet, dedicated_funds, income_statement, layout, trial_balance
from ledger.statements.layout import BadLayout, NoLayout
from ledger.statements.spans import Span
from ledger.statements.table import Cell, Kind
from ledger.web.treasurer.reports import Draw
from tests.books import ledger_text
from tests.statements import any_book

YEAR: Final = Span(date(2026, 1, 1), date(2026, 12, 31))
TWO_YEARS: Final = """
2025-05-01 OD od:1 own funds
    512100  1000,00
    1024   -1000,00
2025-06-01 BQ bank:1 gifts
    512100   300,00
    754110  -300,00
2025-12-31 OD od:2 funds
    6896     120,00
    196     -120,00
2026-02-01 STR stripe:1 gifts
    511510    95,00
    627100     5,00
    754110  -100,00
2026-03-01 BQ bank:2 travel
    625       40,00
    512100   -40,00
2026-12-31 OD od:3 funds used
    196       70,00
    7896     -70,00
2026-06-01 CV cv:1 volunteers
    864       15,00
    875      -15,00
"""


def kept(database: Database, text: str = TWO_YEARS) -> int:
    with database.transaction() as session:
        book_id = book.create(session, name="x", chart="association")
        for draft in ledger_text.drafts(text):
            journal.post(session, book_id, draft, now=any_book.NOW)
    return book_id


def drawn(database: Database, draw: Draw, book_id: int, span: Span = YEAR) -> dict[Cell, list[int]]:
    """Give the amounts of each line that has one other than nothing, in cents, by the line's first word."""
    with database.reading() as session:
        content = draw(session, book_id, span, "fr")
        rows = [(row.cells[0], [cell.minor for cell in row.cells if isinstance(cell, Money)]) for row in content.rows]
        assert {column.kind for column in content.columns[1:]} >= {Kind.AMOUNT}
    return {name: amounts for name, amounts in rows if any(amounts)}


def test_the_income_statement_shows_two_years_side_by_side(database: Database) -> None:
    assert drawn(database, income_statement.draw, kept(database)) == {
        "Ressources liées à la générosité du public : dons manuels": [10000, 30000],
        "Utilisations des fonds dédiés": [7000, 0],
        "Total des produits d’exploitation (I)": [17000, 30000],
        "Autres achats et charges externes": [4500, 0],
        "Reports en fonds dédiés": [0, 12000],
        "Total des charges d’exploitation (II)": [4500, 12000],
        "1. RÉSULTAT D’EXPLOITATION (I - II)": [12500, 18000],
        "3. RÉSULTAT COURANT avant impôts (1 + 2)": [12500, 18000],
        "Total des produits (I + III + V)": [17000, 30000],
        "Total des charges (II + IV + VI + VII + VIII)": [4500, 12000],
        "EXCÉDENT OU DÉFICIT": [12500, 18000],
        "Bénévolat": [1500, 0],
        "Total des contributions volontaires": [1500, 0],
        "Personnel bénévole": [1500, 0],
        "Total des charges des contributions volontaires": [1500, 0],
    }


def test_the_balance_sheet_balances_with_results_that_no_entry_brought_forward(database: Database) -> None:
    assert drawn(database, balance_sheet.draw, kept(database)) == {
        "Disponibilités": [135500, 130000],
        "Total de l’actif circulant (II)": [135500, 130000],
        "TOTAL DE L’ACTIF": [135500, 130000],
        "Fonds propres sans droit de reprise": [100000, 100000],
        "Report à nouveau": [18000, 0],
        "Excédent ou déficit de l’exercice": [12500, 18000],
        "Total des fonds propres (I)": [130500, 118000],
        "Fonds dédiés": [5000, 12000],
        "Total des fonds reportés et dédiés (II)": [5000, 12000],
        "TOTAL DU PASSIF": [135500, 130000],
    }


def test_a_third_party_is_a_claim_or_a_debt_as_its_balance_is(database: Database) -> None:
    owed = "2026-02-01 OD od:1\n    401  10,00\n    411  -10,00"

    sheet = drawn(database, balance_sheet.draw, kept(database, owed))

    assert sheet["Autres créances"] == [1000, 0]
    assert sheet["Autres dettes"] == [1000, 0]


def test_dedicated_funds_are_told_project_by_project(database: Database) -> None:
    text = """
    2023-12-31 OD od:1
        6896  50,00  PRJ000001
        196  -50,00  PRJ000001
    2026-12-31 OD od:2
        6896  30,00  PRJ000002
        196  -30,00  PRJ000002
    2026-12-31 OD od:3
        6894  20,00
        194  -20,00
    2026-12-31 OD od:4
        194    5,00
        7894  -5,00
    """.replace("\n    ", "\n")
    book_id = kept(database, text)

    with database.reading() as session:
        rows = [row.cells for row in dedicated_funds.draw(session, book_id, YEAR, "fr").rows]

    amounts = [(cells[0], cells[2], *[cell.minor for cell in cells if isinstance(cell, Money)]) for cells in rows]
    assert amounts == [
        ("194", "", 0, 2000, 500, 1500, 0),
        ("196", "PRJ000001", 5000, 0, 0, 5000, 5000),
        ("196", "PRJ000002", 0, 3000, 0, 3000, 0),
        ("", "", 5000, 5000, 500, 9500, 5000),
    ]


@any_book.per_example
@given(any_book.books, st.integers(0, any_book.DAYS))
def test_both_sides_of_any_balance_sheet_agree_and_its_result_is_that_of_the_income_statement(
    database: Database, entries: list[EntryDraft], day: int
) -> None:
    book_id = any_book.keep(database, entries)
    end = any_book.day(day)
    span = Span(date(end.year, 1, 1), end)

    sheet = drawn(database, balance_sheet.draw, book_id, span)
    income = drawn(database, income_statement.draw, book_id, span)

    nothing = [0, 0]
    assert sheet.get("TOTAL DE L’ACTIF", nothing) == sheet.get("TOTAL DU PASSIF", nothing)
    result = sheet.get("Excédent ou déficit de l’exercice", nothing)[0]
    assert result == income.get("EXCÉDENT OU DÉFICIT", nothing)[0]
    with database.reading() as session:
        rows = trial_balance.read(session, book_id, span)
    assert result == -sum((row.debits - row.credits).minor for row in rows if row.account[0] in "67")


@given(st.integers(100, 79999999).map(str), st.sampled_from([1, -1]))
def test_every_account_that_there_can_be_has_its_line(code: str, balance: int) -> None:
    statement = "income_statement" if code[0] in "67" else "balance_sheet"
    if code[0] in "89":
        return

    filled = layout.load("association", statement).fill({code: balance})

    assert any(filled)


def test_every_account_of_the_chart_has_its_line() -> None:
    income, sheet = (layout.load("association", name) for name in ("income_statement", "balance_sheet"))
    for account in chart.load("association").accounts:
        assert any((income if account.code[0] in "678" else sheet).fill({account.code: 1}))


def test_the_last_of_february_is_compared_with_the_last_of_february(database: Database) -> None:
    gift = "{} BQ bank:{}\n    512100  {},00\n    754110 -{},00\n"
    book_id = kept(database, gift.format("2023-02-28", 1, 10, 10) + gift.format("2024-02-29", 2, 20, 20))

    statement = drawn(database, income_statement.draw, book_id, Span(date(2024, 2, 29), date(2024, 2, 29)))

    assert statement["EXCÉDENT OU DÉFICIT"] == [2000, 1000]


def test_a_chart_without_a_layout_and_an_account_without_a_line_are_said() -> None:
    with pytest.raises(NoLayout):
        layout.load("commune", "balance_sheet")
    with pytest.raises(BadLayout, match="account_without_line"):
        layout.load("association", "balance_sheet").fill({"999": 1})
