"""The inbox: signed notices from the provider, each kept once, to be acted on by the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.db import add_once
from ledger.payments.models import InboxEvent
from ledger.ports import EventFacts

SUPPORTED: Final = frozenset({"checkout.session", "payment_intent", "charge"})
"""Kinds of objects whose notices we act on; others are kept and passed over."""


def receive(session: Session, event: EventFacts, *, now: datetime) -> bool:
    """Keep a notice; False when it is there already, however many deliveries arrive at once."""
    row = InboxEvent(
        id=event.id,
        type=event.type,
        object_type=event.object_type,
        object_id=event.object_id,
        account=event.account,
        api_version=event.api_version,
        created=event.created,
        received_at=now,
    )
    return add_once(session, row)


def waiting(session: Session, event_id: str) -> InboxEvent | None:
    """Give a notice that has not been acted on, locked until the transaction ends; none when there is nothing to do."""
    event = session.get(InboxEvent, event_id, with_for_update=True)
    return event if event is not None and event.processed_at is None else None


def done(event: InboxEvent, outcome: str, *, now: datetime) -> None:
    """Note that a notice has been acted on: in the transaction of its effects."""
    event.processed_at = now
    event.outcome = outcome


def known(session: Session, event_ids: list[str]) -> set[str]:
    """Tell which of these notices are in the inbox."""
    return set(session.scalars(sa.select(InboxEvent.id).where(InboxEvent.id.in_(event_ids))))
