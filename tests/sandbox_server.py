"""A Stripe sandbox for tests: a real server on a free loopback port, with its commands as methods.

    with SandboxServer(tmp_path / "stripe.db", webhook_url=app_url + "/hooks/stripe") as sandbox:
        gateway = StripeGateway(sandbox.api_key, base=sandbox.url, ...)
        ...                                            # the code under test opens a session cs_…
        sandbox.pay("cs_…", card="4000000000000002")   # or drive the page at the session's url
        sandbox.deliver()                              # send the webhooks that are due, once each
        sandbox.advance(60)                            # the balance transaction comes, retries fall due
        sandbox.deliver()

Time stands still at `frozen_at` and nothing is sent by itself, unless the server is made with
`by_itself=True` (webhooks leave at once, as in the demo) or `frozen_at=None` (time runs). Signatures are
dated by the virtual clock when it is frozen, so a receiver under test must be given the same `now`; pass
`sign_with_wall_clock=True` for a receiver that reads the machine's clock. `stop()` and `start()` restart it
on the same port with the same state.
"""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.sandbox.serve import Running
from ledger.sandbox.settings import SandboxConfig

NOON = 1_772_539_200
"""Tuesday 3 March 2026, 12:00 UTC: where the clock of a test stands unless it says otherwise."""


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def two_free_ports() -> int:
    """Give the first of two free ports that follow one another."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port + 1)):
                return port


class CommandRefused(Exception):
    """The control API refused a command; the message says why."""


class SandboxServer:
    """A sandbox on a thread. It starts with the `with` block, or by `start()`."""

    def __init__(
        self,
        database_path: Path,
        *,
        webhook_url: str | None = None,
        frozen_at: int | None = NOON,
        by_itself: bool = False,
        redirect_wait: float = 0,
        seed: int = 0,
        sign_with_wall_clock: bool = False,
        port: int = 0,
        **more: Any,
    ) -> None:
        self.api_key = "sk_test_sandbox_4eC39HqLyjWDarjtT1zdp7dc"
        self.webhook_secret = "whsec_sandbox_5f4dcc3b5aa765d61d8327deb882cf99"
        self._given: dict[str, Any] = {
            "database_path": database_path,
            "webhook_url": webhook_url,
            "frozen_at": frozen_at,
            "redirect_wait": redirect_wait,
            "seed": seed,
            "sign_with_wall_clock": sign_with_wall_clock,
            **more,
        }
        self._by_itself = by_itself
        self.port = port or free_port()
        self._running: Running | None = None

    @property
    def url(self) -> str:
        """The base address of the API and of the hosted page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> int:
        """The virtual clock, in Unix seconds."""
        return int(self.state()["now"])

    def start(self) -> None:
        """Start, on the port it had before."""
        config = SandboxConfig(
            base_url=self.url, api_key=self.api_key, webhook_secret=self.webhook_secret, **self._given
        )
        self._running = Running(config, host="127.0.0.1", port=self.port, by_itself=self._by_itself)
        self._running.start()

    def stop(self) -> None:
        """Stop; the state stays in the file."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def control(self, command: str, **given: Any) -> Any:
        """Give a command of the control API, and its answer.

        Raises:
            CommandRefused: it cannot be done.
        """
        body = json.dumps(given).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/_ctl/{command}", data=body, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise CommandRefused(error.read().decode()) from None

    def state(self) -> Any:
        """Give the whole state: now, frozen, paused, faults, deliveries, and objects by kind."""
        with urllib.request.urlopen(f"{self.url}/_ctl/state", timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def objects(self, kind: str) -> list[Any]:
        """Give the objects of a kind, oldest first."""
        return list(self.state()["objects"].get(kind, []))

    def events(self) -> list[str]:
        """Give the types of the events so far, in order."""
        return [event["type"] for event in self.objects("event")]

    def pay(self, session: str, **given: Any) -> Any:
        """Pay a session without its page: card, three_d_secure, email, name, amount, currency."""
        return self.control("pay", session=session, **given)

    def advance(self, seconds: int) -> None:
        """Move the clock forward, and do what fell due."""
        self.control("clock", advance=seconds)

    def deliver(self, *, everything: bool = False) -> list[Any]:
        """Send the deliveries that are due, once each; with `everything`, those that wait for later too."""
        return list(self.control("deliver", all=everything)["deliveries"])

    def break_webhooks(self, action: str, **rule: Any) -> None:
        """Order a fault of deliveries: types, count, seconds, copies, attempts."""
        self.control("faults", webhook=[{"action": action, **rule}])

    def break_calls(self, **rule: Any) -> None:
        """Order a fault of API calls: method, path, when, action, status, seconds, retry, count."""
        self.control("faults", api=[rule])
