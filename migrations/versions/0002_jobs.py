"""The job queue: Procrastinate's schema on PostgreSQL, the two tables of it that we use on SQLite.

A later version of Procrastinate that changes its schema brings a migration of its own here, made of its scripts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002_jobs"
down_revision = "0001_book"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'todo'")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run(SchemaManager.get_schema())
        op.add_column("procrastinate_jobs", sa.Column("last_error", sa.Text))
    else:
        _create_tables()
    op.create_index(
        "ix_procrastinate_jobs_due",
        "procrastinate_jobs",
        ["scheduled_at", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run(DROP)
    else:
        op.drop_table("procrastinate_jobs")
        op.drop_table("procrastinate_workers")


def _create_tables() -> None:
    # AUTOINCREMENT: the number of a worker that was taken for dead is never given to another.
    op.create_table(
        "procrastinate_workers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("last_heartbeat", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "procrastinate_jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("queue_name", sa.Text, nullable=False),
        sa.Column("task_name", sa.Text, nullable=False),
        sa.Column("queueing_lock", sa.Text),
        sa.Column("args", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker_id", sa.Integer, sa.ForeignKey("procrastinate_workers.id", ondelete="SET NULL")),
        sa.Column("last_error", sa.Text),
        sa.CheckConstraint("status IN ('todo', 'doing', 'failed')", name="status"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "procrastinate_jobs_queueing_lock_idx_v1",
        "procrastinate_jobs",
        ["queueing_lock"],
        unique=True,
        sqlite_where=WAITING,
    )


def _run(script: str) -> None:
    """Send a script of many statements as it is, percent signs included."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(script)
    cursor.close()


DROP = """
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN SELECT oid FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP FUNCTION ' || routine || ' CASCADE';
    END LOOP;
END;
$$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
"""
