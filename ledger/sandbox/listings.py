"""Lists: newest first, filtered, and paged by cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger.sandbox import expansion, refusals, shapes
from ledger.sandbox.store import Condition, Object, Transaction, equal

MOST: Final = 100
USUAL: Final = 10
EQUAL: Final = ("currency", "payment_intent", "source", "status", "transfer_group")
SPANS: Final = ("arrival_date", "created")
BOUNDS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(tx: Transaction, kind: str, params: dict[str, Any], *more: Condition, url: str) -> Object:
    """Give one page of the objects of a kind that the parameters ask for.

    Raises:
        refusals.ApiError: a limit out of bounds, or a cursor or filter that names no object.
    """
    limit = params.get("limit", USUAL)
    if not 1 <= limit <= MOST:
        message = f"Invalid integer: {limit}; must be 1 to {MOST}"
        raise refusals.invalid(message, param="limit", code="parameter_invalid_integer")
    conditions = [*more, *_filters(tx, kind, params), *_cursor(tx, kind, params)]
    backwards = "ending_before" in params
    found = tx.newest_first(kind, *conditions, limit=limit + 1, backwards=backwards)
    chosen = found[-limit:] if backwards else found[:limit]
    return shapes.listing([expansion.shown(tx, obj) for obj in chosen], url=url, more=len(found) > limit)


def _filters(tx: Transaction, kind: str, params: dict[str, Any]) -> Iterator[Condition]:
    intent = params.get("payment_intent")
    if intent is not None and tx.get("payment_intent", intent) is None:
        raise refusals.no_such("payment_intent", intent, param="payment_intent", status=400)
    for name in EQUAL:
        if name in params:
            yield equal(name, params[name])
    for name in SPANS:
        if name in params:
            yield from _span(name, params[name])
    if "payout" in params:  # No payout is simulated yet, so none has a transaction.
        yield "0", ()
    if kind == "event":
        yield from _events(params)
    elif "type" in params:
        yield equal("type", params["type"])


def _span(name: str, wanted: Any) -> Iterator[Condition]:
    if isinstance(wanted, int):
        yield equal(name, wanted)
        return
    for bound, value in wanted.items():
        yield f"json_extract(body, ?) {BOUNDS[bound]} ?", (f"$.{name}", value)


def _events(params: dict[str, Any]) -> Iterator[Condition]:
    patterns = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    yield (
        f"({' OR '.join(['json_extract(body, ?) GLOB ?'] * len(patterns))})",
        tuple(value for pattern in patterns for value in ("$.type", pattern)),
    )
    if "delivery_success" in params:
        failing = "id IN (SELECT event FROM deliveries WHERE state <> 'delivered')"
        yield (f"NOT {failing}" if params["delivery_success"] else failing), ()


def _cursor(tx: Transaction, kind: str, params: dict[str, Any]) -> Iterator[Condition]:
    for name, side in (("starting_after", "<"), ("ending_before", ">")):
        cursor = params.get(name)
        if cursor is not None:
            if tx.get(kind, cursor) is None:
                raise refusals.no_such(kind, cursor, param=name, status=400)
            yield f"seq {side} (SELECT seq FROM objects WHERE id = ?)", (cursor,)
