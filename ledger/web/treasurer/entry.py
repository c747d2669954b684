"""One entry of a book: its lines, who posted it and why, its document, and the form that reverses it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books import queries, seals, vouchers
from ledger.books.queries import EntryRow
from ledger.books.refusals import NotSealed
from ledger.books.vouchers import Voucher
from ledger.errors import NotFound, Refused, Unavailable
from ledger.projects.queries import OrganisationRow
from ledger.statements import contributors, words
from ledger.web import fields, files, proof_file
from ledger.web.context import Context, address
from ledger.web.treasurer import access
from ledger.workflows import manual_entries

LONGEST_MEMO: Final = 200
ON_SCREEN: Final = 500
"""Lines that a page shows; an opening balance has thousands."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """What the page of an entry shows. `number` is its number in its journal, once it is sealed."""

    organisation: OrganisationRow
    entry: EntryRow
    memo: str
    names: dict[str, str]
    voucher: Voucher | None
    number: int | None
    can_reverse: bool


class ReversalSchema(fields.FormSchema):
    """The form that reverses an entry."""

    once = fields.Text(maximum=64, required=True)
    reason = fields.Text(maximum=500, required=True)


def show(context: Context, slug: str, entry_id: int) -> Response:
    """Show an entry."""
    return _page(context, slug, entry_id, fields.empty(once=secrets.token_urlsafe(16)))


def attachment(context: Context, slug: str, entry_id: int) -> Response:
    """Answer the document of an entry, to be saved: a browser never shows what somebody else attached."""
    with context.means.database.reading() as session:
        voucher = _view(session, context, slug, entry_id).voucher
    if voucher is None:
        raise NotFound(entry_id=entry_id)
    content = vouchers.read(context.means.files, voucher)
    return files.download(content, media_type=voucher.media_type, name=voucher.name)


def proof(context: Context, slug: str, entry_id: int) -> Response:
    """Answer the proof that an entry is sealed, which anybody can check."""
    with context.means.database.reading() as session:
        _view(session, context, slug, entry_id)
        return proof_file.answer(session, entry_id, context.locale)


def reverse(context: Context, slug: str, entry_id: int) -> Response:
    """Reverse an entry that a person posted; the same form again changes nothing."""
    sent = context.request.form.to_dict()
    with context.means.database.reading() as session:
        access.to_post(session, context, slug)
    try:
        posted = _reverse(context, slug, entry_id, fields.load(ReversalSchema(), sent))
    except fields.FormInvalid as error:
        return _page(context, slug, entry_id, error.form, status=422)
    except (Refused, Unavailable) as error:
        status = 503 if isinstance(error, Unavailable) else 409
        return _page(context, slug, entry_id, fields.with_error(sent, error), status=status)
    return context.go_to(address("treasurer.entry", context.locale, slug=slug, entry_id=posted))


def _reverse(context: Context, slug: str, entry_id: int, read: dict[str, str]) -> int:
    with context.means.database.transaction() as session:
        organisation = access.to_post(session, context, slug)
        view = _view(session, context, slug, entry_id)
        memo = i18n.translate(context.locale, "Reversal: %(label)s", label=view.entry.memo)
        return manual_entries.reverse(
            session,
            organisation.book_id,
            entry_id,
            form=read["once"],
            memo=memo[:LONGEST_MEMO].strip(),
            reason=read["reason"],
            author=manual_entries.author_of(session, context.visitor.id),
            now=context.now,
        ).entry_id


def _page(context: Context, slug: str, entry_id: int, form: fields.Form, *, status: int = 200) -> Response:
    with context.means.database.reading() as session:
        view = _view(session, context, slug, entry_id)
    return context.render("treasurer/entry.html", http=status, view=view, form=form, longest=ON_SCREEN)


def _view(session: Session, context: Context, slug: str, entry_id: int) -> EntryView:
    organisation = access.to_read(session, context, slug)
    entry = queries.entry(session, entry_id)
    if entry is None or entry.book_id != organisation.book_id:
        raise NotFound(entry_id=entry_id)
    number = None
    with suppress(NotSealed):
        number = seals.number_of(session, entry_id)
    return EntryView(
        organisation=organisation,
        entry=entry,
        memo=words.memos(context.locale).get(entry.memo, entry.memo),
        names=contributors.names(session, {line.contributor for line in entry.lines if line.contributor}),
        voucher=vouchers.of(entry.details),
        number=number,
        can_reverse=manual_entries.can_reverse(entry) and access.may_post(session, context, organisation),
    )
