"""What pages and workflows read of attestations: frozen rows, with the facts as they were issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.contributions.models import Contribution
from ledger.receipts import facts
from ledger.receipts.facts import AttestationFacts
from ledger.receipts.models import Attestation


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """An attestation, whose it is, and how far its delivery came."""

    id: int
    contribution_id: int
    person_id: int
    reference: str
    locale: str
    template_version: int
    facts: AttestationFacts
    issued_at: datetime
    rendered_at: datetime | None
    mailed_at: datetime | None

    @property
    def key(self) -> str:
        """Where the file store keeps the document."""
        return f"attestations/{self.reference}.pdf"

    @property
    def file_name(self) -> str:
        """What the document is called when it is downloaded or attached."""
        return f"attestation-{self.reference}.pdf"


_ROWS = sa.select(Attestation, Contribution.person_id).join(
    Contribution, Contribution.id == Attestation.contribution_id
)


def of_contribution(session: Session, contribution_id: int) -> AttestationRow | None:
    """Read the attestation of a contribution; who may see it is its `person_id`."""
    found = session.execute(_ROWS.where(Attestation.contribution_id == contribution_id)).one_or_none()
    return _row(*found) if found is not None else None


def of_person(session: Session, person_id: int) -> tuple[AttestationRow, ...]:
    """List a donor's attestations, the latest first."""
    found = session.execute(
        _ROWS.where(Contribution.person_id == person_id).order_by(Attestation.issued_at.desc(), Attestation.id.desc())
    )
    return tuple(_row(attestation, owner) for attestation, owner in found)


def _row(attestation: Attestation, person_id: int) -> AttestationRow:
    return AttestationRow(
        id=attestation.id,
        contribution_id=attestation.contribution_id,
        person_id=person_id,
        reference=attestation.reference,
        locale=attestation.locale,
        template_version=attestation.template_version,
        facts=facts.from_json(attestation.facts),
        issued_at=attestation.issued_at,
        rendered_at=attestation.rendered_at,
        mailed_at=attestation.mailed_at,
    )
