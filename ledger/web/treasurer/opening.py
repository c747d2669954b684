"""The opening balance of an organisation that arrives with a history: a list sent, looked at, then posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from ledger.books import vouchers
from ledger.books.queries import EntryRow
from ledger.books.refusals import PeriodClosed
from ledger.books.vouchers import Voucher
from ledger.clock import day_in_paris
from ledger.errors import EcotError, NotFound, Unavailable
from ledger.projects.queries import OrganisationRow
from ledger.statements import spans
from ledger.web import fields
from ledger.web.context import Context, address
from ledger.web.security import check_csrf
from ledger.web.treasurer import access, attached
from ledger.workflows import manual_entries, opening_balance
from ledger.workflows.manual_entries import DayOutOfBounds
from ledger.workflows.opening_balance import EntriesBefore, NotFirstDay, OpeningInvalid, Plan

ON_SCREEN: Final = 200
"""Lines and problems that a page shows."""

OF_THE_DAY: Final = (NotFirstDay, EntriesBefore, PeriodClosed, DayOutOfBounds)


class OpeningSchema(fields.FormSchema):
    """The form of an opening balance, but for its file."""

    day = fields.Day()
    kept = fields.Text(maximum=64)
    kept_name = fields.Text(maximum=400)
    act = fields.Choice("look", "post", default="look")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows: the organisation, the opening balance that it has, and the list as it would be posted."""

    organisation: OrganisationRow
    existing: EntryRow | None
    plan: Plan | None = None
    voucher: Voucher | None = None


def show(context: Context, slug: str) -> Response:
    """Show the form, for the first day of this accounting year."""
    with context.means.database.reading() as session:
        seen = _seen(session, context, slug)
        year = spans.year_around(session, seen.organisation.book_id, day_in_paris(context.now))
    return _page(context, seen, fields.empty(day=year.start.isoformat()))


def send(context: Context, slug: str) -> Response:
    """Take the form: show what the list comes to, or post what was shown."""
    with context.means.database.reading() as session:
        seen = _seen(session, context, slug)
    sent = context.request.form.to_dict()
    try:
        check_csrf()
        read = _read(sent)
        name, content = _content(context, seen.organisation, read)
        if read["act"] == "post":
            return _posted(context, seen.organisation, name, content, read["day"])
        return _look(context, slug, name, content, read["day"])
    except fields.FormInvalid as error:
        return _page(context, seen, error.form, status=422)
    except EcotError as error:
        status = 503 if isinstance(error, Unavailable) else 422
        return _page(context, seen, fields.with_error(sent, error, _field(error)), status=status)


def _field(error: EcotError) -> str:
    """Give the field that an error stands beside: what is wrong with the list stands beside the file."""
    if isinstance(error, OF_THE_DAY):
        return "day"
    return attached.FILE if error.reason in OF_THE_FILE else ""


OF_THE_FILE: Final = frozenset(
    {
        "required",
        "file_too_large",
        "file_empty",
        "unknown_encoding",
        "no_header",
        "missing_columns",
        "unknown_columns",
        "doubled_columns",
        "too_many_lines",
    }
)


def _read(sent: dict[str, str]) -> dict[str, Any]:
    read = fields.load(OpeningSchema(), {name: text for name, text in sent.items() if name != attached.FILE})
    if read["day"] is None:
        errors = fields.FieldErrors({"day": (fields.problem("required"),)})
        raise fields.FormInvalid(fields.Form(fields.TypedValues(sent), errors))
    return read


def _content(context: Context, organisation: OrganisationRow, read: dict[str, Any]) -> tuple[str, bytes]:
    """Give the list: as it was sent, or as it was kept when it was looked at."""
    given = attached.content_of(context.request, context.means.settings.files) if read["act"] == "look" else None
    if given is not None:
        return given
    try:
        return read["kept_name"], vouchers.content_kept(context.means.files, organisation.book_id, read["kept"])
    except NotFound as error:
        errors = fields.FieldErrors({attached.FILE: (fields.problem("required"),)})
        values = fields.TypedValues(day=read["day"].isoformat())
        raise fields.FormInvalid(fields.Form(values, errors)) from error


def _look(context: Context, slug: str, name: str, content: bytes, day: date) -> Response:
    with context.means.database.reading() as session:
        seen = _seen(session, context, slug)
        plan = opening_balance.plan(session, seen.organisation, content, day=day, now=context.now)
    voucher = None
    if not plan.problems:
        voucher = opening_balance.keep(context.means.files, seen.organisation.book_id, name, content)
    form = fields.empty(day=day.isoformat())
    return _page(
        context, Seen(seen.organisation, seen.existing, plan, voucher), form, status=422 if plan.problems else 200
    )


def _posted(context: Context, organisation: OrganisationRow, name: str, content: bytes, day: date) -> Response:
    voucher = opening_balance.keep(context.means.files, organisation.book_id, name, content)
    try:
        with context.means.database.transaction() as session:
            author = manual_entries.author_of(session, context.visitor.id)
            posted = opening_balance.post(
                session, organisation, content, day=day, voucher=voucher, author=author, now=context.now
            )
    except OpeningInvalid:  # the book has changed since the list was looked at
        return _look(context, organisation.slug, name, content, day)
    return context.go_to(address("treasurer.entry", context.locale, slug=organisation.slug, entry_id=posted.entry_id))


def _seen(session: Session, context: Context, slug: str) -> Seen:
    organisation = access.to_post(session, context, slug)
    return Seen(organisation, opening_balance.existing(session, organisation.book_id))


def _page(context: Context, seen: Seen, form: fields.Form, *, status: int = 200) -> Response:
    return context.render("treasurer/opening.html", http=status, seen=seen, form=form, longest=ON_SCREEN)
