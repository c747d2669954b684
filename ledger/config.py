"""Settings: one frozen object, read once from config/*.toml and the environment.

`default.toml` gives every key its value; the file of the environment (`ECOT_ENVIRONMENT`: development, test or
production) comes over it, then a file named by `ECOT_CONFIG`, then variables: the key `url` of `[database]` is
`ECOT_DATABASE_URL`. A key that nobody knows is refused, so that a typing error is not silently ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from ledger.errors import Invalid

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout: config/, templates/ and migrations/ lie here beside the package."""

PREFIX: Final = "ECOT_"


@dataclass(frozen=True, slots=True)
class Site:
    """The site itself: its public address, its name, and the secret that signs cookies."""

    url: str
    name: str
    secret_key: str
    demo: bool
    contact: str
    source_url: str
    proxies: int


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the book is kept: `sqlite:///…` or `postgresql://…`."""

    url: str


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """How we reach Stripe. `api_url` is set only when a sandbox stands in for it."""

    api_url: str
    secret_key: str
    webhook_secrets: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mails leave: `smtp`, or `outbox` (files that a page of the demo shows)."""

    transport: str
    sender: str
    host: str
    port: int
    user: str
    password: str
    starttls: bool


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Where documents (and the outbox) are kept on disk."""

    directory: Path


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How often the worker looks for work (seconds) and sweeps what the provider may have forgotten to tell."""

    poll_seconds: float
    sweep_minutes: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    environment: str
    site: Site
    database: DatabaseSettings
    stripe: StripeSettings
    mail: MailSettings
    files: FileSettings
    worker: WorkerSettings


def load(environ: Mapping[str, str], *, root: Path = ROOT) -> Settings:
    """Read the settings for this process.

    Raises:
        Invalid: a file is missing, a key is unknown or missing, a value is of another type, or the values
            contradict each other (see `_check`).
    """
    environment = environ.get(f"{PREFIX}ENVIRONMENT", "development")
    known = {"ENVIRONMENT", "CONFIG"}
    values: dict[str, Any] = {}
    paths = [root / "config" / "default.toml", root / "config" / f"{environment}.toml"]
    if extra := environ.get(f"{PREFIX}CONFIG"):
        paths.append(Path(extra))
    for path in paths:
        _merge(values, _read(path), path)
    for section, kind in _sections().items():
        for field in fields(kind):
            name = f"{section}_{field.name}".upper()
            known.add(name)
            if (text := environ.get(PREFIX + name)) is not None:
                values.setdefault(section, {})[field.name] = text
    for name in environ:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            raise Invalid("unknown_setting", name=name)
    built = {section: _build(section, kind, values.get(section, {})) for section, kind in _sections().items()}
    settings = Settings(environment=environment, **built)
    _check(settings)
    return settings


def _sections() -> dict[str, Any]:
    return {name: kind for name, kind in get_type_hints(Settings).items() if is_dataclass(kind)}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Invalid("settings_file_missing", path=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid("settings_file_unreadable", path=str(path), detail=str(error)) from error


def _merge(values: dict[str, Any], more: dict[str, Any], path: Path) -> None:
    sections = _sections()
    for section, keys in more.items():
        allowed = {field.name for field in fields(sections[section])} if section in sections else set()
        for key, value in keys.items() if isinstance(keys, dict) else [("", keys)]:
            if key not in allowed:
                raise Invalid("unknown_setting", name=f"{section}.{key}", path=str(path))
            values.setdefault(section, {})[key] = value


def _build(section: str, kind: Any, given: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    missing = [name for name in hints if name not in given]
    if missing:
        raise Invalid("setting_missing", name=f"{section}.{missing[0]}")
    return kind(**{name: _convert(f"{section}.{name}", hints[name], given[name]) for name in hints})


def _convert(name: str, kind: type, value: object) -> object:
    """Give a value its setting's type; text (from the environment) is read, anything else must fit."""
    if kind is Path:
        path = Path(str(value))
        return path if path.is_absolute() else Path.cwd() / path
    if kind is bool and isinstance(value, str):
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
        if value.lower() in words:
            return words[value.lower()]
    elif kind in {int, float} and isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return kind(value)
        except ValueError:
            pass
    elif isinstance(value, kind):
        return value
    raise Invalid("setting_of_wrong_type", name=name, expected=kind.__name__)


def _check(settings: Settings) -> None:
    """Refuse settings that contradict each other, above all a stand-in for Stripe beside live keys."""
    stripe = settings.stripe
    if stripe.api_url:
        if not stripe.secret_key.startswith("sk_test_sandbox_"):
            raise Invalid("sandbox_needs_sandbox_key", name="stripe.secret_key")
        if urlsplit(stripe.api_url).hostname not in {"127.0.0.1", "localhost", "::1", "sandbox"}:
            raise Invalid("sandbox_must_be_local", name="stripe.api_url")
    if stripe.livemode != stripe.secret_key.startswith(("sk_live_", "rk_live_")):
        raise Invalid("livemode_and_key_differ", name="stripe.livemode")
    if settings.mail.transport not in {"smtp", "outbox"}:
        raise Invalid("unknown_mail_transport", name="mail.transport")
    if settings.environment == "production":
        if len(settings.site.secret_key) < 32:  # noqa: PLR2004 - 32 characters of a random secret
            raise Invalid("secret_key_too_short", name="site.secret_key")
        if settings.site.demo:
            raise Invalid("no_demo_in_production", name="site.demo")
