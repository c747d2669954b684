"""Attacks by entries: unbalanced, misplaced, forged, joined later, reversed wrongly, replaced."""

from __future__ import annotations

from typing import Any

from tests.books.attacks import (
    GOOD,
    Sql,
    World,
    attack,
    entry,
    header,
    line,
    new_id,
)


@attack("debits and credits differ", "entry_balanced")
def unbalanced(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 100), ("754110", -99))


@attack("a header without lines", "entry_balanced")
def no_lines(c: Sql, w: World) -> None:
    entry(c, w)


@attack("currencies that balance each other", "entry_balanced")
def mixed(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 100), ("512900", -100))


@attack("projects that balance each other", "entry_project_balanced")
def projects(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 100, "PRJ000001"), ("754110", -100, "PRJ000002"))


@attack("a line of another day than its header", "entry_balanced")
def other_day(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    line(c, w, entry_id, 1, "512100", 100)
    line(c, w, entry_id, 2, "754110", -100, effective_on="2026-03-04")
    header(c, w, entry_id)


@attack("a closed period", "entry_period_open")
def closed_period(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, day="2025-06-01", period_id=w.closed_period)


@attack("a softly closed period", "entry_period_open")
def softly_closed_period(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, day="2026-02-01", period_id=w.soft_period, journal="STR")


@attack("closing work in a period closed for good", "entry_period_open")
def closing_work_too_late(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, day="2025-12-31", period_id=w.closed_period, journal="AN")


@attack("closing work of a journal that is not there", "entry_period_open")
def closing_work_of_no_journal(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, day="2026-02-01", period_id=w.soft_period, journal="XX")


CLOSED = (("627100", -108), ("754110", 108))


def closing_entry(c: Sql, w: World, *lines: tuple[Any, ...], **other: Any) -> None:
    """Write a closing entry as the program would, but for what is given."""
    values: dict[str, Any] = {
        "period_id": w.soft_period,
        "journal": "CL",
        "source": f"close:{w.soft_period}",
        "day": "2026-02-28",
    }
    entry(c, w, *(lines or CLOSED), **values | other)


@attack("a closing entry of another name", "entry_closing")
def closing_of_another_name(c: Sql, w: World) -> None:
    closing_entry(c, w, source="od:1")


@attack("a closing entry of an open period", "entry_closing")
def closing_of_an_open_period(c: Sql, w: World) -> None:
    period = w.open_period
    closing_entry(c, w, day="2026-12-31", period_id=period, source=f"close:{period}")


@attack("a closing entry of another day than the last", "entry_closing")
def closing_of_another_day(c: Sql, w: World) -> None:
    closing_entry(c, w, day="2026-02-27")


@attack("a closing entry that takes from the bank", "entry_closing")
def closing_of_the_bank(c: Sql, w: World) -> None:
    closing_entry(c, w, ("512100", -100), ("754110", 100))


@attack("a closing entry that names a project", "entry_closing")
def closing_of_a_project(c: Sql, w: World) -> None:
    closing_entry(c, w, ("627100", -108, "PRJ000001"), ("754110", 108, "PRJ000001"))


@attack("a closing entry that names a contributor", "entry_closing")
def closing_of_a_contributor(c: Sql, w: World) -> None:
    closing_entry(c, w, ("627100", -108), ("754110", 108, "", "C000001"))


@attack("a closing entry undone", "entry_mirror")
def closing_undone(c: Sql, w: World) -> None:
    entry(c, w, ("627100", 108), ("754110", -5000), ("120", 4892), reverses_id=w.closing)


@attack("a day that its period does not cover", "entry_period_open")
def outside(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, day="2025-06-01")


@attack("another book's period", "entry_period_open")
def foreign_period(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, period_id=w.foreign_period)


@attack("no account at all", "entry_account_known")
def no_account(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 100), (999999, -100))


@attack("another book's account", "entry_account_known")
def foreign_account(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 100), (w.foreign_account, -100))


@attack("a closed account", "entry_account_open")
def closed_account(c: Sql, w: World) -> None:
    entry(c, w, ("518", 100), ("754110", -100))


@attack("a journal that is not there", "entry_journal_known")
def unknown_journal(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, journal="XX")


@attack("more than there is in the till", "entry_overdrawn")
def overdraft(c: Sql, w: World) -> None:
    entry(c, w, ("512100", 10001), ("530000", -10001))


