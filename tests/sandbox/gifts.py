"""The gift that the sandbox's tests pay for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import stripe

OpenSession: TypeAlias = Callable[..., stripe.checkout.Session]
"""Opens a session for the gift; keywords replace its parameters, `idempotency_key` is the request's."""


def session_params(**more: Any) -> dict[str, Any]:
    """The parameters of a gift of 50 euros with a tip of 5."""
    lines = [
        {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": minor, "product_data": {"name": name}}}
        for minor, name in ((5000, "Un jardin à l’école"), (500, "Contribution à la plateforme"))
    ]
    return {
        "mode": "payment",
        "line_items": lines,
        "success_url": "http://127.0.0.1:1/merci?cs={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:1/annuler",
        "customer_email": "camille@example.org",
        **more,
    }
