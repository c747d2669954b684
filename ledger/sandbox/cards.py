"""The published test cards: the only numbers that the sandbox takes, and what each of them does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("cards.json")
MESSAGES: Final = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
DECLINED: Final = "Your card was declined."
TOO_OFTEN: Final = "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."


@dataclass(frozen=True, slots=True)
class Card:
    """A published test card. `code` and `decline_code` are those of its refusal; none: it is accepted."""

    key: str
    number: str
    brand: str
    country: str
    funding: str
    challenge: bool
    frictionless: bool
    code: str | None
    decline_code: str | None
    available_at_once: bool
    fr: str
    en: str

    @property
    def last4(self) -> str:
        """The only digits that are ever stored."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """What tells that two payments came from one card, without its number."""
        return hashlib.sha256(f"fingerprint:{self.key}".encode()).hexdigest()[:16]

    @property
    def cvc(self) -> str:
        """A security code that the form takes: any, of the right length."""
        return "1234" if self.brand == "amex" else "123"

    @property
    def grouped(self) -> str:
        """The number as it is embossed."""
        if self.brand == "amex":
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))

    @property
    def message(self) -> str:
        """What the API says of its refusal."""
        if self.decline_code == "card_velocity_exceeded":
            return TOO_OFTEN
        return MESSAGES.get(self.decline_code or self.code or "", DECLINED)


@cache
def published() -> tuple[Card, ...]:
    """Give all the cards, in the order in which they are offered."""
    return tuple(Card(**one) for one in json.loads(FILE.read_text(encoding="utf-8"))["cards"])


def by_number(number: str) -> Card | None:
    """Find the card of this number, or nothing: no other number is taken."""
    return next((card for card in published() if card.number == number), None)


def by_key(key: str) -> Card | None:
    """Find a card by its name in `cards.json`."""
    return next((card for card in published() if card.key == key), None)
