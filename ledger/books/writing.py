"""The pen of the journal: how an entry's lines and header reach the tables. Only `journal` holds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Json
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ledger.books.drafts import EntryDraft, Line
from ledger.books.models import Entry, Posting
from ledger.db import Instant

Whole: TypeAlias = tuple[dict[str, Any], Sequence[Line], Sequence[int]]
"""An entry as it is written: the values of its header but for its id, its lines, and the ids of their accounts."""

CHUNK: Final = 2000
"""How many entries are written at once."""


def insert(
    session: Session, header: dict[str, Any], lines: Sequence[Line], account_ids: Sequence[int]
) -> tuple[int | None, str | None]:
    """Write one entry; give its id, or the name of the unique key that another one holds, when nothing was written."""
    if session.get_bind().dialect.name == "sqlite":
        return _insert_into_sqlite(session, header, lines, account_ids)
    return _insert_into_postgresql(session, header, lines, account_ids)


def insert_plain(
    session: Session, book_id: int, draft: EntryDraft, fingerprint: bytes, now: datetime
) -> tuple[int | None, bool]:
    """Post what needs no decision, by one call; give the entry's id, and whether it had been posted before.

    Nothing is given, and nothing written, when the entry is not plain: its period is closed or not open yet, an
    account is unknown, closed, in another currency or guarded, the source has other content. Then look.
    """
    if session.get_bind().dialect.name == "sqlite":
        return None, False
    lines = draft.lines
    values = (
        book_id,
        draft.journal,
        draft.effective_on,
        now,
        draft.source,
        fingerprint,
        draft.memo,
        _encode(dict(draft.details)),
        [line.account for line in lines],
        [line.money.currency for line in lines],
        [line.money.minor for line in lines],
        [line.project for line in lines],
        [line.contributor for line in lines],
    )
    posted, replayed = session.connection().exec_driver_sql(BOOK_POST_PLAIN, values).one()
    return posted, replayed


def insert_many(session: Session, entries: Sequence[Whole]) -> None:
    """Write entries at once, all lines first. A unique key that is taken ends the transaction.

    Raises:
        IntegrityError: what the database refuses.
    """
    if session.get_bind().dialect.name == "sqlite":
        _insert_many_into_sqlite(session, entries)
    elif entries:
        _copy_into_postgresql(session, entries)


NEXT_ID: Final = sa.select(sa.func.coalesce(sa.func.max(Entry.id), 0) + 1)
INSERT_LINES: Final = sa.insert(Posting)
INSERT_HEADER: Final = sa.insert(Entry)


def _insert_into_sqlite(
    session: Session, header: dict[str, Any], lines: Sequence[Line], account_ids: Sequence[int]
) -> tuple[int | None, str | None]:
    """Write the lines, then the header. The writer is alone, so nothing can have come in between."""
    connection = session.connection()
    entry_id: int = connection.scalar(NEXT_ID) or 1
    connection.execute(INSERT_LINES, _lines_for_sqlite(entry_id, header, lines, account_ids))
    connection.execute(INSERT_HEADER, {"id": entry_id, "epoch": entry_id, **header})
    return entry_id, None


def _insert_many_into_sqlite(session: Session, entries: Sequence[Whole]) -> None:
    connection = session.connection()
    first: int = connection.scalar(NEXT_ID) or 1
    numbered = list(enumerate(entries, start=first))
    lines = [line for entry_id, entry in numbered for line in _lines_for_sqlite(entry_id, *entry)]
    if lines:
        connection.execute(INSERT_LINES, lines)
        connection.execute(
            INSERT_HEADER, [{"id": entry_id, "epoch": entry_id, **entry[0]} for entry_id, entry in numbered]
        )


def _lines_for_sqlite(
    entry_id: int, header: dict[str, Any], lines: Sequence[Line], account_ids: Sequence[int]
) -> list[dict[str, Any]]:
    return [
        {
            "entry_id": entry_id,
            "n": n,
            "account_id": account_id,
            "amount": line.money.minor,
            "effective_on": header["effective_on"],
            "project": line.project,
            "contributor": line.contributor,
            "epoch": entry_id,
        }
        for n, (line, account_id) in enumerate(zip(lines, account_ids, strict=True), start=1)
    ]


BOOK_POST: Final = sa.text(
    "SELECT posted, taken FROM book_post(:book_id, :period_id, :journal, :effective_on, :occurred_on, :recorded_at,"
    " :source, :request_hash, :reverses_id, :memo, :details, :accounts, :amounts, :projects, :contributors)"
).bindparams(
    sa.bindparam("book_id", type_=sa.BigInteger),
    sa.bindparam("period_id", type_=sa.Integer),
    sa.bindparam("journal", type_=sa.Text),
    sa.bindparam("effective_on", type_=sa.Date),
    sa.bindparam("occurred_on", type_=sa.Date),
    sa.bindparam("recorded_at", type_=Instant),
    sa.bindparam("source", type_=sa.Text),
    sa.bindparam("request_hash", type_=sa.LargeBinary),
    sa.bindparam("reverses_id", type_=sa.BigInteger),
    sa.bindparam("memo", type_=sa.Text),
    sa.bindparam("details", type_=sa.JSON),
    sa.bindparam("accounts", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("amounts", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("projects", type_=ARRAY(sa.Text)),
    sa.bindparam("contributors", type_=ARRAY(sa.Text)),
)


def _insert_into_postgresql(
    session: Session, header: dict[str, Any], lines: Sequence[Line], account_ids: Sequence[int]
) -> tuple[int | None, str | None]:
    """Write by the database's own function: one round trip, undone in itself when a unique key is taken."""
    row = (
        session.connection()
        .execute(
            BOOK_POST,
            {
                **header,
                "accounts": list(account_ids),
                "amounts": [line.money.minor for line in lines],
                "projects": [line.project for line in lines],
                "contributors": [line.contributor for line in lines],
            },
        )
        .one()
    )
    return row.posted, row.taken


