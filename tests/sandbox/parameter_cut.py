"""Cut the sandbox's `parameters.json` out of the API slice: what its endpoints take, and what it simulates.

Run as a program to write the file again after the lists below changed:

    .venv/bin/python -m tests.sandbox.parameter_cut
"""

from __future__ import annotations

import json
from typing import Any

from ledger.sandbox import parameters
from tests import stripe_contract

PAGE = {"ending_before", "expand", "limit", "starting_after"}
SIMULATED: dict[str, set[str]] = {
    "GET /v1/balance": {"expand"},
    "GET /v1/balance_transactions": {*PAGE, "created", "currency", "source", "type", "payout"},
    "GET /v1/balance_transactions/{id}": {"expand"},
    "GET /v1/charges": {*PAGE, "created", "payment_intent", "transfer_group"},
    "GET /v1/charges/{charge}": {"expand"},
    "GET /v1/checkout/sessions": {*PAGE, "created", "payment_intent", "status"},
    "GET /v1/checkout/sessions/{session}": {"expand"},
    "GET /v1/checkout/sessions/{session}/line_items": PAGE,
    "GET /v1/events": {*PAGE, "created", "type", "types", "delivery_success"},
    "GET /v1/events/{id}": {"expand"},
    "GET /v1/payment_intents": {*PAGE, "created"},
    "GET /v1/payment_intents/{intent}": {"expand"},
    "GET /v1/payouts": {*PAGE, "arrival_date", "created", "status"},
    "GET /v1/webhook_endpoints": PAGE,
    "POST /v1/checkout/sessions/{session}/expire": {"expand"},
    "POST /v1/webhook_endpoints": {"api_version", "description", "enabled_events", "expand", "metadata", "url"},
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": set(),
    "POST /v1/checkout/sessions": {
        "adaptive_pricing",
        "allowed_payment_method_types",
        "cancel_url",
        "client_reference_id",
        "currency",
        "custom_text",
        "customer_email",
        "expand",
        "expires_at",
        "integration_identifier",
        "line_items",
        "line_items.metadata",
        "line_items.price_data",
        "line_items.price_data.currency",
        "line_items.price_data.product_data",
        "line_items.price_data.product_data.description",
        "line_items.price_data.product_data.metadata",
        "line_items.price_data.product_data.name",
        "line_items.price_data.unit_amount",
        "line_items.quantity",
        "locale",
        "metadata",
        "mode",
        "payment_intent_data",
        "payment_intent_data.description",
        "payment_intent_data.metadata",
        "payment_intent_data.receipt_email",
        "payment_intent_data.statement_descriptor_suffix",
        "payment_intent_data.transfer_group",
        "submit_type",
        "success_url",
        "ui_mode",
    },
}
"""The parameters that the sandbox simulates. Where a deeper name is listed, only the listed ones are."""


def cut(schema: dict[str, Any], simulated: set[str], *, path: str = "") -> dict[str, Any]:
    """Keep of an object schema what the sandbox simulates; the rest becomes a mark."""
    kept: dict[str, Any] = {}
    for name, inner in sorted(schema.get("properties", {}).items()):
        where = f"{path}{name}"
        if where not in simulated:
            kept[name] = {"unsupported": True}
            continue
        deeper = any(other.startswith(f"{where}.") for other in simulated)
        kept[name] = cut_value(inner, simulated if deeper else None, path=f"{where}.")
    result: dict[str, Any] = {"type": "object", "properties": kept}
    return result | ({"required": schema["required"]} if schema.get("required") else {})


def cut_value(schema: dict[str, Any], simulated: set[str] | None, *, path: str) -> dict[str, Any]:
    """Keep of a parameter's schema the words that the sandbox reads."""
    if "anyOf" in schema:
        return {"anyOf": [cut_value(one, simulated, path=path) for one in schema["anyOf"]]}
    kept: dict[str, Any] = {key: schema[key] for key in ("type", "enum", "maxLength") if key in schema}
    if kept["type"] == "array":
        kept["items"] = cut_value(schema["items"], simulated, path=path)
    if kept["type"] == "object" and "properties" in schema:
        if simulated is not None:
            return cut(schema, simulated, path=path)
        inner = schema["properties"].items()
        kept["properties"] = {name: cut_value(one, None, path=path) for name, one in sorted(inner)}
        kept |= {"required": schema["required"]} if schema.get("required") else {}
    elif kept["type"] == "object":
        kept["additionalProperties"] = {"type": "string"}
    return kept


def whole() -> dict[str, Any]:
    """Cut every endpoint that the sandbox answers."""
    return {
        operation: cut(stripe_contract.parameters_of(operation), simulated)
        for operation, simulated in sorted(SIMULATED.items())
    }


if __name__ == "__main__":
    parameters.FILE.write_text(json.dumps(whole(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
