"""`ecot books opening`: the balances that an organisation brings along from another program."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from ledger import i18n, wiring
from ledger.cli import settings as command_settings
from ledger.organisations import organisations
from ledger.projects import queries as projects
from ledger.workflows import opening_balance
from ledger.workflows.manual_entries import Author
from ledger.workflows.opening_balance import Plan


@click.command()
@click.argument("organisation")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of an accounting year.")
@click.option("--by", required=True, help="Who brings it; their name is kept with the entry.")
def opening(organisation: str, file: Path, on: datetime, by: str) -> None:
    """Post the opening balance of a book from a CSV file, all or nothing; the same file again changes nothing.

    ORGANISATION is its short name. Columns: account, label, debit, credit; if wanted contributor, project.
    """
    means = wiring.build(command_settings.read())
    content, day = file.read_bytes(), on.date()
    try:
        with means.database.reading() as session:
            (row,) = projects.organisations(session, [organisations.get(session, organisation).id])
            plan = opening_balance.plan(session, row, content, day=day, now=means.now())
        if plan.problems:
            _tell(plan)
            sys.exit(1)
        voucher = opening_balance.keep(means.files, row.book_id, file.name, content)
        with means.database.transaction() as session:
            posted = opening_balance.post(
                session, row, content, day=day, voucher=voucher, author=Author(by), now=means.now()
            )
    finally:
        means.database.dispose()
    amount = f"{i18n.decimal_of(plan.debits)} {plan.debits.currency}"
    told = "was posted already as" if posted.replayed else f"of {len(plan.lines)} lines, {amount} on each side, is"
    click.echo(f"opening balance on {day} {told} entry {posted.entry_id}")


def _tell(plan: Plan) -> None:
    for problem in plan.problems:
        place = f"line {problem.line}" if problem.line else "the file"
        column = f" {problem.column}" if problem.column else ""
        text = f": {problem.text}" if problem.text else ""
        click.echo(f"{place}{column}: {problem.reason}{text}", err=True)
    click.echo(f"{len(plan.problems)} problems, nothing posted", err=True)
