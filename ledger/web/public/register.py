"""The public register: every book's seals, for anybody to keep and compare. No name of a person, no amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from ledger.books import register, roots
from ledger.books.proofs import Seal
from ledger.errors import NotFound
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.web import fields
from ledger.web.context import Context, address

ON_PAGE: Final = 50
IN_FILE: Final = 1000
"""Seals of one answer; the next ones are asked for by the number of the last."""

MAX_AGE: Final = 60
"""Seconds for which an answer may be kept: a new seal is seen that late at most."""


@dataclass(frozen=True, slots=True)
class SealedBook:
    """An organisation and the newest seal of its book, if there is one."""

    organisation: OrganisationRow
    seal: Seal | None


class BeforeSchema(fields.QuerySchema):
    """The number of the seal that the page goes on from."""

    before = fields.Whole()


class AfterSchema(fields.QuerySchema):
    """The number of the seal that the file goes on from."""

    after = fields.Whole()


def show(context: Context) -> Response:
    """Say what a seal is, and list the books."""
    with context.means.database.reading() as session:
        organisations = projects.organisations(session)
        newest = register.newest(session, [organisation.book_id for organisation in organisations])
    books = tuple(SealedBook(each, newest.get(each.book_id)) for each in organisations)
    return context.render("public/register.html", books=books)


def book(context: Context, slug: str) -> Response:
    """List the seals of one book, the newest first."""
    before = fields.load(BeforeSchema(), context.request.args)["before"]
    with context.means.database.reading() as session:
        organisation = _organisation(session, slug)
        seals = register.seals_before(session, organisation.book_id, before, limit=ON_PAGE + 1)
    older = seals[ON_PAGE - 1].sequence if len(seals) > ON_PAGE else None
    shown = seals[:ON_PAGE]
    return context.render(
        "public/register_book.html", organisation=organisation, seals=shown, before=before, older=older
    )


def file(context: Context, slug: str) -> Response:
    """Answer the seals of one book for a machine, the oldest first; pages of any site may ask for it."""
    after = fields.load(AfterSchema(), context.request.args)["after"] or 0
    with context.means.database.reading() as session:
        organisation = _organisation(session, slug)
        seals = register.seals_after(session, organisation.book_id, after, limit=IN_FILE + 1)
    shown = seals[:IN_FILE]
    following = None
    if len(seals) > IN_FILE:
        path = address("public.register_file", context.locale, slug=slug, after=shown[-1].sequence)
        following = context.means.settings.site.url + path
    content = roots.to_json(
        shown, organisation=slug, name=organisation.name, book_id=organisation.book_id, following=following
    )
    response = Response(content, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


def _organisation(session: Session, slug: str) -> OrganisationRow:
    found = projects.organisation(session, slug)
    if found is None:
        raise NotFound(organisation=slug)
    return found
