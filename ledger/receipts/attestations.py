"""Proofs of payment: issued once for a contribution, from what is on record at that instant, and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock, references
from ledger.contributions.models import Contribution, Pledge
from ledger.errors import NotFound
from ledger.organisations.models import Organisation
from ledger.payments.models import Charge
from ledger.people.models import Person
from ledger.projects.models import Project
from ledger.receipts import facts
from ledger.receipts.models import Attestation

TEMPLATE_VERSION: Final = 1
"""Of templates/documents/attestation.*.html: raised when they change, and then the old ones are kept beside."""


def issue(session: Session, contribution_id: int, *, site_name: str, now: datetime) -> Attestation:
    """Give the attestation of a contribution, issued now if there is none yet, in the language the donor gave in.

    The contribution is locked first, so that two workers issue one attestation.

    Raises:
        NotFound: no contribution has this id.
    """
    contribution = session.get(Contribution, contribution_id, with_for_update=True)
    if contribution is None:
        raise NotFound("contribution_not_found", contribution_id=contribution_id)
    issued = session.scalars(sa.select(Attestation).where(Attestation.contribution_id == contribution_id)).one_or_none()
    if issued is not None:
        return issued
    pledge = session.get_one(Pledge, contribution.pledge_id)
    reference = _new_reference(session, now)
    said = _facts(session, contribution, pledge, reference=reference, site_name=site_name, now=now)
    attestation = Attestation(
        contribution_id=contribution_id,
        reference=said.reference,
        locale=pledge.locale,
        template_version=TEMPLATE_VERSION,
        facts=facts.to_json(said),
        issued_at=now,
    )
    session.add(attestation)
    session.flush()
    return attestation


def note_rendered(session: Session, attestation_id: int, *, now: datetime) -> None:
    """Note that the document is kept, the first time that it is."""
    _note(session, attestation_id, Attestation.rendered_at, now)


def note_mailed(session: Session, attestation_id: int, *, now: datetime) -> None:
    """Note that the mail was handed over, the first time that it is."""
    _note(session, attestation_id, Attestation.mailed_at, now)


def _note(
    session: Session, attestation_id: int, column: sa.orm.InstrumentedAttribute[datetime | None], now: datetime
) -> None:
    session.execute(
        sa.update(Attestation).where(Attestation.id == attestation_id, column.is_(None)).values({column: now})
    )


def _new_reference(session: Session, now: datetime) -> str:
    """Draw a reference of the year that nobody can guess from another one, and that is not taken."""
    while True:
        reference = references.new(f"AP-{clock.day_in_paris(now).year}", characters=6)
        if session.scalar(sa.select(Attestation.id).where(Attestation.reference == reference)) is None:
            return reference


def _facts(
    session: Session, contribution: Contribution, pledge: Pledge, *, reference: str, site_name: str, now: datetime
) -> facts.AttestationFacts:
    """Gather what is on record now; the donor is named as in the form of this gift."""
    project = session.get_one(Project, contribution.project_id)
    person = session.get_one(Person, contribution.person_id)
    charge = session.get_one(Charge, contribution.charge_id)
    return facts.AttestationFacts(
        reference=reference,
        issued_at=now,
        site_name=site_name,
        issuer=_issuer(session.get_one(Organisation, project.organisation_id)),
        donor_name=f"{pledge.first_name} {pledge.last_name}".strip(),
        donor_email=person.email,
        project_reference=project.reference,
        project_title=project.title,
        contribution_reference=contribution.reference,
        kind=contribution.kind.value,
        gift=contribution.amount,
        tip=contribution.tip,
        method=charge.method,
        card_brand=charge.card_brand,
        card_last4=charge.card_last4,
        paid_on=contribution.paid_on,
    )


def _issuer(organisation: Organisation) -> facts.Issuer:
    return facts.Issuer(
        name=organisation.name,
        legal_form=organisation.legal_form.value,
        siren=organisation.siren,
        rna=organisation.rna,
        address=organisation.address,
        postcode=organisation.postcode,
        city=organisation.city,
        email=organisation.email,
    )
