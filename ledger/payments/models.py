"""What the payment provider did and told: checkouts, charges, balance transactions, and the inbox of its notices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column

from ledger.db import Base, BigId, word
from ledger.money import Money


class CheckoutState(StrEnum):
    """Where one hosted checkout is, as far as we know."""

    REQUESTED = "requested"
    """Ours only: the provider was not asked yet, or did not answer."""
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class Checkout(Base):
    """One attempt to pay through the provider's hosted page; made before the provider is asked."""

    __tablename__ = "checkout"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount: Mapped[Money] = composite("amount_minor", "currency")
    state: Mapped[CheckoutState] = mapped_column(word(CheckoutState))
    session_id: Mapped[str | None] = mapped_column(unique=True)
    payment_intent_id: Mapped[str | None] = mapped_column(unique=True)
    url: Mapped[str] = mapped_column(default="")
    error_code: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When we last read it again at the provider."""

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.Index("ix_checkout_unfinished", "state", "created_at"),
    )


class Charge(Base):
    """Money that the provider took from a payer."""

    __tablename__ = "charge"

    id: Mapped[str] = mapped_column(primary_key=True)
    checkout_id: Mapped[int] = mapped_column(sa.ForeignKey("checkout.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount: Mapped[Money] = composite("amount_minor", "currency")
    method: Mapped[str]
    card_brand: Mapped[str]
    card_last4: Mapped[str] = mapped_column(sa.String(4))
    card_country: Mapped[str]
    created: Mapped[datetime]


class BalanceTransaction(Base):
    """One movement of our balance at the provider, as it reported it; `entry_id` is what the book made of it."""

    __tablename__ = "balance_transaction"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    reporting_category: Mapped[str]
    source: Mapped[str] = mapped_column(index=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger)
    net_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    created: Mapped[datetime] = mapped_column(index=True)
    available_on: Mapped[datetime]
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("entry.id"), unique=True)

    __table_args__ = (sa.CheckConstraint("amount_minor - fee_minor = net_minor", name="net_adds_up"),)


class InboxEvent(Base):
    """A signed notice from the provider, kept once under its own id; a hint of what to read again."""

    __tablename__ = "inbox_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str] = mapped_column(index=True)
    account: Mapped[str]
    api_version: Mapped[str]
    created: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    processed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
