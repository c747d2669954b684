"""One hot account, posted to by ours and by django-hordak 2.0 on the same PostgreSQL, taking turns."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tests.benchmarks import posting, stores
from tests.benchmarks.measure import Figure, interleaved

REQUIREMENTS: Final = ("django-hordak>=2.0,<2.1", "psycopg[binary]>=3.2,<4")
FLOORS: Final = {8: 2.0, 16: 3.0}
TURNS: Final = 5
CLIENT: Final = Path(__file__).with_name("hordak_client.py")


def measure() -> Iterator[Figure]:
    """Install hordak into an environment of its own, then measure at each number of clients."""
    with tempfile.TemporaryDirectory() as directory, stores.server() as address:
        python = _installed(Path(directory))
        theirs = sa.make_url(address).set(database="hordak")
        stores.administer(sa.make_url(address), "CREATE DATABASE hordak")
        _hordak(python, theirs, "prepare")
        with stores.postgresql(address) as ours:
            book_id = posting.open_book(ours)
            url = ours.url.render_as_string(hide_password=False)
            for clients, floor in FLOORS.items():
                rates = interleaved(
                    lambda: posting.throughput(posting.client, clients, url, book_id, 1),  # noqa: B023 - called at once
                    lambda: float(_hordak(python, theirs, "post", str(clients), str(posting.SECONDS))),  # noqa: B023
                    turns=TURNS,
                )
                name = f"one hot account at {clients} clients, against django-hordak"
                yield Figure(f"posting, PostgreSQL, {name}", str(rates), rates.ratio, floor)


def _installed(directory: Path) -> Path:
    venv.create(directory / "hordak", with_pip=True)
    python = directory / "hordak" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True, stdout=sys.stderr)
    return python


def _hordak(python: Path, url: sa.URL, *words: str) -> str:
    given = {
        "HORDAK_DATABASE": str(url.database),
        "HORDAK_HOST": str(url.query["host"]),
        "HORDAK_USER": url.username or "",
    }
    done = subprocess.run(
        [python, CLIENT, *words], env=os.environ | given, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()
