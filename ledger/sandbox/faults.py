"""Faults on order: rules that break API calls or webhook deliveries, each a given number of times.

A rule is the JSON object that the control API was given. Rules are tried in the order they came.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

from ledger.sandbox.store import Transaction, decoded

API: Final = "api"
WEBHOOK: Final = "webhook"
FIELDS: Final = {
    API: {"method", "path", "when", "action", "status", "seconds", "retry", "count"},
    WEBHOOK: {"types", "action", "seconds", "copies", "attempts", "count"},
}
ACTIONS: Final = {
    API: {"error", "close", "hang"},
    WEBHOOK: {"delay", "duplicate", "twin", "reorder", "drop", "lose", "stale", "tamper", "unacknowledged"},
}


def check(target: str, rule: dict[str, Any]) -> str | None:
    """Tell what is wrong with a rule, or nothing."""
    strange = sorted(set(rule) - FIELDS[target])
    if strange:
        return f"unknown field: {', '.join(strange)}"
    if rule.get("action", "error") not in ACTIONS[target]:
        return f"action must be one of {', '.join(sorted(ACTIONS[target]))}"
    if rule.get("when", "before") not in {"before", "after"}:
        return "when must be before or after"
    return None


def add(tx: Transaction, target: str, rule: dict[str, Any]) -> int:
    """Order a fault; `count` limits how often it strikes (once unless said otherwise, null: for ever)."""
    values = (target, json.dumps(rule), rule.get("count", 1))
    row = tx.rows.execute("INSERT INTO faults (target, rule, left) VALUES (?, ?, ?)", values)
    return int(row.lastrowid or 0)


def standing(tx: Transaction) -> list[dict[str, Any]]:
    """Give the rules that will still strike."""
    rows = tx.rows.execute("SELECT id, target, rule, left FROM faults WHERE left IS NULL OR left > 0 ORDER BY id")
    return decoded(rows, "rule")


def clear(tx: Transaction) -> None:
    """Forget all rules."""
    tx.rows.execute("DELETE FROM faults")


def _strike(tx: Transaction, target: str, matches: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Take the rules that strike now; the first one only of an API call, which breaks in one way."""
    struck = [one for one in standing(tx) if one["target"] == target and matches(one["rule"])]
    struck = struck[:1] if target == API else struck
    for one in struck:
        tx.rows.execute("UPDATE faults SET left = left - 1 WHERE id = ? AND left IS NOT NULL", (one["id"],))
    return [dict(one["rule"]) for one in struck]


def for_call(tx: Transaction, method: str, path: str) -> dict[str, Any] | None:
    """Take the rule that breaks this API call, if one does."""

    def matches(rule: dict[str, Any]) -> bool:
        return rule.get("method", method).upper() == method and fnmatchcase(path, rule.get("path", "*"))

    return next(iter(_strike(tx, API, matches)), None)


def for_event(tx: Transaction, kind: str) -> list[dict[str, Any]]:
    """Take the rules that strike the deliveries of an event of this type."""
    return _strike(tx, WEBHOOK, lambda rule: any(fnmatchcase(kind, one) for one in rule.get("types", ["*"])))
