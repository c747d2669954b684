"""`ecot books`: the book proves itself."""

from __future__ import annotations

import sys

import click

from ledger.books import queries, verify
from ledger.cli import settings as command_settings
from ledger.reconciliation import checks as payments
from ledger.statements.checks import projects_agree


@click.group()
def books() -> None:
    """The double-entry books."""


@books.command("verify")
def verify_command() -> None:
    """Check every invariant of every book; print what fails with its ids, and fail if anything does."""
    with command_settings.opened() as database, database.reading() as session:
        problems = verify.verify(session, more=[projects_agree, *payments.CHECKS])
        entries = queries.count_entries(session)
    for problem in problems:
        click.echo(f"{problem.check}: {problem.entity} {problem.id} {problem.detail}".rstrip())
    click.echo(
        f"{entries} entries, {len(problems)} problems" if problems else f"{entries} entries verified, all is well"
    )
    sys.exit(1 if problems else 0)
