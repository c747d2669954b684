"""Many entries at once: on PostgreSQL, entries are checked when the statement that brings them ends."""

from __future__ import annotations

from migrations import scripts

revision = "0013_many"
down_revision = "0012_closing"


def upgrade() -> None:
    scripts.run(revision, only="postgresql")
