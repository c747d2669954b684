"""The donor's own pages."""

from __future__ import annotations

from ledger.web import paths
from ledger.web.donor import own
from ledger.web.persona import Persona, Route, Table, everybody, known

TABLE = Table(
    Persona("donor", known),
    (
        Route("home", {"fr": "/fr/moi", "en": "/en/me"}, own.home),
        Route(
            "appearance",
            {"fr": "/fr/moi/<reference>/apparence", "en": "/en/me/<reference>/appearance"},
            own.appearance,
            methods=("POST",),
        ),
        Route(
            "attestation",
            {"fr": "/fr/moi/attestations/<int:contribution_id>", "en": "/en/me/attestations/<int:contribution_id>"},
            own.attestation,
        ),
        Route(
            "proof",
            {"fr": "/fr/moi/preuves/<int:contribution_id>", "en": "/en/me/proofs/<int:contribution_id>"},
            own.proof,
        ),
    ),
)

_OPEN = paths.route(paths.DONOR_LINK)

LINKS = Table(
    Persona("donor_link", everybody),
    (
        Route("open", _OPEN, own.open_link, limit="30/minute"),
        Route("open_send", _OPEN, own.change_person, methods=("POST",), limit="30/minute"),
    ),
)
"""A link from a mail: it proves by itself who comes, so everybody may follow one."""
