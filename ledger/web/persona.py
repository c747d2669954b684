"""Personas and the table of routes: who may come in is said once for each persona, and read off in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from ledger.errors import Refused
from ledger.web.context import Context

View = Callable[..., ResponseReturnValue]


class SignInNeeded(Refused):
    """Somebody who has not said who they are asked for a page that is not for everybody."""

    code = "sign_in_needed"


class Forbidden(Refused):
    """Somebody asked for a page that is for others."""

    code = "forbidden"


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of visitor. `admits` raises for anybody else: nobody is let in by being forgotten."""

    name: str
    admits: Callable[[Context], None]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table: a name, its address in each language (or one for all), its view.

    `limit` is the rate that one address may call it at; `own_csrf` says that the view itself answers a form whose
    token has expired; `signed` that the caller proves itself by a signature and has no token; `uploads` that its
    form carries a file.
    """

    name: str
    paths: Mapping[str, str] | str
    view: View
    methods: tuple[str, ...] = ("GET",)
    limit: str = ""
    own_csrf: bool = False
    signed: bool = False
    uploads: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The routes of one persona."""

    persona: Persona
    routes: tuple[Route, ...]


def everybody(_context: Context) -> None:
    """Admit everybody."""


def signed_in(context: Context) -> None:
    """Admit whoever came in by a sign-in link.

    Raises:
        SignInNeeded: nobody has.
    """
    if context.person is None or not context.person.signed_in:
        raise SignInNeeded


def known(context: Context) -> None:
    """Admit whoever is known, also by a donor's link.

    Raises:
        SignInNeeded: nobody is.
    """
    if context.person is None:
        raise SignInNeeded
