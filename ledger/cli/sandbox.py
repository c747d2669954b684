"""`ecot sandbox`: the Stripe stand-in, a process of its own for the demo and the tests."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from ledger.cli import settings as command_settings
from ledger.errors import Invalid
from ledger.sandbox.serve import serve
from ledger.sandbox.settings import SandboxConfig


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8001, show_default=True)
def sandbox(host: str, port: int) -> None:
    """Stand in for Stripe: no real payment, published test cards only."""
    settings = command_settings.read()
    stripe = settings.stripe
    if urlsplit(stripe.api_url).port != port or not stripe.webhook_secrets:
        raise Invalid(
            "sandbox_not_in_settings",
            expected=f"ECOT_STRIPE_API_URL=http://{host}:{port} with a key sk_test_sandbox_… and a webhook secret",
        )
    serve(
        SandboxConfig(
            database_path=settings.files.directory.parent / "sandbox.db",
            base_url=stripe.api_url,
            api_key=stripe.secret_key,
            webhook_secret=stripe.webhook_secrets.split()[0],
            webhook_url=f"{settings.site.url}/hooks/stripe",
        ),
        host=host,
        port=port,
    )
