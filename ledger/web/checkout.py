"""The way from a pledge to the provider's page, as pages use it."""

from __future__ import annotations

from ledger.web.context import Context, address
from ledger.workflows import open_checkout


def open_for(context: Context, reference: str) -> str:
    """Give the address where a pledge is paid, or its own page when nothing is left to pay.

    Raises:
        NotFound, ProjectNotOpen, GatewayUnavailable, GatewayRefused: as `open_checkout.run`.
    """
    site = context.means.settings.site.url

    def status_url(pledge: str, locale: str) -> str:
        return site + address("public.status", locale, reference=pledge)

    return open_checkout.run(
        context.means.database, context.means.gateway, reference=reference, status_url=status_url, now=context.now
    )
