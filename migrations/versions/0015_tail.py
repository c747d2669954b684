"""The tail of a balance: on PostgreSQL, planned for the horizon that there is."""

from __future__ import annotations

from migrations import scripts

revision = "0015_tail"
down_revision = "0014_plain"


def upgrade() -> None:
    scripts.run(revision, only="postgresql")
