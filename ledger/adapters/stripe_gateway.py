"""Card payments by Stripe's hosted Checkout: the one place where Stripe's library is used.

Everything is decided on classes, codes and statuses, never on the text of a message. Facts are read from Stripe's
objects by `stripe_facts`; here are only the calls, the errors and the signatures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import stripe

from ledger.adapters import stripe_facts
from ledger.ports import (
    BadSignature,
    BalanceTransactionFacts,
    CheckoutFacts,
    CheckoutRequest,
    EventFacts,
    GatewayRefused,
    GatewayUnavailable,
    OpenedCheckout,
    PaymentGateway,
)

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

EXPANDED: Final = "payment_intent.latest_charge.balance_transaction"
PAGE: Final = 100
TIMEOUTS: Final = (5.0, 30.0)
"""Seconds to connect and to wait for an answer; the library's own 80 would hold a payer's request too long."""

SIGNATURE_AGE: Final = 300
"""Seconds that a notice may be old, or dated ahead: Stripe's own default for the first."""

LARGEST: Final = 99_999_999
"""Minor units: Stripe takes eight digits."""

TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Statuses below 500 that say "not now": among them two requests at once with one idempotency key (409)."""


class StripeGateway(PaymentGateway):
    """Stripe, or the sandbox that stands in for it when `api_url` is given.

    `webhook_secrets` are the signing secrets of the endpoint: several while one replaces another.
    """

    def __init__(
        self,
        secret_key: str,
        *,
        webhook_secrets: Sequence[str],
        api_url: str = "",
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        stripe.enable_telemetry = False  # it would write an identifier into the home directory
        options: dict[str, Any] = {}
        if api_url:
            options["base_addresses"] = {"api": api_url, "files": api_url, "connect": api_url}
        self._client = stripe.StripeClient(
            secret_key,
            max_network_retries=2,  # the client's own default is none at all
            http_client=http_client or _http_client(local=bool(api_url)),
            **options,
        )
        self._webhook_secrets = tuple(webhook_secrets)

    def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a hosted checkout; see `PaymentGateway`."""
        params = _session_params(request)
        with _translated():
            session = self._client.v1.checkout.sessions.create(
                params=params, options={"idempotency_key": request.idempotency_key}
            )
        if not session.url:
            raise GatewayRefused("checkout_without_address", session_id=session.id)
        facts = stripe_facts.checkout(session.to_dict())
        return OpenedCheckout(session_id=facts.session_id, url=session.url, expires_at=facts.expires_at)

    def fetch_checkout(self, session_id: str) -> CheckoutFacts:
        """Read a hosted checkout again; see `PaymentGateway`."""
        with _translated():
            session = self._client.v1.checkout.sessions.retrieve(session_id, params={"expand": [EXPANDED]})
        return stripe_facts.checkout(session.to_dict())

    def find_checkout(self, *, payment_intent_id: str) -> str | None:
        """Find the hosted checkout of a payment; see `PaymentGateway`."""
        try:
            with _translated():
                found = self._client.v1.checkout.sessions.list(params={"payment_intent": payment_intent_id, "limit": 1})
        except GatewayRefused as refusal:
            _only_if_missing(refusal)
            return None
        return found.data[0].id if found.data else None

    def payment_of_charge(self, charge_id: str) -> str | None:
        """Find the payment of a charge; see `PaymentGateway`."""
        try:
            with _translated():
                charge = self._client.v1.charges.retrieve(charge_id)
        except GatewayRefused as refusal:
            _only_if_missing(refusal)
            return None
        payment = charge.payment_intent
        return payment.id if isinstance(payment, stripe.PaymentIntent) else payment

    def expire_checkout(self, session_id: str) -> CheckoutFacts:
        """Close a hosted checkout that is still open; see `PaymentGateway`."""
        # A refusal means that it is paid or closed already, or does not exist: reading it tells which.
        with _translated(), suppress(stripe.InvalidRequestError):
            self._client.v1.checkout.sessions.expire(session_id)
        return self.fetch_checkout(session_id)

    def list_balance_transactions(self, *, since: datetime) -> Iterator[BalanceTransactionFacts]:
        """Read the movements of our balance; see `PaymentGateway`."""
        with _translated():
            page = self._client.v1.balance_transactions.list(
                params={"created": {"gte": int(since.timestamp())}, "limit": PAGE}
            )
            for movement in page.auto_paging_iter():
                yield stripe_facts.balance_transaction(movement.to_dict())

    def list_events(self, *, since: datetime) -> Iterator[EventFacts]:
        """Read the notices of the last days again; see `PaymentGateway`."""
        with _translated():
            page = self._client.v1.events.list(params={"created": {"gte": int(since.timestamp())}, "limit": PAGE})
            for event in page.auto_paging_iter():
                yield stripe_facts.event(event.to_dict())

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> EventFacts:
        """Verify a notice's signature and read it; see `PaymentGateway`."""
        try:
            self._verify(body, signature, now)
            return stripe_facts.event(json.loads(body.decode()))
        except BadSignature:
            raise
        except Exception as error:
            # Whatever a stranger sends ends here, never in a fault of ours.
            raise BadSignature(fault="unreadable") from error

    def _verify(self, body: bytes, signature: str, now: datetime) -> None:
        """Compare signatures with Stripe's library, and the time with `now` ourselves.

        The library takes a notice dated years ahead, and measures age by its own clock only.
        """
        parts = [part.partition("=") for part in signature.split(",")]
        signed_at = next((int(value) for name, _, value in parts if name == "t"), None)
        if signed_at is None or abs(now.timestamp() - signed_at) > SIGNATURE_AGE:
            raise BadSignature(fault="time")
        for secret in self._webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(body, signature, secret)
            except stripe.SignatureVerificationError:
                continue
            return
        raise BadSignature(fault="signature")


