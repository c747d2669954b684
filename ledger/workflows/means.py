"""The means that acts are carried out with: the database, the outside world behind its ports, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ledger.config import Settings
from ledger.db import Database
from ledger.ports import FileStore, Mailer, Outbox, PaymentGateway, PdfRenderer
from ledger.templating import Templates


@dataclass(frozen=True, slots=True)
class Means:
    """One set for each process, put together in `wiring`; tests put fakes in."""

    settings: Settings
    database: Database
    gateway: PaymentGateway
    mailer: Mailer
    outbox: Outbox | None
    pdf: PdfRenderer
    files: FileStore
    templates: Templates
    now: Callable[[], datetime]
