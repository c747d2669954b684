"""Attacks on what is written: entries changed or deleted, periods reopened, accounts renumbered, tables emptied."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from tests.books.attacks import Sql, World, attack, insert, statement

for table, change in {
    "entry": "memo = 'x'",
    "posting": "amount = amount + 1",
    "book": "currency = 'USD'",
    "account": "guard = 'none'",
    "journal": "code = code || 'x'",
    "period": "ends_on = '2099-12-31'",
    "period_act": "reason = 'x'",
}.items():
    statement(f"UPDATE of {table}", "append_only", f"UPDATE {table} SET {change}")
    statement(f"DELETE from {table}", "append_only", f"DELETE FROM {table}")
    statement(f"TRUNCATE of {table}", "append_only", f"TRUNCATE {table} CASCADE", engine="postgresql")
for change in ("code = '1' || code", "kind = 'equity'", "currency = 'USD'", "id = id + 1000", "book_id = book_id + 1"):
    statement(f"account: {change}", "append_only", f"UPDATE account SET {change}")
for change in ("chart = 'x'", "id = id + 1000"):
    statement(f"book: {change}", "append_only", f"UPDATE book SET {change}")
statement("TRUNCATE of an account table alone", "append_only", "TRUNCATE account", engine="postgresql")
statement(
    "a period reopened",
    "append_only",
    "UPDATE period SET closed_at = NULL, closed_entries = NULL WHERE id = :closed_period",
)
statement("a period closed again", "append_only", "UPDATE period SET closed_at = closed_at WHERE id = :closed_period")
statement(
    "a period that changes while it stays open",
    "append_only",
    "UPDATE period SET closed_entries = 7 WHERE id = :open_period",
)
statement("an open period moved", "append_only", "UPDATE period SET starts_on = '2026-02-01' WHERE id = :open_period")
statement(
    "a period moved while it closes",
    "append_only",
    "UPDATE period SET closed_at = '2026-03-03 00:00:00.000000', starts_on = '2026-02-01' WHERE id = :open_period",
)
statement("a journal made closing work", "append_only", "UPDATE journal SET closing_work = NOT closing_work")
for name, change in {
    "closed without an act": "soft_closed_at = '2026-03-03 00:00:00.000000'",
    "closed for good without an act": "closed_at = '2026-03-03 00:00:00.000000'",
    "reopened without an act": "soft_closed_at = NULL",
    "renumbered": "id = id + 1000",
    "given to another book": "book_id = :other",
    "made longer": "ends_on = '2026-03-01'",
}.items():
    for period in ("closed_period", "soft_period", "open_period"):
        statement(f"{period} {name}", "append_only", f"UPDATE period SET {change} WHERE id = :{period}")
ACT = 'INSERT INTO period_act (period_id, act, at, "by", reason) VALUES '
WHEN = "'2026-03-04 00:00:00.000000'"
for act, period in (
    ("close", "soft_period"),
    ("close", "closed_period"),
    ("reopen", "open_period"),
    ("reopen", "closed_period"),
    ("close_for_good", "open_period"),
    ("close_for_good", "closed_period"),
):
    statement(f"{act} of {period}", "append_only", f"{ACT} (:{period}, '{act}', {WHEN}, 'x', 'x')")
statement("a period reopened by nobody", "ck_period_act_reason", f"{ACT} (:soft_period, 'reopen', {WHEN}, '', 'x')")
statement(
    "a period reopened without a reason", "ck_period_act_reason", f"{ACT} (:soft_period, 'reopen', {WHEN}, 'x', '')"
)
statement("an act of no kind", "ck_period_act_act", f"{ACT} (:open_period, 'open', {WHEN}, 'x', 'x')")
statement("an act of no period", "fk_period_act_period_id", f"{ACT} (999, 'close', {WHEN}, 'x', 'x')")
statement("an act inherited anew", "period_act_new", f"{ACT} (:open_period, 'inherited', {WHEN}, 'x', 'x')")
statement("an act of no instant", "period_act_new", f"{ACT} (:open_period, 'close', 'today', '', '')", engine="sqlite")
statement("an act of a day", "period_act_new", f"{ACT} (:open_period, 'close', '2026-03-03', '', '')", engine="sqlite")
statement(
    "an act replaced",
    "append_only",
    f"INSERT OR REPLACE INTO period_act VALUES (1, :open_period, 'close', {WHEN}, 'x', 'x')",
    engine="sqlite",
)
statement(
    "an act written among the earlier ones",
    "append_only",
    "INSERT INTO period_act VALUES"
    f" (-1, :open_period, 'close', {WHEN}, 'x', 'x'), (-2, :open_period, 'reopen', {WHEN}, 'x', 'x')",
)
statement(
    "costs and income left in a period closed for good",
    "period_result",
    f"{ACT} (:soft_period, 'close_for_good', {WHEN}, 'x', 'x')",
)


@attack("a period reopened before a closed one", "period_later_closed")
def reopened_before(c: Sql, w: World) -> None:
    for act, period in (("close", w.open_period), ("reopen", w.soft_period)):
        c.execute(sa.text(f"{ACT} (:period, :act, {WHEN}, 'x', 'x')"), {"period": period, "act": act})


@attack("a later period closed for good first", "period_order")
def for_good_out_of_order(c: Sql, w: World) -> None:
    for act in ("close", "close_for_good"):
        c.execute(sa.text(f"{ACT} (:period, :act, {WHEN}, 'x', 'x')"), {"period": w.open_period, "act": act})


statement(
    "a period that ends before it starts",
    "ck_period_span",
    "INSERT INTO period (book_id, starts_on, ends_on) VALUES (:book, '2028-12-31', '2028-01-01')",
    engine="sqlite",
)
statement(
    "a period that shares a day",
    "period_overlaps",
    "INSERT INTO period (book_id, starts_on, ends_on) VALUES (:book, '2026-12-31', '2027-01-31')",
)
statement(
    "a period before a closed one",
    "period_overlaps",
    "INSERT INTO period (book_id, starts_on, ends_on) VALUES (:book, '2024-01-01', '2024-12-31')",
)
statement(
    "a period that begins closed for good",
    "period_overlaps",
    "INSERT INTO period (book_id, starts_on, ends_on, closed_at)"
    " VALUES (:book, '2027-01-01', '2027-12-31', '2026-03-03 00:00:00.000000')",
)
statement(
    "a period that begins softly closed",
    "period_overlaps",
    "INSERT INTO period (book_id, starts_on, ends_on, soft_closed_at)"
    " VALUES (:book, '2027-01-01', '2027-12-31', '2026-03-03 00:00:00.000000')",
)
statement(
    "a period of no days",
    "period_overlaps",
    "INSERT INTO period (book_id, starts_on, ends_on) VALUES (:book, 'soon', 'today')",
    engine="sqlite",
)
statement(
    "a book of thirteen months",
    "ck_book_first_month",
    "INSERT INTO book (name, chart, currency, first_month) VALUES ('x', 'x', 'EUR', 13)",
)
statement(
    "an account of no kind",
    "ck_account_kind",
    "INSERT INTO account (book_id, code, label, kind, currency, guard) VALUES (:book, 'x', 'x', 'x', 'EUR', 'none')",
)
statement(
    "an account of an odd guard",
    "ck_account_guard",
    "INSERT INTO account (book_id, code, label, kind, currency, guard) VALUES (:book, 'x', 'x', 'asset', 'EUR', 'dog')",
)
statement("two horizons", "ck_fold_state_one", "INSERT INTO fold_state VALUES (2, 0)")


@attack("a later period closed first", "period_order")
def out_of_order(c: Sql, w: World) -> None:
    insert(c, "period", {"book_id": w.book, "starts_on": "2027-01-01", "ends_on": "2027-12-31"})
    later = sa.text("SELECT id FROM period WHERE starts_on = :day")
    period = c.execute(later, {"day": date(2027, 1, 1).isoformat()}).scalar_one()
    c.execute(sa.text(f"{ACT} (:period, 'close', {WHEN}, 'x', '')"), {"period": period})


statement(
    "an entry updated or replaced",
    "append_only",
    "UPDATE OR REPLACE entry SET id = :gift WHERE id = :undone",
    engine="sqlite",
)
for table, row in {
    "book": "(id, name, chart, currency, first_month) VALUES (:book, 'x', 'association', 'USD', 1)",
    "account": "(book_id, code, label, kind, currency, guard) VALUES (:book, '530000', 'x', 'asset', 'EUR', 'none')",
    "journal": "(book_id, code, label) VALUES (:book, 'OD', 'x')",
    "period": "(id, book_id, starts_on, ends_on) VALUES (:closed_period, :book, '2030-01-01', '2030-12-31')",
}.items():
    statement(f"a {table} replaced", "append_only", f"INSERT OR REPLACE INTO {table} {row}", engine="sqlite")
for engine, rule in (("sqlite", "append_only"), ("postgresql", "uq_account_book_id_code")):
    statement(
        "an account of a code that is taken",
        rule,
        "INSERT INTO account (book_id, code, label, kind, currency, guard)"
        " VALUES (:book, '530000', 'x', 'asset', 'EUR', 'none')",
        engine=engine,
    )
for table, row in {
    "account": "(book_id, code, label, kind, currency, guard) VALUES (99, '530000', 'x', 'asset', 'EUR', 'none')",
    "journal": "(book_id, code, label) VALUES (99, 'OD', 'x')",
    "period": "(book_id, starts_on, ends_on) VALUES (99, '2026-01-01', '2026-12-31')",
}.items():
    statement(f"{table} of no book", f"fk_{table}_book_id", f"INSERT INTO {table} {row}")
