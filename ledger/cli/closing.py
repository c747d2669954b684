"""`ecot books periods`, `close` and `reopen`: the years of a book, closed softly, then for good."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from ledger import clock, i18n
from ledger.books import closing, periods
from ledger.cli import settings as command_settings
from ledger.organisations import organisations

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command("periods")
@click.argument("organisation")
def listed(organisation: str) -> None:
    """Print the periods of the book of ORGANISATION, one a line, and what was done to each."""
    with command_settings.opened() as database, database.reading() as session:
        book_id = organisations.get(session, organisation).book_id
        acts = periods.acts(session, book_id)
        for period in periods.of_book(session, book_id):
            state = "closed for good" if period.is_closed_for_good else "open" if period.is_open else "closed softly"
            click.echo(f"{period.starts_on}\t{period.ends_on}\t{state}")
            for act in acts:
                if act.period_id == period.id:
                    words = (act.act, f"{act.at:%Y-%m-%d %H:%M}", act.by, act.reason)
                    click.echo("\t".join(("", *filter(None, words))))


@click.command("close")
@click.argument("organisation")
@click.argument("last_day", metavar="YEAR-END", type=DAY)
@click.option("--final", is_flag=True, help="For good: post the closing entry; nothing is posted there any more.")
@click.option("--by", default="", help="Who closes it; their name is kept.")
@click.option("--yes", is_flag=True, help="Do not ask before closing for good.")
def close(organisation: str, last_day: datetime, *, final: bool, by: str, yes: bool) -> None:
    """Close the year of ORGANISATION's book that ends on YEAR-END: softly, so that only closing work is posted there.

    A year that is closed softly can be reopened; closed with --final, it cannot.
    """
    if final and not yes:
        click.confirm(f"Close the year that ends on {last_day:%Y-%m-%d} for good?", abort=True)
    with command_settings.opened() as database, database.transaction() as session:
        book_id = organisations.get(session, organisation).book_id
        period = periods.ending_on(session, book_id, last_day.date())
        if not final:
            periods.close(session, period.id, by=by, now=clock.now())
            click.echo(f"{period.starts_on} to {period.ends_on} is closed softly: closing work is still posted there")
            return
        closed = closing.close_year(session, period.id, by=by, now=clock.now())
    result = f"{i18n.decimal_of(closed.result)} {closed.result.currency}"
    entry = f"entry {closed.entry_id}" if closed.entry_id else "no entry"
    click.echo(f"{period.starts_on} to {period.ends_on} is closed for good: result {result}, {entry}")


@click.command("reopen")
@click.argument("organisation")
@click.argument("last_day", metavar="YEAR-END", type=DAY)
@click.option("--reason", required=True)
@click.option("--by", required=True, help="Who reopens it; their name and the reason are kept.")
def reopen(organisation: str, last_day: datetime, reason: str, by: str) -> None:
    """Open the year that ends on YEAR-END again, unless it is closed for good or a later one is closed."""
    with command_settings.opened() as database, database.transaction() as session:
        period = periods.ending_on(session, organisations.get(session, organisation).book_id, last_day.date())
        periods.reopen(session, period.id, by=by, reason=reason, now=clock.now())
    click.echo(f"{period.starts_on} to {period.ends_on} is open again")
