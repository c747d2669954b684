"""Pledges and what they become."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column

from ledger.contributions.lifecycle import PledgeState
from ledger.db import Base, BigId, word
from ledger.money import Money


class Kind(StrEnum):
    """What a contribution is before the law and in the book."""

    DONATION = "donation"


class NameShown(StrEnum):
    """What the public sees of who gave."""

    FULL = "full"
    FIRST = "first"
    NOBODY = "nobody"


class Pledge(Base):
    """A promise to contribute an amount in one of the kinds. Never counted as money."""

    __tablename__ = "pledge"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    """Not to be guessed: who knows it sees the state of the pledge."""
    once: Mapped[str] = mapped_column(unique=True)
    """What makes a form sent twice one pledge: the form's own token with what was filled in; its reference only, once
    another replaced it."""
    form: Mapped[str] = mapped_column(index=True)
    """The form's own token: the same form filled in anew replaces what it asked for before."""
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[Kind] = mapped_column(word(Kind))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount: Mapped[Money] = composite("amount_minor", "currency")
    tip: Mapped[Money] = composite("tip_minor", "currency")
    first_name: Mapped[str]
    last_name: Mapped[str]
    """As typed for this pledge: whoever knows an address cannot rename its owner elsewhere."""
    name_shown: Mapped[NameShown] = mapped_column(word(NameShown))
    amount_shown: Mapped[bool]
    locale: Mapped[str]
    state: Mapped[PledgeState] = mapped_column(word(PledgeState))
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("tip_minor >= 0", name="tip_not_negative"),
        sa.Index("ix_pledge_project_state", "project_id", "state"),
    )


class PledgeAttempt(Base):
    """Which pledge a checkout is an attempt to pay, first, second and so on."""

    __tablename__ = "pledge_attempt"

    checkout_id: Mapped[int] = mapped_column(sa.ForeignKey("checkout.id"), primary_key=True)
    pledge_id: Mapped[int] = mapped_column(sa.ForeignKey("pledge.id"))
    number: Mapped[int]

    __table_args__ = (sa.UniqueConstraint("pledge_id", "number"),)


class Contribution(Base):
    """A pledge that has been paid: money that the book has an entry for."""

    __tablename__ = "contribution"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    pledge_id: Mapped[int] = mapped_column(sa.ForeignKey("pledge.id"), unique=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[Kind] = mapped_column(word(Kind))
    charge_id: Mapped[str] = mapped_column(sa.ForeignKey("charge.id"), unique=True)
    balance_transaction_id: Mapped[str] = mapped_column(sa.ForeignKey("balance_transaction.id"), unique=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"), unique=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount: Mapped[Money] = composite("amount_minor", "currency")
    tip: Mapped[Money] = composite("tip_minor", "currency")
    fee: Mapped[Money] = composite("fee_minor", "currency")
    """The part of the provider's fee that the project bears; the tip bears its own."""
    paid_on: Mapped[date]
    """The accounting day of the charge (Paris)."""
    after_closing: Mapped[bool]
    """Whether the project closed while the donor was paying."""
    recorded_at: Mapped[datetime]

    @property
    def reference(self) -> str:
        """The name of this contribution on documents and in lists."""
        return f"CTB{self.id:06d}"


class UnallocatedPayment(Base):
    """Money received that no pledge explains as it is; held in suspense until a treasurer decides."""

    __tablename__ = "unallocated_payment"

    balance_transaction_id: Mapped[str] = mapped_column(sa.ForeignKey("balance_transaction.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    checkout_id: Mapped[int] = mapped_column(sa.ForeignKey("checkout.id"))
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"), unique=True)
    reason: Mapped[str]
    """`amount_differs`, `currency_differs` or `paid_twice`."""
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount: Mapped[Money] = composite("amount_minor", "currency")
    recorded_at: Mapped[datetime]
