"""Organisations and who may act for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Base, BigId, word


class LegalForm(StrEnum):
    """What an organisation is before the law."""

    ASSOCIATION = "association"
    COOPERATIVE = "cooperative"
    COMMUNE = "commune"
    COMPANY = "company"


class Role(StrEnum):
    """What a member may do in an organisation."""

    ADMIN = "admin"
    TREASURER = "treasurer"
    AUDITOR = "auditor"


class Organisation(Base):
    """Who owns a book, runs projects and signs receipts."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    legal_form: Mapped[LegalForm] = mapped_column(word(LegalForm))
    siren: Mapped[str] = mapped_column(default="")
    rna: Mapped[str] = mapped_column(default="")
    address: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    email: Mapped[str]
    book_id: Mapped[int] = mapped_column(sa.ForeignKey("book.id"), unique=True)
    created_at: Mapped[datetime]


class Membership(Base):
    """A person's role in an organisation."""

    __tablename__ = "membership"

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(word(Role), primary_key=True)
    created_at: Mapped[datetime]
