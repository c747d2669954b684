"""Settings: files, then the file that a variable names, then variables; nothing unknown, nothing contradictory."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import config
from ledger.errors import Invalid

DEFAULT = (config.ROOT / "config" / "default.toml").read_text(encoding="utf-8")
EXAMPLE = (config.ROOT / "config" / "production.example.toml").read_text(encoding="utf-8")
SECRET = "x" * 48
PRODUCTION = {
    "ECOT_ENVIRONMENT": "production",
    "ECOT_SITE_URL": "https://participer.example",
    "ECOT_SITE_SECRET_KEY": SECRET,
    "ECOT_STRIPE_SECRET_KEY": "sk_live_1",
    "ECOT_STRIPE_LIVEMODE": "true",
    "ECOT_STRIPE_WEBHOOK_SECRETS": "whsec_1",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout of its own, with the default settings and an empty file for development."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "default.toml").write_text(DEFAULT, encoding="utf-8")
    (tmp_path / "config" / "development.toml").write_text("", encoding="utf-8")
    return tmp_path


def write(root: Path, text: str) -> dict[str, str]:
    """Write a file of one's own, and give the variable that names it."""
    (root / "own.toml").write_text(text, encoding="utf-8")
    return {"ECOT_CONFIG": str(root / "own.toml")}


def refusal(environ: dict[str, str], *, root: Path = config.ROOT) -> Invalid:
    with pytest.raises(Invalid) as refused:
        config.load(environ, root=root)
    return refused.value


@pytest.mark.parametrize("environment", ["development", "test"])
def test_the_files_of_the_program_can_be_read(environment: str) -> None:
    assert config.load({"ECOT_ENVIRONMENT": environment}).environment == environment


def test_what_is_more_particular_comes_over_what_is_general(root: Path) -> None:
    assert config.load({}, root=root).site.name == "Écot"
    (root / "config" / "development.toml").write_text('[site]\nname = "of the environment"', encoding="utf-8")
    assert config.load({}, root=root).site.name == "of the environment"
    own = write(root, '[site]\nname = "of the file"')
    assert config.load(own, root=root).site.name == "of the file"
    assert config.load(own | {"ECOT_SITE_NAME": "of the variable"}, root=root).site.name == "of the variable"


def test_a_file_changes_only_the_keys_that_it_names(root: Path) -> None:
    settings = config.load(write(root, '[site]\nname = "Brévaux"\n[mail]\nport = 587'), root=root)
    assert (settings.site.name, settings.site.contact) == ("Brévaux", "bonjour@ecot.example")
    assert (settings.mail.port, settings.mail.transport) == (587, "smtp")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ECOT_SITE_DEMO", "true", True),
        ("ECOT_SITE_DEMO", "1", True),
        ("ECOT_SITE_DEMO", "No", False),
        ("ECOT_SITE_DEMO", "", False),
        ("ECOT_SITE_PROXIES", "2", 2),
    ],
)
def test_a_variable_is_read_as_its_setting_s_type(root: Path, name: str, text: str, *, value: object) -> None:
    site = config.load({name: text}, root=root).site
    assert getattr(site, name.removeprefix("ECOT_SITE_").lower()) is value


def test_seconds_may_be_whole(root: Path) -> None:
    assert config.load(write(root, "[worker]\npoll_seconds = 2"), root=root).worker.poll_seconds == 2.0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ECOT_SITE_DEMO", "perhaps"),
        ("ECOT_MAIL_PORT", "smtp"),
        ("ECOT_MAIL_PORT", "2.5"),
        ("ECOT_WORKER_POLL_SECONDS", "soon"),
        ("ECOT_FILES_DIRECTORY", ""),
        ("ECOT_SITE_URL", "http://[::1"),
        ("ECOT_SITE_URL", "http://127.0.0.1:many"),
    ],
)
def test_a_variable_of_another_type_is_refused_by_its_name(root: Path, name: str, text: str) -> None:
    error = refusal({name: text}, root=root)
    assert error.reason == "setting_of_wrong_type"
    assert error.values["name"] == name.removeprefix("ECOT_").lower().replace("_", ".", 1)


