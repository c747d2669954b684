"""A donor's own page: gifts with their states, the proofs of payment, how one appears."""

from __future__ import annotations

from flask import Response

from ledger.contributions import pledges
from ledger.contributions import queries as contributions
from ledger.contributions.models import Contribution, NameShown, Pledge
from ledger.errors import NotFound
from ledger.people import links
from ledger.people.models import Person
from ledger.receipts import documents
from ledger.receipts import queries as receipts
from ledger.web import fields, proof_file, visitor
from ledger.web.context import Context, address
from ledger.web.files import inline
from ledger.web.security import form_of


class AppearanceSchema(fields.FormSchema):
    """How a donor wants to appear."""

    name_shown = fields.Choice(*NameShown)
    amount_shown = fields.Choice("1", "", default="")


def open_link(context: Context, token: str) -> Response:
    """Open the donor's own page from a mail; whoever is signed in as the same person stays so.

    Nobody is signed out by following a link, which anybody may have sent: who is here as somebody else is asked first.
    """
    person = _of_link(context, token)
    if person is None:
        return context.render("donor/link_expired.html", http=410)
    if context.person is not None and context.person.id != person.id:
        action = address("donor_link.open", context.locale, token=token)
        return context.render("auth/confirm.html", action=action, person=person)
    if context.person is None:
        visitor.admit(person, signed_in=False)
    return context.go_to(address("donor.home", context.locale))


def change_person(context: Context, token: str) -> Response:
    """Open the donor's own page in the place of whoever was here."""
    person = _of_link(context, token)
    if person is None:
        return context.render("donor/link_expired.html", http=410)
    visitor.admit(person, signed_in=False)
    return context.go_to(address("donor.home", context.locale))


def _of_link(context: Context, token: str) -> Person | None:
    with context.means.database.reading() as session:
        try:
            return links.check_donor_link(session, token, now=context.now)
        except links.LinkRefused:
            return None


def home(context: Context) -> Response:
    """List everything that the donor pledged and gave."""
    with context.means.database.reading() as session:
        own = contributions.own(session, context.visitor.id)
    return context.render("donor/home.html", contributions=own, saved=context.request.args.get("saved", ""))


def appearance(context: Context, reference: str) -> Response:
    """Change how the donor appears for one gift."""
    sent = fields.load(AppearanceSchema(), form_of(context.request))
    with context.means.database.transaction() as session:
        pledge = _own_pledge(context, pledges.find(session, reference))
        pledge.name_shown = NameShown(sent["name_shown"])
        pledge.amount_shown = sent["amount_shown"] == "1"
    return context.go_to(address("donor.home", context.locale, saved=reference))


def _own_pledge(context: Context, pledge: Pledge) -> Pledge:
    if pledge.person_id != context.visitor.id:
        raise NotFound("pledge_unknown")
    return pledge


def attestation(context: Context, contribution_id: int) -> Response:
    """Answer the proof of payment of one gift, as it was mailed."""
    with context.means.database.reading() as session:
        row = receipts.of_contribution(session, contribution_id)
    if row is None or row.person_id != context.visitor.id:
        raise NotFound
    means = context.means
    content = documents.attestation(row, templates=means.templates, pdf=means.pdf, files=means.files)
    return inline(content, media_type="application/pdf", name=row.file_name)


def proof(context: Context, contribution_id: int) -> Response:
    """Answer the proof that the entry of one gift is in the book, which anybody can check."""
    with context.means.database.reading() as session:
        contribution = session.get(Contribution, contribution_id)
        if contribution is None or contribution.person_id != context.visitor.id:
            raise NotFound
        return proof_file.answer(session, contribution.entry_id, context.locale)
