"""Deliveries: signed events on their way to the endpoints, at least once each, retried with growing pauses.

Only this machine is ever called, and no redirect is followed. The network is never touched while the store
is locked: a delivery is claimed, sent, and its result noted.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ledger.sandbox import events
from ledger.sandbox.store import Object, Store, Transaction, decoded

WELL: Final = range(200, 300)
AGENT: Final = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that is about to be sent: its address, its bytes, its headers."""

    number: int
    url: str
    body: bytes
    signature: str
    signed_at: int
    heard: bool
    """Whether the receiver's answer will be taken into account."""
    sent: bool
    """Whether it leaves at all."""


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine, without asking any name server."""
    address = urlsplit(url)
    host = address.hostname or ""
    if address.scheme != "http":
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def sign(body: bytes, secrets: list[str], *, at: int) -> str:
    """Make the `Stripe-Signature` header: one `v1` for each secret, the newest first."""
    message = f"{at}.".encode() + body
    parts = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={part}" for part in parts)])


def deliver(store: Store, *, only_due: bool = True) -> list[Object]:
    """Send every delivery that waits, each once, in order; only those due by now, unless said otherwise."""
    results: list[Object] = []
    tried: set[int] = set()
    while (parcel := _claim(store, only_due=only_due, but=tried)) is not None:
        tried.add(parcel.number)
        status, error = _send(parcel, timeout=store.config.delivery_timeout) if parcel.sent else (None, "dropped")
        results.append(_note(store, parcel, status=status, error=error))
    return results


def _claim(store: Store, *, only_due: bool, but: set[int]) -> Parcel | None:
    with store.transaction() as tx:
        query = "SELECT * FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY position"
        waiting = tx.rows.execute(query, (tx.now if only_due else 2**62,)).fetchall()
        row = next((one for one in decoded(waiting, "flags") if one["id"] not in but), None)
        if row is None:
            return None
        tx.rows.execute("UPDATE deliveries SET state = 'sending' WHERE id = ?", (row["id"],))
        return _parcel(tx, row)


def _parcel(tx: Transaction, row: Object) -> Parcel:
    flags: dict[str, Any] = row["flags"]
    event = tx.get("event", row["event"]) or {}
    endpoint = tx.get("webhook_endpoint", row["endpoint"]) or {"url": ""}
    body = json.dumps(events.shown(tx, event), indent=2, ensure_ascii=False).encode()
    now = int(time.time()) if tx.config.sign_with_wall_clock else tx.now
    at = now - flags.get("stale", 0)
    signature = sign(body, tx.hidden(row["endpoint"]).get("secrets", []), at=at)
    if "tamper" in flags:
        body = body.replace(b'"livemode": false', b'"livemode":  false')
    attempt = row["attempts"] + 1
    return Parcel(
        number=row["id"],
        url=endpoint["url"],
        body=body,
        signature=signature,
        signed_at=at,
        heard=attempt > flags.get("unacknowledged", 0),
        sent=attempt > flags.get("drop", 0) and is_loopback(endpoint["url"]),
    )


def _send(parcel: Parcel, *, timeout: float) -> tuple[int | None, str | None]:
    address = urlsplit(parcel.url)
    path = address.path + (f"?{address.query}" if address.query else "")
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=timeout)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": parcel.signature,
        "User-Agent": AGENT,
    }
    try:
        connection.request("POST", path or "/", body=parcel.body, headers=headers)
        return connection.getresponse().status, None
    except (OSError, http.client.HTTPException) as error:
        return None, str(error) or type(error).__name__
    finally:
        connection.close()


def _note(store: Store, parcel: Parcel, *, status: int | None, error: str | None) -> Object:
    with store.transaction() as tx:
        row = tx.rows.execute("SELECT * FROM deliveries WHERE id = ?", (parcel.number,)).fetchone()
        if row is None:  # The sandbox was reset while the delivery was on its way.
            return {"id": parcel.number, "state": "forgotten", "status": status, "error": error}
        attempts, pauses = row["attempts"] + 1, tx.config.retry_after
        if parcel.heard and status in WELL:
            state, due = "delivered", row["due"]
        elif attempts > len(pauses):
            state, due = "failed", row["due"]
        else:
            state, due = "pending", tx.now + pauses[attempts - 1]
        tx.rows.execute(
            "UPDATE deliveries SET state = ?, due = ?, attempts = ?, status = ?, error = ?, signed_at = ? WHERE id = ?",
            (state, due, attempts, status, error, parcel.signed_at, parcel.number),
        )
        found = tx.rows.execute("SELECT * FROM deliveries WHERE id = ?", (parcel.number,))
        return decoded(found, "flags")[0]


def release(store: Store) -> None:
    """Take back the deliveries that were on their way when the process died: they are sent again."""
    with store.transaction() as tx:
        tx.rows.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'sending'")


def wait_for(store: Store, event_type: str, subject: str, *, seconds: float) -> bool:
    """Wait until every endpoint confirmed the event of this type about this object, or time is over."""

    def confirmed() -> bool:
        query = (
            "SELECT count(*) AS n FROM deliveries JOIN objects ON objects.id = deliveries.event "
            "WHERE deliveries.type = ? AND deliveries.state IN ('pending', 'sending') "
            "AND json_extract(objects.body, '$.data.object.id') = ?"
        )
        return not store.rows.execute(query, (event_type, subject)).fetchone()["n"]

    with store.changed:
        return store.changed.wait_for(confirmed, timeout=seconds)
