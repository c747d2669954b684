"""Balance transactions: the provider's own account of our money, each kept once. Nothing else is ever posted from."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.db import add_once
from ledger.errors import Invalid
from ledger.payments.models import BalanceTransaction
from ledger.ports import BalanceTransactionFacts


def record(session: Session, facts: BalanceTransactionFacts) -> BalanceTransaction | None:
    """Keep a movement, to be booked by the caller; none when an entry of the book has it already.

    Raises:
        Invalid: its amount less its fee is not its net: nothing can be posted from it.
    """
    if facts.amount - facts.fee != facts.net:
        raise Invalid("net_does_not_add_up", id=facts.id)
    kept = session.get(BalanceTransaction, facts.id, with_for_update=True)
    if kept is not None:
        return kept if kept.entry_id is None else None
    row = BalanceTransaction(
        id=facts.id,
        type=facts.type,
        reporting_category=facts.reporting_category,
        source=facts.source,
        amount_minor=facts.amount.minor,
        fee_minor=facts.fee.minor,
        net_minor=facts.net.minor,
        currency=facts.amount.currency,
        created=facts.created,
        available_on=facts.available_on,
    )
    return row if add_once(session, row) else record(session, facts)


def booked(session: Session, ids: Iterable[str]) -> set[str]:
    """Tell which of these movements have an entry in the book."""
    query = sa.select(BalanceTransaction.id).where(BalanceTransaction.id.in_(list(ids)))
    return set(session.scalars(query.where(BalanceTransaction.entry_id.is_not(None))))
