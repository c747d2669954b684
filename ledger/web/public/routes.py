"""The pages for everybody."""

from __future__ import annotations

from ledger.web.persona import Persona, Route, Table, everybody
from ledger.web.public import about, giving, health, home, project, register, status, verifying

TABLE = Table(
    Persona("public", everybody),
    (
        Route("root", "/", home.choose_language),
        Route("health", "/health", health.show),
        Route("robots", "/robots.txt", health.robots),
        Route("home", {"fr": "/fr/", "en": "/en/"}, home.show),
        Route("about", {"fr": "/fr/a-propos", "en": "/en/about"}, about.show),
        Route("register", {"fr": "/fr/registre", "en": "/en/register"}, register.show),
        Route("register_book", {"fr": "/fr/registre/<slug>", "en": "/en/register/<slug>"}, register.book),
        Route("register_file", "/register/<slug>.json", register.file),
        Route("verify", {"fr": "/fr/registre/verifier", "en": "/en/register/verify"}, verifying.show),
        Route(
            "verify_send",
            {"fr": "/fr/registre/verifier", "en": "/en/register/verify"},
            verifying.send,
            methods=("POST",),
            limit="30/minute",
            own_csrf=True,
        ),
        Route("project", {"fr": "/fr/projets/<slug>", "en": "/en/projects/<slug>"}, project.show),
        Route("give", {"fr": "/fr/projets/<slug>/donner", "en": "/en/projects/<slug>/give"}, giving.show),
        Route(
            "give_send",
            {"fr": "/fr/projets/<slug>/donner", "en": "/en/projects/<slug>/give"},
            giving.send,
            methods=("POST",),
            limit="30/minute",
            own_csrf=True,
        ),
        Route("costs", {"fr": "/fr/projets/<slug>/frais", "en": "/en/projects/<slug>/costs"}, giving.costs),
        Route("status", {"fr": "/fr/contributions/<reference>", "en": "/en/contributions/<reference>"}, status.show),
        Route(
            "status_part",
            {"fr": "/fr/contributions/<reference>/etat", "en": "/en/contributions/<reference>/state"},
            status.part,
        ),
        Route(
            "retry",
            {"fr": "/fr/contributions/<reference>/reprendre", "en": "/en/contributions/<reference>/retry"},
            status.retry,
            methods=("POST",),
            limit="30/minute",
        ),
    ),
)
