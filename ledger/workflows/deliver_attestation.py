"""The proof of payment reaches the donor: issue it, make and keep the document, send it, note it.

No transaction is open while the document is made or the mail is sent. Killed anywhere and run again, it ends in
one attestation, one document of the same bytes, and mails of one Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ledger.people import links
from ledger.ports import Attachment, Mail
from ledger.receipts import attestations, documents, queries
from ledger.receipts.queries import AttestationRow
from ledger.templating import Templates
from ledger.workflows import mails
from ledger.workflows.means import Means

PDF: Final = "application/pdf"


def run(means: Means, *, contribution_id: int, donor_url: Callable[[str, str], str]) -> None:
    """Deliver the attestation of a contribution; nothing is left to do once it was mailed.

    `donor_url(secret, locale)` is the address of the donor's own page, opened by a link's secret.

    Raises:
        NotFound: no contribution has this id.
        Unavailable: the document or the mail cannot be made or handed over now; run again.
        Invalid: the donor's address is refused for good. The document is kept for the donor's page.
    """
    row = _issued(means, contribution_id, now=means.now())
    if row.mailed_at is not None:
        return
    content = documents.attestation(row, templates=means.templates, pdf=means.pdf, files=means.files)
    with means.database.transaction() as session:
        now = means.now()
        attestations.note_rendered(session, row.id, now=now)
        secret = links.new_donor_link(session, row.person_id, now=now)
    means.mailer.send(_mail(row, content, url=donor_url(secret, row.locale), templates=means.templates))
    with means.database.transaction() as session:
        attestations.note_mailed(session, row.id, now=means.now())


def _issued(means: Means, contribution_id: int, *, now: datetime) -> AttestationRow:
    with means.database.transaction() as session:
        attestations.issue(session, contribution_id, site_name=means.settings.site.name, now=now)
        row = queries.of_contribution(session, contribution_id)
    assert row is not None  # noqa: S101 - issued a line above
    return row


def _mail(row: AttestationRow, content: bytes, *, url: str, templates: Templates) -> Mail:
    return mails.write(
        templates,
        "attestation",
        row.locale,
        message_id=f"attestation.{row.reference}",
        recipient=row.facts.donor_email,
        recipient_name=row.facts.donor_name,
        attachments=(Attachment(row.file_name, PDF, content),),
        facts=row.facts,
        url=url,
        days=links.DONOR_LINK_LASTS.days,
    )
