"""The addresses that mails and commands name, each once, most of them links whose secret proves who comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SIGN_IN_LINK: Final = {"fr": "/fr/connexion/{}", "en": "/en/sign-in/{}"}
DONOR_LINK: Final = {"fr": "/fr/moi/ouvrir/{}", "en": "/en/me/open/{}"}
TREASURY: Final = {"fr": "/fr/tresorerie", "en": "/en/treasury"}


def route(paths: Mapping[str, str]) -> dict[str, str]:
    """Give the addresses as the table of routes writes them, with the secret as `<token>`."""
    return {locale: path.format("<token>") for locale, path in paths.items()}
