"""The contract checker itself: it lets the right pass and names the wrong."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.sandbox import shapes
from tests.stripe_contract import ContractViolation, checker

EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "api_version": None,
    "created": 1,
    "livemode": False,
    "pending_webhooks": 0,
    "request": None,
    "type": "price.created",
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/checkout/sessions", "mode=payment&line_items[0][quantity]=1&metadata[a]=b&expand[0]=x"),
        ("POST", "/v1/refunds", "payment_intent=pi_1&amount=100&reason=duplicate"),
        ("GET", "/v1/balance_transactions?created%5Bgte%5D=1&limit=100", None),
        ("GET", "/v1/balance_transactions?created=1", None),
    ],
)
def test_right_requests_pass(method: str, path: str, body: str | None) -> None:
    checker().check_request(method, path, body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/checkout/sessions", "ui_mode=hosted"),
        ("POST", "/v1/checkout/sessions", "payment_method_types[0]=card"),
        ("POST", "/v1/checkout/sessions", "line_items[0][quantity]=12.50"),
        ("POST", "/v1/checkout/sessions", "line_items[0][price_data][unit_amount]=100"),
        ("POST", "/v1/refunds", "reason=because"),
        ("GET", "/v1/balance_transactions?limit=abc", None),
        ("POST", "/v1/gifts", "amount=1"),
        ("DELETE", "/v1/balance", None),
    ],
)
def test_wrong_requests_do_not(method: str, path: str, body: str | None) -> None:
    with pytest.raises(ContractViolation):
        checker().check_request(method, path, body)


def price(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"id": "price_1", "created": 1, "currency": "eur", "product": "prod_1", "unit_amount": 1}
    return shapes.blank("price", **(given | more))


def test_right_objects_pass() -> None:
    checker().check_object(price())
    checker().check_object(shapes.listing([price()], url="/v1/prices"))
    checker().check_object(EVENT | {"data": {"object": price()}})
    checker().check_object({"error": {"type": "api_error", "message": "x"}})


@pytest.mark.parametrize(
    "wrong",
    [
        price(colour="blue"),
        price(type="gift"),
        price(livemode=None),
        shapes.listing([price(created="1")], url="/v1/prices"),
        EVENT | {"data": {"object": price(active="yes")}},
        EVENT | {"data": price()},
        {"object": "gift"},
        {"error": {"type": "rate_limit_error"}},
    ],
)
def test_wrong_objects_do_not_however_deep(wrong: dict[str, Any]) -> None:
    with pytest.raises(ContractViolation):
        checker().check_object(wrong)
