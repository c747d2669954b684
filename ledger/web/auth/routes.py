"""Signing in and out."""

from __future__ import annotations

from ledger.web import paths
from ledger.web.auth import sign_in
from ledger.web.persona import Persona, Route, Table, everybody

_SIGN_IN = {"fr": "/fr/connexion", "en": "/en/sign-in"}
_OPEN = paths.route(paths.SIGN_IN_LINK)

TABLE = Table(
    Persona("auth", everybody),
    (
        Route("sign_in", _SIGN_IN, sign_in.show),
        Route("sign_in_send", _SIGN_IN, sign_in.ask, methods=("POST",), limit="10/minute"),
        Route("open", _OPEN, sign_in.confirm),
        Route("open_send", _OPEN, sign_in.enter, methods=("POST",), limit="20/minute"),
        Route("sign_out", {"fr": "/fr/deconnexion", "en": "/en/sign-out"}, sign_in.leave, methods=("POST",)),
    ),
)
