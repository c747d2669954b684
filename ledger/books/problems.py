"""What a check of the book finds, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be: which check says so, of what, and its id."""

    check: str
    entity: str
    id: int | str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.check}: {self.entity} {self.id}" + (f" ({self.detail})" if self.detail else "")


Check: TypeAlias = Callable[[Session, int], Iterable[Problem]]
"""A check of one book; it yields what it finds wrong."""
