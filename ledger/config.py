"""Settings: one frozen object, read once from config/*.toml and the environment.

`default.toml` gives every key its value; the file of the environment (`ECOT_ENVIRONMENT`: development, test or
production) comes over it, then a file named by `ECOT_CONFIG`, then variables: the key `url` of `[database]` is
`ECOT_DATABASE_URL`. A key that nobody knows is refused, so that a typing error is not silently ignored. Errors
name the key and never tell its value, which may be a secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import SplitResult, urlsplit

from ledger.errors import Invalid

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout: config/, templates/ and migrations/ lie here beside the package."""

PREFIX: Final = "ECOT_"

ENVIRONMENTS: Final = ("development", "test", "production")

LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})

MOST: Final = 65_535
"""The largest number that a setting takes: that of a port."""


@dataclass(frozen=True, slots=True)
class Site:
    """The site itself: its public address, its name, and the secret that signs cookies."""

    url: str
    name: str
    secret_key: str = field(repr=False)
    demo: bool
    contact: str
    source_url: str
    proxies: int


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the book is kept: `sqlite:///…` or `postgresql://…`, and whether PostgreSQL keeps plans of statements."""

    url: str = field(repr=False)
    prepared: bool


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """How we reach Stripe. `api_url` is set only when a sandbox stands in for it."""

    api_url: str
    secret_key: str = field(repr=False)
    webhook_secrets: str = field(repr=False)
    livemode: bool


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mails leave: `smtp`, or `outbox` (files that a page of the demo shows)."""

    transport: str
    sender: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Where documents (and the outbox) are kept on disk, and how large one may be that somebody attaches."""

    directory: Path
    attachment_megabytes: int


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How often the worker looks for work (seconds) and sweeps what the provider may have forgotten to tell."""

    poll_seconds: float
    sweep_minutes: int
    seal_minutes: int
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
    if environment not in ENVIRONMENTS:
        raise Invalid("unknown_environment", name=f"{PREFIX}ENVIRONMENT", known=ENVIRONMENTS)
    paths = [root / "config" / "default.toml", root / "config" / f"{environment}.toml"]
    if extra := environ.get(f"{PREFIX}CONFIG"):
        paths.append(Path(extra))
    values: dict[str, object] = {}
    for path in paths:
        values |= _from_file(path)
    values |= _from_variables(environ)
    built = {section: _build(section, kind, values) for section, kind in _sections().items()}
    settings = Settings(environment=environment, **built)
    _check(settings)
    return settings


def _sections() -> dict[str, Any]:
    return {name: kind for name, kind in get_type_hints(Settings).items() if kind is not str}


def _keys() -> set[str]:
    return {f"{section}.{key}" for section, kind in _sections().items() for key in get_type_hints(kind)}


