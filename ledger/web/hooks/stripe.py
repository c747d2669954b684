"""Notices from the payment provider: verified on their raw bytes, kept, answered. All work is the worker's."""

from __future__ import annotations

from flask import Response

from ledger.ports import BadSignature
from ledger.web.context import Context
from ledger.workflows import follow_payment


def receive(context: Context) -> Response:
    """Keep a signed notice; a second delivery of it is answered alike and kept once.

    Raises:
        BadSignature: it is not the provider's, or it is of the other mode (test or live) than our key.
    """
    body = context.request.get_data(cache=False)
    signature = context.request.headers.get("Stripe-Signature", "")
    event = context.means.gateway.read_event(body, signature, now=context.now)
    if event.livemode != context.means.settings.stripe.livemode:
        raise BadSignature("other_mode")
    follow_payment.receive(context.means.database, event, now=context.now)
    return Response(status=204)
