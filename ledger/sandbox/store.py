"""The store: every object, piece of scheduled work and delivery in one SQLite file, behind one lock.

A transaction is the only way in. It carries the virtual instant, the cause of the change (which API request,
or none for the payer's own acts) and the ids that it draws: deterministic, from the seed and a counter.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import string
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ledger.sandbox.settings import SandboxConfig

Object: TypeAlias = dict[str, Any]
"""An API object as it goes over the wire, its references being ids."""

Condition: TypeAlias = tuple[str, tuple[str | int, ...]]
"""A condition on rows of `objects`, in SQL, with the values of its question marks."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    body TEXT NOT NULL, hidden TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS agenda (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, task TEXT NOT NULL, subject TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL, endpoint TEXT NOT NULL,
    due INTEGER NOT NULL, position REAL NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    status INTEGER, error TEXT, signed_at INTEGER, flags TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, rule TEXT NOT NULL, left INTEGER);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL) WITHOUT ROWID;
"""
TABLES: Final = ("meta", "objects", "agenda", "deliveries", "faults", "idempotency")
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a change: an API request with its idempotency key, or nobody's request."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY: Final = Cause()


class Transaction:
    """One change of the store, at one virtual instant, for one cause."""

    def __init__(self, rows: sqlite3.Connection, config: SandboxConfig, *, now: int, cause: Cause) -> None:
        self.rows = rows
        self.config = config
        self.now = now
        self.cause = cause

    def new_id(self, prefix: str, *, length: int = 24) -> str:
        """Draw an id: the prefix, then `length` letters and digits that the seed and a counter decide."""
        count = int(self.meta("ids", "0")) + 1
        self.set_meta("ids", str(count))
        digest = hashlib.shake_256(f"{self.meta('seed', '0')}:{count}".encode()).digest(length)
        return prefix + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)

    def meta(self, key: str, default: str) -> str:
        """Read a setting of the sandbox."""
        row = self.rows.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else str(row["value"])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of the sandbox."""
        self.rows.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    def move_clock(self, instant: int, *, frozen: bool) -> None:
        """Set the virtual clock to an instant, from which it runs or at which it stands still."""
        self.set_meta("frozen_at", str(instant) if frozen else "")
        self.set_meta("offset", str(instant - int(time.time())))

    def add(self, obj: Object, *, hidden: Object | None = None) -> None:
        """Keep a new object; `hidden` holds what the API never shows of it."""
        self.rows.execute(
            "INSERT INTO objects (id, kind, body, hidden) VALUES (?, ?, ?, ?)",
            (obj["id"], obj["object"], json.dumps(obj), json.dumps(hidden or {})),
        )

    def save(self, obj: Object) -> None:
        """Keep an object's new state."""
        self.rows.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(obj), obj["id"]))

    def get(self, kind: str, identifier: str) -> Object | None:
        """Read an object, or nothing when no object of this kind has this id."""
        query = "SELECT body FROM objects WHERE id = ? AND kind = ?"
        row = self.rows.execute(query, (identifier, kind)).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def find(self, identifier: str) -> Object | None:
        """Read an object of whatever kind."""
        row = self.rows.execute("SELECT body FROM objects WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def hidden(self, identifier: str) -> Object:
        """Read what the API never shows of an object."""
        row = self.rows.execute("SELECT hidden FROM objects WHERE id = ?", (identifier,)).fetchone()
        return {} if row is None else dict(json.loads(row["hidden"]))

    def hide(self, identifier: str, **values: Any) -> None:
        """Change what the API never shows of an object."""
        hidden = self.hidden(identifier) | values
        self.rows.execute("UPDATE objects SET hidden = ? WHERE id = ?", (json.dumps(hidden), identifier))

    def delete(self, identifier: str) -> None:
        """Forget an object."""
        self.rows.execute("DELETE FROM objects WHERE id = ?", (identifier,))

    def newest_first(self, kind: str, *conditions: Condition, limit: int = -1, backwards: bool = False) -> list[Object]:
        """Give the objects of a kind that meet the conditions, newest first; `backwards` limits from the oldest."""
        where = " AND ".join(["kind = ?", *(condition for condition, _ in conditions)])
        values = [kind, *(value for _, bound in conditions for value in bound)]
        order = "ASC" if backwards else "DESC"
        query = f"SELECT body FROM objects WHERE {where} ORDER BY seq {order} LIMIT ?"
        found = [dict(json.loads(row["body"])) for row in self.rows.execute(query, [*values, limit])]
        return found[::-1] if backwards else found

    def schedule(self, task: str, subject: str, *, due: int) -> None:
        """Plan work for a virtual instant."""
        values = (due, task, subject)
        self.rows.execute("INSERT INTO agenda (due, task, subject) VALUES (?, ?, ?)", values)


class Store:
    """The file and its lock: one transaction at a time, from any thread."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.changed = threading.Condition(threading.RLock())
        config.database_path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = sqlite3.connect(config.database_path, check_same_thread=False, isolation_level=None)
        self.rows.row_factory = sqlite3.Row
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost a demonstration its last second
        self.rows.executescript(SCHEMA)
        with self.transaction() as tx:
            if not tx.meta("seed", ""):
                self._begin(tx, seed=config.seed)

    def _begin(self, tx: Transaction, *, seed: int) -> None:
        tx.set_meta("seed", str(seed))
        tx.set_meta("offset", str(self.config.clock_offset))
        if self.config.frozen_at is not None:
            tx.set_meta("frozen_at", str(self.config.frozen_at))

    def now(self) -> int:
        """Read the virtual clock, in Unix seconds."""
        with self.changed:
            query = "SELECT key, value FROM meta WHERE key IN ('offset', 'frozen_at')"
            clock = {row["key"]: row["value"] for row in self.rows.execute(query)}
        if clock.get("frozen_at"):
            return int(clock["frozen_at"])
        return int(time.time()) + int(clock.get("offset", 0))

    @contextmanager
    def transaction(self, *, at: int | None = None, cause: Cause = NOBODY) -> Iterator[Transaction]:
        """Open a transaction; it is committed at the end, or rolled back by an exception.

        Transactions do not nest. `at` is the virtual instant of the change: now, unless said otherwise.
        """
        with self.changed:
            self.rows.execute("BEGIN IMMEDIATE")
            try:
                now = self.now() if at is None else at
                yield Transaction(self.rows, self.config, now=now, cause=cause)
            except BaseException:
                self.rows.execute("ROLLBACK")
                raise
            self.rows.execute("COMMIT")
            self.changed.notify_all()

    def reset(self, *, seed: int | None = None) -> None:
        """Forget everything, and draw ids again from the start of the seed."""
        with self.transaction() as tx:
            kept = int(tx.meta("seed", "0"))
            for table in (*TABLES, "sqlite_sequence"):
                tx.rows.execute(f"DELETE FROM {table}")
            self._begin(tx, seed=kept if seed is None else seed)

    def close(self) -> None:
        """Close the file."""
        with self.changed:
            self.rows.close()


def equal(field: str, value: str | int) -> Condition:
    """The condition that a field of the object has a value."""
    return "json_extract(body, ?) = ?", (f"$.{field}", value)


def decoded(rows: Iterable[sqlite3.Row], *columns: str) -> list[Object]:
    """Turn rows into dictionaries, the named columns being JSON text."""
    return [{**dict(row), **{column: json.loads(row[column]) for column in columns}} for row in rows]
