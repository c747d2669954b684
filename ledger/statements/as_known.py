"""How much of a book a statement knew: the seal it was drawn at, in one sentence that stands on each of its forms.

Drawn again at that seal, whatever was posted since, a statement has the same rows: only names of persons and labels
of accounts are those of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books import register, seals
from ledger.books.proofs import Seal

SHOWN: Final = 8
"""Figures of a hash that tell seals apart for a reader; the register has all 64."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The newest seal that a statement takes in, and how many entries it counts that have none yet."""

    seal: Seal | None
    waiting: int

    def say(self, locale: str) -> str:
        """Say it in one sentence."""
        if self.seal is None:
            return i18n.translate_plural(
                locale,
                "Book without a seal yet; %(shown)s entry waits for the first one",
                "Book without a seal yet; %(shown)s entries wait for the first one",
                self.waiting,
                shown=i18n.format_number(self.waiting, locale),
            )
        at = i18n.translate(
            locale,
            "Book at seal no. %(number)s of %(instant)s (%(hash)s…)",
            number=self.seal.sequence,
            instant=i18n.format_instant(self.seal.sealed_at, locale),
            hash=self.seal.hash().hex()[:SHOWN],
        )
        return at + self._later(locale) if self.waiting else at

    def _later(self, locale: str) -> str:
        return i18n.translate_plural(
            locale,
            "; %(shown)s newer entry, counted here, waits for the next one",
            "; %(shown)s newer entries, counted here, wait for the next one",
            self.waiting,
            shown=i18n.format_number(self.waiting, locale),
        )


def at(session: Session, book_id: int, known_at: int | None) -> Knowledge:
    """Give what a statement of now knows, or one drawn again at the seal of a number.

    Raises:
        UnknownSeal: the book has no seal of this number.
    """
    if known_at is not None:
        return Knowledge(register.seal(session, book_id, known_at), 0)
    return Knowledge(seals.head(session, book_id), register.waiting(session, book_id))
