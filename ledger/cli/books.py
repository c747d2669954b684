"""`ecot books`: the book proves itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ledger import clock
from ledger.books import proofs, queries, seals, verify
from ledger.cli import settings as command_settings
from ledger.reconciliation import checks as payments
from ledger.statements.checks import projects_agree
from ledger.workflows import keep_books


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


@books.command("seal")
def seal_command() -> None:
    """Seal the entries that are final and fold the balances, as the worker does every few minutes."""
    with command_settings.opened() as database:
        sealed = keep_books.run(database, now=clock.now())
    click.echo(f"{sealed} new seals")


@books.command("export-proof")
@click.argument("entry", type=int)
def export_proof(entry: int) -> None:
    """Print the proof that an entry is sealed, for anybody to check; ENTRY is its id in a statement."""
    with command_settings.opened() as database, database.reading() as session:
        click.echo(seals.prove(session, entry).to_json())


@books.command("prove")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def prove(file: Path) -> None:
    """Check an exported proof by itself, with no database; compare the seal it names with the published one."""
    last = proofs.read(file.read_text(encoding="utf-8")).check()
    click.echo(f"the entry is sealed; seal {last.sequence} of {last.sealed_at:%Y-%m-%d %H:%M} is {last.hash().hex()}")
