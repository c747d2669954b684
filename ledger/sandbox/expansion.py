"""Expansion: `expand[]=latest_charge.balance_transaction` puts objects in the place of their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ledger.sandbox import events, refusals, sessions, settlement, shapes
from ledger.sandbox.store import Object, Transaction

DEEPEST: Final = 4
REFERENCES: Final = {
    "checkout.session": {"customer", "payment_intent"},
    "payment_intent": {"customer", "latest_charge", "payment_method"},
    "charge": {"balance_transaction", "customer", "failure_balance_transaction", "payment_intent"},
    "balance_transaction": {"source"},
}
SHOWN: Final[dict[str, Callable[[Transaction, Object], Object]]] = {
    "balance_transaction": settlement.shown,
    "event": events.shown,
}


def shown(tx: Transaction, obj: Object) -> Object:
    """Give an object as the API shows it now."""
    change = SHOWN.get(obj["object"])
    return obj if change is None else change(tx, obj)


def expand(tx: Transaction, answer: Object, paths: list[str]) -> Object:
    """Expand the paths in an answer, each at most four levels deep; in a list they begin with `data`.

    Raises:
        refusals.ApiError: a field that cannot be expanded.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            raise refusals.invalid(message, param="expand")
        if answer["object"] == "list":
            if steps[0] != "data":
                hint = f" You may want to try expanding 'data.{steps[0]}' instead."
                raise refusals.invalid(f"This property cannot be expanded ({steps[0]}).{hint}")
            for obj in answer["data"]:
                _expand(tx, obj, steps[1:], path=path)
        else:
            _expand(tx, answer, steps, path=path)
    return answer


def _expand(tx: Transaction, obj: Object, steps: list[str], *, path: str) -> None:
    if not steps:
        return
    step, *deeper = steps
    if step == "line_items" and obj["object"] == "checkout.session":
        url = f"/v1/checkout/sessions/{obj['id']}/line_items"
        obj[step] = shapes.listing(sessions.line_items(tx, obj), url=url)
        return
    if step not in REFERENCES.get(obj["object"], ()):
        raise refusals.invalid(f"This property cannot be expanded ({path}).")
    value: Any = obj.get(step)
    if isinstance(value, str):
        found = tx.find(value)
        value = obj[step] = value if found is None else shown(tx, found)
    if isinstance(value, dict):
        _expand(tx, value, deeper, path=path)
