"""`ecot demo`: the invented town on this machine; site, worker and Stripe sandbox, started and stopped together.

Everything it keeps is under var/demo: the database, the files, the mails, the logs and the secrets that were drawn
at the first start. Nothing else is read or written, whatever variables are set, and no network is needed.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import click

from ledger import clock, config
from ledger.cli import database, people, populate, seed

HOME: Final = config.ROOT / "var" / "demo"
"""Where the demo keeps all its data."""

PORT: Final = 8000

START_SECONDS: Final = 60
STOP_SECONDS: Final = 15
"""How long the processes may take to answer, and to end what they are doing."""

PULSE_SECONDS: Final = 0.3
"""How often to look whether they still run."""


class DemoError(click.ClickException):
    """Why the demo cannot run or had to stop, in one line for each language."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the demo: its command, the address that answers once it is ready (if any), and its log."""

    arguments: tuple[str, ...]
    address: str
    log: Path

    @property
    def name(self) -> str:
        """Give the name of its command."""
        return self.arguments[0]


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65534), default=PORT, show_default=True, help="The sandbox gets the next."
)
@click.option("--data", type=click.Path(path_type=Path), default=HOME, help="Where it keeps its data.")
@click.option("--reset", is_flag=True, help="Forget the data.")
def demo(port: int, data: Path, *, reset: bool) -> None:
    """Run the invented town: site, worker and Stripe sandbox, until Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        if reset:
            forget(data)
        else:
            run(port, home=data.absolute())
    except KeyboardInterrupt:
        click.echo("\nDémonstration arrêtée, données gardées. · Demo stopped, data kept.")


def forget(home: Path) -> None:
    """Remove the demo's data.

    Raises:
        DemoError: it is running.
    """
    if home.exists():
        with alone(home):
            shutil.rmtree(home)
    click.echo("Données de la démonstration oubliées. · The demo's data is forgotten.")


def run(port: int, *, home: Path) -> None:
    """Prepare what is missing, start the processes, and stay until Ctrl-C (KeyboardInterrupt).

    Raises:
        DemoError: it runs already, a port is busy, or a process ended by itself.
    """
    with alone(home):
        for each in (port, port + 1):
            check_free(each, hint=f"make demo PORT={PORT + 100 if port == PORT else PORT}")
        environment = environment_for(port, home, os.environ)
        settings = config.load(environment)
        database.upgrade(settings)
        seed.plant(settings, now=clock.now())
        with started(processes(port, home), environment) as running:
            wait_until_ready(running)
            populate.give(settings, now=clock.now())
            _greet(port)
            while True:
                _offer(people.sign_in_links(settings, now=clock.now()))
                while not _asked_again():
                    _check_alive(running)


def processes(port: int, home: Path) -> tuple[Process, ...]:
    """List what the demo runs: the sandbox on the port after the site's, the site, and the worker."""
    site, sandbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    return (
        Process(("sandbox", "--port", str(port + 1)), f"{sandbox}/", home / "sandbox.log"),
        Process(("web", "--port", str(port)), f"{site}/health", home / "web.log"),
        Process(("worker",), "", home / "worker.log"),
    )


def environment_for(port: int, home: Path, outside: Mapping[str, str]) -> dict[str, str]:
    """Give the processes their variables: none of Écot's own comes from outside, and no proxy stands between them."""
    kept = {name: value for name, value in outside.items() if not name.startswith(config.PREFIX)}
    local = "127.0.0.1,localhost"
    return {
        **kept,
        **_secrets(home / "secrets.json"),
        "ECOT_ENVIRONMENT": "development",
        "ECOT_SITE_URL": f"http://127.0.0.1:{port}",
        "ECOT_SITE_DEMO": "true",
        "ECOT_DATABASE_URL": f"sqlite:///{home / 'ecot.db'}",
        "ECOT_STRIPE_API_URL": f"http://127.0.0.1:{port + 1}",
        "ECOT_MAIL_TRANSPORT": "outbox",
        "ECOT_FILES_DIRECTORY": str(home / "files"),
        "ECOT_WORKER_POLL_SECONDS": "0.3",
        "NO_PROXY": local,
        "no_proxy": local,
        "PYTHONUNBUFFERED": "1",
    }


