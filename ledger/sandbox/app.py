"""The sandbox as a Flask application: the API, the hosted page and the control API over one store."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException

from ledger.sandbox import api, control, deliveries, page
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
    for routes in (api.blueprint(store), page.blueprint(store), control.blueprint(store)):
        app.register_blueprint(routes)
    app.register_error_handler(HTTPException, lambda error: (f"{error.code} {error.name}\n", error.code or 500))
    return app
