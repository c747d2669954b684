"""Posts donations with django-hordak, the way its documentation does; run by the python that hordak is installed in.

Each donation is what ours is: one commit, three lines: debits of the clearing account and of fees, a credit of gifts.
"""

import multiprocessing
import os
import sys
import time
from datetime import date
from typing import Any

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["HORDAK_DATABASE"],
            "HOST": os.environ["HORDAK_HOST"],
            "USER": os.environ["HORDAK_USER"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
    DEFAULT_CURRENCY="EUR",
    CURRENCIES=["EUR"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from hordak.models import Account, AccountType, Leg, Transaction  # noqa: E402
from moneyed import Money  # noqa: E402

NAMES = {"clearing": AccountType.asset, "fees": AccountType.expense, "gifts": AccountType.income}

WARM = 10


def prepare() -> None:
    call_command("migrate", verbosity=0)
    for number, (name, kind) in enumerate(NAMES.items(), start=1):
        Account.objects.create(name=name, type=kind, code=str(number), currencies=["EUR"])


def post(clearing: Account, fees: Account, gifts: Account) -> None:
    """Write a donation as hordak's documentation does: each line is saved, and checked by hordak, by itself."""
    with transaction.atomic():
        entry = Transaction.objects.create(date=date(2026, 3, 3), description="donation")
        Leg.objects.create(transaction=entry, account=clearing, debit=Money("48.92", "EUR"))
        Leg.objects.create(transaction=entry, account=fees, debit=Money("1.08", "EUR"))
        Leg.objects.create(transaction=entry, account=gifts, credit=Money("50.00", "EUR"))


def client(ready: Any, go: Any, done: Any, seconds: float) -> None:
    accounts = [Account.objects.get(name=name) for name in NAMES]
    for _ in range(WARM):
        post(*accounts)
    ready.wait(60)
    go.wait()
    until, entries = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        post(*accounts)
        entries += 1
    done.put(entries)
    connection.close()


def main(word: str, *more: str) -> None:
    if word == "prepare":
        prepare()
        return
    clients, seconds = int(more[0]), float(more[1])
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Barrier(clients + 1), context.Event(), context.Queue()
    processes = [context.Process(target=client, args=(ready, go, done, seconds), daemon=True) for _ in range(clients)]
    for process in processes:
        process.start()
    ready.wait(60)
    go.set()
    total = sum(done.get() for _ in processes)
    for process in processes:
        process.join()
    print(total / seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
