"""Every account of every chart stands on one line, and what is drawn from them adds up, whatever was posted."""

from __future__ import annotations

import json
from datetime import date
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books import book, chart, closing, journal, periods
from ledger.books.drafts import EntryDraft, Line
from ledger.config import ROOT
from ledger.db import Database
from ledger.money import Money
from ledger.statements import balance_sheet, income_statement, layout, mandate_account
from ledger.statements.spans import Span
from ledger.web.treasurer.reports import REPORTS, Draw
from tests.books import ledger_text
from tests.statements import any_book

CHARTS: Final = chart.names()
YEAR: Final = Span(date(2026, 1, 1), date(2026, 12, 31))
_sources = count(1)


def lines_for(name: str, statement: str, code: str, side: int) -> list[str]:
    """Name the lines, but headings and totals, that have the balance of one account."""
    form = layout.load(name, statement)
    filled = form.fill({code: side})
    return [
        line.labels["fr"]
        for line, amount in zip(form.lines, filled, strict=True)
        if amount and not line.is_total and not line.is_heading
    ]


def statements_of(name: str, code: str) -> tuple[str, ...]:
    """Name the statements that an account's balance belongs on."""
    if code[0] in "678":
        return ("mandate_account",) if name == "mandate" else ("income_statement",)
    if name == "mandate" and code.startswith(mandate_account.PRINCIPAL):
        return ("balance_sheet", "mandate_account")
    return ("balance_sheet",)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("side", [1, -1])
def test_every_account_of_a_chart_stands_on_one_line(name: str, side: int) -> None:
    for account in chart.load(name).accounts:
        for statement in statements_of(name, account.code):
            assert len(lines_for(name, statement, account.code, side)) == 1


@given(st.integers(100, 79999999).map(str).filter(lambda code: code < "8"), st.sampled_from([1, -1]))
def test_every_account_that_a_company_can_have_stands_on_one_line(code: str, side: int) -> None:
    (statement,) = statements_of("cooperative", code)
    assert len(lines_for("cooperative", statement, code, side)) == 1


@pytest.mark.parametrize(
    ("code", "side", "line"),
    [
        ("1013", -1, "Capital"),
        ("109", 1, "Capital souscrit non appelé (I)"),
        ("1041", -1, "Primes d’émission, de fusion, d’apport"),
        ("1061", -1, "Réserve légale"),
        ("1063", -1, "Réserves statutaires ou contractuelles"),
        ("119", 1, "Report à nouveau"),
        ("120", -1, "Résultat de l’exercice (bénéfice ou perte)"),
        ("1671", -1, "Produit des émissions de titres participatifs"),
        ("168110", -1, "Emprunts et dettes financières diverses"),
        ("168810", -1, "Emprunts et dettes financières diverses"),
        ("4551", -1, "Emprunts et dettes financières diverses"),
        ("45625", 1, "Capital souscrit et appelé, non versé"),
        ("4563", -1, "Autres dettes"),
        ("4567", -1, "Autres dettes"),
        ("457", -1, "Autres dettes"),
        ("4422", -1, "Dettes fiscales et sociales"),
        ("4423", -1, "Dettes fiscales et sociales"),
        ("467220", -1, "Autres dettes"),
        ("511510", 1, "Disponibilités"),
        ("512100", -1, "Emprunts et dettes auprès des établissements de crédit"),
        ("6611", 1, "Intérêts et charges assimilées"),
        ("627810", 1, "Autres achats et charges externes"),
        ("758210", -1, "Libéralités reçues"),
        ("758", -1, "Autres produits"),
        ("741", -1, "Subventions"),
    ],
)
def test_capital_loans_and_gifts_of_a_cooperative_stand_where_an_accountant_looks(
    code: str, side: int, line: str
) -> None:
    (statement,) = statements_of("cooperative", code)
    assert lines_for("cooperative", statement, code, side) == [line]


@st.composite
def drafts(draw: st.DrawFn, name: str) -> EntryDraft:
    """Draw an entry of two to four lines on any accounts of a chart but guarded ones and class 8."""
    codes = [row.code for row in chart.load(name).accounts if row.guard == "none" and row.kind != "memo"]
    amounts = draw(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=3))
    amounts = [*amounts, -sum(amounts)] if sum(amounts) else [*amounts, amounts[0], -sum(amounts) - amounts[0]]
    lines = tuple(Line(draw(st.sampled_from(codes)), Money(amount)) for amount in amounts)
    day = any_book.day(draw(st.integers(0, any_book.DAYS)))
    return EntryDraft("OD", day, f"od:{next(_sources)}", "", lines)


def open_book(database: Database, name: str, entries: list[EntryDraft]) -> int:
    with database.transaction() as session:
        book_id = book.create(session, name="x", chart=name)
        for draft in entries:
            journal.post(session, book_id, draft, now=any_book.NOW)
    return book_id


def drawn(database: Database, draw: Draw, book_id: int, span: Span = YEAR) -> dict[Any, list[int]]:
    """Give the amounts of each line, in cents, by its French name."""
    with database.reading() as session:
        rows = draw(session, book_id, span, "fr").rows
        return {row.cells[0]: [cell.minor for cell in row.cells if isinstance(cell, Money)] for row in rows}


@pytest.mark.parametrize("name", CHARTS)
def test_both_sides_of_any_balance_sheet_agree_before_and_after_the_year_is_closed(
    database: Database, name: str
) -> None:
    @any_book.per_example
    @given(st.lists(drafts(name), min_size=1, max_size=6))
    def agree(entries: list[EntryDraft]) -> None:
        book_id = open_book(database, name, entries)
        before = drawn(database, balance_sheet.draw, book_id)
        with database.transaction() as session:
            for year in (2025, 2026):
                period = periods.covering(session, book_id, date(year, 12, 31))
                periods.close(session, period.id, now=any_book.NOW)
                closing.close_year(session, period.id, by="Inès", now=any_book.NOW)
        after = drawn(database, balance_sheet.draw, book_id)
        for sheet in (before, after):
            assert sheet["TOTAL DE L’ACTIF"] == sheet["TOTAL DU PASSIF"]
        assert after == before

    agree()


