"""The API's endpoints: a table of method, path, and what answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ledger.sandbox import deliveries, expansion, listings, refusals, sessions, settlement, shapes
from ledger.sandbox.settings import API_VERSION
from ledger.sandbox.store import Object, Transaction


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its transaction, its path, the id in that path, and its typed parameters."""

    tx: Transaction
    path: str
    subject: str
    params: dict[str, Any]


Answer = Callable[[Call], Object]


def wanted(call: Call, kind: str, *, param: str) -> Object:
    """Read the object that the path names.

    Raises:
        refusals.ApiError: there is none (404).
    """
    obj = call.tx.get(kind, call.subject)
    if obj is None:
        raise refusals.no_such(kind, call.subject, param=param)
    return expansion.shown(call.tx, obj)


def retrieve(kind: str, *, param: str) -> Answer:
    """Answer with the object that the path names."""
    return lambda call: wanted(call, kind, param=param)


def index(kind: str) -> Answer:
    """Answer with a page of the objects of a kind."""
    return lambda call: listings.page(call.tx, kind, call.params, url=call.path)


def create_session(call: Call) -> Object:
    """Open a checkout session."""
    return sessions.create(call.tx, call.params)


def expire_session(call: Call) -> Object:
    """Expire a checkout session."""
    return sessions.expire(call.tx, wanted(call, "checkout.session", param="session"))


def session_lines(call: Call) -> Object:
    """List the lines of a checkout session."""
    session = wanted(call, "checkout.session", param="session")
    return listings.page(call.tx, "item", call.params, sessions.lines_of(session["id"]), url=call.path)


def read_balance(call: Call) -> Object:
    """Answer with what the account holds."""
    return settlement.balance(call.tx)


def create_webhook(call: Call) -> Object:
    """Register a webhook endpoint; its secret is shown this once."""
    url, version = call.params["url"], call.params.get("api_version", API_VERSION)
    if not deliveries.is_loopback(url):
        raise refusals.unsupported("url outside this machine")
    if version != API_VERSION:
        raise refusals.unsupported(f"api_version={version}")
    secret = call.tx.new_id("whsec_", length=32)
    return register(call.tx, secret=secret, **call.params) | {"secret": secret}


def register(tx: Transaction, *, url: str, secret: str, **given: Any) -> Object:
    """Keep a webhook endpoint with its secret."""
    endpoint = shapes.blank(
        "webhook_endpoint",
        id=tx.new_id("we_1"),
        api_version=API_VERSION,
        created=tx.now,
        description=given.get("description"),
        enabled_events=given.get("enabled_events", ["*"]),
        metadata=given.get("metadata", {}),
        url=url,
    )
    tx.add(endpoint, hidden={"secrets": [secret]})
    return endpoint


def delete_webhook(call: Call) -> Object:
    """Forget a webhook endpoint, and what was on its way to it."""
    wanted(call, "webhook_endpoint", param="webhook_endpoint")
    call.tx.delete(call.subject)
    call.tx.rows.execute("DELETE FROM deliveries WHERE endpoint = ?", (call.subject,))
    return {"id": call.subject, "object": "webhook_endpoint", "deleted": True}


TABLE: Final[dict[str, Answer]] = {
    "GET /v1/balance": read_balance,
    "GET /v1/balance_transactions": index("balance_transaction"),
    "GET /v1/balance_transactions/{id}": retrieve("balance_transaction", param="id"),
    "GET /v1/charges": index("charge"),
    "GET /v1/charges/{charge}": retrieve("charge", param="charge"),
    "GET /v1/checkout/sessions": index("checkout.session"),
    "POST /v1/checkout/sessions": create_session,
    "GET /v1/checkout/sessions/{session}": retrieve("checkout.session", param="session"),
    "POST /v1/checkout/sessions/{session}/expire": expire_session,
    "GET /v1/checkout/sessions/{session}/line_items": session_lines,
    "GET /v1/events": index("event"),
    "GET /v1/events/{id}": retrieve("event", param="id"),
    "GET /v1/payment_intents": index("payment_intent"),
    "GET /v1/payment_intents/{intent}": retrieve("payment_intent", param="intent"),
    "GET /v1/payouts": index("payout"),
    "GET /v1/webhook_endpoints": index("webhook_endpoint"),
    "POST /v1/webhook_endpoints": create_webhook,
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": delete_webhook,
}
