"""Languages: catalogues read from ledger/locale, and money, dates and counts written as each locale writes them.

English is the language of the message ids. Babel decides on separators, French spaces and plural forms; no
request is needed, so that the worker's documents and the pages say the same thing.
"""

from __future__ import annotations

import gettext
import io
import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale, dates, numbers
from babel.messages import mofile, pofile

from ledger.clock import PARIS
from ledger.errors import Invalid
from ledger.money import MINOR_DIGITS, Money

LOCALES: Final = ("fr", "en")
DEFAULT_LOCALE: Final = "fr"
DIRECTORY: Final = Path(__file__).resolve().parent / "locale"

BABEL: Final = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}
"""Écot's two languages as Babel names them: French of France, British English."""


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """Read a language's messages; the .po file is compiled in memory, so none can be stale.

    Raises:
        KeyError: the locale is not one of `LOCALES`.
    """
    path = DIRECTORY / str(BABEL[locale].language) / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(locale: str, message: str, /, **values: object) -> str:
    """Say a message in a language, with its named values put in."""
    said = catalogue(locale).gettext(message)
    return said % values if values else said


def translate_plural(locale: str, one: str, many: str, count: int, /, **values: object) -> str:
    """Say a message that differs with a count, as the language has it, with its named values put in."""
    return catalogue(locale).ngettext(one, many, count) % values


def decimal_of(money: Money) -> Decimal:
    """Give an amount in units of its currency, exactly."""
    return Decimal(money.minor).scaleb(-MINOR_DIGITS[money.currency])


def format_money(money: Money, locale: str, *, trim: bool = False) -> str:
    """Write an amount with its currency: « 1 234,50 € » or “€1,234.50”, a true minus when negative.

    With `trim`, a whole number of units is written without decimals, for goals and suggestions.
    """
    whole = trim and money.minor % 10 ** MINOR_DIGITS[money.currency] == 0
    text = numbers.format_currency(
        decimal_of(abs(money)),
        money.currency,
        locale=BABEL[locale],
        format=_whole_pattern(locale) if whole else None,
        currency_digits=not whole,
    )
    return f"\N{MINUS SIGN}{text}" if money.minor < 0 else text


def _whole_pattern(locale: str) -> str:
    return "#,##0\N{NO-BREAK SPACE}¤" if locale == "fr" else "¤#,##0"


def format_number(value: int, locale: str) -> str:
    """Write a whole number with the locale's grouping."""
    return str(numbers.format_decimal(value, locale=BABEL[locale]))


def format_percent(numerator: int, denominator: int, locale: str) -> str:
    """Write a share as a whole percentage, rounded down, so that 100 % is only said when it is reached."""
    share = Decimal(numerator * 100 // denominator if denominator else 0).scaleb(-2)
    return str(numbers.format_percent(share, locale=BABEL[locale]))


def format_day(day: date, locale: str, *, style: str = "long") -> str:
    """Write a day: « 1er mars 2026 » / “1 March 2026” (`long`), or with its weekday (`full`), or `short`."""
    text = dates.format_date(day, format=style, locale=BABEL[locale])
    return re.sub(r"\b1 ", "1er ", text, count=1) if locale == "fr" and day.day == 1 else text


def format_instant(instant: datetime, locale: str) -> str:
    """Write an instant in Paris time: « 3 mars 2026 à 14 h 05 » / “3 March 2026 at 14:05”."""
    local = instant.astimezone(PARIS)
    if locale == "fr":
        nbsp = "\N{NO-BREAK SPACE}"
        return f"{format_day(local.date(), locale)} à{nbsp}{local.hour}{nbsp}h{nbsp}{local.minute:02d}"
    return f"{format_day(local.date(), locale)} at {local.hour:02d}:{local.minute:02d}"


_SPACES: Final = str.maketrans(
    "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{RIGHT SINGLE QUOTATION MARK}", "   '"
)
_SIGNS: Final = ("-", "\N{MINUS SIGN}")
_UNITS: Final = {"EUR": ("€", "EUROS", "EURO")}
"""What people write beside an amount, other than the code of its currency."""

_AMOUNT: Final = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?P<group>[ '.,])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?!(?P=group))[.,](?P<decimals>[0-9]+))?"
)
_LONGEST: Final = 13
"""More whole digits than any amount of money has."""


def parse_money(text: str, currency: str = "EUR") -> Money:
    """Read an amount as people type it: `20`, `12,5`, `1 234,50 €`, `€1,234.50`, `1.234,50`.

    Comma and point are both taken for the decimal mark, in either language, as long as only one reading is
    possible. `12,345` could be twelve thousand or a little more than twelve: it is refused, never guessed.

    Raises:
        Invalid: `amount_unreadable`, `amount_ambiguous` or `amount_too_many_decimals`, with the text.
    """
    bare = text.translate(_SPACES).strip().upper()
    negative = bare.startswith(_SIGNS)
    match = _AMOUNT.fullmatch(_without_unit(bare[negative:], currency))
    if match is None:
        raise Invalid("amount_unreadable", text=text)
    whole, decimals = re.sub(r"[^0-9]", "", match["whole"]), match["decimals"] or ""
    if len(whole) > _LONGEST:
        raise Invalid("amount_unreadable", text=text)
    if len(decimals) == 3 and len(whole) <= 3 and whole != "0":  # noqa: PLR2004 - the mark could group or divide
        raise Invalid("amount_ambiguous", text=text)
    digits = MINOR_DIGITS[currency]
    if len(decimals) > digits:
        raise Invalid("amount_too_many_decimals", text=text)
    minor = int(whole + decimals.ljust(digits, "0"))
    return Money(-minor if negative else minor, currency)


def _without_unit(text: str, currency: str) -> str:
    for unit in (*_UNITS.get(currency, ()), currency):
        if text.startswith(unit):
            return text.removeprefix(unit).lstrip()
        if text.endswith(unit):
            return text.removesuffix(unit).rstrip()
    return text
