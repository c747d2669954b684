"""Reading Stripe's form encoding: `line_items[0][price_data][currency]=eur` becomes nested values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ledger.sandbox import refusals

PART: Final = re.compile(r"\[([^\[\]]*)\]")
NAME: Final = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
DEEPEST: Final = 20


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest the pairs of a form or query string; arrays are indexed (`a[0]`) or appended to (`a[]`).

    Raises:
        refusals.ApiError: a name whose brackets make no sense, or that is used in two ways.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if not NAME.fullmatch(name):
            raise refusals.unknown(name)
        path = [name.partition("[")[0], *PART.findall(name)]
        if len(path) > DEEPEST:
            raise refusals.unknown(name)
        _place(tree, path, value, name=name)
    return {key: _listed(value) for key, value in tree.items()}


def _place(tree: dict[str, Any], path: list[str], value: str, *, name: str) -> None:
    node = tree
    for step in path[:-1]:
        node = node.setdefault(step or str(len(node)), {})
        if not isinstance(node, dict):
            raise refusals.invalid(f"Invalid hash for {name}", param=name)
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise refusals.invalid(f"Invalid hash for {name}", param=name)
    node[last] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
