"""`ecot organisations`: organisations founded, each with its book, and listed."""

from __future__ import annotations

import click

from ledger import clock
from ledger.books import chart
from ledger.cli import settings as command_settings
from ledger.organisations import organisations as subject
from ledger.organisations.models import LegalForm


@click.group()
def organisations() -> None:
    """Who owns a book and runs projects."""


@organisations.command("list")
def listed() -> None:
    """Print the organisations, one a line: short name, tab, name."""
    with command_settings.opened() as database, database.reading() as session:
        for slug, name in subject.listed(session):
            click.echo(f"{slug}\t{name}")


@organisations.command("found")
@click.argument("slug")
@click.option("--name", required=True)
@click.option(
    "--form",
    "legal_form",
    type=click.Choice([form.value for form in LegalForm]),
    default=LegalForm.ASSOCIATION.value,
    show_default=True,
)
@click.option("--chart", "chart_name", type=click.Choice(chart.names()), help="Chart of accounts; that of its form.")
@click.option("--siren", default="")
@click.option("--rna", default="")
@click.option("--address", required=True)
@click.option("--postcode", required=True)
@click.option("--city", required=True)
@click.option("--email", required=True)
def found(slug: str, legal_form: str, chart_name: str | None, **words: str) -> None:
    """Add an organisation with a book of its own; SLUG is its short name in addresses.

    The book keeps its chart for good: it can be extended, never exchanged.
    """
    identity = subject.Identity(slug=slug, legal_form=LegalForm(legal_form), **words)
    with command_settings.opened() as database, database.transaction() as session:
        subject.found(session, identity, chart_name=chart_name or "", now=clock.now())
