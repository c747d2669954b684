"""Events: what changed, as a snapshot taken at that moment, queued for every webhook endpoint that listens."""

from __future__ import annotations

import json
import random
from typing import Any

from ledger.sandbox import faults
from ledger.sandbox.settings import API_VERSION
from ledger.sandbox.store import Object, Transaction, equal


def emit(tx: Transaction, kind: str, obj: Object, *, previous: Object | None = None) -> None:
    """Record that `obj` changed, and queue the deliveries; `previous` holds the fields' former values."""
    struck = faults.for_event(tx, kind)
    twins = sum(rule["action"] == "twin" for rule in struck)
    for _ in range(1 + twins):
        event = _record(tx, kind, obj, previous)
        enqueue(tx, event, struck)


def _record(tx: Transaction, kind: str, obj: Object, previous: Object | None) -> Object:
    data: Object = {"object": obj}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        "id": tx.new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": tx.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": tx.cause.request_id, "idempotency_key": tx.cause.idempotency_key},
        "type": kind,
    }
    tx.add(event)
    return event


def enqueue(tx: Transaction, event: Object, struck: list[dict[str, Any]] | None = None) -> None:
    """Queue the delivery of an event to every endpoint that listens to its type."""
    struck = struck or []
    copies = 1 + sum(int(rule.get("copies", 1)) for rule in struck if rule["action"] == "duplicate")
    for endpoint in tx.newest_first("webhook_endpoint", equal("status", "enabled")):
        listens = endpoint["enabled_events"]
        if "*" in listens or event["type"] in listens:
            for _ in range(copies):
                _queue(tx, event, endpoint["id"], struck)


def _queue(tx: Transaction, event: Object, endpoint: str, struck: list[dict[str, Any]]) -> None:
    state, due, flags = "pending", tx.now, {}
    for rule in struck:
        action = rule["action"]
        if action == "delay":
            due += int(rule.get("seconds", 60))
        elif action == "lose":
            state = "lost"
        elif action in {"drop", "unacknowledged"}:
            flags[action] = int(rule.get("attempts", 1))
        elif action in {"stale", "tamper"}:
            flags[action] = int(rule.get("seconds", 3600))
    values = (event["id"], event["type"], endpoint, due, state, json.dumps(flags))
    row = tx.rows.execute(
        "INSERT INTO deliveries (event, type, endpoint, due, position, state, flags) VALUES (?, ?, ?, ?, 0, ?, ?)",
        values,
    )
    number = int(row.lastrowid or 0)
    shuffled = any(rule["action"] == "reorder" for rule in struck)
    # Shuffled deliveries change places among those that wait; the seed decides how, so a test can repeat it.
    place = random.Random(f"{tx.meta('seed', '0')}:{number}").uniform(-20, 0) if shuffled else 0  # noqa: S311
    tx.rows.execute("UPDATE deliveries SET position = ? WHERE id = ?", (number + place, number))


def unacknowledged(tx: Transaction, event: str) -> int:
    """Count the deliveries of an event that no endpoint has confirmed yet."""
    query = "SELECT count(DISTINCT endpoint) AS n FROM deliveries WHERE event = ? AND state IN ('pending', 'sending')"
    return int(tx.rows.execute(query, (event,)).fetchone()["n"])


def shown(tx: Transaction, event: Object) -> Object:
    """Give an event as the API shows it now."""
    return event | {"pending_webhooks": unacknowledged(tx, event["id"])}
