"""The first gifts of the demo: promised, paid at the sandbox and followed like any other, on days gone by."""

from __future__ import annotations

import json
import tomllib
import urllib.request
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from ledger import wiring
from ledger.cli.seed import TOWN
from ledger.clock import PARIS, day_in_paris
from ledger.config import Settings
from ledger.contributions import pledges
from ledger.contributions.models import NameShown
from ledger.money import Money
from ledger.workflows import open_checkout, take_pledge
from ledger.workflows.means import Means


def give(settings: Settings, *, now: datetime, town: Path = TOWN) -> None:
    """Give the town's first gifts, unless somebody has pledged anything yet. Site and sandbox must be running.

    The sandbox's clock is set back for it and brought to the present again, whatever happens.
    """
    means = wiring.build(settings)
    with means.database.reading() as session:
        if pledges.any_made(session):
            return
    gifts = tomllib.loads(town.read_text(encoding="utf-8"))["gift"]
    moments = sorted(((_moment(gift, now), gift) for gift in gifts), key=lambda pair: pair[0])
    try:
        for moment, gift in moments:
            _control(settings, "clock", set=int(moment.timestamp()), frozen=True)
            _give(means, gift, now=moment)
            _control(settings, "clock", advance=30)
    finally:
        _control(settings, "clock", set=int(now.timestamp()), frozen=False)
        means.database.dispose()


def _moment(gift: dict[str, Any], now: datetime) -> datetime:
    day = day_in_paris(now) - timedelta(days=gift["days_ago"])
    return datetime.combine(day, time.fromisoformat(gift["at"]), PARIS)


def _give(means: Means, gift: dict[str, Any], *, now: datetime) -> None:
    request = pledges.PledgeRequest(
        form=f"town-{gift['email']}-{gift['project']}-{gift['days_ago']}",
        project_slug=gift["project"],
        amount=Money(gift["euros"] * 100),
        tip=Money(gift.get("tip_euros", 0) * 100),
        first_name=gift["first_name"],
        last_name=gift["last_name"],
        email=gift["email"],
        name_shown=NameShown(gift.get("name_shown", "full")),
        amount_shown=gift.get("amount_shown", True),
        locale=gift.get("locale", "fr"),
    )
    with means.database.transaction() as session:
        reference = take_pledge.take(session, request, now=now).reference
    site = means.settings.site.url

    def status_url(pledge: str, locale: str) -> str:
        return f"{site}/{locale}/contributions/{pledge}"

    url = open_checkout.run(means.database, means.gateway, reference=reference, status_url=status_url, now=now)
    if gift.get("card", "visa_fr"):
        _control(means.settings, "pay", session=url.rsplit("/", 1)[-1], card=gift.get("card", "visa_fr"))


def _control(settings: Settings, command: str, **given: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own sandbox, on this machine (config._check)
        f"{settings.stripe.api_url}/_ctl/{command}",
        data=json.dumps(given).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=20).close()