@pytest.mark.parametrize(
    "line",
    [
        'site.demo = "perhaps"',
        "site.demo = 1",
        "site.name = 5",
        "site.name = ['a']",
        "mail.port = true",
        "mail.port = 2.5",
        "worker.poll_seconds = false",
        "files.directory = 5",
        "site.url = 2026-03-03",
    ],
)
def test_a_value_of_another_type_in_a_file_is_refused_by_its_name(root: Path, line: str) -> None:
    error = refusal(write(root, line), root=root)
    assert (error.reason, error.values["name"]) == ("setting_of_wrong_type", line.split(" ", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[site]\nurll = "x"', "site.urll"),
        ('[sites]\nurl = "x"', "sites.url"),
        ('url = "x"', "url"),
        ("[site.url]\nx = 1\n[site.more]\n", "site.more"),
        ("site = 1", "site"),
    ],
)
def test_a_key_that_nobody_knows_is_refused_with_its_file(root: Path, text: str, name: str) -> None:
    error = refusal(write(root, text), root=root)
    assert (error.reason, error.values["name"]) == ("unknown_setting", name)
    assert str(error.values["path"]).endswith("own.toml")


@pytest.mark.parametrize("name", ["ECOT_SITE_URLL", "ECOT_SITE", "ECOT_", "ECOT_DATABASE", "ECOT_site_url"])
def test_a_variable_that_nobody_knows_is_refused(root: Path, name: str) -> None:
    error = refusal({name: "x"}, root=root)
    assert (error.reason, error.values["name"]) == ("unknown_setting", name)


def test_variables_of_other_programs_are_none_of_ours(root: Path) -> None:
    assert config.load({"PATH": "/bin", "XECOT_SITE_URL": "x"}, root=root) == config.load({}, root=root)


def test_a_key_without_any_value_is_missing(root: Path) -> None:
    (root / "config" / "default.toml").write_text(DEFAULT.replace("port = 25", ""), encoding="utf-8")
    error = refusal({}, root=root)
    assert (error.reason, error.values["name"]) == ("setting_missing", "mail.port")


@pytest.mark.parametrize("environment", ["staging", "Production", "../default", "", "production.example"])
def test_an_environment_that_is_none_of_ours_is_refused(environment: str) -> None:
    assert refusal({"ECOT_ENVIRONMENT": environment}).reason == "unknown_environment"


def test_a_file_that_cannot_be_read_is_named(root: Path) -> None:
    missing = refusal({"ECOT_CONFIG": str(root / "nothing.toml")}, root=root)
    assert (missing.reason, missing.values["path"]) == ("settings_file_missing", str(root / "nothing.toml"))
    assert refusal({"ECOT_CONFIG": str(root)}, root=root).reason == "settings_file_unreadable"
    assert refusal(write(root, "[site"), root=root).reason == "settings_file_unreadable"
    (root / "own.toml").write_bytes('[site]\nname = "É"'.encode("cp1252"))
    assert refusal({"ECOT_CONFIG": str(root / "own.toml")}, root=root).reason == "settings_file_unreadable"


def test_paths_are_absolute(root: Path) -> None:
    assert config.load({}, root=root).files.directory == Path.cwd() / "var" / "files"
    assert config.load({"ECOT_FILES_DIRECTORY": "/srv/ecot"}, root=root).files.directory == Path("/srv/ecot")


@pytest.mark.parametrize(
    "url", ["participer.example", "ftp://x.example", "https://", "https://x.example/", "https://x.example/a?b"]
)
def test_the_address_of_the_site_is_such_as_links_can_start_with(root: Path, url: str) -> None:
    assert refusal({"ECOT_SITE_URL": url}, root=root).reason == "site_url_unusable"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ECOT_SITE_PROXIES", "-1"),
        ("ECOT_MAIL_PORT", "0"),
        ("ECOT_MAIL_PORT", "65536"),
        ("ECOT_WORKER_POLL_SECONDS", "0"),
        ("ECOT_WORKER_POLL_SECONDS", "-1"),
        ("ECOT_WORKER_POLL_SECONDS", "nan"),
        ("ECOT_WORKER_POLL_SECONDS", "inf"),
        ("ECOT_WORKER_SWEEP_MINUTES", "0"),
        ("ECOT_WORKER_CONCURRENCY", "0"),
    ],
)
def test_a_number_that_nothing_can_be_done_with_is_refused(root: Path, name: str, text: str) -> None:
    assert refusal({name: text}, root=root).reason == "setting_out_of_bounds"


def test_the_sandbox_is_reached_with_a_sandbox_key_on_this_machine_only(root: Path) -> None:
    good = {"ECOT_STRIPE_API_URL": "http://127.0.0.1:8001", "ECOT_STRIPE_SECRET_KEY": "sk_test_sandbox_1"}
    assert config.load(good, root=root).stripe.api_url == "http://127.0.0.1:8001"
    for key in ("", "sk_test_1", "sk_live_1", "rk_live_1"):
        error = refusal(good | {"ECOT_STRIPE_SECRET_KEY": key}, root=root)
        assert (error.reason, error.values["name"]) == ("sandbox_needs_sandbox_key", "stripe.secret_key")
    for url in ("https://api.stripe.com", "http://127.0.0.1.example:8001", "http://10.0.0.1:8001", "nonsense"):
        error = refusal(good | {"ECOT_STRIPE_API_URL": url}, root=root)
        assert (error.reason, error.values["name"]) == ("sandbox_must_be_local", "stripe.api_url")


