"""The control API: for this machine only, and what its commands answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger.sandbox.app import SandboxConfig, create_sandbox
from tests.sandbox.gifts import OpenSession
from tests.sandbox.receiver import Receiver
from tests.sandbox_server import NOON, CommandRefused, SandboxServer


def direct(directory: Path) -> FlaskClient:
    config = SandboxConfig(
        database_path=directory / "new" / "s.db", base_url="", api_key="k", webhook_secret="w", webhook_url=None
    )
    return create_sandbox(config).test_client()


def test_only_this_machine_commands(tmp_path: Path) -> None:
    app = direct(tmp_path)
    assert app.get("/_ctl/state").status_code == 200
    assert app.get("/_ctl/state", environ_base={"REMOTE_ADDR": "192.168.1.7"}).status_code == 403
    assert app.get("/_ctl/state", headers={"Host": "example.org"}).status_code == 403
    assert app.post("/_ctl/reset", data={"seed": "1"}).status_code == 404
    assert app.post("/_ctl/nothing", json={}).status_code == 404
    assert app.post("/_ctl/reset", json={"seed": 1}).status_code == 200
    app.application.extensions["sandbox"].close()


def test_the_clock_stands_still_moves_and_is_let_go(sandbox: SandboxServer) -> None:
    assert sandbox.now == NOON
    sandbox.advance(90)
    assert sandbox.now == NOON + 90
    assert sandbox.control("clock", set=NOON + 1000)["now"] == NOON + 1000
    let_go = sandbox.control("clock", frozen=False)
    assert (let_go["frozen"], let_go["now"] - NOON in range(1000, 1060)) == (False, True)


def test_a_reset_forgets_everything_but_the_webhook(sandbox: SandboxServer, open_session: OpenSession) -> None:
    sandbox.pay(open_session().id)
    sandbox.advance(60)
    sandbox.control("reset")
    state = sandbox.state()
    assert (state["now"], state["deliveries"], list(state["objects"])) == (NOON, [], ["webhook_endpoint"])


def test_sending_can_be_paused(sandbox: SandboxServer) -> None:
    sandbox.control("pause")
    assert sandbox.state()["paused"] is True
    sandbox.control("pause", paused=False)
    assert sandbox.state()["paused"] is False


def test_a_restart_at_another_address_moves_the_webhook(tmp_path: Path, receiver: Receiver) -> None:
    before = SandboxServer(tmp_path / "s.db", webhook_url="http://127.0.0.1:9/old")
    with before:
        [old] = before.objects("webhook_endpoint")
    with SandboxServer(tmp_path / "s.db", webhook_url=receiver.url) as after:
        [moved] = after.objects("webhook_endpoint")
    assert (moved["id"], moved["url"]) == (old["id"], receiver.url)


def test_commands_that_cannot_be_done_say_why(sandbox: SandboxServer, open_session: OpenSession) -> None:
    with pytest.raises(CommandRefused, match="not a published test card"):
        sandbox.pay(open_session().id, card="4539578763621486")
    with pytest.raises(CommandRefused, match="the session is unknown"):
        sandbox.pay("cs_x")
    with pytest.raises(CommandRefused, match="no such event"):
        sandbox.control("redeliver", event="evt_x")
    with pytest.raises(CommandRefused, match="no such session"):
        sandbox.control("expire", session="cs_x")
