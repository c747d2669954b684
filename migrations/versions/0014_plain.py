"""Plain entries: on PostgreSQL, one call looks up what an entry names and posts it."""

from __future__ import annotations

from migrations import scripts

revision = "0014_plain"
down_revision = "0013_many"


def upgrade() -> None:
    scripts.run(revision, only="postgresql")
