"""References that cannot be guessed and can be read aloud: letters and digits that are not mistaken for others."""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U. Each character is five bits."""


def new(prefix: str, *, characters: int = 16) -> str:
    """Draw a new reference such as `PR-7K3M9QXZ4T2B8WCN`: 80 bits of chance unless told otherwise."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(characters))
    return f"{prefix}-{drawn}"
