"""The years of a book: how each stands, who closed or reopened it and why, and the forms that do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from ledger.books import queries
from ledger.clock import day_in_paris
from ledger.errors import EcotError, Refused
from ledger.organisations import organisations
from ledger.organisations.models import Role
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.web import fields
from ledger.web.context import Context, address
from ledger.web.persona import Forbidden
from ledger.web.treasurer import access
from ledger.workflows import close_period, manual_entries
from ledger.workflows.close_period import Closing, PeriodHistory

ACCEPT: Final = "accept_"


class ActSchema(fields.FormSchema):
    """The form that closes a period softly or opens it again; `acts` is how many acts its page had shown."""

    act = fields.Choice("close", "reopen")
    acts = fields.Text(maximum=6, required=True)
    reason = fields.Text(maximum=500)


@dataclass(frozen=True, slots=True)
class Years:
    """What the page shows."""

    organisation: OrganisationRow
    histories: tuple[PeriodHistory, ...]
    may_close: bool
    may_reopen: bool


def show(context: Context, slug: str) -> Response:
    """List the periods of a book."""
    return _page(context, slug, fields.empty())


def act(context: Context, slug: str, period_id: int) -> Response:
    """Close a period softly, or open it again."""
    sent = context.request.form.to_dict()
    try:
        _act(context, slug, period_id, sent)
    except fields.FormInvalid as error:
        return _page(context, slug, error.form, status=422)
    except Forbidden:
        raise
    except Refused as error:
        return _page(context, slug, fields.with_error(sent, error), status=409)
    return context.go_to(address("treasurer.periods", context.locale, slug=slug))


def confirm(context: Context, slug: str, period_id: int) -> Response:
    """Show what closing a period for good comes to, to be confirmed."""
    return _closing_page(context, slug, period_id, fields.empty())


def close_for_good(context: Context, slug: str, period_id: int) -> Response:
    """Post what was accepted, and close a period for good."""
    sent = context.request.form.to_dict()
    try:
        _close_for_good(context, slug, period_id, sent)
    except Forbidden:
        raise
    except Refused as error:
        return _closing_page(context, slug, period_id, fields.with_error(sent, error), status=409)
    return context.go_to(address("treasurer.periods", context.locale, slug=slug))


def _close_for_good(context: Context, slug: str, period_id: int, sent: dict[str, str]) -> None:
    with context.means.database.transaction() as session:
        organisation = access.to_post(session, context, slug)
        close_period.close_for_good(
            session,
            organisation.book_id,
            period_id,
            seen=sent.get("seen", ""),
            accepted={name.removeprefix(ACCEPT) for name in sent if name.startswith(ACCEPT)},
            author=manual_entries.author_of(session, context.visitor.id),
            now=context.now,
        )


def _act(context: Context, slug: str, period_id: int, sent: dict[str, str]) -> None:
    with context.means.database.transaction() as session:
        organisation = access.to_post(session, context, slug)
        read = _read(sent)
        given: dict[str, Any] = {
            "acts": read["acts"],
            "author": manual_entries.author_of(session, context.visitor.id),
            "now": context.now,
        }
        if read["act"] == "close":
            close_period.close(session, organisation.book_id, period_id, **given)
        elif _may_reopen(session, context, organisation):
            close_period.reopen(session, organisation.book_id, period_id, reason=read["reason"], **given)
        else:
            raise Forbidden


def _read(sent: dict[str, str]) -> dict[str, Any]:
    read = fields.load(ActSchema(), sent)
    acts = read["acts"]
    if not acts.isascii() or not acts.isdecimal():
        raise fields.FormInvalid(fields.with_error(sent, EcotError("unknown_field")))
    if read["act"] == "reopen" and not read["reason"]:
        errors = fields.FieldErrors({"reason": (fields.problem("required"),)})
        raise fields.FormInvalid(fields.Form(fields.TypedValues(sent), errors))
    return {**read, "acts": int(acts)}


def _may_reopen(session: Session, context: Context, organisation: OrganisationRow) -> bool:
    return organisation.id in organisations.with_role(session, context.visitor.id, Role.ADMIN)


def _page(context: Context, slug: str, form: fields.Form, *, status: int = 200) -> Response:
    with context.means.database.reading() as session:
        organisation = access.to_read(session, context, slug)
        years = Years(
            organisation,
            close_period.histories(session, organisation.book_id, today=day_in_paris(context.now)),
            access.may_post(session, context, organisation),
            _may_reopen(session, context, organisation),
        )
    return context.render("treasurer/periods.html", http=status, years=years, form=form)


def _closing_page(context: Context, slug: str, period_id: int, form: fields.Form, *, status: int = 200) -> Response:
    with context.means.database.reading() as session:
        organisation = access.to_post(session, context, slug)
        found: Closing = close_period.look(session, organisation.book_id, period_id)
        today = day_in_paris(context.now)
        history = close_period.history(session, organisation.book_id, period_id, today=today)
        labels = {row.code: row.label for row in queries.accounts(session, organisation.book_id)}
        titles = {row.reference: row.title for row in projects.of_organisations(session, [organisation.id])}
    return context.render(
        "treasurer/closing.html",
        http=status,
        organisation=organisation,
        closing=found,
        history=history,
        titles=titles,
        labels=labels,
        form=form,
    )
