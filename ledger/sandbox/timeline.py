"""Scheduled work: what the passing of virtual time does by itself, each thing at its own instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.sandbox import sessions, settlement
from ledger.sandbox.store import Store, Transaction


def _expire(tx: Transaction, session_id: str) -> None:
    session = tx.get("checkout.session", session_id)
    if session is not None and session["status"] == "open":
        sessions.expire(tx, session)


TASKS: Final[dict[str, Callable[[Transaction, str], None]]] = {"expire": _expire, "settle": settlement.settle}


def catch_up(store: Store) -> int:
    """Do all that is due by now, oldest first, each at the instant it was due; tell how much was done."""
    done = 0
    while (due := _next(store)) is not None:
        with store.transaction(at=due) as tx:
            query = "SELECT id, task, subject FROM agenda WHERE due <= ? ORDER BY due, id LIMIT 1"
            row = tx.rows.execute(query, (due,)).fetchone()
            if row is None:
                continue
            tx.rows.execute("DELETE FROM agenda WHERE id = ?", (row["id"],))
            TASKS[row["task"]](tx, row["subject"])
            done += 1
    return done


def _next(store: Store) -> int | None:
    with store.changed:
        row = store.rows.execute("SELECT min(due) AS due FROM agenda").fetchone()
        return None if row["due"] is None or row["due"] > store.now() else int(row["due"])
