"""The contributions of a project as a CSV file for its leader: who gave as each chose to appear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger import i18n, money
from ledger.contributions.queries import LeaderContribution
from ledger.statements import csv_file, words


def encode(contributions: Sequence[LeaderContribution], locale: str, *, currency: str) -> Iterator[bytes]:
    """Write contributions in the order given, with their totals at the end."""
    return csv_file.encode(_rows(contributions, locale, currency))


def _rows(contributions: Sequence[LeaderContribution], locale: str, currency: str) -> Iterator[tuple[str, ...]]:
    yield (
        i18n.translate(locale, "Day"),
        i18n.translate(locale, "Contribution"),
        i18n.translate(locale, "Kind"),
        i18n.translate(locale, "Name"),
        i18n.translate(locale, "Amount (%(currency)s)", currency=currency),
        i18n.translate(locale, "Fee (%(currency)s)", currency=currency),
        i18n.translate(locale, "Net (%(currency)s)", currency=currency),
    )
    for row in contributions:
        yield (
            csv_file.day(row.paid_on),
            row.reference,
            words.label(row.kind.value, locale),
            csv_file.text(row.name),
            csv_file.amount(row.amount),
            csv_file.amount(row.fee),
            csv_file.amount(row.net),
        )
    totals = (money.total((getattr(row, part) for row in contributions), currency) for part in ("amount", "fee", "net"))
    yield "", "", i18n.translate(locale, "Totals"), "", *map(csv_file.amount, totals)
