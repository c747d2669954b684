from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from ledger.contributions.models import Kind
from ledger.contributions.queries import LeaderContribution
from ledger.money import Money
from ledger.statements import contributions_csv, csv_file


def given(reference: str, name: str, amount: int, fee: int) -> LeaderContribution:
    return LeaderContribution(reference, name, Money(amount), Money(fee), date(2026, 3, 3), Kind.DONATION)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+33 6", "-2", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "＝1+1", "\n+1"],
)
def test_a_name_that_a_spreadsheet_would_run_is_written_as_words(name: str) -> None:
    assert csv_file.text(name).startswith("'")


@pytest.mark.parametrize("name", ["Camille Desbiolles", 'O\'Brien; "Bob"', "Élise Nguyễn", ""])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert csv_file.text(name) == name


@pytest.mark.parametrize("name", ["Moreau,=1+1", "Moreau, @SUM(A1)", "Moreau|+1", "Moreau,＝1+1", "Moreau,\t-2"])
def test_a_name_is_words_for_a_spreadsheet_that_divides_at_commas_too(name: str) -> None:
    cells = csv_file.text(name).replace("|", ",").split(",")
    assert cells[1].strip().startswith("'")


def test_a_name_over_two_lines_is_written_on_one() -> None:
    assert csv_file.text("Camille\r\nDesbiolles") == "Camille Desbiolles"


@pytest.mark.parametrize(
    ("money", "cell"),
    [
        (Money(0), "0,00"),
        (Money(1), "0,01"),
        (Money(-1), "-0,01"),
        (Money(123_456_789), "1234567,89"),
        (Money(9_000_000_000_000_000), "90000000000000,00"),
        (Money(1234, "XPF"), "1234"),
        (None, ""),
    ],
)
def test_an_amount_has_a_decimal_comma_and_no_grouping(money: Money | None, cell: str) -> None:
    assert csv_file.amount(money) == cell


def test_a_file_begins_with_one_mark_and_its_lines_end_as_windows_wants() -> None:
    content = b"".join(csv_file.encode([("é", "1"), ("b;c", 'd"e')]))

    assert content == '\ufeffé;1\r\n"b;c";"d""e"\r\n'.encode()


def test_a_leaders_list_names_donors_as_they_chose_and_ends_with_its_totals() -> None:
    rows = [given("CTB000002", "Camille", 5000, 100), given("CTB000001", "", 2000, 55)]

    header, *lines = read(b"".join(contributions_csv.encode(rows, "en", currency="EUR")))

    assert header == ["Day", "Contribution", "Kind", "Name", "Amount (EUR)", "Fee (EUR)", "Net (EUR)"]
    assert lines == [
        ["2026-03-03", "CTB000002", "Gift", "Camille", "50,00", "1,00", "49,00"],
        ["2026-03-03", "CTB000001", "Gift", "", "20,00", "0,55", "19,45"],
        ["", "", "Totals", "", "70,00", "1,55", "68,45"],
    ]


def test_a_list_without_contributions_still_has_its_totals() -> None:
    _, totals = read(b"".join(contributions_csv.encode([], "en", currency="EUR")))

    assert totals == ["", "", "Totals", "", "0,00", "0,00", "0,00"]
