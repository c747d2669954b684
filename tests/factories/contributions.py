"""What a donor fills in, for tests."""

from __future__ import annotations

from itertools import count
from typing import Final

from ledger.contributions.models import NameShown
from ledger.contributions.pledges import PledgeRequest
from ledger.money import Money

NO_TIP: Final = Money(0)

_forms = count(1)


def make_request(
    amount: int = 2500,
    *,
    form: str = "",
    project: str = "lavoir",
    tip: Money = NO_TIP,
    name: str = "Camille Moreau",
    email: str = "camille@example.org",
    name_shown: NameShown = NameShown.FULL,
    amount_shown: bool = True,
    locale: str = "fr",
) -> PledgeRequest:
    """A form of a gift of some cents, filled in; another form each time unless it is named."""
    first_name, _, last_name = name.partition(" ")
    return PledgeRequest(
        form=form or f"form {next(_forms)}",
        project_slug=project,
        amount=Money(amount),
        tip=tip,
        first_name=first_name,
        last_name=last_name,
        email=email,
        name_shown=name_shown,
        amount_shown=amount_shown,
        locale=locale,
    )
