"""Where everything is put together: adapters behind their ports, handlers behind the names of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ledger import clock, jobs
from ledger.adapters.file_store import DirectoryFileStore
from ledger.adapters.outbox_mailer import DirectoryOutbox, OutboxMailer
from ledger.adapters.smtp_mailer import SmtpMailer
from ledger.adapters.stripe_gateway import StripeGateway
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.config import MailSettings, Settings
from ledger.db import Database
from ledger.ports import FileStore, Mailer
from ledger.templating import Templates
from ledger.web import paths
from ledger.workflows import deliver_attestation, follow_payment, keep_books, mail_sign_in, verify_books
from ledger.workflows.means import Means


def build(settings: Settings) -> Means:
    """Put the means of one process together."""
    directory = settings.files.directory
    return Means(
        settings=settings,
        database=Database(settings.database.url, prepared=settings.database.prepared),
        gateway=StripeGateway(
            settings.stripe.secret_key,
            webhook_secrets=settings.stripe.webhook_secrets.split(),
            api_url=settings.stripe.api_url,
        ),
        mailer=_mailer(settings),
        outbox=DirectoryOutbox(directory) if settings.mail.transport == "outbox" else None,
        pdf=WeasyPrintPdf(),
        files=files(settings),
        templates=Templates(),
        now=clock.now,
    )


def files(settings: Settings) -> FileStore:
    """Give the store of documents, for a command that needs nothing else."""
    return DirectoryFileStore(settings.files.directory)


def _mailer(settings: Settings) -> Mailer:
    mail: MailSettings = settings.mail
    if mail.transport == "outbox":
        return OutboxMailer(settings.files.directory, sender=mail.sender)
    return SmtpMailer(
        mail.host, mail.port, sender=mail.sender, user=mail.user, password=mail.password, starttls=mail.starttls
    )


def handlers(means: Means) -> dict[str, jobs.Handler]:
    """Say who does which job. Every handler may be called again for the same job."""
    database, gateway, site = means.database, means.gateway, means.settings.site

    def sign_in_url(secret: str, locale: str) -> str:
        return site.url + paths.SIGN_IN_LINK[locale].format(secret)

    def donor_url(secret: str, locale: str) -> str:
        return site.url + paths.DONOR_LINK[locale].format(secret)

    def act_on_event(ids: Mapping[str, Any]) -> None:
        follow_payment.act_on_event(database, gateway, event_id=ids["event_id"], now=means.now())

    def reread_checkout(ids: Mapping[str, Any]) -> None:
        follow_payment.reread(database, gateway, checkout_id=ids["checkout_id"], now=means.now())

    def release_checkout(ids: Mapping[str, Any]) -> None:
        follow_payment.release(database, gateway, checkout_id=ids["checkout_id"], now=means.now())

    def sweep(_ids: Mapping[str, Any]) -> None:
        follow_payment.sweep(database, gateway, now=means.now())

    def deliver(ids: Mapping[str, Any]) -> None:
        deliver_attestation.run(means, contribution_id=ids["contribution_id"], donor_url=donor_url)

    def sign_in(ids: Mapping[str, Any]) -> None:
        mail_sign_in.run(means, sign_in_url=sign_in_url, **ids)

    return {
        "act_on_event": act_on_event,
        "reread_checkout": reread_checkout,
        "release_checkout": release_checkout,
        "sweep": sweep,
        "deliver_attestation": deliver,
        "mail_sign_in": sign_in,
        **_of_books(means),
    }


def _of_books(means: Means) -> dict[str, jobs.Handler]:
    """Say who does the jobs by which the books look after themselves."""

    def seal_and_fold(_ids: Mapping[str, Any]) -> None:
        keep_books.run(means.database, now=means.now())

    def verify(_ids: Mapping[str, Any]) -> None:
        verify_books.run(means)

    def tell(ids: Mapping[str, Any]) -> None:
        books_url = {locale: means.settings.site.url + path for locale, path in paths.TREASURY.items()}
        verify_books.tell(means, books_url=books_url, **ids)

    return {"keep_books": seal_and_fold, "verify_books": verify, "mail_verification": tell}


def runner(means: Means) -> jobs.Runner:
    """Make one worker: one thread's loop over the jobs."""
    periodic = [
        jobs.Periodic("sweep", every=timedelta(minutes=means.settings.worker.sweep_minutes)),
        jobs.Periodic("keep_books", every=timedelta(minutes=means.settings.worker.seal_minutes)),
        jobs.Periodic("verify_books", every=verify_books.NIGHT),
    ]
    return jobs.Runner(means.database, handlers(means), clock=means.now, periodic=periodic)
