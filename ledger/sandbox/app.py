"""The sandbox as a Flask application: the API, the hosted page and the control API over one store."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from ledger.sandbox import api, control, deliveries, page, refusals
from ledger.sandbox.settings import SandboxConfig
from ledger.sandbox.store import Store

__all__ = ["SandboxConfig", "create_sandbox"]


def create_sandbox(config: SandboxConfig) -> Flask:
    """Open the store (it is created when it is not there) and make the application over it.

    `app.extensions["sandbox"]` is the store; who made the application closes it.
    """
    app = Flask(__name__, static_url_path="/c/static")
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    store = Store(config)
    deliveries.release(store)
    control.configure_webhook(store)
    app.extensions["sandbox"] = store
    for routes in (api.blueprint(store), page.blueprint(store), page.front(), control.blueprint(store)):
        app.register_blueprint(routes)
    app.register_error_handler(HTTPException, _broken)
    return app


def _broken(error: HTTPException) -> tuple[str | dict[str, Any], int]:
    """Answer what no view answered: as the API does under /v1, in plain text elsewhere."""
    status = error.code or 500
    return (refusals.injected(status).body() if request.path.startswith("/v1") else f"{error.name}\n", status)
