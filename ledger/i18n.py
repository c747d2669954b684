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
    """Write a day: « 3 mars 2026 » / “3 March 2026” (`long`), or with its weekday (`full`), or `short`."""
    return dates.format_date(day, format=style, locale=BABEL[locale])


def format_instant(instant: datetime, locale: str) -> str:
    """Write an instant in Paris time: « 3 mars 2026 à 14 h 05 » / “3 March 2026 at 14:05”."""
    local = instant.astimezone(PARIS)
    if locale == "fr":
        nbsp = "\N{NO-BREAK SPACE}"
        return f"{format_day(local.date(), locale)} à{nbsp}{local.hour}{nbsp}h{nbsp}{local.minute:02d}"
    return f"{format_day(local.date(), locale)} at {local.hour:02d}:{local.minute:02d}"


_AMOUNT: Final = re.compile(r"(?P<sign>[-\N{MINUS SIGN}]?)(?P<whole>[0-9][0-9.,]*)")
_GROUPED: Final = re.compile(r"\d{1,3}(?:(?P<mark>[.,])\d{3})(?:(?P=mark)\d{3})*")
_SPACES: Final = str.maketrans(
    "", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}"
)


def parse_money(text: str, currency: str = "EUR") -> Money:
    """Read an amount as people type it: `20`, `12,5`, `1 234,50 €`, `€1,234.50`, `1.234,50`.

    Comma and point are both taken for the decimal mark, in either language, as long as only one reading is
    possible. `12,345` could be twelve thousand or a little more than twelve: it is refused, never guessed.

    Raises:
        Invalid: `amount_unreadable`, `amount_ambiguous` or `amount_too_many_decimals`, with the text.
    """
    bare = text.translate(_SPACES).removeprefix("€").removesuffix("€")
    bare = bare[:-3] if bare.upper().endswith("EUR") else bare
    match = _AMOUNT.fullmatch(bare)
    if match is None:
        raise Invalid("amount_unreadable", text=text)
    whole, decimals = _split(match["whole"], text)
    digits = MINOR_DIGITS[currency]
    if len(decimals) > digits:
        raise Invalid("amount_too_many_decimals", text=text)
    if len(whole) > 13:  # noqa: PLR2004 - more digits than any amount of money has
        raise Invalid("amount_unreadable", text=text)
    minor = int(whole + decimals.ljust(digits, "0"))
    return Money(-minor if match["sign"] else minor, currency)


def _split(number: str, text: str) -> tuple[str, str]:
    """Divide a written number into its whole digits and its decimals."""
    marks = {mark for mark in number if mark in ".,"}
    if len(marks) == 2:  # noqa: PLR2004 - both marks: the last one is the decimal mark
        grouped, mark, decimals = number.rpartition(max(marks, key=number.rindex))
        if mark in grouped or not _GROUPED.fullmatch(grouped) or len(decimals) == 3:  # noqa: PLR2004
            raise Invalid("amount_unreadable", text=text)
        return re.sub(r"\D", "", grouped), decimals
    if not marks:
        return number, ""
    whole, mark, decimals = number.rpartition(marks.pop())
    if mark in whole:  # the same mark twice can only group
        if not _GROUPED.fullmatch(number):
            raise Invalid("amount_unreadable", text=text)
        return number.replace(mark, ""), ""
    if not decimals:
        raise Invalid("amount_unreadable", text=text)
    if len(decimals) == 3 and len(whole) <= 3 and whole != "0":  # noqa: PLR2004 - could group, could divide
        raise Invalid("amount_ambiguous", text=text)
    return whole, decimals
