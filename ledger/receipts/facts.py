"""What an attestation says, as facts that are kept whole: the document renders from them alone, years later too."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who received the payment and says so, with its legal identity on that day."""

    name: str
    legal_form: str
    siren: str
    rna: str
    address: str
    postcode: str
    city: str
    email: str


@dataclass(frozen=True, slots=True)
class AttestationFacts:
    """Both parties, what was paid, how and when. `tip` is what went to the site and not to the project."""

    reference: str
    issued_at: datetime
    site_name: str
    issuer: Issuer
    donor_name: str
    donor_email: str
    project_reference: str
    project_title: str
    contribution_reference: str
    kind: str
    gift: Money
    tip: Money
    method: str
    card_brand: str
    card_last4: str
    paid_on: date

    @property
    def total(self) -> Money:
        """What the donor paid in all."""
        return self.gift + self.tip


def to_json(facts: AttestationFacts) -> dict[str, Any]:
    """Give the facts as JSON values: amounts in minor units, days and instants in ISO 8601."""
    return asdict(facts) | {"issued_at": facts.issued_at.isoformat(), "paid_on": facts.paid_on.isoformat()}


def from_json(values: dict[str, Any]) -> AttestationFacts:
    """Read facts as `to_json` gave them.

    Raises:
        TypeError, ValueError, KeyError: these are no facts of an attestation.
    """
    return AttestationFacts(
        **values
        | {
            "issued_at": datetime.fromisoformat(values["issued_at"]),
            "paid_on": date.fromisoformat(values["paid_on"]),
            "issuer": Issuer(**values["issuer"]),
            "gift": Money(**values["gift"]),
            "tip": Money(**values["tip"]),
        }
    )
