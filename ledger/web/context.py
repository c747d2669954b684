"""One typed context for each request: who asks, in which language, at what instant, and what may be used to answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Request, Response, current_app, make_response, url_for
from flask_wtf.csrf import generate_csrf

from ledger.config import Site
from ledger.web import locale as languages
from ledger.workflows.means import Means

STATIC: Final = Path(__file__).resolve().parent / "static"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person whom this browser has proved to be: by a sign-in link, or only as a donor by a mailed link."""

    id: int
    email: str
    first_name: str
    signed_in: bool
    leads: bool
    keeps_books: bool


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What every page is given beside its own content: addresses, the visitor, the site."""

    locale: str
    site: Site
    person: Visitor | None
    now: datetime
    path: str
    canonical: str
    other_url: str

    @property
    def other_locale(self) -> str:
        """The language that this page is not in."""
        return languages.other(self.locale)

    @property
    def csrf_token(self) -> str:
        """What a form sends back to show that it came from us."""
        return str(generate_csrf())

    def url(self, endpoint: str, /, **values: Any) -> str:
        """Give the address of a page in the language of this one."""
        return address(endpoint, self.locale, **values)

    def asset(self, name: str) -> str:
        """Give the address of a file that comes with the program; it changes with the file, so it may be kept."""
        return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Context:
    """What a view works with. Nothing is fetched from elsewhere."""

    means: Means
    request: Request
    locale: str
    now: datetime
    person: Visitor | None
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def visitor(self) -> Visitor:
        """The person who asks, on pages that nobody else reaches."""
        if self.person is None:
            raise RuntimeError("this page is not for everybody: its route needs a persona that is")
        return self.person

    def page(self) -> PageFrame:
        """Make what every page is given."""
        site = self.means.settings.site
        other = languages.other(self.locale)
        return PageFrame(
            locale=self.locale,
            site=site,
            person=self.person,
            now=self.now,
            path=self.request.path,
            canonical=site.url + self.request.path,
            other_url=self._in_language(other),
        )

    def _in_language(self, locale: str) -> str:
        """Give the address of this same page in another language; of the first page where there is none."""
        if self.endpoint and self.request.method == "GET":
            # The query is text of a stranger's choice: among the values of an address it could name `_external`.
            query = urlencode(self.request.args.to_dict(flat=True))
            return address(self.endpoint, locale, **self.values) + (f"?{query}" if query else "")
        return address("public.home", locale)

    def go_to(self, location: str) -> Response:
        """Answer a form by sending the browser on to a page, which it asks for anew (303)."""
        return Response(status=303, headers={"Location": location})

    def render(self, template: str, /, *, http: int = 200, **content: Any) -> Response:
        """Answer with a page."""
        html = self.means.templates.render(template, self.locale, page=self.page(), **content)
        response = make_response(html, http)
        response.headers["Content-Language"] = self.locale
        return response


def address(endpoint: str, locale: str, /, **values: Any) -> str:
    """Give the path of one of our pages in a language; pages that have no language have one path."""
    named = f"{endpoint}.{locale}"
    return url_for(named if named in current_app.view_functions else endpoint, **values)