@attack("more than is held for somebody", "entry_overdrawn")
def overdraft_of_a_liability(c: Sql, w: World) -> None:
    entry(c, w, ("4672201", 10001), ("512100", -10001))


@attack("a source that is taken", "uq_entry_book_id_source")
def same_source(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, source="stripe:txn_gift")


@attack("an entry without a source", "ck_entry_source")
def no_source(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, source="")


@attack("a fact that happens after it counts", "ck_entry_occurred")
def occurred_later(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, occurred_on="2026-03-04")


@attack("a fingerprint that is none", "ck_entry_request_hash")
def short_hash(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, request_hash=b"\0")


MIRROR_OF_GIFT = (
    ("511510", -4892, "PRJ000001"),
    ("627100", -108, "PRJ000001"),
    ("754110", 5000, "PRJ000001", "C000001"),
)
MIRROR_OF_UNDONE = (
    ("511510", -5892, "PRJ000001"),
    ("627100", -108, "PRJ000001"),
    ("754110", 6000, "PRJ000001", "C000001"),
)


@attack("a second reversal", "uq_entry_reverses_id")
def second_reversal(c: Sql, w: World) -> None:
    entry(c, w, *MIRROR_OF_UNDONE, reverses_id=w.undone)


@attack("a reversal of other amounts", "entry_mirror")
def no_mirror(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, reverses_id=w.gift)


@attack("a reversal of another contributor", "entry_mirror")
def mirror_of_another(c: Sql, w: World) -> None:
    entry(c, w, *MIRROR_OF_GIFT[:2], ("754110", 5000, "PRJ000001", "C000002"), reverses_id=w.gift)


@attack("a reversal of a reversal", "entry_mirror")
def reversal_of_reversal(c: Sql, w: World) -> None:
    entry(c, w, *((a, -m, *names) for a, m, *names in MIRROR_OF_UNDONE), reverses_id=w.reversal)


@attack("a reversal of another book's entry", "entry_mirror")
def foreign_reversal(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, reverses_id=w.foreign_entry)


@attack("a reversal of nothing", "entry_mirror", engine="sqlite")
@attack("a reversal of nothing", "fk_entry_reverses_id", engine="postgresql")
def reversal_of_nothing(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, reverses_id=999999)


