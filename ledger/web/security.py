"""What every answer carries and every form proves: strict headers, tokens, rates."""

from __future__ import annotations

from typing import Final

from flask import Flask, Request, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect

from ledger.config import Settings
from ledger.errors import Invalid

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self' {providers}; frame-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'"
)
"""What a page may load: its own files and nothing else. A form may lead to the provider's page."""

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

csrf = CSRFProtect()


class FormExpired(Invalid):
    """A form without a valid token: it was shown too long ago, or by somebody else."""

    code = "form_expired"


def check_csrf() -> None:
    """Refuse a form that does not come from a page of ours.

    Raises:
        FormExpired.
    """
    try:
        csrf.protect()
    except CSRFError as error:
        raise FormExpired from error


def largest_upload(settings: Settings) -> int:
    """Give the most bytes that a form with a file may have: above the limit of the file, so that the form can tell."""
    return (4 * settings.files.attachment_megabytes + 1) * 1024 * 1024


def prepare(app: Flask, settings: Settings) -> Limiter:
    """Give an application its cookies, its tokens, its headers and its limits."""
    secure = settings.site.url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.site.secret_key,
        SESSION_COOKIE_NAME="__Host-ecot" if secure else "ecot",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,  # else files that anybody may keep would carry somebody's cookie
        MAX_CONTENT_LENGTH=512 * 1024,
        MAX_FORM_MEMORY_SIZE=128 * 1024,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=secure,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        RATELIMIT_ENABLED=settings.environment != "test",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    csrf.init_app(app)
    providers = settings.stripe.api_url or "https://checkout.stripe.com"

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(providers=providers))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "no-store")
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions["ecot.limiter"] = limiter  # views hold it by a weak reference only
    return limiter


def form_of(request: Request) -> dict[str, str]:
    """Give what a form sent, one value for each field."""
    return request.form.to_dict(flat=True)
