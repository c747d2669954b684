"""The form of the hosted page: what was typed, what is wrong with it, and the payer it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ledger.sandbox import cards, sessions
from ledger.sandbox.attempts import Payer
from ledger.sandbox.cards import Card

EXPIRY: Final = re.compile(r"(0[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})")
EXAMPLE_EXPIRY: Final = "12 / 34"
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds. `errors` names a message of the catalogue for each field that is wrong."""

    email: str = ""
    number: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""
    card: Card | None = None
    chosen: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    def payer(self) -> Payer:
        """Make the payer of a form without errors."""
        month, year = expiry_of(self.expiry) or (1, 2000)
        return Payer(email=self.email, name=self.name, exp_month=month, exp_year=year)


def filled(key: str) -> Typed:
    """Fill the form with a card of the chooser; an unknown one leaves it empty."""
    card = cards.by_key(key)
    if card is None:
        return Typed()
    return Typed(number=card.grouped, expiry=EXAMPLE_EXPIRY, cvc=card.cvc, name="Camille Moreau", card=card, chosen=key)


def expiry_of(text: str) -> tuple[int, int] | None:
    """Read a month and a year, or nothing when it is not a date."""
    found = EXPIRY.fullmatch(text.strip())
    return None if found is None else (int(found.group(1)), 2000 + int(found.group(2)))


def read(form: Mapping[str, str], *, email: str | None, now: int) -> Typed:
    """Read the form. A number that is not a published test card is forgotten at once."""
    given = {name: form.get(name, "").strip()[:LONGEST] for name in ("email", "number", "expiry", "cvc", "name")}
    given["email"] = email or given["email"]
    digits = re.sub(r"[\s-]", "", given["number"])
    card = cards.by_number(digits)
    errors: dict[str, str] = {}
    if not sessions.EMAIL.fullmatch(given["email"]):
        errors["email"] = "bad_email"
    if card is None:
        errors["number"] = _number_error(digits)
        given["number"] = ""
    errors |= _date_error(given["expiry"], now)
    if not re.fullmatch(r"\d{3,4}" if card is None else rf"\d{{{len(card.cvc)}}}", given["cvc"], re.ASCII):
        errors["cvc"] = "bad_cvc"
    if not given["name"]:
        errors["name"] = "no_name"
    return Typed(**given, card=card, errors={name: errors[name] for name in given if name in errors})


def _number_error(digits: str) -> str:
    if not digits:
        return "no_number"
    return "foreign_number" if digits.isascii() and digits.isdecimal() and luhn(digits) else "bad_number"


def luhn(digits: str) -> bool:
    """Tell whether the check digit of a card number is right."""
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004


def _date_error(text: str, now: int) -> dict[str, str]:
    found = expiry_of(text)
    if found is None:
        return {"expiry": "bad_expiry"}
    today = datetime.fromtimestamp(now, UTC)
    month, year = found
    return {"expiry": "past_expiry"} if (year, month) < (today.year, today.month) else {}
