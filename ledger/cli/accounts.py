"""`ecot books extend` and `add-account`: a book's accounts grow with its chart and by sub-accounts."""

from __future__ import annotations

import click

from ledger.books import book
from ledger.cli import settings as command_settings
from ledger.organisations import organisations


@click.command()
@click.argument("organisation")
def extend(organisation: str) -> None:
    """Add the accounts and journals that the chart has gained since the book of ORGANISATION was opened."""
    with command_settings.opened() as database, database.transaction() as session:
        added = book.extend(session, organisations.get(session, organisation).book_id)
    for code in added:
        click.echo(code)


@click.command("add-account")
@click.argument("organisation")
@click.argument("code")
@click.option("--under", required=True, help="The account that it stands below; the code begins with it.")
@click.option("--label", required=True, help="Its name, as the entries file will have it.")
def add_account(organisation: str, code: str, under: str, label: str) -> None:
    """Add the sub-account CODE (of a project, a lender, a holder) to the book of ORGANISATION."""
    with command_settings.opened() as database, database.transaction() as session:
        book.add_account(session, organisations.get(session, organisation).book_id, code, under=under, label=label)
