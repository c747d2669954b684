"""Where the outside calls us."""

from __future__ import annotations

from ledger.web.hooks import stripe
from ledger.web.persona import Persona, Route, Table, everybody

TABLE = Table(
    Persona("hooks", everybody),
    (Route("stripe", "/hooks/stripe", stripe.receive, methods=("POST",), signed=True),),
)
