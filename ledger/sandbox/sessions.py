"""Checkout sessions: made by the API, paid on the hosted page, expired by the API or by the clock."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from ledger.sandbox import events, fees, refusals, shapes
from ledger.sandbox.store import Condition, Object, Transaction

LONGEST: Final = 24 * 3600
SHORTEST: Final = 1800
MOST_ITEMS: Final = 100
LARGEST: Final = 99_999_999
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
COPIED: Final = (
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "integration_identifier",
    "locale",
    "submit_type",
    "success_url",
)


def create(tx: Transaction, params: dict[str, Any]) -> Object:
    """Open a session.

    Raises:
        refusals.ApiError: a combination or amount that Stripe refuses, or that is not simulated.
    """
    _check_mode(params)
    items = _line_items(tx, params)
    currency, total = items[0]["currency"], sum(item["amount_total"] for item in items)
    _check_total(total, currency)
    identifier = tx.new_id("cs_test_a1", length=58)
    email = params.get("customer_email")
    session = shapes.blank(
        "checkout.session",
        id=identifier,
        amount_subtotal=total,
        amount_total=total,
        created=tx.now,
        currency=currency,
        customer_details=None if email is None else customer_details(email, None),
        expires_at=_expiry(tx, params),
        metadata=params.get("metadata", {}),
        url=f"{tx.config.base_url}/c/pay/{identifier}",
        **{name: params[name] for name in COPIED if name in params},
    )
    session["adaptive_pricing"] |= params.get("adaptive_pricing", {})
    session["custom_text"] |= params.get("custom_text", {})
    for item in reversed(items):  # Lists give the newest first, and lines are read from the top.
        tx.add(item, hidden={"session": identifier})
    tx.add(session, hidden={"intent": params.get("payment_intent_data", {})})
    tx.schedule("expire", identifier, due=session["expires_at"])
    return session


def _check_mode(params: dict[str, Any]) -> None:
    for name in ("mode", "line_items", "success_url"):
        if not params.get(name):
            raise refusals.missing(name)
    if params["mode"] != "payment":
        raise refusals.unsupported(f"mode={params['mode']}")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise refusals.unsupported(f"ui_mode={params['ui_mode']}")
    if "card" not in params.get("allowed_payment_method_types", ["card"]):
        raise refusals.unsupported("allowed_payment_method_types without card")
    for name in ("success_url", "cancel_url"):
        if name in params and urlsplit(params[name]).scheme not in {"http", "https"}:
            raise refusals.invalid("Not a valid URL", param=name, code="url_invalid")
    email = params.get("customer_email")
    if email is not None and not EMAIL.fullmatch(email):
        raise refusals.invalid(f"Invalid email address: {email}", param="customer_email", code="email_invalid")


def _line_items(tx: Transaction, params: dict[str, Any]) -> list[Object]:
    given = params["line_items"]
    if len(given) > MOST_ITEMS:
        message = f"A Checkout Session can have at most {MOST_ITEMS} line items."
        raise refusals.invalid(message, param="line_items")
    items = [_line_item(tx, one, path=f"line_items[{i}]") for i, one in enumerate(given)]
    currencies = {item["currency"] for item in items} | {params.get("currency", items[0]["currency"])}
    if len(currencies) > 1:
        message = "All line items in a Checkout Session must use the same currency."
        raise refusals.invalid(message, param="line_items")
    return items


def _line_item(tx: Transaction, given: dict[str, Any], *, path: str) -> Object:
    price = given.get("price_data")
    if price is None:
        raise refusals.missing(f"{path}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in price:
            raise refusals.missing(f"{path}[price_data][{name}]")
    if "quantity" not in given:
        raise refusals.invalid(f"Quantity is required. Add `quantity` to `{path}`", param=path)
    currency, amount = price["currency"].lower(), price["unit_amount"]
    if fees.minimum(currency) is None:
        raise refusals.invalid(f"Invalid currency: {currency}.", param=f"{path}[price_data][currency]")
    for name, value, least in (("price_data][unit_amount", amount, 0), ("quantity", given["quantity"], 1)):
        if value < least:
            message = f"This value must be greater than or equal to {least}."
            raise refusals.invalid(message, param=f"{path}[{name}]", code="parameter_invalid_integer")
    product = price["product_data"]
    identifier, total = tx.new_id("li_1"), amount * given["quantity"]
    sold = shapes.blank(
        "price",
        id=tx.new_id("price_1"),
        created=tx.now,
        currency=currency,
        product=tx.new_id("prod_", length=14),
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    values = {"amount_subtotal": total, "amount_total": total, "currency": currency, "description": product["name"]}
    metadata = given.get("metadata", {})
    return shapes.blank("item", id=identifier, price=sold, quantity=given["quantity"], metadata=metadata, **values)


def _check_total(total: int, currency: str) -> None:
    smallest = fees.minimum(currency) or 0
    if total < smallest:
        message = f"The Checkout Session's total amount due must add up to at least {smallest / 100:.2f} {currency}"
        raise refusals.invalid(message, code="amount_too_small")
    if total > LARGEST:
        message = f"The Checkout Session's total amount due must be no more than {LARGEST / 100:.2f} {currency}"
        raise refusals.invalid(message, code="amount_too_large")


def _expiry(tx: Transaction, params: dict[str, Any]) -> int:
    expires_at = int(params.get("expires_at", tx.now + LONGEST))
    if expires_at < tx.now + SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise refusals.invalid(message, param="expires_at")
    if expires_at > tx.now + LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise refusals.invalid(message, param="expires_at")
    return expires_at


def customer_details(email: str | None, name: str | None) -> Object:
    """Give what a session tells of its payer."""
    return {
        "address": shapes.NO_ADDRESS if name else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def lines_of(session_id: str) -> Condition:
    """The condition that an item is a line of a session."""
    return "json_extract(hidden, '$.session') = ?", (session_id,)


def line_items(tx: Transaction, session: Object) -> list[Object]:
    """Give the lines of a session, in order."""
    return tx.newest_first("item", lines_of(session["id"]))


def expire(tx: Transaction, session: Object) -> Object:
    """Expire an open session, and cancel the payment that was begun in it.

    Raises:
        refusals.ApiError: it is no longer open.
    """
    if session["status"] != "open":
        raise refusals.refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of `{session['status']}`."
        )
    session |= {"status": "expired", "url": None}
    tx.save(session)
    intent = tx.get("payment_intent", session["payment_intent"] or "")
    if intent is not None:
        intent |= {"status": "canceled", "canceled_at": tx.now, "cancellation_reason": "expired", "next_action": None}
        tx.save(intent)
        events.emit(tx, "payment_intent.canceled", intent)
    events.emit(tx, "checkout.session.expired", session)
    return session