def _secrets(path: Path) -> dict[str, str]:
    """Read the secrets of this demo, drawn at its first start."""
    if not path.exists():
        drawn = {
            "ECOT_SITE_SECRET_KEY": secrets.token_urlsafe(48),
            "ECOT_STRIPE_SECRET_KEY": f"sk_test_sandbox_{secrets.token_hex(16)}",
            "ECOT_STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_urlsafe(24)}",
        }
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(drawn, indent=1), encoding="utf-8")
        unfinished.rename(path)
    return {str(name): str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the demo's lock, which the system lets go when the process ends, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "pid").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            pid = file.read().strip()
            raise DemoError(f"La démonstration tourne déjà. · The demo is running already (process {pid}).") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def check_free(port: int, *, hint: str) -> None:
    """Make sure that a port of this machine can be listened on.

    Raises:
        DemoError: it cannot; the hint says what to do.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise DemoError(f"Le port {port} est réservé. · Port {port} is reserved. → {hint}") from error
        except OSError as error:
            raise DemoError(f"Le port {port} est occupé. · Port {port} is busy. → {hint}") from error


@contextmanager
def started(
    wanted: tuple[Process, ...], environment: dict[str, str]
) -> Iterator[dict[Process, subprocess.Popen[bytes]]]:
    """Start the processes, each in a group of its own that Ctrl-C does not reach, and stop them at the end."""
    running: dict[Process, subprocess.Popen[bytes]] = {}
    try:
        for process in wanted:
            with process.log.open("wb") as log:
                running[process] = subprocess.Popen(  # noqa: S603 - our own commands
                    [sys.executable, "-m", "ledger.cli.leash", *process.arguments],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    cwd=config.ROOT,
                    start_new_session=True,
                )
        yield running
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _stop(running)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stop(running: Mapping[Process, subprocess.Popen[bytes]]) -> None:
    """Ask all to end, then wait for each; the worker gets to finish the job under way."""
    for child in running.values():
        _close(child.stdin)
    for child in running.values():
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _close(pipe: IO[bytes] | None) -> None:
    if pipe:
        with suppress(OSError):
            pipe.close()


def _check_alive(running: Mapping[Process, subprocess.Popen[bytes]]) -> None:
    for process, child in running.items():
        if (code := child.poll()) is not None:
            last = process.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
            raise DemoError("\n".join([f"« {process.name} » s'est arrêté · ended by itself ({code}):", *last]))


def wait_until_ready(running: Mapping[Process, subprocess.Popen[bytes]]) -> None:
    """Wait until every process that has an address answers there.

    Raises:
        DemoError: one ended by itself, or does not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    for process in running:
        while process.address and not _answers(process.address):
            _check_alive(running)
            if time.monotonic() > deadline:
                raise DemoError(f"« {process.name} » ne répond pas · does not answer: {process.log}")
            time.sleep(0.1)
    _check_alive(running)


def _answers(address: str) -> bool:
    """Whether a server answers, be it that it does not know the page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(address, timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code < 500  # noqa: PLR2004 - the server's own faults
    except OSError:
        return False
    return True


def _greet(port: int) -> None:
    site = f"http://127.0.0.1:{port}"
    lines = [
        "",
        "Écot, démonstration · demo",
        "",
        f"  français     {site}/fr/",
        f"  English      {site}/en/",
        f"  courriels    {site}/fr/courriels",
        f"  Stripe       http://127.0.0.1:{port + 1}/",
        "",
        "  Ville, personnes et paiements sont inventés ; aucune carte n'est débitée. Ctrl-C arrête.",
        "  Town, people and payments are invented; no card is charged. Ctrl-C stops.",
        "",
    ]
    click.echo("\n".join(lines))


def _offer(links: Mapping[str, str]) -> None:
    """Say where to sign in; a link serves once, for a quarter of an hour."""
    words = {
        "donor": "donatrice · donor",
        "leader": "porteur de projet · leader",
        "treasurer": "trésorière · treasurer",
    }
    click.echo("  Se connecter, une fois, 15 min (Entrée : d'autres) · Sign in, once, 15 min (Enter: others)")
    for role, link in links.items():
        click.echo(f"  {words.get(role, role):<28} {link}")
    click.echo()


def _asked_again() -> bool:
    """Wait a moment; whether Enter was pressed meanwhile, if anybody sits at this terminal."""
    if not sys.stdin.isatty() or os.tcgetpgrp(0) != os.getpgrp():
        time.sleep(PULSE_SECONDS)
        return False
    if not select.select([sys.stdin], [], [], PULSE_SECONDS)[0]:
        return False
    return bool(sys.stdin.readline())
