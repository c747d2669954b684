"""The words that statements put to codes, in the reader's language."""

from __future__ import annotations

from ledger import i18n


def label(code: str, locale: str) -> str:
    """Say what a movement of a project's account is.

    Raises:
        KeyError: no movement has this code.
    """
    return {
        "donation": i18n.translate(locale, "Gift"),
        "fee": i18n.translate(locale, "Payment fee"),
        "reversal": i18n.translate(locale, "Reversal"),
        "other": i18n.translate(locale, "Other movement"),
    }[code]


def memos(locale: str) -> dict[str, str]:
    """Give the words for the memos that the program writes; another memo is shown as it stands."""
    return {
        "closing": i18n.translate(locale, "Closing of the year"),
        "dedicated": i18n.translate(locale, "Dedicated funds"),
        "donation": i18n.translate(locale, "Gift"),
        "opening": i18n.translate(locale, "Opening balance of the book"),
        "unallocated": i18n.translate(locale, "Payment kept in suspense"),
    }
