"""The account statement of a project: one drawing, shown on screen, as CSV and as PDF."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from ledger.books.refusals import UnknownSeal
from ledger.clock import day_in_paris
from ledger.errors import Invalid, NotFound
from ledger.organisations import organisations
from ledger.projects import queries as projects
from ledger.projects.queries import ProjectPage
from ledger.statements import project_account, project_account_csv, project_account_pdf
from ledger.statements.project_account import ProjectAccount
from ledger.web import fields
from ledger.web.context import Context
from ledger.web.files import download, inline
from ledger.web.visitor import BOOKKEEPERS


class PeriodSchema(fields.QuerySchema):
    """A period as an address carries it; an end left empty is today. A seal's number asks for what was known there."""

    start = fields.Day()
    end = fields.Day()
    seal = fields.Whole()


def show(context: Context, slug: str) -> Response:
    """Show the statement, with the form that chooses its period."""
    sent = context.request.args.to_dict()
    form = fields.empty(**sent)
    try:
        view, statement = _draw(context, slug)
    except fields.FormInvalid as error:
        form = error.form
        view, statement = _draw(context, slug, everything=True)
    except (Invalid, UnknownSeal) as error:
        form = fields.with_error(sent, error, "seal" if isinstance(error, UnknownSeal) else "end")
        view, statement = _draw(context, slug, everything=True)
    return context.render(
        "treasurer/statement.html",
        http=422 if form.problems else 200,
        view=view,
        statement=statement,
        form=form,
        presets=project_account.presets(context.now),
    )


def csv(context: Context, slug: str) -> Response:
    """Answer the statement as a file for a spreadsheet."""
    _, statement = _draw(context, slug)
    content = project_account_csv.encode(statement, context.locale)
    return download(content, media_type="text/csv; charset=utf-8", name=project_account_csv.file_name(statement))


def pdf(context: Context, slug: str) -> Response:
    """Answer the statement as a document."""
    view, statement = _draw(context, slug)
    content = project_account_pdf.render(
        statement, view, context.locale, templates=context.means.templates, pdf=context.means.pdf
    )
    return inline(content, media_type="application/pdf", name=project_account_pdf.file_name(statement))


def _draw(context: Context, slug: str, *, everything: bool = False) -> tuple[ProjectPage, ProjectAccount]:
    period: dict[str, Any] = {} if everything else fields.load(PeriodSchema(), context.request.args)
    start: date | None = period.get("start")
    end: date = period.get("end") or day_in_paris(context.now)
    with context.means.database.reading() as session:
        view = _kept(session, context, slug)
        statement = project_account.draw(
            session,
            view.project.reference,
            view.organisation.book_id,
            start=start,
            end=end,
            now=context.now,
            known_at=period.get("seal"),
        )
    return view, statement


def _kept(session: Session, context: Context, slug: str) -> ProjectPage:
    """Give a project whose organisation's book the visitor keeps; for others it does not exist here."""
    ids = organisations.with_role(session, context.visitor.id, *BOOKKEEPERS)
    view = projects.page(session, slug, drafts=True)
    if view is None or view.organisation.id not in ids:
        raise NotFound("project_unknown")
    return view
