"""Persons and the links that prove who they are."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Base, BigId


class Person(Base):
    """Somebody who gives, leads, keeps the books or votes; known by one e-mail address."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    locale: Mapped[str]
    created_at: Mapped[datetime]
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Raised to sign this person out everywhere: a cookie of another epoch is no longer believed."""

    @property
    def reference(self) -> str:
        """The name of this person in the book: the FEC's CompAuxNum."""
        return f"C{self.id:06d}"


class SignInLink(Base):
    """A mailed link that signs a person in: once, for a quarter of an hour, in the browser that asked."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    browser_hash: Mapped[str | None]
    """Of the cookie that the asking browser holds; none for a link printed by the command line."""
    locale: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DonorLink(Base):
    """A link in a donor's mail that opens the donor's own page, and nothing else, until it expires."""

    __tablename__ = "donor_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
