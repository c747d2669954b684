"""A cooperative and a commune under mandate take in gifts as an association does; each has its chart’s statements."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pytest

from ledger.organisations.models import LegalForm, Role
from ledger.statements import fec_check
from tests.factories.organisations import make_organisation
from tests.factories.projects import make_project
from tests.factories.world import World
from tests.journeys.donors import Gift, give_and_pay, say, sign_in

one_engine = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Case:
    """A legal form, and where its one gift of 40 euros, with a tip of 2, is seen."""

    form: LegalForm
    gifts: str
    fees: str
    statement: dict[str, str]
    line: dict[str, str]
    missing: dict[str, str]


CASES = (
    Case(
        LegalForm.COOPERATIVE,
        "758210",
        "627810",
        {"fr": "compte-de-resultat", "en": "income-statement"},
        {"fr": "Libéralités reçues", "en": "Gifts received"},
        {"fr": "fonds-dedies", "en": "dedicated-funds"},
    ),
    Case(
        LegalForm.COMMUNE,
        "46721011",
        "46721031",
        {"fr": "compte-du-mandat", "en": "mandate-account"},
        {"fr": "Dons de particuliers", "en": "Gifts from persons"},
        {"fr": "compte-de-resultat", "en": "income-statement"},
    ),
)


@one_engine
@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.form))
def test_a_gift_settles_and_the_statements_of_the_chart_are_drawn(world: World, case: Case, locale: str) -> None:
    with world.means.database.transaction() as session:
        owner = make_organisation(session, "halle", name="La Halle", legal_form=case.form, rose=Role.TREASURER)
        make_project(session, owner, "chaufferie", title="Une chaufferie au bois")
    give_and_pay(world, Gift(project="chaufferie", amount="40", tip="2"))
    world.settle()
    world.check(contributions=1)
    treasurer = sign_in(world, "rose@halle.example", locale)
    home = treasurer.open(world.path("treasurer.home", locale))
    there = f"{home.url}/halle"

    links = [link for link in home.links().values() if link.startswith(there.removeprefix(world.site))]
    assert len(links) >= 7
    for link in links:
        assert treasurer.open(link).status == 200, link
    assert [
        row[1]
        for row in table(treasurer.open(f"{there}/{case.statement[locale]}.csv").body)
        if row[0] == case.line[locale]
    ] == ["40,00"]
    assert treasurer.open(f"{there}/{case.statement[locale]}.pdf").status == 200
    assert treasurer.open(f"{there}/{case.missing[locale]}").status == 404
    journal = table(treasurer.open(f"{there}/journal.csv").body)
    assert {case.gifts, case.fees, "467260", "511510"} <= {row[3] for row in journal}
    answer = treasurer.open(f"{there}/fec/2026")
    assert fec_check.check(io.BytesIO(answer.body), name="123456782FEC20261231.txt").defects == ()
    project = treasurer.open(world.path("treasurer.statement", locale, slug="chaufferie")).text
    assert say(locale, "Payment fee") in project


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
