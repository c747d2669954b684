from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from ledger.cli.main import main
from ledger.db import Database
from ledger.money import Money
from tests.factories.gifts import make_funded, make_gift

SAID = {"hledger": "account Income:754110", "beancount": "open Income:754110"}


@pytest.mark.parametrize(("program", "line"), SAID.items())
def test_a_book_is_printed_for_either_program(
    database: Database, monkeypatch: pytest.MonkeyPatch, program: str, line: str
) -> None:
    with database.transaction() as session:
        make_gift(session, make_funded(session), Money(5000), fee=Money(108), paid_at=datetime(2026, 3, 3, tzinfo=UTC))
    monkeypatch.setenv("ECOT_DATABASE_URL", database.url.render_as_string(hide_password=False))
    words = ["journal", "--organisation", "amis-verger", "--format", program]

    assert line in CliRunner().invoke(main, [*words, "--until", "2026-12-31"]).output
    assert line not in CliRunner().invoke(main, [*words, "--until", "2026-03-02"]).output
