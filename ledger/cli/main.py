"""`ecot`: every command, each in the module of its subject."""

from __future__ import annotations

import sys
from typing import Any

import click

from ledger.cli import (
    accounts,
    books,
    closing,
    database,
    demo,
    fec,
    journal,
    opening,
    organisations,
    people,
    processes,
    projects,
    sandbox,
)
from ledger.errors import EcotError


class _Commands(click.Group):
    """A group that tells what is expected to go wrong in one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except EcotError as error:
            click.echo(f"ecot: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecot")
def main() -> None:
    """Écot: gifts, loans, shares, votes and hours of local projects in one book.

    Settings come from config/*.toml and from ECOT_… variables (ECOT_DATABASE_URL, …).
    """


books.books.add_command(accounts.extend)
books.books.add_command(accounts.add_account)
books.books.add_command(opening.opening)
books.books.add_command(closing.listed)
books.books.add_command(closing.close)
books.books.add_command(closing.reopen)
main.add_command(books.books)
main.add_command(database.database)
main.add_command(demo.demo)
main.add_command(fec.fec)
main.add_command(journal.journal)
main.add_command(organisations.organisations)
main.add_command(people.people)
main.add_command(processes.web)
main.add_command(processes.worker)
main.add_command(projects.projects)
main.add_command(sandbox.sandbox)