COOPERATIVE: Final = """
2025-03-01 OD od:1 capital
    45625  12000,00
    1013  -10000,00
    1041   -2000,00
2025-03-02 BQ bank:1 paid
    512100 12000,00
    45625 -12000,00
2025-12-01 BQ bank:2 sales
    512100  3000,00
    706    -3000,00
2026-02-01 STR stripe:1 donation
    511510    49,00
    627810     1,00
    758210   -50,00
2026-03-01 BQ bank:3 loan
    512100  5000,00
    168110 -5000,00
2026-12-31 OD od:2 interest
    6611     200,00
    168810  -200,00
2026-06-01 CV cv:1 volunteers
    864       15,00
    875      -15,00
"""


def test_a_cooperative_shows_capital_premium_loans_and_result(database: Database) -> None:
    book_id = open_book(database, "cooperative", list(ledger_text.drafts(COOPERATIVE)))

    sheet = drawn(database, balance_sheet.draw, book_id)
    income = drawn(database, income_statement.draw, book_id)

    assert {name: amounts for name, amounts in sheet.items() if any(amounts)} == {
        "Disponibilités": [2004900, 1500000],
        "Total de l’actif circulant (III)": [2004900, 1500000],
        "TOTAL DE L’ACTIF": [2004900, 1500000],
        "Capital": [1000000, 1000000],
        "Primes d’émission, de fusion, d’apport": [200000, 200000],
        "Report à nouveau": [300000, 0],
        "Résultat de l’exercice (bénéfice ou perte)": [-15100, 300000],
        "Total des capitaux propres (I)": [1484900, 1500000],
        "Emprunts et dettes financières diverses": [520000, 0],
        "Total des dettes (III)": [520000, 0],
        "TOTAL DU PASSIF": [2004900, 1500000],
    }
    assert income["Montant net du chiffre d’affaires"] == [0, 300000]
    assert income["Libéralités reçues"] == [5000, 0]
    assert income["1. RÉSULTAT D’EXPLOITATION (I - II)"] == [4900, 300000]
    assert income["2. RÉSULTAT FINANCIER (V - VI)"] == [-20000, 0]
    assert income["BÉNÉFICE OU PERTE"] == [-15100, 300000]
    assert income["Bénévolat"] == [1500, 0]


def test_the_account_of_a_mandate_is_that_of_the_worked_example(database: Database) -> None:
    vector = json.loads((ROOT / "tests" / "data" / "mandate_statement.json").read_text(encoding="utf-8"))
    cards, transfers, cheques = (_cents(row["amount"]) for row in vector["receipts"])
    fees, pay = (_cents(row["amount"]) for row in vector["expenses"])
    (refund,), (remitted,) = ([_cents(row["amount"]) for row in vector[name]] for name in ("refunds", "remitted"))
    moves = [
        ("511510", "46721011", cards),
        ("512100", "46721011", transfers),
        ("511200", "46721011", cheques),
        ("46721020", "511510", refund),
        ("46721031", "511510", fees),
        ("46721033", "512100", pay),
        ("512100", "511510", cards - refund - fees),
        ("46721040", "512100", remitted),
    ]
    entries = [
        EntryDraft("OD", YEAR.end, f"od:{n}", "", (Line(debit, Money(cents)), Line(credit, -Money(cents))))
        for n, (debit, credit, cents) in enumerate(moves)
    ]
    book_id = open_book(database, "mandate", entries)

    account = drawn(database, mandate_account.draw, book_id)
    sheet = drawn(database, balance_sheet.draw, book_id)

    closing_balance = _cents(vector["closing"])
    assert account["Total des recettes"] == [_cents(vector["receipts_total"])]
    assert account["Remboursements aux donateurs"] == [refund]
    assert account["Total des dépenses"] == [fees + pay]
    assert account["Reversements au mandant"] == [remitted]
    assert account["SOLDE DÛ AU MANDANT À LA CLÔTURE"] == [closing_balance]
    assert sheet["Fonds du mandant à reverser"][0] == sheet["TOTAL DE L’ACTIF"][0] == closing_balance
    later = drawn(database, mandate_account.draw, book_id, Span(date(2027, 1, 1), date(2027, 6, 30)))
    assert later["Solde dû au mandant à l’ouverture"] == later["SOLDE DÛ AU MANDANT À LA CLÔTURE"] == [closing_balance]
    assert later["Total des recettes"] == [0]


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_statement_that_a_chart_has_draws_in_both_languages(database: Database, name: str, locale: str) -> None:
    lines = (Line(chart.load(name).code_of("bank"), Money(100)), Line(chart.load(name).code_of("gifts"), Money(-100)))
    book_id = open_book(database, name, [EntryDraft("OD", YEAR.end, "od:1", "", lines)])
    with database.reading() as session:
        for report in REPORTS:
            if report.suits(name):
                assert list(report.draw(session, book_id, YEAR, locale).rows)


def test_what_a_chart_cannot_offer_is_not_among_its_statements() -> None:
    offered = {name: {report.words["en"] for report in REPORTS if report.suits(name)} for name in CHARTS}
    assert offered["association"] - offered["cooperative"] == {"dedicated-funds"}
    assert offered["association"] ^ offered["mandate"] == {"dedicated-funds", "income-statement", "mandate-account"}
