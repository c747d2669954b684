"""The book looks after itself: entries are sealed, balances folded. Neither waits for the other, nor for posters."""

from __future__ import annotations

from datetime import datetime

from ledger.books import balances, seals
from ledger.db import Database


def run(database: Database, *, now: datetime) -> int:
    """Seal the entries that are final and fold the balances, each in a transaction of its own; give the new seals.

    Dying in between, or running twice at once, changes nothing: what is left is done the next time.
    """
    with database.transaction() as session:
        sealed = len(seals.seal(session, now=now))
    with database.transaction() as session:
        balances.fold(session)
    return sealed
