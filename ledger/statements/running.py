"""Movements with the balance after each: the rows that ledgers share, group by group, with their totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ledger import i18n, money
from ledger.money import Money
from ledger.statements import words
from ledger.statements.movements import Movement
from ledger.statements.spans import Span
from ledger.statements.table import Cell, Column, Kind, Row, Tone


@dataclass(frozen=True, slots=True)
class Ledger:
    """How a ledger divides movements (`keys`) and what it tells of each beside the usual (`extras`).

    There is a column for each key and each extra.
    """

    key_columns: tuple[Column, ...]
    extra_columns: tuple[Column, ...]
    keys: Callable[[Movement], tuple[str, ...]]
    extras: Callable[[Movement], tuple[str, ...]]


def columns(ledger: Ledger, locale: str) -> tuple[Column, ...]:
    """Give the columns of a ledger."""
    return (
        *ledger.key_columns,
        Column(i18n.translate(locale, "Day"), Kind.DAY),
        Column(i18n.translate(locale, "Entry"), Kind.ENTRY),
        Column(i18n.translate(locale, "Journal"), Kind.CODE),
        Column(i18n.translate(locale, "Piece")),
        Column(i18n.translate(locale, "Label")),
        *ledger.extra_columns,
        Column(i18n.translate(locale, "Debit"), Kind.AMOUNT),
        Column(i18n.translate(locale, "Credit"), Kind.AMOUNT),
        Column(i18n.translate(locale, "Balance"), Kind.AMOUNT),
    )


def rows(movements: Iterable[Movement], ledger: Ledger, span: Span, locale: str, currency: str) -> Iterator[Row]:
    """Give the rows of a ledger: for each group a heading, its opening balance, its movements, its closing balance."""
    memos = words.memos(locale)
    debits = credits_ = nothing = money.zero(currency)
    for keys, group in groupby(movements, key=ledger.keys):
        yield Row((" · ".join(dict.fromkeys(keys)),), Tone.HEADING)
        running = in_ = out = nothing
        for movement in group:
            running += movement.amount
            if movement.day is None:
                yield _balance(ledger, keys, span.start, i18n.translate(locale, "Opening balance"), balance=running)
                continue
            debit, credit = sides(movement.amount)
            in_, out = in_ + (debit or nothing), out + (credit or nothing)
            yield Row(
                (
                    *keys,
                    movement.day,
                    str(movement.entry_id),
                    movement.journal,
                    movement.source,
                    memos.get(movement.memo, movement.memo),
                    *ledger.extras(movement),
                    debit,
                    credit,
                    running,
                )
            )
        closing = i18n.translate(locale, "Closing balance")
        yield _balance(ledger, keys, span.end, closing, debit=in_, credit=out, balance=running)
        debits, credits_ = debits + in_, credits_ + out
    blank = ("",) * len(ledger.key_columns)
    yield _balance(
        ledger, blank, span.end, i18n.translate(locale, "Totals"), debit=debits, credit=credits_, tone=Tone.TOTAL
    )


def sides(amount: Money) -> tuple[Money | None, Money | None]:
    """Give an amount as debit or as credit, the other side empty."""
    return (amount, None) if amount.minor > 0 else (None, -amount)


def _balance(
    ledger: Ledger,
    keys: tuple[str, ...],
    day: Cell,
    label: str,
    *,
    debit: Money | None = None,
    credit: Money | None = None,
    balance: Money | None = None,
    tone: Tone = Tone.BALANCE,
) -> Row:
    blank = ("",) * len(ledger.extra_columns)
    return Row((*keys, day, "", "", "", label, *blank, debit, credit, balance), tone)
