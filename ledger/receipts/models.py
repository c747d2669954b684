"""Documents that donors receive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Base, BigId


class Attestation(Base):
    """A proof of payment (attestation de paiement): not the tax receipt. A snapshot that renders the same for good."""

    __tablename__ = "attestation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(sa.ForeignKey("contribution.id"), unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    locale: Mapped[str]
    template_version: Mapped[int]
    facts: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
    rendered_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