@attack("a reversal of itself", "entry_mirror")
def reversal_of_itself(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    entry(c, w, *GOOD, entry_id=entry_id, reverses_id=entry_id)


@attack("lines that never get a header", "fk_posting_entry")
def no_header(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    line(c, w, entry_id, 1, "512100", 100)
    line(c, w, entry_id, 2, "754110", -100)


@attack("a line added to an entry of this transaction", "posting_sealed")
def late_line(c: Sql, w: World) -> None:
    line(c, w, entry(c, w, *GOOD), 3, "512100", 1)


@attack("a line added to an entry of the past", "posting_sealed")
def later_line(c: Sql, w: World) -> None:
    line(c, w, w.gift, 4, "512100", 1)


@attack("a line added with foreign keys switched off", "posting_sealed", engine="sqlite")
def later_line_without_keys(c: Sql, w: World) -> None:
    c.exec_driver_sql("PRAGMA foreign_keys=OFF")
    line(c, w, w.gift, 4, "512100", 1)


@attack("a line replaced", "posting_sealed", engine="sqlite")
def replaced_line(c: Sql, w: World) -> None:
    line(c, w, w.gift, 1, "512100", 4892, project="PRJ000001", verb="INSERT OR REPLACE")


@attack("a line replaced before its header comes", "posting_sealed", engine="sqlite")
def replaced_own_line(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    line(c, w, entry_id, 1, "512100", 100)
    line(c, w, entry_id, 1, "512100", 200, verb="INSERT OR REPLACE")


@attack("two lines of one number", "pk_posting", engine="postgresql")
def same_line(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    for amount in (100, -100):
        line(c, w, entry_id, 1, "512100", amount)
    header(c, w, entry_id)


for amount, rule in ((0, "ck_posting_amount"), (9_000_000_000_000_001, "ck_posting_amount")):

    @attack(f"an amount of {amount}", rule)
    def bad_amount(c: Sql, w: World, amount: int = amount) -> None:
        entry(c, w, ("512100", amount), ("754110", -amount))


for odd in ("12,50", "abc", 12.5, b"12"):

    @attack(f"an amount of {odd!r}", "ck_posting_whole_amount", engine="sqlite")
    def odd_amount(c: Sql, w: World, odd: object = odd) -> None:
        entry(c, w, ("512100", odd), ("754110", odd))


@attack("a line of no number", "ck_posting_whole_n", engine="sqlite")
def odd_number(c: Sql, w: World) -> None:
    line(c, w, new_id(c, w), "one", "512100", 100)


for odd in ("the till", 1.5):

    @attack(f"the account {odd!r}", "ck_posting_whole_account_id", engine="sqlite")
    def odd_account(c: Sql, w: World, odd: object = odd) -> None:
        line(c, w, new_id(c, w), 1, "512100", 100, account_id=odd)


@attack("a line of no entry", "ck_posting_whole_entry_id", engine="sqlite")
def odd_entry(c: Sql, w: World) -> None:
    line(c, w, "next", 1, "512100", 100)


@attack("a line of number zero", "ck_posting_n")
def line_zero(c: Sql, w: World) -> None:
    line(c, w, new_id(c, w), 0, "512100", 100)


for column, odd in (
    ("effective_on", "2026-06-31"),
    ("occurred_on", "2026-02-30"),
    ("occurred_on", 5),
    ("recorded_at", "yesterday"),
    ("recorded_at", "2026-03-03"),
):

    @attack(f"{column} {odd}", "entry_dates", engine="sqlite")
    def odd_day(c: Sql, w: World, column: str = column, odd: Any = odd) -> None:
        entry(c, w, *GOOD, **{column: odd})


@attack("an entry put among the earlier ones", "entry_order", engine="sqlite")
def put_before(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, entry_id=-1)


@attack("a header of a forged epoch", "entry_order", engine="sqlite")
def forged_header(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, epoch=1)


@attack("a line of a forged epoch", "posting_sealed")
def forged_line(c: Sql, w: World) -> None:
    line(c, w, new_id(c, w), 1, "512100", 100, epoch=1)


@attack("a header of a forged epoch", "entry_balanced", engine="postgresql")
def forged_header_epoch(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, epoch=9_000_000_000)


@attack("an entry below the fold's horizon", "entry_horizon", engine="postgresql")
def below_horizon(c: Sql, w: World) -> None:
    c.exec_driver_sql("UPDATE fold_state SET upto = 9000000000")
    entry(c, w, *GOOD)


@attack("a writer with an old snapshot", "entry_isolation", engine="postgresql", isolation="REPEATABLE READ")
def old_snapshot(c: Sql, w: World) -> None:
    entry(c, w, *GOOD)


@attack("constraints deferred by the writer", "entry_balanced", engine="postgresql")
def deferred(c: Sql, w: World) -> None:
    c.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
    unbalanced(c, w)


@attack("a temporary table that stands in for the lines", "entry_balanced", engine="postgresql")
def shadowed(c: Sql, w: World) -> None:
    entry_id = new_id(c, w)
    line(c, w, entry_id, 1, "512100", 100)
    line(c, w, entry_id, 2, "754110", -1)
    c.exec_driver_sql("CREATE TEMPORARY TABLE posting (LIKE public.posting INCLUDING DEFAULTS) ON COMMIT DROP")
    line(c, w, entry_id, 1, "512100", 100)
    line(c, w, entry_id, 2, "754110", -100)
    header(c, w, entry_id)


@attack("lines copied in after the header", "posting_sealed", engine="postgresql")
def copied(c: Sql, w: World) -> None:
    c.exec_driver_sql(
        "INSERT INTO posting (entry_id, n, account_id, amount, effective_on, project, contributor)"
        f" SELECT {w.gift}, n + 10, account_id, amount, effective_on, project, contributor FROM posting"
        f" WHERE entry_id = {w.gift}"
    )


@attack("an entry replaced by its id", "entry_order", engine="sqlite")
def replaced_by_id(c: Sql, w: World) -> None:
    entry_id = w.gift
    c.exec_driver_sql("PRAGMA foreign_keys=OFF")
    header(c, w, entry_id, verb="INSERT OR REPLACE")


@attack("an entry replaced by its source", "uq_entry_book_id_source", engine="sqlite")
def replaced_by_source(c: Sql, w: World) -> None:
    entry(c, w, *GOOD, source="stripe:txn_gift", verb="INSERT OR REPLACE")


@attack("a reversal replaced", "uq_entry_reverses_id", engine="sqlite")
def replaced_reversal(c: Sql, w: World) -> None:
    entry(c, w, *MIRROR_OF_UNDONE, reverses_id=w.undone, verb="INSERT OR REPLACE")
