"""From what the database refuses to what the book refuses: the name of a rule, then the class of its error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from ledger.books.refusals import BY_CONSTRAINT


def name_in(error: IntegrityError) -> str:
    """Give the name of the rule under which the database refused, or an empty text."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    return str(error.orig).partition(":")[0]


@contextmanager
def translated(**values: object) -> Iterator[None]:
    """Raise the book's own error where the database refuses by a rule that has one.

    On PostgreSQL the transaction is then good for nothing but a rollback.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = BY_CONSTRAINT.get(name_in(error))
        if refusal is None:
            raise
        raise refusal(**values) from error