def _http_client(*, local: bool) -> stripe.HTTPClient:
    """Make the HTTP client; a sandbox on this machine is never asked through a proxy of the environment."""
    return stripe.RequestsClient(timeout=TIMEOUTS, proxy={"http": "", "https": ""} if local else None)


def _session_params(request: CheckoutRequest) -> SessionCreateParams:
    """Write the parameters of a Checkout Session.

    Metadata of a session is not copied to its payment, so our reference stands on both.
    """
    for line in request.lines:
        if not 0 < line.amount.minor <= LARGEST or line.amount.currency != "EUR":
            raise GatewayRefused("amount_out_of_bounds", amount=line.amount)
    if request.amount.minor > LARGEST:
        raise GatewayRefused("amount_out_of_bounds", amount=request.amount)
    return {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": line.amount.currency.lower(),
                    "unit_amount": line.amount.minor,
                    "product_data": {"name": line.label},
                },
                "quantity": 1,
            }
            for line in request.lines
        ],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.reference,
        "metadata": {"checkout": request.reference},
        "payment_intent_data": {
            "description": request.description,
            "metadata": {"checkout": request.reference},
        },
        "customer_email": request.email,
        "allowed_payment_method_types": ["card"],
        "submit_type": "donate",
        "locale": request.locale,
        "expires_at": int(request.expires_at.timestamp()),
        "adaptive_pricing": {"enabled": False},
    }


@contextmanager
def _translated() -> Iterator[None]:
    """Turn Stripe's errors into ours."""
    try:
        yield
    except stripe.StripeError as error:
        raise _meaning(error) from error


def _meaning(error: stripe.StripeError) -> GatewayUnavailable | GatewayRefused:
    """Tell what did not answer from what refused, by class and status."""
    status = error.http_status or 0
    values = {
        "status": status,
        "code": error.error.code if error.error is not None else None,
        "param": getattr(error, "param", None),
        "request_id": error.request_id,
    }
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return GatewayUnavailable(**values)
    if isinstance(error, stripe.APIError) and (not 400 <= status < 500 or status in TRY_AGAIN):  # noqa: PLR2004
        return GatewayUnavailable(**values)
    return GatewayRefused(**values)


def _only_if_missing(refusal: GatewayRefused) -> None:
    """Take "no such object" for an answer; any other refusal stays one."""
    if refusal.values["code"] != "resource_missing":
        raise refusal
