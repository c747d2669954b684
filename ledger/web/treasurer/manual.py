"""Entries that a treasurer posts by hand: the form, with its document, its lines, and what is wrong beside each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from flask import Response
from sqlalchemy.orm import Session

from ledger.books import queries
from ledger.books.queries import AccountRow
from ledger.books.refusals import AccountClosed, Overdrawn, PeriodClosed, WrongCurrency
from ledger.books.vouchers import Voucher
from ledger.clock import day_in_paris
from ledger.errors import EcotError, Unavailable
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow, ProjectRow
from ledger.statements import movements
from ledger.web import fields
from ledger.web.context import Context, address
from ledger.web.security import check_csrf
from ledger.web.treasurer import access, attached, lines
from ledger.workflows import manual_entries
from ledger.workflows.manual_entries import Author, DayOutOfBounds, ManualEntry

MORE: Final = 6
"""How many lines are added at once."""

Faults: TypeAlias = dict[str, tuple[fields.Problem, ...]]
"""What is wrong, by field."""


class EntrySchema(fields.FormSchema):
    """The form of an entry, but for its lines and its document."""

    once = fields.Text(maximum=64, required=True)
    day = fields.Day()
    label = fields.Text(maximum=200, required=True)
    reason = fields.Text(maximum=500, required=True)
    kept = fields.Text(maximum=64)
    kept_name = fields.Text(maximum=400)
    act = fields.Choice("post", "more", default="post")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the form is filled in with: the organisation, its accounts and its projects."""

    organisation: OrganisationRow
    currency: str
    accounts: tuple[AccountRow, ...]
    automatic: tuple[str, ...]
    projects: tuple[ProjectRow, ...]

    @property
    def open_accounts(self) -> tuple[AccountRow, ...]:
        """The accounts that are offered."""
        return tuple(
            row for row in self.accounts if row.closed_on is None and not row.code.startswith(self.automatic or " ")
        )


def show(context: Context, slug: str) -> Response:
    """Show the form, for today."""
    today = day_in_paris(context.now).isoformat()
    return _form(context, _desk(context, slug), fields.empty(once=secrets.token_urlsafe(16), day=today))


def send(context: Context, slug: str) -> Response:
    """Take the form: post its entry, or show it again with more lines or with what is wrong."""
    desk = _desk(context, slug)
    sent = _sent(context)
    try:
        check_csrf()
        voucher, faults = _voucher(context, desk, sent)
        if sent.get("act") == "more":
            return _form(context, desk, fields.Form(fields.TypedValues(sent), fields.FieldErrors(faults)), more=MORE)
        entry_id = _post(context, desk, sent, voucher, faults)
    except fields.FormInvalid as error:
        return _form(context, desk, error.form, status=422)
    except EcotError as error:
        return _form(context, desk, _refused(sent, error), status=503 if isinstance(error, Unavailable) else 422)
    return context.go_to(address("treasurer.entry", context.locale, slug=slug, entry_id=entry_id))


def _sent(context: Context) -> dict[str, str]:
    return context.request.form.to_dict()


def _desk(context: Context, slug: str) -> Desk:
    with context.means.database.reading() as session:
        organisation = access.to_post(session, context, slug)
        book_id = organisation.book_id
        return Desk(
            organisation,
            movements.book_of(session, book_id).currency,
            queries.accounts(session, book_id),
            manual_entries.automatic_accounts(session, book_id),
            projects.of_organisations(session, [organisation.id]),
        )


def _voucher(context: Context, desk: Desk, sent: dict[str, str]) -> tuple[Voucher | None, Faults]:
    """Keep the document; the form names it from here on, whatever else is wrong."""
    means = context.means
    try:
        voucher = attached.take(context.request, means.settings.files, means.files, desk.organisation.book_id)
    except EcotError as error:
        if isinstance(error, Unavailable):
            raise
        return None, {attached.FILE: (fields.Problem(error.reason, error.values),)}
    if voucher is not None:
        sent |= {attached.KEPT: voucher.sha256, attached.KEPT_NAME: voucher.name}
    return voucher, {}


def _post(context: Context, desk: Desk, sent: dict[str, str], voucher: Voucher | None, faults: Faults) -> int:
    with context.means.database.transaction() as session:
        author = manual_entries.author_of(session, context.visitor.id)
        entry, places = _read(sent, _known(session, desk, sent), voucher, faults, author)
        try:
            return manual_entries.post(session, desk.organisation.book_id, entry, now=context.now).entry_id
        except (AccountClosed, Overdrawn, WrongCurrency) as error:
            beside = places.get(str(error.values.get("account")), "lines")
            raise fields.FormInvalid(fields.with_error(sent, error, beside)) from error


def _read(
    sent: dict[str, str], known: lines.Known, voucher: Voucher | None, faults: Faults, author: Author
) -> tuple[ManualEntry, Mapping[str, str]]:
    """Give the entry that a form asks for, with the field of each account; told all at once what is wrong."""
    read, errors = _header(sent)
    found = lines.read(sent, known)
    if voucher is None and not faults:
        errors[attached.FILE] = (fields.problem("required"),)
    errors |= {**faults, **found.errors}
    if voucher is None or errors:
        raise fields.FormInvalid(fields.Form(fields.TypedValues(sent), fields.FieldErrors(errors)))
    entry = ManualEntry(read["once"], read["day"], read["label"], read["reason"], found.read, voucher, author)
    return entry, found.places


def _header(sent: dict[str, str]) -> tuple[dict[str, Any], Faults]:
    """Read everything but the lines; give what is wrong with it too."""
    header = {name: text for name, text in sent.items() if not lines.FIELD.fullmatch(name) and name != attached.FILE}
    errors: Faults = {}
    read: dict[str, Any] = {}
    try:
        read = fields.load(EntrySchema(), header)
    except fields.FormInvalid as error:
        errors = dict(error.form.errors)
    if not sent.get("day"):
        errors["day"] = (fields.problem("required"),)
    return read, errors


def _known(session: Session, desk: Desk, sent: dict[str, str]) -> lines.Known:
    return lines.Known(
        desk.currency,
        frozenset(row.code for row in desk.accounts),
        desk.automatic,
        frozenset(row.reference for row in desk.projects),
        manual_entries.strangers(session, desk.organisation.book_id, lines.contributors_in(sent)),
    )


def _refused(sent: dict[str, str], error: EcotError) -> fields.Form:
    beside = "day" if isinstance(error, PeriodClosed | DayOutOfBounds) else ""
    return fields.with_error(sent, error, beside)


def _form(context: Context, desk: Desk, form: fields.Form, *, status: int = 200, more: int = 0) -> Response:
    return context.render(
        "treasurer/entry_new.html",
        http=status,
        desk=desk,
        form=form,
        rows=min(lines.rows_of(form.values) + more, lines.MOST),
        most=lines.MOST,
        megabytes=context.means.settings.files.attachment_megabytes,
    )
