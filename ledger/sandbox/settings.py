"""What a sandbox is told at its start: where it keeps its state, its keys, its webhook and its clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

API_VERSION: Final = "2026-10-28.endive"
"""The only version of the API that is spoken: the one stripe-python 16.1.0 asks for."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The settings of one sandbox. Durations are seconds of its own virtual clock unless said otherwise.

    `clock_offset` and `frozen_at` (Unix seconds) are where the clock starts on an empty database; later
    starts continue from what the control API last set. `redirect_wait` is real seconds: how long the hosted
    page waits for the webhook of a completed session before it sends the payer back. `sign_with_wall_clock`
    dates webhook signatures by the machine's clock, so that a receiver whose clock is the machine's accepts
    them however far the virtual clock was moved.
    """

    database_path: Path
    base_url: str
    api_key: str
    webhook_secret: str
    webhook_url: str | None
    seed: int = 0
    clock_offset: int = 0
    frozen_at: int | None = None
    redirect_wait: float = 10.0
    settle_after: int = 2
    sign_with_wall_clock: bool = True
    delivery_timeout: float = 10.0
    retry_after: tuple[int, ...] = (10, 60, 300, 1800, 7200, 18000, 43200, 86400, 86400)
