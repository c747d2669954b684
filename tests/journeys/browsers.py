"""A browser without JavaScript: follows links and redirects between our site and the provider's, keeps cookies."""

from __future__ import annotations

import http.client
import io
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from flask.testing import EnvironBuilder

from tests.journeys.pages import Form, Page

REDIRECTS: Final = {301, 302, 303, 307, 308}


class Browser:
    """One person's browser. `trail` is every address that it was at, the first first."""

    def __init__(self, app: Flask, *, site: str, languages: str = "fr") -> None:
        self.client = app.test_client()
        self._app = app
        self.trail: list[str] = []
        self._site = site
        self._languages = languages

    def open(self, address: str, *, follow: bool = True) -> Page:
        """Go to an address, and on to where it sends."""
        return self._go("GET", address, {}, follow=follow)

    def submit(
        self,
        form: Form,
        typed: Mapping[str, str | None] | None = None,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        follow: bool = True,
    ) -> Page:
        """Send a form with what is typed over it; nothing typed for None: the field is not sent.

        `files` gives, by field, the name and the bytes of a file that is chosen.
        """
        filled = {**form.fields, **(typed or {})}
        sent = {name: value for name, value in filled.items() if value is not None}
        if form.method == "get":
            return self.open(f"{form.action}?{urlencode(sent)}", follow=follow)
        chosen = {name: (io.BytesIO(content), called) for name, (called, content) in (files or {}).items()}
        return self._go("POST", form.action, {**sent, **chosen}, follow=follow)

    def post(self, address: str, sent: Mapping[str, str], *, follow: bool = False) -> Page:
        """Send values to an address as a form would."""
        return self._go("POST", address, dict(sent), follow=follow)

    def _go(self, method: str, address: str, sent: dict[str, Any], *, follow: bool) -> Page:
        for _ in range(10):
            address = address.removeprefix(self._site)
            ask = self._here if address.startswith("/") else _there
            page = ask(method, address, sent)
            self.trail.append(page.url)
            assert page.status != 500, page.text
            if page.status not in REDIRECTS or not follow:
                return page
            method, address, sent = "GET", urljoin(page.url, page.headers["location"]), {}
        raise AssertionError(f"sent around in circles: {self.trail}")

    def _here(self, method: str, address: str, sent: dict[str, Any]) -> Page:
        headers = {"Accept-Language": self._languages}
        data = sent if method == "POST" else None
        builder = EnvironBuilder(self._app, address, method=method, data=data, headers=headers, base_url=self._site)
        environ = builder.get_environ()
        answer = self.client.open(environ)
        environ["wsgi.input"].close()  # a large file that is sent is one of the disk, which nobody else closes
        lower = {name.lower(): value for name, value in answer.headers}
        return Page(address, answer.status_code, lower, answer.get_data())


def _there(method: str, address: str, sent: dict[str, Any]) -> Page:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        connection.request(method, path, body=urlencode(sent) if method == "POST" else None, headers=headers)
        answer = connection.getresponse()
        lower = {name.lower(): value for name, value in answer.getheaders()}
        return Page(address, answer.status, lower, answer.read())
    finally:
        connection.close()
