"""Words, amounts, dates and counts as each language writes them; amounts as people type them."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import i18n
from ledger.errors import Invalid
from ledger.money import MINOR_DIGITS, Money

NBSP, NNBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{MINUS SIGN}"

LOCALES = st.sampled_from(i18n.LOCALES)
AMOUNTS = st.integers(-(10**14), 10**14).map(Money)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("20", 2000),
        ("0", 0),
        ("0,01", 1),
        ("12,5", 1250),
        ("12.5", 1250),
        ("12,50", 1250),
        (" 20 ", 2000),
        ("20\n", 2000),
        ("1 234,50", 123450),
        (f"1{NNBSP}234,50{NBSP}€", 123450),
        (f"1{NBSP}234{NBSP}567,89", 123456789),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("€1,234.50", 123450),
        ("€ 1,234.50", 123450),
        ("1234,5€", 123450),
        ("1,234,567", 123456700),
        ("1.234.567", 123456700),
        ("1'234.50", 123450),
        ("1’234.50", 123450),
        ("12 345", 1234500),
        ("20 EUR", 2000),
        ("20 euros", 2000),
        ("EUR 20", 2000),
        ("1 euro", 100),
        ("1000000000", 10**11),
        ("-5", -500),
        (f"{MINUS}5,00", -500),
        (f"{MINUS}€5.00", -500),
        ("007", 700),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, minor: int) -> None:
    assert i18n.parse_money(text) == Money(minor)


@pytest.mark.parametrize("text", ["12,345", "12.345", "1,000", "100.000", "123,456 €", "-1,000", "001,000"])
def test_what_could_be_two_amounts_is_refused_never_guessed(text: str) -> None:
    with pytest.raises(Invalid, match="amount_ambiguous"):
        i18n.parse_money(text)


@pytest.mark.parametrize("text", ["0,345", "1234,567", "1.234,567", "1 234,567", "12,3456", "0.001"])
def test_parts_of_a_cent_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="amount_too_many_decimals"):
        i18n.parse_money(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "€",
        "-",
        "abc",
        "1e9",
        "1E9",
        "0x10",
        "nan",
        "inf",
        "1/2",
        "20 $",
        "+20",
        "--5",
        "5-",
        "(5)",
        ",50",
        "12,",
        "1.234,",
        "1,234,56",
        "1.23.456",
        "1,2345,678",
        "1,234.567,89",
        "1,234.50.60",
        "12 50",
        "1 2 3",
        "1 23 456",
        "1  234",
        "1 234'567",
        "12;50",
        "€20€",
        "٢٠",
        "１２",
        "1_000",
        "2\x000",
        "10000000000000000",
        "20 XPF",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(Invalid, match="amount_unreadable") as refused:
        i18n.parse_money(text)
    assert refused.value.values["text"] == text


@pytest.mark.parametrize("piece", ["9", "1,", "1.234,", " ", "1 234 ", "€", "x", "-"])
def test_a_million_characters_are_refused(piece: str) -> None:
    with pytest.raises(Invalid):
        i18n.parse_money(piece * (1_000_000 // len(piece)))


@given(amount=AMOUNTS, locale=LOCALES, trim=st.booleans())
def test_an_amount_that_we_write_reads_back(amount: Money, locale: str, *, trim: bool) -> None:
    text = i18n.format_money(amount, locale, trim=trim)
    assert i18n.parse_money(text) == amount
    assert i18n.parse_money(text.replace(NNBSP, NBSP)) == amount
    assert i18n.parse_money(text.replace(NNBSP, " ").replace(NBSP, " ")) == amount


@given(AMOUNTS)
def test_the_plain_decimal_of_an_amount_reads_back(amount: Money) -> None:
    assert i18n.parse_money(str(i18n.decimal_of(amount))) == amount
    assert i18n.parse_money(str(i18n.decimal_of(amount)).replace(".", ",")) == amount


@given(st.text(alphabet=f"0123456789.,'- {NBSP}€x", max_size=14), st.sampled_from(["EUR", "XPF", "CHF"]))
def test_whatever_is_typed_is_read_exactly_or_refused(text: str, currency: str) -> None:
    with contextlib.suppress(Invalid):
        amount = i18n.parse_money(text, currency)
        typed = re.sub(r"[^0-9]", "", text).lstrip("0")
        written = str(abs(amount.minor)).lstrip("0")
        assert written.startswith(typed)
        assert set(written.removeprefix(typed)) <= {"0"}


def test_a_currency_without_decimals_takes_whole_units_only() -> None:
    assert i18n.parse_money("1 200 XPF", "XPF") == Money(1200, "XPF")
    with pytest.raises(Invalid, match="amount_too_many_decimals"):
        i18n.parse_money("12,5", "XPF")
    with pytest.raises(Invalid, match="amount_unreadable"):
        i18n.parse_money("1200 €", "XPF")


def test_french_and_english_write_money_each_in_its_way() -> None:
    assert i18n.format_money(Money(123450), "fr") == f"1{NNBSP}234,50{NBSP}€"
    assert i18n.format_money(Money(123450), "en") == "€1,234.50"
    assert i18n.format_money(Money(-50), "fr") == f"{MINUS}0,50{NBSP}€"
    assert i18n.format_money(Money(-50), "en") == f"{MINUS}€0.50"
    assert i18n.format_money(Money(0), "fr") == f"0,00{NBSP}€"


def test_decimals_are_left_out_only_on_demand_and_only_of_whole_amounts() -> None:
    assert i18n.format_money(Money(500000), "fr", trim=True) == f"5{NNBSP}000{NBSP}€"
    assert i18n.format_money(Money(500000), "en", trim=True) == "€5,000"
    assert i18n.format_money(Money(500050), "en", trim=True) == "€5,000.50"
    assert i18n.format_money(Money(1200, "XPF"), "fr") == f"1{NNBSP}200{NBSP}FCFP"


@pytest.mark.parametrize("currency", MINOR_DIGITS)
def test_every_known_currency_can_be_written_and_has_the_decimals_of_iso(currency: str) -> None:
    for locale in i18n.LOCALES:
        digits = re.sub(r"[^0-9]", "", i18n.format_money(Money(123456, currency), locale))
        assert digits == "123456"
    assert i18n.decimal_of(Money(7, currency)).as_tuple().exponent == -MINOR_DIGITS[currency]


def test_numbers_and_shares_have_french_spaces() -> None:
    assert i18n.format_number(1234567, "fr") == f"1{NNBSP}234{NNBSP}567"
    assert i18n.format_number(1234567, "en") == "1,234,567"
    assert i18n.format_percent(1, 2, "fr") == f"50{NBSP}%"
    assert i18n.format_percent(1, 2, "en") == "50%"


def test_a_hundred_per_cent_is_said_only_when_it_is_reached() -> None:
    assert i18n.format_percent(99_999, 100_000, "en") == "99%"
    assert i18n.format_percent(100_000, 100_000, "en") == "100%"
    assert i18n.format_percent(250, 100, "en") == "250%"
    assert i18n.format_percent(1, 0, "en") == "0%"


def test_days_and_instants_are_written_in_full_and_in_paris_time() -> None:
    assert i18n.format_day(date(2026, 3, 3), "fr") == "3 mars 2026"
    assert i18n.format_day(date(2026, 3, 3), "en") == "3 March 2026"
    assert i18n.format_day(date(2026, 3, 3), "fr", style="full") == "mardi 3 mars 2026"
    assert i18n.format_day(date(2026, 3, 3), "en", style="short") == "03/03/2026"
    winter, summer = datetime(2026, 3, 3, 13, 5, tzinfo=UTC), datetime(2026, 7, 13, 22, 30, tzinfo=UTC)
    assert i18n.format_instant(winter, "fr") == f"3 mars 2026 à{NBSP}14{NBSP}h{NBSP}05"
    assert i18n.format_instant(winter, "en") == "3 March 2026 at 14:05"
    assert i18n.format_instant(summer, "fr") == f"14 juillet 2026 à{NBSP}0{NBSP}h{NBSP}30"


def test_a_message_is_said_with_its_values_and_percent_signs_stay() -> None:
    assert i18n.translate("en", "Gift: %(project)s", project="100 %") == "Gift: 100 %"
    assert i18n.translate("en", "50 % of it") == "50 % of it"


def test_a_language_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(KeyError):
        i18n.catalogue("de")


def test_our_catalogues_are_those_of_our_languages() -> None:
    assert i18n.DEFAULT_LOCALE in i18n.LOCALES
    assert set(i18n.BABEL) == set(i18n.LOCALES)


@pytest.mark.parametrize(
    ("day", "style", "text"),
    [
        (date(2026, 2, 1), "long", "1er février 2026"),
        (date(2026, 2, 1), "full", "dimanche 1er février 2026"),
        (date(2026, 2, 11), "long", "11 février 2026"),
        (date(2026, 2, 1), "short", "01/02/2026"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(day: date, style: str, text: str) -> None:
    assert i18n.format_day(day, "fr", style=style) == text