def _from_file(path: Path) -> dict[str, object]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Invalid("settings_file_missing", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise Invalid("settings_file_unreadable", path=str(path), detail=str(error)) from error
    found: dict[str, object] = {}
    for section, keys in content.items():
        found |= (
            {f"{section}.{key}": value for key, value in keys.items()} if isinstance(keys, dict) else {section: keys}
        )
    if unknown := found.keys() - _keys():
        raise Invalid("unknown_setting", name=min(unknown), path=str(path))
    return found


def _from_variables(environ: Mapping[str, str]) -> dict[str, object]:
    names = {PREFIX + key.replace(".", "_").upper(): key for key in _keys()}
    for name in environ:
        if name.startswith(PREFIX) and name not in {*names, f"{PREFIX}ENVIRONMENT", f"{PREFIX}CONFIG"}:
            raise Invalid("unknown_setting", name=name)
    return {key: environ[name] for name, key in names.items() if name in environ}


def _build(section: str, kind: Any, values: Mapping[str, object]) -> Any:
    built = {}
    for key, expected in get_type_hints(kind).items():
        name = f"{section}.{key}"
        if name not in values:
            raise Invalid("setting_missing", name=name)
        built[key] = _convert(name, expected, values[name])
    return kind(**built)


def _convert(name: str, kind: type, value: object) -> object:
    """Give a value its setting's type; text (from the environment) is read, anything else must fit."""
    if kind is Path and isinstance(value, str) and value:
        return Path(value).absolute()
    if kind is bool and isinstance(value, str):
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
        if value.lower() in words:
            return words[value.lower()]
    elif kind in {int, float} and isinstance(value, str | int) and not isinstance(value, bool):
        with suppress(ValueError):
            return kind(value)
    elif type(value) is kind:
        return value
    raise Invalid("setting_of_wrong_type", name=name, expected=kind.__name__)


def _check(settings: Settings) -> None:
    """Refuse settings that contradict each other, or that nothing can be done with."""
    site, worker = settings.site, settings.worker
    address = _address("site.url", site.url)
    if address.scheme not in {"http", "https"} or not address.hostname or address[2:] != ("", "", ""):
        raise Invalid("site_url_unusable", name="site.url")
    _check_stripe(settings.stripe, settings.environment)
    if settings.mail.transport not in {"smtp", "outbox"}:
        raise Invalid("unknown_mail_transport", name="mail.transport")
    for name, value, least in (
        ("site.proxies", site.proxies, 0),
        ("mail.port", settings.mail.port, 1),
        ("files.attachment_megabytes", settings.files.attachment_megabytes, 1),
        ("worker.poll_seconds", worker.poll_seconds, 0.01),
        ("worker.sweep_minutes", worker.sweep_minutes, 1),
        ("worker.seal_minutes", worker.seal_minutes, 1),
        ("worker.concurrency", worker.concurrency, 1),
    ):
        if not least <= value <= MOST:
            raise Invalid("setting_out_of_bounds", name=name, least=least, most=MOST)
    if settings.environment == "production":
        _check_production(settings)


def _check_stripe(stripe: StripeSettings, environment: str) -> None:
    """Keep invented money and people's money apart."""
    if stripe.api_url:
        if not stripe.secret_key.startswith("sk_test_sandbox_"):
            raise Invalid("sandbox_needs_sandbox_key", name="stripe.secret_key")
        if _address("stripe.api_url", stripe.api_url).hostname not in {*LOCAL, "sandbox"}:
            raise Invalid("sandbox_must_be_local", name="stripe.api_url")
    if stripe.livemode != stripe.secret_key.startswith(("sk_live_", "rk_live_")):
        raise Invalid("livemode_and_key_differ", name="stripe.livemode")
    if stripe.livemode and environment != "production":
        raise Invalid("live_keys_only_in_production", name="stripe.livemode")  # elsewhere cookies are signed in public


def _address(name: str, text: str) -> SplitResult:
    try:
        address = urlsplit(text)
        address.port  # noqa: B018 - read only when it is asked for
    except ValueError as error:
        raise Invalid("setting_of_wrong_type", name=name, expected="address") from error
    return address


def _sends_in_the_clear(mail: MailSettings) -> bool:
    """Whether links that sign people in would cross a network unencrypted; 465 is SMTP within TLS."""
    return mail.host not in LOCAL and not mail.starttls and mail.port != 465  # noqa: PLR2004 - RFC 8314


def _check_production(settings: Settings) -> None:
    """Refuse what must never meet people's money: invented parts, weak secrets, pages and mails that others read."""
    site, stripe = settings.site, settings.stripe
    address = _address("site.url", site.url)
    for refused, code, name in (
        (len(site.secret_key) < 32, "secret_key_too_short", "site.secret_key"),  # noqa: PLR2004 - of a random secret
        (site.demo, "no_demo_in_production", "site.demo"),
        (address.scheme != "https" and address.hostname not in LOCAL, "https_needed", "site.url"),
        (bool(stripe.api_url), "no_sandbox_in_production", "stripe.api_url"),
        (bool(stripe.secret_key) and not stripe.webhook_secrets, "setting_missing", "stripe.webhook_secrets"),
        (settings.mail.transport == "outbox", "no_outbox_in_production", "mail.transport"),
        (_sends_in_the_clear(settings.mail), "mail_needs_encryption", "mail.starttls"),
    ):
        if refused:
            raise Invalid(code, name=name)