@pytest.mark.parametrize(("key", "livemode"), [("sk_live_1", "0"), ("rk_live_1", "0"), ("sk_test_1", "1"), ("", "1")])
def test_live_money_is_asked_for_twice_or_not_at_all(root: Path, key: str, livemode: str) -> None:
    error = refusal({"ECOT_STRIPE_SECRET_KEY": key, "ECOT_STRIPE_LIVEMODE": livemode}, root=root)
    assert (error.reason, error.values["name"]) == ("livemode_and_key_differ", "stripe.livemode")


@pytest.mark.parametrize("environment", ["development", "test"])
def test_live_money_waits_for_the_checks_of_production(environment: str) -> None:
    error = refusal(PRODUCTION | {"ECOT_ENVIRONMENT": environment})
    assert (error.reason, error.values["name"]) == ("live_keys_only_in_production", "stripe.livemode")


def test_mails_leave_in_a_way_that_we_know(root: Path) -> None:
    assert refusal({"ECOT_MAIL_TRANSPORT": "pigeon"}, root=root).values["name"] == "mail.transport"


def test_production_takes_settings_that_are_meant_for_it() -> None:
    assert config.load(PRODUCTION).stripe.livemode
    assert config.load(PRODUCTION | {"ECOT_SITE_URL": "http://localhost:8000"}).environment == "production"


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        ({"ECOT_SITE_SECRET_KEY": ""}, "secret_key_too_short", "site.secret_key"),
        ({"ECOT_SITE_SECRET_KEY": "x" * 31}, "secret_key_too_short", "site.secret_key"),
        ({"ECOT_SITE_DEMO": "1"}, "no_demo_in_production", "site.demo"),
        ({"ECOT_SITE_URL": "http://participer.example"}, "https_needed", "site.url"),
        ({"ECOT_STRIPE_WEBHOOK_SECRETS": ""}, "setting_missing", "stripe.webhook_secrets"),
        ({"ECOT_MAIL_TRANSPORT": "outbox"}, "no_outbox_in_production", "mail.transport"),
        (
            {"ECOT_MAIL_HOST": "smtp.example.org", "ECOT_MAIL_STARTTLS": "no"},
            "mail_needs_encryption",
            "mail.starttls",
        ),
        (
            {
                "ECOT_STRIPE_API_URL": "http://127.0.0.1:8001",
                "ECOT_STRIPE_SECRET_KEY": "sk_test_sandbox_1",
                "ECOT_STRIPE_LIVEMODE": "0",
            },
            "no_sandbox_in_production",
            "stripe.api_url",
        ),
    ],
)
def test_production_refuses_what_must_not_meet_people_s_money(change: dict[str, str], code: str, name: str) -> None:
    error = refusal(PRODUCTION | change)
    assert (error.reason, error.values["name"]) == (code, name)


def test_the_example_for_production_loads_once_it_is_filled_in(tmp_path: Path) -> None:
    environ = write(tmp_path, EXAMPLE) | {"ECOT_ENVIRONMENT": "production"}
    assert refusal(environ).values["name"] == "site.secret_key"
    filled_in = EXAMPLE.replace('secret_key = "" ', f'secret_key = "{SECRET}" ', 1)
    settings = config.load(write(tmp_path, filled_in) | {"ECOT_ENVIRONMENT": "production"})
    assert (settings.site.secret_key, settings.mail.starttls, settings.stripe.livemode) == (SECRET, True, True)


def test_settings_that_are_printed_tell_no_secret(root: Path) -> None:
    secrets = {
        "ECOT_SITE_SECRET_KEY": "secret-1",
        "ECOT_STRIPE_SECRET_KEY": "secret-2",
        "ECOT_STRIPE_WEBHOOK_SECRETS": "secret-3",
        "ECOT_MAIL_PASSWORD": "secret-4",
        "ECOT_DATABASE_URL": "postgresql://ecot:secret-5@host/ecot",
    }
    assert "secret-" not in repr(config.load(secrets, root=root))
    assert "secret-" not in str(refusal(secrets | {"ECOT_STRIPE_LIVEMODE": "1"}, root=root))
