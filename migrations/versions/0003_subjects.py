"""The subjects: persons, organisations, projects, payments, contributions, documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_subjects"
down_revision = "0002_jobs"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _organisations()
    _projects()
    _payments()
    _contributions()
    _receipts()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "donor_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_donor_link_person_id", "donor_link", ["person_id"])
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("browser_hash", sa.Text()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_sign_in_link_person_id", "sign_in_link", ["person_id"])


def _organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_form", sa.String(20), nullable=False),
        sa.Column("siren", sa.Text(), nullable=False),
        sa.Column("rna", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("book_id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "membership",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", "role"),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])


def _projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("source_reference", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("theme", sa.String(20), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("leader_name", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("goal_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opens_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("goal_minor > 0", name="goal_positive"),
        sa.CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "source_reference"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("ix_project_organisation_id", "project", ["organisation_id"])
    op.create_table(
        "budget_line",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("project_id", "position"),
    )
    op.create_table(
        "leadership",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("project_id", "person_id"),
    )
    op.create_index("ix_leadership_person_id", "leadership", ["person_id"])


def _payments() -> None:
    op.create_table(
        "checkout",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("session_id", sa.Text()),
        sa.Column("payment_intent_id", sa.Text()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payment_intent_id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_index("ix_checkout_unfinished", "checkout", ["state", "created_at"])
    op.create_table(
        "charge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("checkout_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("card_brand", sa.Text(), nullable=False),
        sa.Column("card_last4", sa.String(4), nullable=False),
        sa.Column("card_country", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkout.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_charge_checkout_id", "charge", ["checkout_id"])
    op.create_table(
        "balance_transaction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("reporting_category", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("available_on", INSTANT, nullable=False),
        sa.Column("entry_id", ID),
        sa.CheckConstraint("amount_minor - fee_minor = net_minor", name="net_adds_up"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_index("ix_balance_transaction_created", "balance_transaction", ["created"])
    op.create_index("ix_balance_transaction_source", "balance_transaction", ["source"])
    op.create_table(
        "inbox_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("processed_at", INSTANT),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_inbox_event_object_id", "inbox_event", ["object_id"])
    op.create_index("ix_inbox_event_received_at", "inbox_event", ["received_at"])


def _contributions() -> None:
    op.create_table(
        "pledge",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("name_shown", sa.String(20), nullable=False),
        sa.Column("amount_shown", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("tip_minor >= 0", name="tip_not_negative"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_pledge_form", "pledge", ["form"])
    op.create_index("ix_pledge_person_id", "pledge", ["person_id"])
    op.create_index("ix_pledge_project_id", "pledge", ["project_id"])
    op.create_index("ix_pledge_project_state", "pledge", ["project_id", "state"])
    op.create_table(
        "pledge_attempt",
        sa.Column("checkout_id", ID, nullable=False),
        sa.Column("pledge_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkout.id"]),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        sa.PrimaryKeyConstraint("checkout_id"),
        sa.UniqueConstraint("pledge_id", "number"),
    )
    op.create_table(
        "contribution",
        sa.Column("id", ID, nullable=False),
        sa.Column("pledge_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("balance_transaction_id", sa.Text(), nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("after_closing", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["balance_transaction_id"], ["balance_transaction.id"]),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("balance_transaction_id"),
        sa.UniqueConstraint("charge_id"),
        sa.UniqueConstraint("entry_id"),
        sa.UniqueConstraint("pledge_id"),
    )
    op.create_index("ix_contribution_person_id", "contribution", ["person_id"])
    op.create_index("ix_contribution_project_id", "contribution", ["project_id"])
    op.create_table(
        "unallocated_payment",
        sa.Column("balance_transaction_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("checkout_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["balance_transaction_id"], ["balance_transaction.id"]),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkout.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("balance_transaction_id"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_index("ix_unallocated_payment_organisation_id", "unallocated_payment", ["organisation_id"])


def _receipts() -> None:
    op.create_table(
        "attestation",
        sa.Column("id", ID, nullable=False),
        sa.Column("contribution_id", ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("rendered_at", INSTANT),
        sa.Column("mailed_at", INSTANT),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contribution_id"),
        sa.UniqueConstraint("reference"),
    )
