"""`ecot projects`: projects imported from a list."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from ledger import clock
from ledger.cli import settings as command_settings
from ledger.organisations import organisations
from ledger.projects import importing
from ledger.projects import projects as subject


@click.group()
def projects() -> None:
    """What is funded."""


@projects.command("import")
@click.option("--organisation", "slug", required=True, help="Its short name (ecot organisations list).")
@click.option("--closes-on", type=click.DateTime(["%Y-%m-%d"]), help="For lines that name no day; 60 days from now.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(slug: str, closes_on: datetime | None, file: Path) -> None:
    """Add the projects of a CSV file, all or none; lines imported before are left as they are.

    Columns: reference, title, goal_eur; if wanted leader, district, theme, summary, story, opens_on, closes_on,
    language.
    """
    reading = importing.read(file.read_bytes())
    for problem in reading.problems:
        column = f" {problem.column}" if problem.column else ""
        text = f": {problem.text}" if problem.text else ""
        click.echo(f"line {problem.line}{column}: {problem.reason}{text}", err=True)
    if reading.problems:
        click.echo(f"{len(reading.problems)} problems, nothing imported", err=True)
        sys.exit(1)
    now = clock.now()
    today = clock.day_in_paris(now)
    last: date = closes_on.date() if closes_on else today + timedelta(days=60)
    with command_settings.opened() as database, database.transaction() as session:
        organisation = organisations.get(session, slug)
        added = importing.add(session, organisation, reading.projects, opens_on=today, closes_on=last, now=now)
    click.echo(f"{len(added)} projects imported, {len(reading.projects) - len(added)} were there already")


@projects.command("close")
@click.argument("slug")
def close(slug: str) -> None:
    """Close a project to new pledges; payments under way are still received."""
    with command_settings.opened() as database, database.transaction() as session:
        subject.close(subject.get(session, slug), now=clock.now())
