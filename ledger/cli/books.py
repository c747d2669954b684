"""`ecot books`: the book proves itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from ledger import clock, wiring
from ledger.books import proofs, queries, seals, verify
from ledger.books import roots as register_files
from ledger.cli import settings as command_settings
from ledger.workflows import keep_books, verify_books

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def books() -> None:
    """The double-entry books."""


class _Hash(click.ParamType[bytes]):
    """The hash of a seal, in hexadecimal."""

    name = "hash"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Read the 64 figures."""
        try:
            given = bytes.fromhex(value)
        except ValueError:
            given = b""
        if len(given) != len(proofs.FIRST):
            self.fail("a seal's hash has 64 hexadecimal figures", param, ctx)
        return given


@books.command("verify")
@click.option("--since", type=_Hash(), metavar="SEAL", help="Trust the entries up to the seal with this hash.")
def verify_command(since: bytes | None) -> None:
    """Check every invariant of every book; print what fails with its ids, and fail if anything does.

    With the hash of a seal that you kept, only its book is checked, and entries up to that seal are not hashed again.
    """
    settings = command_settings.read()
    with command_settings.opened(settings) as database, database.reading() as session:
        trusted = seals.with_hash(session, since) if since else None
        problems = verify.verify(
            session,
            trusted.book_id if trusted else None,
            since=trusted.sequence if trusted else 0,
            more=verify_books.checks(wiring.files(settings)),
        )
        entries = queries.count_entries(session, trusted.book_id if trusted else None)
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
@click.argument("file", type=FILE)
@click.option("--roots", type=FILE, multiple=True, help="The seals as the register publishes them; once for each file.")
def prove(file: Path, roots: tuple[Path, ...]) -> None:
    """Check an exported proof by itself, with no database; compare the seal it names with the published one.

    With the files of a register (/register/…json), the comparison is made here, and the chain of its seals followed.
    """
    proof = proofs.read(file.read_text(encoding="utf-8"))
    last = proof.check()
    click.echo(f"the entry is sealed; seal {last.sequence} of {last.sealed_at:%Y-%m-%d %H:%M} is {last.hash().hex()}")
    if roots:
        published = register_files.read(each.read_text(encoding="utf-8") for each in roots)
        register_files.check_published(proof, published)
        span = f"{published[0].sequence} to {published[-1].sequence}"
        click.echo(f"seal {proof.seal.sequence} is the published one; seals {span} follow one another")
