"""Lists: newest first, filtered, and paged by cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any, Final

from ledger.sandbox import expansion, refusals, shapes
from ledger.sandbox.store import Object, Transaction

MOST: Final = 100
USUAL: Final = 10
EQUAL: Final = frozenset({"currency", "payment_intent", "source", "status", "transfer_group"})
SPANS: Final = frozenset({"arrival_date", "created"})


def page(tx: Transaction, kind: str, params: dict[str, Any], *, url: str) -> Object:
    """Give one page of the objects of a kind that the parameters ask for.

    Raises:
        refusals.ApiError: a limit out of bounds, or a cursor that names no object of the kind.
    """
    where = {name: params[name] for name in EQUAL if name in params}
    if isinstance(params.get("type"), str) and kind != "event":
        where["type"] = params["type"]
    if "payout" in params:  # No payout is simulated yet, so none has a transaction.
        return shapes.listing([], url=url)
    checks = [_span(name, params[name]) for name in SPANS if name in params]
    if kind == "event":
        checks += _event_checks(tx, params)
    found = (obj for obj in tx.newest_first(kind, where=where) if all(check(obj) for check in checks))
    return cut(found, params, url=url, kind=kind, show=lambda obj: expansion.shown(tx, obj))


def cut(
    found: Iterable[Object], params: dict[str, Any], *, url: str, kind: str, show: Callable[[Object], Object]
) -> Object:
    """Cut the page that the cursor parameters ask for out of a whole list."""
    limit = params.get("limit", USUAL)
    if not 1 <= limit <= MOST:
        message = f"Invalid integer: {limit}; must be 1 to {MOST}"
        raise refusals.invalid(message, param="limit", code="parameter_invalid_integer")
    rows = list(found)
    backwards = "ending_before" in params
    cursor = params.get("ending_before") or params.get("starting_after")
    if cursor is not None:
        name = "ending_before" if backwards else "starting_after"
        place = next((i for i, obj in enumerate(rows) if obj["id"] == cursor), None)
        if place is None:
            raise refusals.no_such(kind, cursor, param=name, status=400)
        rows = rows[:place] if backwards else rows[place + 1 :]
    chosen = rows[-limit:] if backwards else rows[:limit]
    return shapes.listing([show(obj) for obj in chosen], url=url, more=len(rows) > limit)


def _span(name: str, wanted: Any) -> Callable[[Object], bool]:
    if isinstance(wanted, int):
        return lambda obj: bool(obj[name] == wanted)

    def fits(obj: Object) -> bool:
        value = obj[name]
        low = value > wanted.get("gt", value - 1) and value >= wanted.get("gte", value)
        high = value < wanted.get("lt", value + 1) and value <= wanted.get("lte", value)
        return bool(low and high)

    return fits


def _event_checks(tx: Transaction, params: dict[str, Any]) -> list[Callable[[Object], bool]]:
    patterns = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    checks: list[Callable[[Object], bool]] = [lambda obj: any(fnmatchcase(obj["type"], one) for one in patterns)]
    if "delivery_success" in params:
        query = "SELECT DISTINCT event FROM deliveries WHERE state <> 'delivered'"
        failing = {row["event"] for row in tx.rows.execute(query)}
        checks.append(lambda obj: (obj["id"] not in failing) == params["delivery_success"])
    return checks