BOOK_POST_PLAIN: Final = (
    "SELECT posted, replayed FROM book_post_plain(%s::bigint, %s::text, %s::date, %s::timestamptz, %s::text, %s::bytea,"
    " %s::text, %s::json, %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])"
)
"""For the driver as it is: the one call of every gift does not pay for being put together anew."""

_encode: Final = json.JSONEncoder().encode

ENTRY_IDS: Final = sa.text("SELECT nextval('entry_id_seq') FROM generate_series(1, :many)")
COPY_LINES: Final = (
    "COPY posting (entry_id, n, account_id, amount, effective_on, project, contributor) FROM STDIN (FORMAT binary)"
)
COPY_HEADERS: Final = (
    "COPY entry (id, book_id, period_id, journal, effective_on, occurred_on, recorded_at, source, request_hash, memo,"
    " details) FROM STDIN (FORMAT binary)"
)
LINE_TYPES: Final = ("int8", "int2", "int8", "int8", "date", "text", "text")
HEADER_TYPES: Final = ("int8", "int8", "int4", "text", "date", "date", "timestamptz", "text", "bytea", "text", "json")


def _copy_into_postgresql(session: Session, entries: Sequence[Whole]) -> None:
    """Copy all lines, then all headers: each statement is checked as a whole when it ends."""
    connection = session.connection()
    ids = connection.scalars(ENTRY_IDS, {"many": len(entries)}).all()
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor:
            with cursor.copy(COPY_LINES) as copy:
                copy.set_types(LINE_TYPES)
                for entry_id, (header, lines, account_ids) in zip(ids, entries, strict=True):
                    day = header["effective_on"]
                    for n, (line, account_id) in enumerate(zip(lines, account_ids, strict=True), start=1):
                        copy.write_row((entry_id, n, account_id, line.money.minor, day, line.project, line.contributor))
            with cursor.copy(COPY_HEADERS) as copy:
                copy.set_types(HEADER_TYPES)
                for entry_id, (header, _, _) in zip(ids, entries, strict=True):
                    copy.write_row(_header_row(entry_id, header))
    except psycopg.IntegrityError as error:
        raise sa.exc.IntegrityError(COPY_HEADERS, None, error) from error


def _header_row(entry_id: int, header: dict[str, Any]) -> tuple[Any, ...]:
    return (
        entry_id,
        header["book_id"],
        header["period_id"],
        header["journal"],
        header["effective_on"],
        header["occurred_on"],
        header["recorded_at"],
        header["source"],
        header["request_hash"],
        header["memo"],
        Json(header["details"]),
    )
