"""The first page: the town's open projects, found by words, theme and district."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from ledger.contributions import queries as contributions
from ledger.projects import queries as projects
from ledger.projects.models import Theme
from ledger.web import fields
from ledger.web.cards import cards_of
from ledger.web.context import Context, address


@dataclass(frozen=True, slots=True)
class Filters:
    """What the visitor looks for."""

    words: str
    theme: str
    district: str


class FilterSchema(fields.QuerySchema):
    """The filters as an address carries them."""

    q = fields.Text(maximum=100)
    theme = fields.Choice("", *Theme, default="")
    district = fields.Text(maximum=100)


def choose_language(context: Context) -> Response:
    """Send a visitor on to the first page in the language that the browser prefers."""
    response = context.go_to(address("public.home", context.locale))
    response.headers["Vary"] = "Accept-Language"
    return response


def show(context: Context) -> Response:
    """List the open projects."""
    sent = fields.load(FilterSchema(), context.request.args)
    filters = Filters(words=sent["q"], theme=sent["theme"], district=sent["district"])
    theme = Theme(filters.theme) if filters.theme else None
    with context.means.database.reading() as session:
        found = projects.find_open(session, context.now, words=filters.words, theme=theme, district=filters.district)
        cards = cards_of(found, contributions.totals(session, [row.id for row in found]), context.now)
        themes = projects.themes_of_open(session, context.now)
        districts = projects.districts_of_open(session, context.now)
    return context.render("public/home.html", cards=cards, filters=filters, themes=themes, districts=districts)
