"""The proof of an entry as a file to keep: its own seal alone, which the register has for ever with all later ones."""

from __future__ import annotations

from dataclasses import replace

from flask import Response
from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books import seals
from ledger.web import files


def answer(session: Session, entry_id: int, locale: str) -> Response:
    """Answer the proof that an entry is in the book.

    Raises:
        UnknownEntry.
        NotSealed: it waits for the next seal.
    """
    proof = replace(seals.prove(session, entry_id), later=())
    name = i18n.translate(locale, "proof")
    return files.download(proof.to_json().encode(), media_type="application/json", name=f"{name}-E{entry_id}.json")
