"""Loading: who is stronger, and every way to be refused, each with one sentence that names the setting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from broker.policy.policies import load_policies
from config.contradictions import is_loopback
from config.load import SettingsError, load_settings

PRODUCTION = {
    "BROKER_PROVIDER__ISSUER": "https://vhod.example",
    "BROKER_KEYS__MASTER_KEY_FILE": "/etc/broker/master.key",
    "BROKER_ESIA__CLIENT_ID": "SCHOOL",
    "BROKER_ESIA__CERTIFICATE_FILE": "/etc/broker/esia.cer",
    "BROKER_ESIA__PRIVATE_KEY_FILE": "/etc/broker/esia.key",
    "BROKER_ESIA__SIGNER": "openssl_engine",
    "BROKER_ESIA__ESIA_CERTIFICATE_FILES": "/etc/broker/tesia-1.cer, /etc/broker/tesia-2.cer",
}
DEVELOPMENT = {"BROKER_DEPLOYMENT__ENVIRONMENT": "development"}
TEST = {"BROKER_DEPLOYMENT__ENVIRONMENT": "test"}
SENDER = {"BROKER_MESSAGES__SENDER": "School <noreply@vhod.example>"}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def refused(environ, files=()) -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings(environ, files)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_production_is_what_nobody_asked_for():
    settings = load_settings(PRODUCTION)

    assert settings.deployment.is_production
    assert ("/etc/broker/tesia-1.cer", "/etc/broker/tesia-2.cer") == settings.esia.esia_certificate_files
    assert not settings.keys.make_master_key


def test_development_starts_without_anything_else():
    settings = load_settings(DEVELOPMENT)

    assert "http://127.0.0.1:8000" == settings.provider.issuer
    assert "http://127.0.0.1:8001" == settings.esia.base_url
    assert settings.keys.make_master_key


def test_development_can_be_chosen_in_a_file_too(tmp_path):
    chosen = written(tmp_path / "own.toml", '[deployment]\nenvironment = "development"\n')

    assert load_settings({"BROKER_CONFIG": str(chosen)}).keys.make_master_key


def test_the_stronger_voice_wins(tmp_path):
    own = written(tmp_path / "own.toml", '[storage]\npool_size = 2\n[tokens]\ncode_ttl = "2 min"\n[screens]\nbrand_en = "A"\n')
    further = written(tmp_path / "further.toml", '[storage]\npool_size = 3\n[tokens]\ncode_ttl = "3 min"\n')
    environ = {**DEVELOPMENT, "BROKER_CONFIG": str(own), "BROKER_STORAGE__POOL_SIZE": "4"}

    settings = load_settings(environ, [further])

    assert (4, timedelta(minutes=3), "A") == (settings.storage.pool_size, settings.tokens.code_ttl, settings.screens.brand_en)


def test_a_voice_of_the_operator_is_stronger_than_development(tmp_path):
    own = written(tmp_path / "own.toml", '[esia]\nbase_url = "http://127.0.0.1:9001"\n')

    assert "http://127.0.0.1:9001" == load_settings(DEVELOPMENT, [own]).esia.base_url


def test_the_environment_of_the_process_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("BROKER_DEPLOYMENT__ENVIRONMENT", "test")

    assert "test" == load_settings().deployment.environment


def test_the_shipped_regions_are_used_unless_others_are_named(tmp_path):
    assert load_policies(load_settings(DEVELOPMENT).regions_directory).by_slug("irkutsk")
    assert tmp_path == load_settings({**DEVELOPMENT, "BROKER_POLICY__REGIONS_DIR": str(tmp_path)}).regions_directory


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "BROKER_STORAGE__POOL_SIZ",
            "1",
            "BROKER_STORAGE__POOL_SIZ is not a setting, perhaps BROKER_STORAGE__POOL_SIZE was meant.",
        ),
        (
            "BROKER_STORAGE_POOL_SIZE",
            "1",
            "BROKER_STORAGE_POOL_SIZE is not a setting, perhaps BROKER_STORAGE__POOL_SIZE was meant.",
        ),
        ("BROKER_XYZZY", "1", "BROKER_XYZZY is not a setting."),
        ("BROKER_STORAGE__POOL_SIZE", "s3cret", "storage.pool_size must be a whole number (BROKER_STORAGE__POOL_SIZE)."),
        ("BROKER_STORAGE__POOL_SIZE", "0", "storage.pool_size must be at least 1."),
        ("BROKER_STORAGE__URL", "mysql://s3cret", "storage.url must begin with sqlite:/// or postgresql://."),
        ("BROKER_TOKENS__CODE_TTL", "1 h", "tokens.code_ttl may not exceed ten minutes."),
        ("BROKER_KEYS__MAKE_MASTER_KEY", "yes", "keys.make_master_key must be true or false (BROKER_KEYS__MAKE_MASTER_KEY)."),
        ("BROKER_SHELF__BACKEND", "redis", "shelf.url is missing: shelf.backend is redis."),
        ("BROKER_DEPLOYMENT__ENVIRONMENT", "prod", "deployment.environment must be production, development or test."),
        ("BROKER_CONFIG", "/nowhere/own.toml", "The settings file /nowhere/own.toml cannot be read (No such file or directory)."),
    ],
)
def test_a_wrong_variable_stops_the_start(variable, value, sentence):
    assert sentence == refused({**DEVELOPMENT, variable: value})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[storage]\npool_siz = 1", "storage.pool_siz is not a setting, perhaps pool_size was meant (own.toml)."),
        ("[storag]\nurl = 1", "storag is not a section of settings, perhaps storage was meant (own.toml)."),
        ("storage = 1", "storage must be written as a section in square brackets (own.toml)."),
        ('[storage]\npool_size = "8"', "storage.pool_size must be a whole number (own.toml)."),
        ("[tokens]\ncode_ttl = 60", 'tokens.code_ttl must be a duration such as "15 s", "10 min", "8 h" or "14 d" (own.toml).'),
    ],
)
def test_a_wrong_file_stops_the_start(tmp_path, text, sentence):
    assert sentence == refused(DEVELOPMENT, [written(tmp_path / "own.toml", text)])


def test_a_file_that_is_not_toml_stops_the_start(tmp_path):
    path = written(tmp_path / "own.toml", "[storage\n")

    assert refused(DEVELOPMENT, [path]).startswith(f"The settings file {path} is not a TOML file (")


def test_what_kubernetes_says_about_a_service_called_broker_is_not_a_setting():
    links = {
        "BROKER_SERVICE_HOST": "10.0.0.1",
        "BROKER_SERVICE_PORT": "8000",
        "BROKER_SERVICE_PORT_HTTP": "8000",
        "BROKER_PORT": "tcp://10.0.0.1:8000",
        "BROKER_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "BROKER_PORT_8000_TCP_ADDR": "10.0.0.1",
    }

    assert load_settings(DEVELOPMENT) == load_settings({**DEVELOPMENT, **links})


@pytest.mark.parametrize(
    ("environ", "changes", "sentence"),
    [
        (
            PRODUCTION,
            {"BROKER_SECURITY__FIRST_PASSKEY_WITHOUT_LINK": "true"},
            "security.first_passkey_without_link must be false in production.",
        ),
        (
            PRODUCTION,
            {"BROKER_SECURITY__ORIGIN": "https://admin.example"},
            "security.origin may differ from provider.issuer only where both are loopback addresses.",
        ),
        (
            DEVELOPMENT,
            {"BROKER_SECURITY__ORIGIN": "http://localhost:8000/"},
            "security.origin must be http:// or https:// and a host, without a slash at the end.",
        ),
        (
            DEVELOPMENT,
            {"BROKER_SECURITY__FRESH_WITHIN": "6 min"},
            "security.fresh_within must be longer than 0 s and may not exceed 5 minutes.",
        ),
        (
            DEVELOPMENT,
            {"BROKER_SECURITY__SIGNED_IN_WITHIN": "13 h"},
            "security.signed_in_within must be at least security.fresh_within and may not exceed 12 hours.",
        ),
        (
            PRODUCTION,
            {"BROKER_PROVIDER__ISSUER": "http://vhod.example"},
            "provider.issuer must begin with https:// in production.",
        ),
        (PRODUCTION, {"BROKER_PROVIDER__ISSUER": "http://127.0.0.1"}, "provider.issuer must begin with https:// in production."),
        (
            DEVELOPMENT,
            {"BROKER_PROVIDER__ISSUER": "http://127.0.0.1.example"},
            "provider.issuer may do without https only on a loopback address.",
        ),
        (
            PRODUCTION,
            {"BROKER_SHELF__BACKEND": "memory"},
            "shelf.backend may be memory only in tests, since several workers must share it.",
        ),
        (
            DEVELOPMENT,
            {"BROKER_SHELF__BACKEND": "memory"},
            "shelf.backend may be memory only in tests, since several workers must share it.",
        ),
        (DEVELOPMENT, {"BROKER_SHELF__URL": "redis://127.0.0.1/0"}, "shelf.url is set but shelf.backend is sql."),
        (
            PRODUCTION,
            {"BROKER_ESIA__BASE_URL": "https://localhost:8001"},
            "esia.base_url is a loopback address, which is a mock and not for production.",
        ),
        (
            PRODUCTION,
            {"BROKER_ESIA__BASE_URL": "https://[::1]:8001"},
            "esia.base_url is a loopback address, which is a mock and not for production.",
        ),
        (PRODUCTION, {"BROKER_ESIA__BASE_URL": "http://esia.example"}, "esia.base_url must begin with https:// in production."),
        (
            PRODUCTION,
            {"BROKER_ESIA__SIGNER": "pure_python"},
            "esia.signer must not be pure_python in production: it takes esia_signing.pure_python_in_production to allow it.",
        ),
        (TEST, {"BROKER_ESIA__SIGNER": "command"}, "esia_signing.command is missing: esia.signer is command."),
        (TEST, {"BROKER_ESIA__SIGNER": "http"}, "esia_signing.http_url is missing: esia.signer is http."),
        (
            TEST,
            {
                "BROKER_ESIA__SIGNER": "command",
                "BROKER_ESIA_SIGNING__COMMAND": "cryptcp",
                "BROKER_ESIA_SIGNING__ANSWER_FORM": "cms",
            },
            "esia_signing.answer_form is cms, which only esia.generation v1 can use.",
        ),
        (
            PRODUCTION,
            {"BROKER_ESIA__SIGNER": "http", "BROKER_ESIA_SIGNING__HTTP_URL": "http://signer.example/"},
            "esia_signing.http_url must begin with https:// in production, unless the service is on this machine.",
        ),
        (PRODUCTION, {"BROKER_LOGIN__CONNECTORS": "esia,vk"}, "login.connectors names vk, which is not an upstream we know."),
        (
            PRODUCTION,
            {"BROKER_KEYS__MAKE_MASTER_KEY": "true"},
            "keys.make_master_key must be false in production: a lost key must stop the start, not be replaced.",
        ),
        (
            PRODUCTION,
            {"BROKER_KEYS__MASTER_KEY_FILE": "var/master.key"},
            "keys.master_key_file must not be that of the demo in production.",
        ),
        (
            PRODUCTION,
            {"BROKER_TOKENS__ID_TOKEN_TTL": "2 h"},
            "keys.longest_token_life is shorter than tokens.id_token_ttl.",
        ),
        (
            PRODUCTION,
            {"BROKER_MESSAGES__SMTP_HOST": "mail.example", **SENDER, "BROKER_MESSAGES__SMTP_SECURITY": "none"},
            "messages.smtp_security must be starttls or tls in production, unless the mail server is on this machine.",
        ),
        (
            PRODUCTION,
            {"BROKER_MESSAGES__SMS_URL": "http://sms.example/send"},
            "messages.sms_url must begin with https:// in production, unless the gateway is on this machine.",
        ),
        (
            DEVELOPMENT,
            {"BROKER_MESSAGES__SMTP_HOST": "mail.example"},
            "messages.sender must be set when messages.smtp_host is.",
        ),
    ],
)
def test_contradictions_stop_the_start(environ, changes, sentence):
    assert sentence == refused({**environ, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"BROKER_MESSAGES__SMTP_HOST": "mail.example", **SENDER},
        {"BROKER_MESSAGES__SMTP_HOST": "127.0.0.1", **SENDER, "BROKER_MESSAGES__SMTP_SECURITY": "none"},
        {"BROKER_MESSAGES__SMTP_HOST": "localhost", **SENDER, "BROKER_MESSAGES__SMTP_SECURITY": "none"},
        {"BROKER_MESSAGES__SMS_URL": "http://127.0.0.1:9000/sms"},
    ],
)
def test_letters_may_leave_in_production(changes):
    assert load_settings({**PRODUCTION, **changes}).deployment.is_production


@pytest.mark.parametrize("missing", ["CLIENT_ID", "CERTIFICATE_FILE", "PRIVATE_KEY_FILE", "ESIA_CERTIFICATE_FILES"])
def test_production_needs_to_know_who_we_are_at_esia(missing):
    environ = {name: value for name, value in PRODUCTION.items() if name != f"BROKER_ESIA__{missing}"}

    assert refused(environ).startswith(f"esia.{missing.lower()} is missing")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000", True),
        ("http://LOCALHOST", True),
        ("http://diary.localhost:8002", True),
        ("http://localhost.example", False),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1@vhod.example", False),
        ("", False),
    ],
)
def test_what_is_this_machine(url, loopback):
    assert loopback == is_loopback(url)


def test_tests_read_what_development_reads():
    assert load_settings(TEST).keys.make_master_key


def test_tests_may_keep_short_lived_state_in_memory():
    assert "memory" == load_settings({**TEST, "BROKER_SHELF__BACKEND": "memory"}).shelf.backend


def test_a_credential_takes_the_place_of_the_demo_key_file():
    changes = {"BROKER_KEYS__MASTER_KEY_FILE": "var/master.key", "BROKER_KEYS__MASTER_KEY_CREDENTIAL": "/run/credentials/master"}

    assert "/run/credentials/master" == load_settings({**PRODUCTION, **changes}).keys.master_key_credential


def test_settings_shown_by_accident_hold_no_master_key():
    key = "bWFzdGVyLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM"

    assert key not in repr(load_settings({**DEVELOPMENT, "BROKER_KEYS__MASTER_KEY": key}))


NORTH = {
    "BROKER_UPSTREAMS__NORTH__ISSUER": "https://id.north.example",
    "BROKER_UPSTREAMS__NORTH__CLIENT_ID": "school",
    "BROKER_UPSTREAMS__NORTH__CLIENT_SECRET_FILE": "/etc/broker/north",
    "BROKER_UPSTREAMS__NORTH__TITLE_RU": "Север",
    "BROKER_UPSTREAMS__NORTH__TITLE_EN": "North",
}
SOUTH = {variable.replace("NORTH", "SOUTH"): value for variable, value in NORTH.items()}


def test_upstreams_stand_under_names_over_what_is_common_to_all(tmp_path):
    own = written(tmp_path / "own.toml", '[upstreams]\nclock_leeway = "5 s"\n[upstreams.north]\nclock_leeway = "7 s"\n')

    settings = load_settings({**DEVELOPMENT, **NORTH, **SOUTH, "BROKER_LOGIN__CONNECTORS": "esia,north"}, [own])

    found = {name: upstream.clock_leeway.seconds for name, upstream in settings.upstreams.items()}
    assert {"north": 7, "south": 5} == found
    assert {} == load_settings(DEVELOPMENT).upstreams


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"BROKER_UPSTREAMS__NORTH__ISSUER": ""}, "upstreams.north: issuer is missing."),
        ({"BROKER_UPSTREAMS__NORTH__ISUER": "x"}, "BROKER_UPSTREAMS__NORTH__ISUER is not a setting"),
        ({"BROKER_UPSTREAMS__NORTH__CLOCK_LEEWAY": "1"}, "upstreams.north.clock_leeway must be a duration"),
        ({"BROKER_UPSTREAMS__NORTH__ISSUER": "http://id.north.example"}, "upstreams.north.issuer must begin with https://."),
        ({"BROKER_UPSTREAMS__NORTH__ISSUER": "https://id.example/?x"}, "upstreams.north: issuer must begin"),
        ({"BROKER_UPSTREAMS__NORTH__CLIENT_SECRET_FILE": ""}, "upstreams.north: client_secret_file is missing"),
        ({"BROKER_UPSTREAMS__NORTH__TOKEN_ENDPOINT_AUTH_METHOD": "private_key_jwt"}, "upstreams.north: client_key_file is"),
        ({"BROKER_UPSTREAMS__NORTH__TOKEN_ENDPOINT_AUTH_METHOD": "magic"}, "upstreams.north: token_endpoint_auth_method must be"),
        ({"BROKER_UPSTREAMS__NORTH__ALGORITHMS": "RS256,none"}, "upstreams.north: algorithms must be among: RS256"),
        ({"BROKER_UPSTREAMS__NORTH__ALGORITHMS": "HS256"}, "upstreams.north: algorithms must be among: RS256"),
        ({"BROKER_UPSTREAMS__NORTH__SCOPES": "profile"}, "upstreams.north: scopes must hold openid"),
        ({"BROKER_UPSTREAMS__NORTH__CLAIMS": "shoe_size=shoe"}, "upstreams.north: claims must be pairs field=claim"),
        ({"BROKER_UPSTREAMS__NORTH__CLAIMS": "name=a,name=b"}, "upstreams.north: claims names a field twice."),
        ({"BROKER_UPSTREAMS__NORTH__CHECKED": "surname=x"}, "upstreams.north: checked must be pairs field=claim"),
        ({"BROKER_UPSTREAMS__NORTH__LEVELS": "high=sure"}, "upstreams.north: levels must be pairs value=level"),
        ({"BROKER_UPSTREAMS__NORTH__LEVELS": "a=child,a=confirmed"}, "upstreams.north: levels names a value twice."),
        ({"BROKER_UPSTREAMS__NORTH__IS_ESIA_GATEWAY": "true"}, "upstreams.north: is_esia_gateway must be true exactly where"),
        ({"BROKER_LOGIN__CONNECTORS": "esia,south"}, "login.connectors names south, which is not an upstream we know."),
    ],
)
def test_a_wrong_upstream_stops_the_start(changes, sentence):
    assert refused({**DEVELOPMENT, **NORTH, **changes}).startswith(sentence)


@pytest.mark.parametrize("name", ["ESIA", "DIARY", "DIRECTORY", "N" * 33, "1N", "_N"])
def test_an_upstream_is_not_called_like_something_else(name):
    named = {variable.replace("NORTH", name): value for variable, value in NORTH.items()}

    assert "a name is at most 32 small Latin letters" in refused({**DEVELOPMENT, **named})


def test_a_gateway_is_called_so_and_no_upstream_of_production_is_on_this_machine():
    gateway = {variable.replace("NORTH", "ESIA_GATE"): value for variable, value in NORTH.items()}
    here = {"BROKER_UPSTREAMS__NORTH__ISSUER": "https://127.0.0.1:9"}

    assert "is_esia_gateway must be true" in refused({**DEVELOPMENT, **gateway})
    assert load_settings({**DEVELOPMENT, **gateway, "BROKER_UPSTREAMS__ESIA_GATE__IS_ESIA_GATEWAY": "true"})
    assert refused({**PRODUCTION, **SENDER, **NORTH, **here}).startswith("upstreams.north.issuer is a loopback address")
