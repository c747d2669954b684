"""`ecot journal`: a book in the plain text that other programs keep books in."""

from __future__ import annotations

from datetime import datetime

import click

from ledger import clock
from ledger.cli import settings as command_settings
from ledger.organisations import organisations
from ledger.statements import plain_text
from ledger.statements.plain_text import Program


@click.command()
@click.option("--organisation", "slug", required=True, help="Short name of the organisation.")
@click.option(
    "--format",
    "program",
    type=click.Choice([program.value for program in Program]),
    default="hledger",
    show_default=True,
)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, today unless given.")
def journal(slug: str, program: str, until: datetime | None) -> None:
    """Print a book as a journal that hledger or Beancount reads."""
    day = until.date() if until else clock.day_in_paris(clock.now())
    with command_settings.opened() as database, database.reading() as session:
        organisation = organisations.get(session, slug)
        for part in plain_text.encode(session, organisation.book_id, day, Program(program)):
            click.echo(part, nl=False)
