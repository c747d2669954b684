"""Words as they are searched for: without letter case, accents, or the many apostrophes. Pure.

The databases differ in what they take for the small letter of É; so we fold words ourselves, once when they are kept
and once when they are asked for.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SPELT: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})
"""What stays one letter when accents are taken off, and the apostrophe that phones and books write."""


def folded(text: str) -> str:
    """Give a text as it is searched for."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return plain.casefold().translate(_SPELT)
