"""Settlement: the balance transaction of a charge, which comes after it, and the balance they add up to.

Cards are captured asynchronously: `charge.succeeded` has no balance transaction yet; it comes a little later,
told by `charge.updated`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.sandbox import events, fees
from ledger.sandbox.store import Object, Transaction

WORKING_DAYS: Final = 3
"""Days on which banks work, from a charge until its money is available."""
SATURDAY: Final = 5


def available_on(instant: int) -> int:
    """Tell when the money of a charge made at `instant` is available: midnight UTC after three working days."""
    day = datetime.fromtimestamp(instant, UTC).replace(hour=0, minute=0, second=0)
    left = WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return int(day.timestamp())


def settle(tx: Transaction, charge_id: str) -> None:
    """Make the balance transaction of a charge, unless it has one."""
    charge = tx.get("charge", charge_id)
    if charge is None or charge["balance_transaction"] is not None:
        return
    hidden = tx.hidden(charge_id)
    settled = fees.settle(charge["amount"], charge["currency"], country=hidden["country"], at=charge["created"])
    txn: Object = {
        "id": tx.new_id("txn_3"),
        "object": "balance_transaction",
        "amount": settled.amount,
        "available_on": tx.now if hidden["available_at_once"] else available_on(tx.now),
        "balance_type": "payments",
        "created": tx.now,
        "currency": settled.currency,
        "description": charge["description"],
        "exchange_rate": None if settled.rate is None else float(settled.rate),
        "fee": settled.fee,
        "fee_details": [
            {
                "amount": settled.fee,
                "application": None,
                "currency": settled.currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ],
        "net": settled.amount - settled.fee,
        "reporting_category": "charge",
        "source": charge_id,
        "status": "pending",
        "type": "charge",
    }
    tx.add(txn)
    charge["balance_transaction"] = txn["id"]
    tx.save(charge)
    events.emit(tx, "charge.updated", charge, previous={"balance_transaction": None})


def shown(tx: Transaction, txn: Object) -> Object:
    """Give a balance transaction as it is now: its money becomes available by itself."""
    return txn | {"status": "available" if txn["available_on"] <= tx.now else "pending"}


def balance(tx: Transaction) -> Object:
    """Add up what the account holds: available and pending."""
    own = fees.table()["settlement_currency"]
    query = (
        "SELECT json_extract(body, '$.available_on') <= ? AS available, sum(json_extract(body, '$.net')) AS net "
        "FROM objects WHERE kind = 'balance_transaction' GROUP BY 1"
    )
    sums = {bool(row["available"]): row["net"] for row in tx.rows.execute(query, (tx.now,))}
    parts = {
        state: [{"amount": sums.get(free, 0), "currency": own, "source_types": {"card": sums.get(free, 0)}}]
        for state, free in (("available", True), ("pending", False))
    }
    return {"object": "balance", "livemode": False, **parts}
