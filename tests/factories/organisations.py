"""Organisations with their books and members, for tests."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger.organisations import organisations
from ledger.organisations.models import LegalForm, Organisation, Role
from tests.factories import people


def make_organisation(
    session: Session,
    slug: str = "amis-du-lavoir",
    *,
    name: str = "Les Amis du Lavoir",
    legal_form: LegalForm = LegalForm.ASSOCIATION,
    **members: Role,
) -> Organisation:
    """An organisation with its book; each keyword is a member's name, whose address is `name@slug.example`."""
    identity = organisations.Identity(
        slug=slug,
        name=name,
        legal_form=legal_form,
        siren="123456782",
        rna="W313001234",
        address="12 quai de la Daurade",
        postcode="31000",
        city="Toulouse",
        email=f"bonjour@{slug}.example",
    )
    organisation = organisations.found(session, identity, now=people.LONG_AGO)
    for member, role in members.items():
        person = people.make_person(session, f"{member}@{slug}.example", member.capitalize())
        organisations.add_member(session, organisation, person.id, role, now=people.LONG_AGO)
    return organisation
