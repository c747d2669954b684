"""Anybody's proof, checked against the register: the file is read, answered and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from ledger.books import proofs, register
from ledger.books.proofs import BadProof, Proof, Seal
from ledger.books.refusals import UnknownSeal
from ledger.errors import Invalid
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.web import fields
from ledger.web.context import Context
from ledger.web.security import check_csrf

LARGEST: Final = 256 * 1024
"""Bytes of a proof; one with a hundred later seals has a tenth of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proof that holds together comes to.

    Without an organisation, its seal is not a published one: then nothing of the entry is told, for anybody can
    make up an entry with a seal of its own.
    """

    seal: Seal
    organisation: OrganisationRow | None = None
    entry: Mapping[str, Any] | None = None
    day: date | None = None


def show(context: Context) -> Response:
    """Show the form that takes a proof."""
    return context.render("public/verify.html", form=fields.empty(), verdict=None)


def send(context: Context) -> Response:
    """Check a proof, and say what it proves."""
    try:
        check_csrf()
        proof = proofs.read(_text(context))
        proof.check()
    except Invalid as error:
        return context.render("public/verify.html", http=422, form=fields.with_error({}, error, "proof"), verdict=None)
    with context.means.database.reading() as session:
        verdict = _compare(session, proof)
    return context.render("public/verify.html", form=fields.empty(), verdict=verdict)


def _text(context: Context) -> str:
    upload = context.request.files.get("proof")
    content = upload.stream.read(LARGEST + 1) if upload else b""
    if not content:
        raise Invalid("required")
    if len(content) > LARGEST:
        raise Invalid("proof_too_large", kilobytes=LARGEST // 1024)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadProof("unreadable") from error


def _compare(session: Session, proof: Proof) -> Verdict:
    """Look the seal of a proof up in the register; only then is what it says of the entry ours."""
    try:
        published = register.seal(session, proof.seal.book_id, proof.seal.sequence)
    except UnknownSeal:
        return Verdict(proof.seal)
    if published.hash() != proof.seal.hash():
        return Verdict(proof.seal)
    entry = json.loads(proof.content)
    organisation = projects.organisation_of_book(session, proof.seal.book_id)
    return Verdict(proof.seal, organisation, entry, date.fromisoformat(entry["effective_on"]))
