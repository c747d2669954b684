"""The web application: Flask with our tables of routes, our errors, our headers."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.web import dispatch, errors, security
from ledger.workflows.means import Means


def create_app(means: Means) -> Flask:
    """Make the application that answers with these means."""
    app = Flask("ledger.web", static_folder="static", static_url_path="/static", template_folder=None)
    limiter = security.prepare(app, means.settings)
    dispatch.register(app, means, limiter)
    errors.register(app, means)
    if means.settings.site.proxies:
        hops = means.settings.site.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
