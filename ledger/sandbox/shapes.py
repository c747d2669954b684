"""Blank API objects: every field of the real ones, so that each answer has the shape Stripe gives it."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("blanks.json")
NO_ADDRESS: Final = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


@cache
def _blanks() -> dict[str, dict[str, Any]]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def blank(kind: str, **values: Any) -> dict[str, Any]:
    """Give a new object of a kind, with the given values in place of the blank ones."""
    return copy.deepcopy(_blanks()[kind]) | values


def listing(data: list[dict[str, Any]], *, url: str, more: bool = False) -> dict[str, Any]:
    """Give a list object, one page of it."""
    return {"object": "list", "data": data, "has_more": more, "url": url}
