"""The tables of routes put into Flask: context made, persona asked, token checked, view called, in this order."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, g, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from ledger.errors import NotFound
from ledger.web import locale as languages
from ledger.web import visitor
from ledger.web.auth import routes as auth
from ledger.web.context import Context
from ledger.web.donor import routes as donor
from ledger.web.hooks import routes as hooks
from ledger.web.leader import routes as leader
from ledger.web.outbox import routes as outbox
from ledger.web.persona import Persona, Route, Table
from ledger.web.public import routes as public
from ledger.web.security import check_csrf, largest_upload
from ledger.web.treasurer import routes as treasurer
from ledger.workflows.means import Means

TABLES: Final[tuple[Table, ...]] = (
    public.TABLE,
    auth.TABLE,
    donor.TABLE,
    donor.LINKS,
    leader.TABLE,
    treasurer.TABLE,
    hooks.TABLE,
    outbox.TABLE,
)
"""Every page there is, by persona. A test fails for an endpoint that is not in a table."""

LARGEST_ID: Final = 2**63 - 1


def register(app: Flask, means: Means, limiter: Limiter) -> None:
    """Put every route of the tables into an application."""
    for table in TABLES:
        for route in table.routes:
            paths = {"": route.paths} if isinstance(route.paths, str) else route.paths
            for locale, path in paths.items():
                endpoint = f"{table.persona.name}.{route.name}" + (f".{locale}" if locale else "")
                view = _bound(means, table.persona, route, f"{table.persona.name}.{route.name}")
                if route.limit:
                    view = limiter.limit(route.limit)(view)
                app.add_url_rule(path, endpoint=endpoint, view_func=view, methods=route.methods)


def _bound(means: Means, persona: Persona, route: Route, name: str) -> Any:
    def view(**values: Any) -> ResponseReturnValue:
        if route.uploads:
            request.max_content_length = largest_upload(means.settings)
        context = Context(
            means=means,
            request=request,
            locale=languages.of_request(request),
            now=means.now(),
            person=_who(means),
            endpoint=name.removesuffix("_send"),
            values=values,
        )
        persona.admits(context)
        if not all(map(_is_possible, values.values())):
            raise NotFound
        if "POST" in route.methods and not route.own_csrf and not route.signed:
            check_csrf()
        return route.view(context, **values)

    view.__name__ = name.replace(".", "_")
    return view


def _is_possible(value: str | int) -> bool:
    """Whether any row can have this value: databases keep no NUL in a text and no number beyond 64 bits."""
    return value <= LARGEST_ID if isinstance(value, int) else "\0" not in value


def _who(means: Means) -> Any:
    if "person" not in cookie:
        return None
    with means.database.reading() as session:
        g.visitor = visitor.current(session)  # for the page of an error, which has no context of its own
        return g.visitor
